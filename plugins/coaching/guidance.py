"""What the guide to a good practice conversation says, as far as it is in tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lti_app.api import lazy_gettext


@dataclass(frozen=True)
class Stage:
    """A stage of GROW: what it is for, and questions to begin with."""

    title: object
    purpose: object
    questions: tuple[object, ...]


@dataclass(frozen=True)
class Change:
    """A question that closes or tells, one that opens instead, and why."""

    instead_of: object
    ask: object
    because: object


STAGES: Final[Sequence[Stage]] = (
    Stage(
        lazy_gettext("Goal"),
        lazy_gettext("What the coachee wants to achieve, in their own words."),
        (
            lazy_gettext("What do you want to achieve?"),
            lazy_gettext("How will you notice that you are there?"),
        ),
    ),
    Stage(
        lazy_gettext("Reality"),
        lazy_gettext("Where things stand now, and what was tried."),
        (
            lazy_gettext("What is happening now?"),
            lazy_gettext("What have you tried so far, and what came of it?"),
        ),
    ),
    Stage(
        lazy_gettext("Options"),
        lazy_gettext("What could be done: several ways, before one is chosen."),
        (
            lazy_gettext("What options do you see?"),
            lazy_gettext("And what else?"),
        ),
    ),
    Stage(
        lazy_gettext("Will"),
        lazy_gettext("What the coachee will do, by when, and how firmly."),
        (
            lazy_gettext("What will you do, and by when?"),
            lazy_gettext("How sure are you, from 1 to 10, and what would make it one more?"),
        ),
    ),
)
CHANGES: Final[Sequence[Change]] = (
    Change(
        lazy_gettext("Did you talk to her?"),
        lazy_gettext("What have you tried so far?"),
        lazy_gettext("It asks for everything, not only for what you thought of."),
    ),
    Change(
        lazy_gettext("What should you do?"),
        lazy_gettext("What options do you see?"),
        lazy_gettext("There is more than one way, and no duty in it."),
    ),
    Change(
        lazy_gettext("Why don't you ask for more time?"),
        lazy_gettext("What would help you to keep the date, or to change it?"),
        lazy_gettext("The first is your solution."),
    ),
    Change(
        lazy_gettext("Why did you do that?"),
        lazy_gettext("What did you want to reach by it?"),
        lazy_gettext("“Why” easily sounds like a reproach, and is answered by an excuse."),
    ),
    Change(
        lazy_gettext("Isn't he just afraid?"),
        lazy_gettext("How do you explain it to yourself?"),
        lazy_gettext("The first has its answer in it."),
    ),
)
