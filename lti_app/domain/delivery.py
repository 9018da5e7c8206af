"""How a grade's journey to one gradebook cell goes on after an answer of the LMS.

The classes of answers are lti-rules.md R-4.14; which answer of which LMS means what is told in
`lti/scores.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random


class DeliveryState(StrEnum):
    """Where the newest value of one cell is."""

    QUEUED = "queued"
    SENT = "sent"
    WAITING = "waiting"
    HELD = "held"
    NOT_GRADABLE = "not_gradable"
    GONE = "gone"
    CONFIGURATION = "configuration"
    #: A zero of the close, and the cell was not empty: there is nothing to do.
    LEFT_ALONE = "left_alone"


class Mandate(StrEnum):
    """What a person decided about a cell's next post."""

    #: Only if a look just now shows that the cell is empty.
    IF_EMPTY = "if_empty"
    #: Even over what the cell was seen to hold, as long as that is still what it holds.
    REPLACE = "replace"


class Finding(StrEnum):
    """How a gradebook cell compares with what the tool has for it."""

    EQUAL = "equal"
    #: The cell is empty: ours is sent again.
    NOT_THERE = "not_there"
    #: The cell holds an earlier value of ours: the newest one is sent.
    OLDER = "older"
    #: Ours is on its way, or its sending has failed and is tried again.
    UNDER_WAY = "under_way"
    #: Somebody else wrote there: nothing is sent.
    CHANGED = "changed"
    #: The gradebook has a grade where the tool has none.
    NOT_OURS = "not_ours"


class Outcome(StrEnum):
    """What one attempt to post came to."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    STALE = "stale"
    NOT_GRADABLE = "not_gradable"
    HELD = "held"
    GONE = "gone"
    CONFIGURATION = "configuration"
    #: The LMS was not called: something of ours was in the way, and will not be in a moment.
    NOT_ASKED = "not_asked"


#: Where a cell stays until somebody does something about it.
STUCK = frozenset(
    {
        DeliveryState.HELD,
        DeliveryState.NOT_GRADABLE,
        DeliveryState.GONE,
        DeliveryState.CONFIGURATION,
    }
)


#: Where an answer leaves the cell.
STATE_AFTER: Mapping[Outcome, DeliveryState] = {
    Outcome.ACCEPTED: DeliveryState.SENT,
    Outcome.TRANSIENT: DeliveryState.WAITING,
    Outcome.UNKNOWN: DeliveryState.WAITING,
    Outcome.STALE: DeliveryState.WAITING,
    Outcome.NOT_GRADABLE: DeliveryState.NOT_GRADABLE,
    Outcome.HELD: DeliveryState.HELD,
    Outcome.GONE: DeliveryState.GONE,
    Outcome.CONFIGURATION: DeliveryState.CONFIGURATION,
    Outcome.NOT_ASKED: DeliveryState.QUEUED,
}


@dataclass(frozen=True)
class PostAnswer:
    """What came back from the LMS, classed.

    Attributes:
        outcome: the class.
        status: the HTTP status, or None when no answer arrived.
        reason: short code for the page and the log, never text of the LMS.
        retry_after: how long the LMS asked us to wait, or None.
        rest: how long to leave the LMS alone although it answers, or None.
    """

    outcome: Outcome
    status: int | None = None
    reason: str = ""
    retry_after: timedelta | None = None
    rest: timedelta | None = None

    @property
    def leaves_doubt(self) -> bool:
        """Tell whether the LMS may have stored the score all the same, so that it is read first.

        An error of the LMS counts: it can be the words of a proxy that lost patience.
        """
        if self.outcome in {Outcome.UNKNOWN, Outcome.STALE}:
            return True
        return self.outcome is Outcome.TRANSIENT and (self.status or 0) >= 500

    @property
    def is_failure(self) -> bool:
        """Tell whether it counts among the failures of a cell."""
        return self.outcome not in {Outcome.ACCEPTED, Outcome.NOT_ASKED}


_LADDER = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 1800, 7200, 21600))
_CONFIGURATION_PAUSE = timedelta(hours=1)
_MOMENT = timedelta(seconds=5)
_JITTER = 0.2


def next_attempt_at(
    failures: int, answer: PostAnswer, now: datetime, random: Random
) -> datetime | None:
    """Return when to try again, or None when only a person or a new launch changes anything.

    Args:
        failures: how many attempts in a row have failed, this one included.
        answer: what this attempt came to.
        now: the moment of the answer.
        random: source of the jitter, up to a fifth either way.
    """
    if answer.outcome in {Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.STALE}:
        pause = _LADDER[min(failures, len(_LADDER)) - 1]
        pause *= 1 + random.uniform(-_JITTER, _JITTER)
        return now + max(pause, answer.retry_after or timedelta())
    if answer.outcome is Outcome.NOT_ASKED:
        return now + _MOMENT * (1 + random.uniform(-_JITTER, _JITTER))
    if answer.outcome is Outcome.CONFIGURATION:
        return now + _CONFIGURATION_PAUSE
    return None


def earliest_post(posted_at: datetime | None) -> datetime | None:
    """Return when a cell may be posted to again, or None for at any time.

    Moodle compares timestamps in whole seconds, and refuses one that is not later (R-4.12).
    """
    if posted_at is None:
        return None
    return posted_at.replace(microsecond=0) + timedelta(seconds=1)
