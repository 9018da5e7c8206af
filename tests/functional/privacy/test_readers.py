"""What stands under "Who can see this?" is what the permission table says, on every form."""

from collections.abc import Mapping
from typing import Final

from lti_app.domain.permissions import TABLE, Action, Hat, Kind, Reach
from tests.functional.mentoring.visitors import read
from tests.functional.privacy.world import World

#: Hat → how the pages call the people under it.
CALLED: Final[Mapping[Hat, str]] = {
    Hat.AUTHOR: "instructors",
    Hat.REVIEWER: "teaching assistants",
    Hat.LEARNER: "learners",
    Hat.PREVIEW: "student previews",
    Hat.GUEST: "guests",
    Hat.ADMINISTRATOR: "administrators",
    Hat.LEARNING_AND_DEVELOPMENT: "the programme team (L&D)",
}
#: Page of somebody in a programme → how a sentence on it begins, and which kinds it tells of.
SENTENCES: Final[Mapping[str, tuple[tuple[str, tuple[Kind, ...]], ...]]] = {
    "step/part": (
        ("What you answer: ", (Kind.PROFILE,)),
        ("That you signed up, and when: ", (Kind.SIGN_UP_FACT, Kind.PARTICIPANT)),
    ),
    "private": (("Whom you name here: ", (Kind.EXCLUSION,)),),
    "groups": (("What you tick here: ", (Kind.SELF_DESCRIPTION,)),),
}
OF_PAIRS: Final = (
    "With whom you are paired or offered, and since when: ",
    "What you answer to an offer, and a reason if you give one: ",
)
STEPS: Final = ("skills", "levels", "goals", "about", "meeting", "times")


def others(*kinds: Kind) -> set[str]:
    """Return who reads what is somebody else's, straight from the table."""
    own = {Reach.OWN, Reach.SELF, Reach.NONE}
    rows = (TABLE.get((kind, Action.READ), {}) for kind in kinds)
    return {CALLED[hat] for row in rows for hat, reach in row.items() if reach not in own}


def told(sentence: str) -> set[str]:
    """Return which people a sentence names."""
    return {name for name in CALLED.values() if name in sentence}


def test_every_form_names_those_who_read_it_and_no_others(world: World) -> None:
    charlie = world.people["charlie"]
    for page, sentences in SENTENCES.items():
        text = read(charlie.get(f"mentoring/{page}")).text
        assert "Who can see this?" in text, page
        for beginning, kinds in sentences:
            assert text.count(beginning) == 1, (page, beginning)
            sentence = text.split(beginning)[1].split(".")[0]
            assert told(sentence) == others(*kinds), (page, beginning)
            assert ("only you" in sentence) is (not others(*kinds)), (page, beginning)
    text = read(charlie.get("pairs/")).text
    paired, answered = (text.split(beginning)[1].split(".")[0] for beginning in OF_PAIRS)
    in_course = text.split("Of your course, only where the programme lets them: ")[1].split(".")[0]
    assert told(paired) | told(in_course) == others(Kind.PAIR_FACT)
    assert told(answered) == others(Kind.OFFER)
    beginning = SENTENCES["step/part"][0][0]
    for step in STEPS:
        text = read(charlie.get(f"mentoring/step/{step}")).text
        assert told(text.split(beginning)[1].split(".")[0]) == others(Kind.PROFILE), step
