"""How long to leave an LMS alone that fails, or says that it is asked too much.

One LMS's trouble pauses all of its cells, and those of no other: after some failures in a row
nothing goes there for a while, then one cell tries, and each pause is longer than the last one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from lti_app.domain.delivery import Outcome, PostAnswer

#: So many failures in a row are no coincidence any more.
FAILURES = 5
_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120, 300))
#: What an LMS asks for is believed for a cell up to a day; the LMS itself is tried more often.
_LONGEST_PAUSE = timedelta(hours=1)
_JITTER = 0.2
_FAILED = frozenset({Outcome.TRANSIENT, Outcome.UNKNOWN})


class Condition(StrEnum):
    """How sending to an LMS goes, for whoever runs the tool."""

    #: Nothing is held against it.
    WORKING = "working"
    #: Nothing is sent to it for now: it failed, or asked for patience.
    PAUSED = "paused"
    #: The pause is over, and the next cell tries whether it is back.
    TRYING = "trying"


@dataclass(frozen=True)
class Health:
    """What the last answers of an LMS amount to.

    Attributes:
        failures: in a row.
        pauses: in a row; while there are any, one cell at a time tries whether the LMS is back.
        paused_until: nothing goes to the LMS before.
        reason: code of the answer that led to the pause.
    """

    failures: int = 0
    pauses: int = 0
    paused_until: datetime | None = None
    reason: str | None = None

    def is_paused(self, now: datetime) -> bool:
        """Tell whether the LMS is left alone."""
        return self.paused_until is not None and now < self.paused_until

    def condition(self, now: datetime) -> Condition:
        """Return how sending to the LMS goes."""
        if self.is_paused(now):
            return Condition.PAUSED
        return Condition.TRYING if self.pauses else Condition.WORKING


@dataclass(frozen=True)
class Heard:
    """What one call came to.

    Attributes:
        answer: classed.
        is_probe: the call tried whether the LMS is back.
    """

    answer: PostAnswer
    is_probe: bool = False


def next_health(health: Health, heard: Iterable[Heard], now: datetime, random: Random) -> Health:
    """Return what an LMS's health is after some answers.

    Args:
        health: before them.
        heard: in the order in which they came.
        now: the moment.
        random: source of the jitter, up to a fifth either way.
    """
    for one in heard:
        health = _after(health, one, now, random)
    return health


def _after(health: Health, heard: Heard, now: datetime, random: Random) -> Health:
    answer = heard.answer
    if answer.outcome is Outcome.NOT_ASKED:
        return health
    if answer.outcome not in _FAILED:
        return _rested(Health(), answer, now)
    if health.is_paused(now) and not heard.is_probe:
        # Calls that were under way when the pause began say nothing new.
        return health
    failures = health.failures + 1
    # Who names a time, or says "too much", is believed at once.
    is_told = answer.retry_after is not None or answer.reason == "throttled"
    if not (is_told or heard.is_probe or health.pauses or failures >= FAILURES):
        return _rested(replace(health, failures=failures), answer, now)
    pause = _PAUSES[min(health.pauses, len(_PAUSES) - 1)]
    pause *= 1 + random.uniform(-_JITTER, _JITTER)
    asked_for = max(answer.retry_after or timedelta(), answer.rest or timedelta())
    return Health(
        failures=failures,
        pauses=health.pauses + 1,
        paused_until=now + max(pause, min(asked_for, _LONGEST_PAUSE)),
        reason=answer.reason or None,
    )


def _rested(health: Health, answer: PostAnswer, now: datetime) -> Health:
    """Leave an LMS alone that answers, but says that little of its patience is left."""
    if not answer.rest:
        return health
    return replace(health, paused_until=now + min(answer.rest, _LONGEST_PAUSE), reason="low_budget")
