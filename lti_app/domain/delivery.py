"""How a grade's journey to one gradebook cell goes on after an answer of the LMS.

The classes of answers are lti.md R-4.14; which answer of which LMS means what is told in
`lti/scores.py`.
"""

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


@dataclass(frozen=True)
class PostAnswer:
    """What came back from the LMS, classed.

    Attributes:
        outcome: the class.
        status: the HTTP status, or None when no answer arrived.
        reason: short code for the page and the log, never text of the LMS.
        retry_after: how long the LMS asked us to wait, or None.
    """

    outcome: Outcome
    status: int | None = None
    reason: str = ""
    retry_after: timedelta | None = None


_LADDER = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 1800, 7200, 21600))
_CONFIGURATION_PAUSE = timedelta(hours=1)
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
    if answer.outcome is Outcome.CONFIGURATION:
        return now + _CONFIGURATION_PAUSE
    return None
