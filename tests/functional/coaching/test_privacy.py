"""Alice owns, Bob shares, Charlie must see nothing: every address of a practice, for everybody.

An address of the practice without a row here fails, and so does a planted word that anybody comes
across who may not read it.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
import structlog
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app import clock, logs
from lti_app.services.due_work import do_due_work
from lti_app.services.jobs import Job, every, run_due
from lti_app.settings import Settings
from lti_app.store.facts import Fact
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.mailing import send_mail
from plugins.coaching.models import PracticeRelease, PracticeSeat, PracticeSession
from plugins.coaching.views import blueprint
from tests.functional.coaching.people import ANSWER, FULL_LOG, Practice, enrol
from tests.functional.mentoring.visitors import MEMBERSHIP, PREVIEW, Visitor, claims, read, visit
from tests.functional.privacy.world import ASSISTANT
from tests.post_office import PostOffice, open_post_office

CUSTOM: Final = {"kind": "practice", "sessions": "2", "rubric": "20", "preparation": "yes"}
LEARNERS: Final = ("alice", "bob", "charlie", "dora")
STAFF: Final = ("tina", "nina")
EVERYBODY: Final = (*LEARNERS, "preview", *STAFF)


@dataclass
class World:
    """A practice of four, in pairs, with everything that can be written in it.

    Attributes:
        ids: `handed`, of a session of Alice's that Bob has answered; `draft`, Alice's second one;
            `waiting`, of Charlie's for Dora, not answered; `released`, of Dora's, and `release`,
            its copy; `group`, one in which nobody has begun; and people, by name.
    """

    practice: Practice
    ids: dict[str, UUID] = field(default_factory=dict)

    def session_of(self, who: str, round_: int = 1) -> UUID:
        """Return the session that somebody leads in a round."""
        with transaction(self.practice.tool.database, read_only=True):
            return (
                db()
                .scalars(
                    select(PracticeSession.id).where(
                        PracticeSession.person_id == self.ids[who], PracticeSession.round == round_
                    )
                )
                .one()
            )


def planted(name: str) -> dict[str, str]:
    """Return a log with a word of its own in every field that somebody writes in."""
    words = {
        "goal": f"{name}goal",
        "reality": f"{name}reality",
        "options-0-text": f"{name}option",
        "action": f"{name}action",
        "who_knows": f"{name}who",
        "questions-0-text": f"{name}question?",
        "summaries-0": f"{name}summary",
    }
    reflection = {one: f"{name}reflection{one} " + "x" * 40 for one in ("opened", "telling")}
    return {**FULL_LOG, **words, **reflection, "next_time": f"{name}reflectionnext " + "x" * 40}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return replace(settings, mail_server=office.server(), mail_from="practice@tool.example")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    logs.configure(written, json=True)
    yield written
    structlog.reset_defaults()


@pytest.fixture
def world(registered_tool: ToolUnderTest, lms: Sandbox, lines: io.StringIO) -> World:
    """Return a practice in which everybody has done something."""
    enrol(lms, "dora")
    practice = Practice(registered_tool, lms, CUSTOM)
    made = World(practice)
    for name in LEARNERS:
        practice.come(name)
        questions = {f"questions-{at}": f"What is {name}prepared{at}?" for at in range(3)}
        assert practice.post(name, "prepare", **questions).status_code == 303
    # In this order Alice sits with Bob, and Charlie with Dora.
    practice.join(*LEARNERS)
    practice.come("tina")
    practice.people["nina"] = visit(
        registered_tool, lms, "nina", claims(custom=CUSTOM, roles=[ASSISTANT])
    )
    preview = claims(
        custom=CUSTOM, roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview", name="Preview"
    )
    practice.people["preview"] = visit(registered_tool, lms, "nina", preview)
    made.ids = {name: practice.id_of(name) for name in LEARNERS}
    _fill(made)
    return made


def _fill(world: World) -> None:
    practice = world.practice
    for coach, partner, name in (("alice", "bob", "handed"), ("dora", "charlie", "released")):
        session = practice.hand_over(coach, **planted(name))
        changes = {"correction_1": f"{name}correction"}
        assert practice.confirm(partner, session, **changes).status_code == 303
        world.ids[name] = UUID(session)
    assert practice.post("dora", f"session/{world.ids['released']}/release").status_code == 303
    world.ids["waiting"] = UUID(practice.hand_over("charlie", **planted("waiting")))
    path = practice.begin("alice")
    assert practice.write("alice", path, **planted("draft")).status_code == 303
    world.ids["draft"] = UUID(path.removeprefix("session/"))
    with transaction(practice.tool.database, read_only=True):
        world.ids["release"] = db().scalars(select(PracticeRelease.id)).one()
        begun = select(PracticeSession.group_id).where(PracticeSession.group_id.is_not(None))
        free = select(PracticeSeat.group_id).where(
            PracticeSeat.left_at.is_(None), PracticeSeat.group_id.not_in(begun)
        )
        world.ids["group"] = db().scalars(free).first() or UUID(int=0)


@dataclass(frozen=True)
class Row:
    """Who opens an address; `hidden` are told that it is not there, all others are refused."""

    path: str
    opens: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    status: int = 200


OWN: Final = (*LEARNERS, "preview")


def own(path: str) -> Row:
    """Return the row of a page of everybody's own."""
    return Row(path, OWN)


