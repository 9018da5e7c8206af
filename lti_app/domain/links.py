"""Links that do one thing for whoever has them: which things, for how long, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Purpose(StrEnum):
    """What a link does."""

    #: An address that somebody named for their mail is theirs.
    CONFIRM_ADDRESS = "confirm_address"
    #: No weekly summary any more.
    STOP_SUMMARY = "stop_summary"
    #: No mail at all any more.
    STOP_MAIL = "stop_mail"
    #: Somebody without an account answers what an activity asks them, once.
    ANSWER = "answer"


@dataclass(frozen=True)
class Terms:
    """How long a link can be used, and how often."""

    lifetime: timedelta
    most_uses: int = 1


#: Mail stays in mailboxes for years, and its program, its reader and a filter may all use the link.
_STOP = Terms(timedelta(days=400), most_uses=100)
TERMS: Mapping[Purpose, Terms] = MappingProxyType(
    {
        Purpose.CONFIRM_ADDRESS: Terms(timedelta(days=3)),
        Purpose.STOP_SUMMARY: _STOP,
        Purpose.STOP_MAIL: _STOP,
        Purpose.ANSWER: Terms(timedelta(days=14)),
    }
)


@dataclass(frozen=True)
class LinkItem:
    """One question of a link, with its answers to choose from: code → words."""

    name: str
    question: str
    choices: Mapping[str, str]


@dataclass(frozen=True)
class LinkQuestion:
    """What somebody without an account is asked by a link; it names nobody.

    Attributes:
        heading, explanation: what it is about, in the language that is spoken now.
        items: all of them have to be answered.
        done, afterwards: what stands there once that was done.
    """

    heading: str
    explanation: str
    items: Sequence[LinkItem]
    done: str
    afterwards: str

    def read(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return the answers by name, or None while one is missing, or is none of the choices."""
        answers = {item.name: given.get(item.name, "") for item in self.items}
        is_complete = all(answers[item.name] in item.choices for item in self.items)
        return answers if is_complete else None
