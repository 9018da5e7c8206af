"""Parts of the tool whose pages have forms, with everybody in them, in every state that counts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.charter.two import open_two
from tests.functional.coaching.people import ONE
from tests.functional.coaching.people import Practice as Learning
from tests.functional.marking.released import open_practice
from tests.functional.mentoring.visitors import Visitor, visit
from tests.functional.pairs.people import answer
from tests.functional.privacy.world import open_world

#: Opens an area; each step brings it to another state, and says who looks at it there.
Open = Callable[[ToolUnderTest, Sandbox, Sandbox], Iterator[list[Visitor]]]


def programme(tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> Iterator[list[Visitor]]:
    """Sign-up, pairing, pairs and their goals, and everybody who could look at them."""
    world = open_world(tool, lms, elsewhere)
    people = world.people
    yield [people[one] for one in ("alice", "charlie", "rita", "tina", "tina in another course")]
    yield [world.at_another_activity("alice")]
    assert answer(people["alice"], world.ids["pair"], "accepted").status_code == 303
    world.agree_on_a_goal()
    yield [people[one] for one in ("alice", "bob", "dana")]


def charter_apart(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """A charter that both answer apart."""
    two = open_two(tool, lms)
    two.answer("alice")
    yield [*two.people.values()]


def charter_together(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """A charter whose text both write."""
    two = open_two(tool, lms)
    two.compare()
    yield [*two.people.values()]


def charter_signed(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """A charter to agree to, to sign, and in force."""
    two = open_two(tool, lms)
    two.propose()
    yield [two.people["mona"]]
    assert two.step("mona", "accept").status_code == 303
    yield [two.people["mona"]]
    for who in ("alice", "mona"):
        assert two.sign(who).status_code == 303
    yield [*two.people.values()]


def practice(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """Coaching practice: preparing, groups, conversations, answers, marks, and the grade pages."""
    marked = open_practice(tool, lms)
    session = marked.lead("alice", "bob")
    waiting = marked.lead("bob", "alice", "awaiting_confirmation")
    yield [marked.visitors[one] for one in ("alice", "bob", "charlie", "tina")]
    marked.release(session)
    del waiting
    yield [marked.visitors["tina"], marked.visitors["alice"]]
    learning = Learning(tool, lms, custom={**ONE, "preparation": "yes"}, link=102)
    learning.join("alice", "bob")
    learning.come("charlie", "tina")
    yield [learning.people[one] for one in ("alice", "charlie", "tina")]
    path = learning.begin("alice")
    assert learning.write("alice", path).status_code == 303
    yield [learning.people["alice"], learning.people["bob"]]


def place(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """The chooser that an LMS opens for links."""
    visit(tool, lms, "tina")
    for _number in range(3):
        browser = tool.browser()
        yield [Visitor(browser, tool.launch(browser, lms, "tina", lms.selection()))]


def administration(tool: ToolUnderTest, lms: Sandbox, _: Sandbox) -> Iterator[list[Visitor]]:
    """The pages of who administers the tool, and those who must not."""
    browser = tool.browser()
    yield [Visitor(browser, tool.administer(browser, "Ada Admin")), visit(tool, lms, "tina")]


#: Area → how it is opened, and which parts of the tool it shows.
AREAS: Final[Mapping[str, tuple[Open, frozenset[str]]]] = {
    "programme": (
        programme,
        frozenset({"desk", "programme", "pairs", "goals", "mentoring", "me", "visits", "window"}),
    ),
    "charter apart": (charter_apart, frozenset()),
    "charter together": (charter_together, frozenset()),
    "charter signed": (charter_signed, frozenset({"charter_pair"})),
    "practice": (practice, frozenset({"practice", "grades"})),
    "place": (place, frozenset({"place"})),
    "administration": (administration, frozenset({"admin"})),
}