def of_one(path: str, who: str, status: int = 200) -> Row:
    """Return the row of what one learner alone reaches."""
    return Row(path, (who,), tuple(one for one in OWN if one != who), status)


def of_staff(path: str, status: int = 200) -> Row:
    """Return the row of a page about everybody."""
    return Row(path, STAFF, (), status)


PAGES: Final[Mapping[str, Row]] = {
    "practice.home": own(""),
    "practice.prepare": own("prepare"),
    "practice.session": of_one("session/{handed}", "alice"),
    "practice.check": of_one("session/{draft}/hand", "alice"),
    # Staff read what was released, on pages of their own.
    "practice.ask_release": Row(
        "session/{handed}/release", ("alice",), ("bob", "charlie", "dora", "preview", *STAFF)
    ),
    "practice.confirm": of_one("partner/{handed}", "bob"),
    "practice.marks": Row("marks", EVERYBODY),
    "practice.guide": Row("guide", EVERYBODY),
    "practice.groups": of_staff("groups"),
    "practice.board": of_staff("board"),
    "practice.marking": of_staff("marking"),
    "practice.mark": of_staff("marking/{release}"),
    "practice.publishing_page": of_staff("publish"),
    "practice.review": of_staff("review/{alice}"),
}
#: Acts of learners; those of staff that mark are tried in tests/functional/marking.
ACTS: Final[Mapping[str, Row]] = {
    "practice.save": of_one("session/{draft}/save", "alice", 303),
    "practice.autosave": of_one("session/{draft}/autosave", "alice"),
    "practice.hand_over": of_one("session/{draft}/hand", "alice", 303),
    "practice.make_link": of_one("session/{handed}/link", "alice", 303),
    "practice.reflect": of_one("session/{handed}/reflection", "alice", 303),
    "practice.answer": of_one("partner/{waiting}", "dora", 303),
    "practice.release": of_one("session/{handed}/release", "alice", 303),
    "practice.give_up": of_one("session/{draft}/give-up", "alice", 303),
    "practice.dissolve": of_staff("groups/{group}/dissolve", 303),
    "practice.put_together": of_staff("groups", 422),
    "practice.arrange": of_staff("groups/arrange", 303),
    "practice.begin": Row("session/begin", ("charlie",), STAFF, 303),
    "practice.save_preparation": Row("prepare", OWN, (), 303),
    "practice.join": Row("join", OWN, (), 303),
    "practice.leave": Row("leave", OWN, (), 303),
    "practice.choose_partner": Row("partner", (), OWN, 400),
    "practice.leave_partner": Row("partner/leave", (), OWN, 400),
}
MARKING: Final = {"practice.save_marks", "practice.publish"}


def values_of(name: str) -> dict[str, str]:
    """Return a form that can be sent."""
    if name == "practice.answer":
        return dict(ANSWER)
    if name == "practice.save_preparation":
        return {f"questions-{at}": f"What else, number {at}?" for at in range(3)}
    return {**planted("draft"), "revision": "99", "writer": ""} if "save" in name else {}


def test_every_address_has_a_row(registered_tool: ToolUnderTest) -> None:
    named = {rule.endpoint for rule in registered_tool.app.url_map.iter_rules()}
    ours = {name for name in named if name.split(".")[0] == blueprint.name}
    assert ours == {*PAGES, *ACTS, *MARKING}


def status_of(world: World, who: str, method: str, name: str, row: Row) -> int:
    """Open an address, or send a form there, as somebody."""
    path = row.path.format(**world.ids)
    if method == "GET":
        return world.practice.get(who, path).status_code
    return world.practice.post(who, path, **values_of(name)).status_code


