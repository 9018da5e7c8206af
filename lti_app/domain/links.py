"""Links that do one thing for whoever has them: which things, for how long, and how often."""

from collections.abc import Mapping
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
    }
)
