"""Keeps what came of launches, so that an administrator sees what goes wrong and finds a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from lti_app.clock import real_now
from lti_app.store import launch_outcomes as store

KEPT = timedelta(days=30)
#: Single launches that are kept of one LMS and code in a minute; all are counted.
PER_MINUTE = 20
#: Single launches that are kept of one LMS and code for longer.
KEPT_OF_EACH = 200


class Outcome(StrEnum):
    """What a launch came to that is not a refusal with a code of its own."""

    OPENED = "opened"
    PENDING = "pending"
    NOT_SET_UP = "not_set_up"
    NO_COOKIES = "no_cookies"


@dataclass(frozen=True)
class LaunchFact:
    """One launch; `registration_id` is None where no LMS was known."""

    at: datetime
    registration_id: UUID | None
    code: str
    correlation_id: str


@dataclass(frozen=True)
class Counted:
    """How often launches came to one thing.

    Attributes:
        by_day: of the days that were asked for; days without any are left out.
        total: in all days that are kept.
    """

    code: str
    by_day: Mapping[date, int]
    total: int


def note(registration_id: UUID | None, code: str, correlation_id: str) -> None:
    """Keep what a launch came to, in a transaction of its own."""
    source, now = store.source_of(registration_id), real_now()
    if store.count_one(source, code, now) <= PER_MINUTE:
        store.add_one(source, code, correlation_id, now)


def count(days: Sequence[date], registration_id: UUID | None = None) -> list[Counted]:
    """Return what launches came to, the most frequent first.

    Args:
        days: those to be shown one by one.
        registration_id: of one LMS; None: of all, and of those that are not known.
    """
    source = store.source_of(registration_id) if registration_id else None
    by_code: dict[str, dict[date, int]] = {}
    for code, day, number in store.count_by_day((real_now() - KEPT).date(), source):
        by_code.setdefault(code, {})[day] = number
    counted = [
        Counted(code, {day: one[day] for day in days if day in one}, sum(one.values()))
        for code, one in by_code.items()
    ]
    return sorted(counted, key=lambda one: (-one.total, one.code))


def count_refused(since: date) -> int:
    """Return how many launches were refused since a day."""
    return store.count_since(since, [Outcome.OPENED])


def latest(
    limit: int,
    *,
    registration_id: UUID | None = None,
    code: str | None = None,
    correlation_id: str | None = None,
) -> list[LaunchFact]:
    """Return single launches, newest first, narrowed by what is given."""
    source = store.source_of(registration_id) if registration_id else None
    found = store.list_latest(limit, source=source, code=code, correlation_id=correlation_id)
    return [
        LaunchFact(one.at, UUID(one.source) if one.source else None, one.code, one.correlation_id)
        for one in found
    ]


def trim() -> int:
    """Delete single launches that are more than enough; returns how many."""
    return store.trim(KEPT_OF_EACH)


def purge(now: datetime) -> int:
    """Delete what is older than 30 days; returns how many rows."""
    return store.delete_old(now - KEPT)
