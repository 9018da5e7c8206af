"""Words for the codes of a log and of the partner's answer, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from lti_app.api import lazy_gettext
from plugins.coaching.log import Missing, Origin, Stage, Tag
from plugins.coaching.rules import SessionState

#: What a conversation is about.
SETTINGS: Final[Mapping[str, object]] = {
    "real": lazy_gettext("Something real of my partner's"),
    "scenario": lazy_gettext("A case that we made up"),
    "workplace": lazy_gettext("Something at our workplace"),
}
ORIGINS: Final[Mapping[str, object]] = {
    Origin.COACHEE: lazy_gettext("My partner"),
    Origin.COACH: lazy_gettext("I, the coach"),
    Origin.BOTH: lazy_gettext("Both of us"),
}
STAGES: Final[Mapping[str, object]] = {
    Stage.GOAL: lazy_gettext("Goal"),
    Stage.REALITY: lazy_gettext("Reality"),
    Stage.OPTIONS: lazy_gettext("Options"),
    Stage.WILL: lazy_gettext("Will"),
}
TAGS: Final[Mapping[str, object]] = {
    Tag.OPEN: lazy_gettext("Open"),
    Tag.CLOSED: lazy_gettext("Closed: yes or no"),
    Tag.LEADING: lazy_gettext("Leading"),
    Tag.ADVICE: lazy_gettext("Advice in disguise"),
}
VERDICTS: Final[Mapping[str, object]] = {
    "yes": lazy_gettext("That is it"),
    "partly": lazy_gettext("Partly"),
    "no": lazy_gettext("No"),
}
AGREEMENTS: Final[Mapping[str, object]] = {
    "yes": lazy_gettext("Yes"),
    "partly": lazy_gettext("Partly"),
    "no": lazy_gettext("No"),
}
TALK_SHARES: Final[Mapping[str, object]] = {
    "less": lazy_gettext("Less than a quarter"),
    "some": lazy_gettext("A quarter to a half"),
    "more": lazy_gettext("More than half"),
}
STATES: Final[Mapping[str, object]] = {
    SessionState.PLANNED: lazy_gettext("begun"),
    SessionState.LOGGED: lazy_gettext("being written"),
    SessionState.AWAITING: lazy_gettext("waits for the partner"),
    SessionState.CONFIRMED: lazy_gettext("confirmed"),
    SessionState.UNCONFIRMED: lazy_gettext("counts without the partner's answer"),
    SessionState.RELEASED: lazy_gettext("released to the instructor"),
    SessionState.MARKED: lazy_gettext("being marked"),
    SessionState.DONE: lazy_gettext("marked"),
    SessionState.CANCELLED: lazy_gettext("withdrawn"),
}
#: What a log still needs → as a wish.
MISSING: Final[Mapping[Missing, object]] = {
    Missing.HELD_ON: lazy_gettext("the day of the conversation"),
    Missing.MINUTES: lazy_gettext("how many minutes it took"),
    Missing.GOAL: lazy_gettext("the goal, in your partner's words"),
    Missing.REALITY: lazy_gettext("what is happening now"),
    Missing.OPTIONS: lazy_gettext("two options at least, each with who said it"),
    Missing.ACTION: lazy_gettext("what your partner will do"),
    Missing.BY_WHEN: lazy_gettext("by when they will do it"),
    Missing.QUESTIONS: lazy_gettext("five of your questions, or one in the short form"),
    Missing.SUMMARIES: lazy_gettext("two of your summaries, or one in the short form"),
}


def choices(known: Mapping[str, object]) -> dict[str, str]:
    """Return codes and their words for a question, in the language that is spoken now."""
    return {str(code): str(label) for code, label in known.items()}


def choices_or_none(known: Mapping[str, object]) -> dict[str, str]:
    """Return the same, with an empty one before them."""
    return {"": "", **choices(known)}