def test_a_page_opens_for_those_of_its_row_and_for_nobody_else(world: World) -> None:
    wrong = {}
    for name, row in PAGES.items():
        for who in EVERYBODY:
            status = status_of(world, who, "GET", name, row)
            expected = row.status if who in row.opens else 404 if who in row.hidden else 403
            if status != expected:
                wrong[who, name] = (status, expected)
    assert wrong == {}


def test_an_act_is_refused_to_all_but_those_of_its_row(world: World) -> None:
    wrong = {}
    for name, row in ACTS.items():
        for who in (one for one in EVERYBODY if one not in row.opens):
            status = status_of(world, who, "POST", name, row)
            expected = 404 if who in row.hidden else 403
            expected = row.status if row.status == 400 and who in row.hidden else expected
            if status != expected and name != "practice.begin":
                wrong[who, name] = (status, expected)
    for who in STAFF:
        row = ACTS["practice.begin"]
        assert status_of(world, who, "POST", "practice.begin", row) == 403
    other = visit(world.practice.tool, world.practice.lms, "alice", activity=102)
    assert other.get("practice/").status_code == 404
    assert wrong == {}


#: Word → who may come across it; it stands for everything that is planted under its name.
READERS: Final[Mapping[str, set[str]]] = {
    "handed": {"alice", "bob"},
    "handedreflection": {"alice"},
    "handedcorrection": {"alice", "bob"},
    "waiting": {"charlie", "dora"},
    "waitingreflection": {"charlie"},
    "released": {"dora", "charlie", *STAFF},
    "releasedreflection": {"dora", *STAFF},
    "releasedcorrection": {"dora", "charlie", *STAFF},
    "draft": {"alice"},
    "draftreflection": {"alice"},
    **{f"{name}prepared": {name} for name in LEARNERS},
}
WORD: Final = re.compile(
    r"(handed|waiting|released|draft)(goal|reality|option|action|who|question|summary)"
    r"|(?:handed|waiting|released|draft)(?:reflection|correction)"
    rf"|(?:{'|'.join(LEARNERS)})prepared"
)


def words_in(text: str) -> set[str]:
    """Return which kinds of planted words stand in a text."""
    return {found.group(1) or found.group(0) for found in WORD.finditer(text)}


def pages_of(visitor: Visitor, known: Mapping[str, UUID]) -> Iterator[TestResponse]:
    """Open every page that somebody finds by links, and every address of the table."""
    waiting = [
        visitor.visit,
        *(visitor.visit + "practice/" + row.path.format(**known) for row in PAGES.values()),
    ]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = visitor.browser.get(address, follow_redirects=True)
        yield page
        if page.status_code == 200 and page.mimetype == "text/html":
            links = (
                one.url.split("#")[0].removeprefix("http://localhost") for one in read(page).links
            )
            waiting += [path for path in links if path.startswith(visitor.visit)]


def test_a_word_is_found_by_those_who_may_read_it_and_by_nobody_else(
    world: World, lines: io.StringIO, office: PostOffice
) -> None:
    clock.set_offset(timedelta(days=5))
    jobs = (("due", do_due_work), ("mail", send_mail))
    for name in EVERYBODY[:4]:
        world.practice.come(name)
    found = {
        who: set().union(
            *(
                words_in(page.get_data(as_text=True))
                for page in pages_of(world.practice.people[who], world.ids)
            )
        )
        for who in LEARNERS
    }
    clock.set_offset(timedelta())
    for who in (*STAFF, "preview"):
        pages = pages_of(world.practice.people[who], world.ids)
        found[who] = set().union(*(words_in(page.get_data(as_text=True)) for page in pages))
    allowed = {
        who: {word for word, readers in READERS.items() if who in readers} for who in EVERYBODY
    }
    assert found == allowed
    clock.set_offset(timedelta(days=5))
    for name, work in jobs:
        run_due(
            world.practice.tool.runtime,
            [Job(f"{name}-{uuid4()}"[:40], every(timedelta(hours=1)), work)],
        )
    with transaction(world.practice.tool.database, read_only=True):
        told = [str(vars(one)) for one in db().scalars(select(Notice))]
        facts = [str(vars(one)) for one in db().scalars(select(Fact))]
    letters = [letter.as_string() for letter in office.letters]
    written = {"notices": told, "facts": facts, "mail": letters, "log": [lines.getvalue()]}
    assert all(written.values()), "there is nothing to look at"
    assert {name: words_in("\n".join(texts)) for name, texts in written.items()} == {
        name: set() for name in written
    }
