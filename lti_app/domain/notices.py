"""Notices: what a person should know, told once, in words that are made when they are read.

A kind of notice is a key and a sentence. What is stored of a notice are ids, numbers and instants:
no word that a person wrote, so that none can reach a mail, a log or somebody else's page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

_KEY = re.compile(r"[a-z][a-z0-9_]{2,30}\.[a-z][a-z0-9_]{1,40}")

#: What makes a notice the same one when it is said again: an object, or an object on a day.
About = UUID | tuple[UUID | date | int, ...]
#: A value of a notice's sentence.
Given = int | datetime


class Urgency(StrEnum):
    """How a notice leaves the inbox as mail."""

    #: About the reader's own work or deadlines: mailed by itself, at once.
    TRANSACTIONAL = "transactional"
    #: Everything else: in a summary, at most once a week, and only while it is unread.
    DIGEST = "digest"


#: How long a notice waits before it is mailed. Whoever decided may change their mind, and whoever
#: is at work in the tool reads it there.
SETTLES: Mapping[Urgency, timedelta] = MappingProxyType(
    {Urgency.TRANSACTIONAL: timedelta(minutes=5), Urgency.DIGEST: timedelta(hours=3)}
)


class Holds(StrEnum):
    """What a parameter of a sentence may be. There is no kind for text, on purpose."""

    NUMBER = "number"
    #: Stored in UTC, shown in the reader's zone.
    INSTANT = "instant"


@dataclass(frozen=True)
class Words:
    """What a notice says: a line, and one to three sentences that tell what can be done."""

    title: str
    body: str


@dataclass(frozen=True)
class Told:
    """What a sentence may use, ready for its reader.

    Attributes:
        activity: title of the activity that the notice is about; empty where it is about none.
        place: the same with its course, such as “Mentoring sign-up” in “Leading People”.
    """

    activity: str = ""
    place: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    instants: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """Return a parameter that is a number."""
        return self.numbers[name]

    def instant(self, name: str) -> str:
        """Return a parameter that is an instant, written out in the reader's zone."""
        return self.instants[name]


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice.

    What is stored is shown for months: another sentence is fine, other parameters are another key.

    Attributes:
        key: `<who says it>.<what>`; a plugin's begin with the key of one of its activities.
        urgency: whether it is mailed at once or in a summary.
        say: makes the words, with `gettext`, when somebody reads.
        parameters: the names that `say` uses, and what each of them holds.
        is_of_activity: it is about an activity, whose title `say` gets.
        leads_to: endpoint of the page where something can be done about it, or None.
        is_of_pair: the object of every such notice begins with the id of a pair, and `leads_to` is
            a page of that pair.
    """

    key: str
    urgency: Urgency
    say: Callable[[Told], Words]
    parameters: Mapping[str, Holds] = field(default_factory=dict)
    is_of_activity: bool = True
    leads_to: str | None = None
    is_of_pair: bool = False

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"the key of a notice is not of the form {_KEY.pattern}: {self.key!r}")

    def check(self, given: Mapping[str, Given]) -> None:
        """Refuse parameters that are not exactly what the sentence needs.

        Raises:
            ValueError: naming the parameter.
        """
        if given.keys() != self.parameters.keys():
            raise ValueError(f"{self.key} wants {sorted(self.parameters)}, not {sorted(given)}")
        for name, value in given.items():
            if not _fits(value, self.parameters[name]):
                raise ValueError(f"{name} of {self.key} is no {self.parameters[name]}")


def object_key(about: About) -> str:
    """Return under which name an object is the same one again.

    It is built of ids, days and numbers alone, so that it cannot hold a word.
    """
    parts = (about,) if isinstance(about, UUID) else about
    return ":".join(str(part) for part in parts)


def pair_of(kind: NoticeKind, about: str) -> UUID | None:
    """Return the pair whose page a notice leads to, from the name of its object; None: it is none.

    Raises:
        ValueError: the object of a notice of a pair does not begin with the pair's id.
    """
    return UUID(about.split(":", maxsplit=1)[0]) if kind.is_of_pair else None


def to_stored(given: Mapping[str, Given]) -> dict[str, int | str]:
    """Return parameters as they are stored."""
    return {
        name: value if isinstance(value, int) else value.isoformat()
        for name, value in given.items()
    }


def _fits(value: Given, holds: Holds) -> bool:
    if holds is Holds.NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, datetime) and value.tzinfo is not None
