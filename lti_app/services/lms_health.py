"""When to leave an LMS alone: kept in the database, so that all processes leave it alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from lti_app.domain.lms_health import Condition, Health, Heard, next_health
from lti_app.store import lms_health as store
from lti_app.store.lms_health import LmsHealth

#: Outlasts everything that one cell's journey can take, so that one at a time tries.
_PROBE = timedelta(minutes=4)


@dataclass(frozen=True)
class Report:
    """How sending to one LMS goes.

    Attributes:
        condition: in a word.
        paused_until: nothing is sent before; None unless it is paused.
        reason: short code of the answer that led to the pause; None while it works.
        on_the_way: gradebook cells that have not got their newest value yet and will be tried by
            themselves.
    """

    condition: Condition
    paused_until: datetime | None
    reason: str | None
    on_the_way: int


def report(registration_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Report]:
    """Return how sending goes to some LMSs, by registration."""
    known = store.find_all(registration_ids)
    counts = store.count_on_the_way(registration_ids)
    reports = {}
    for id_ in registration_ids:
        health = _health(known[id_]) if id_ in known else Health()
        condition = health.condition(now)
        reports[id_] = Report(
            condition,
            health.paused_until if condition is Condition.PAUSED else None,
            None if condition is Condition.WORKING else health.reason,
            counts.get(id_, 0),
        )
    return reports


def hear(heard: Collection[tuple[UUID, Heard]], now: datetime, random: Random) -> None:
    """Draw the conclusion from answers of LMSs, each with the id of its registration."""
    by_lms: dict[UUID, list[Heard]] = defaultdict(list)
    for registration_id, one in heard:
        by_lms[registration_id].append(one)
    known = store.find_all(by_lms)
    # In the order of their ids: two processes that lock several rows never wait in a ring.
    for registration_id in sorted(by_lms):
        row = known.get(registration_id)
        before = _health(row) if row else Health()
        if next_health(before, by_lms[registration_id], now, random) == before:
            # An LMS that works costs nothing here.
            continue
        row = store.find_or_add_locked(registration_id)
        _keep(row, next_health(_health(row), by_lms[registration_id], now, random))


def claim_probe(registration_id: UUID, now: datetime) -> bool:
    """Take the right to try whether an LMS is back, for as long as one cell may take."""
    return store.claim_probe(registration_id, now, now + _PROBE)


def give_up_probe(registration_id: UUID, now: datetime) -> None:
    """Let somebody else try: the cell that was to try was not sent at all."""
    row = store.find_or_add_locked(registration_id)
    row.paused_until = now


def _health(row: LmsHealth) -> Health:
    return Health(row.failures, row.pauses, row.paused_until, row.reason)


def _keep(row: LmsHealth, health: Health) -> None:
    row.failures = health.failures
    row.pauses = health.pauses
    row.paused_until = health.paused_until
    row.reason = health.reason
