"""What time does to offers and pairs: offers end, pauses end, goals fall due, pairs end.

Each pair is moved in a transaction of its own: one that somebody is at waits for nobody else.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from lti_app.clock import now
from lti_app.services import goals, pairs
from lti_app.services.jobs import Run
from lti_app.services.programmes import today_in
from lti_app.store import pairs as store
from lti_app.store.session import transaction

#: So long before an offer ends, whoever has not answered is told once more.
REMINDS_BEFORE = timedelta(days=2)
_AT_ONCE = 100


def settle_pairs(run: Run) -> int:
    """Move all pairs whose time has come, and remind of offers and goals; returns how many."""
    return sum(
        (
            _each(run, lambda: store.list_expired(now(), _AT_ONCE), pairs.expire),
            _each(run, lambda: store.list_rested(now(), _AT_ONCE), pairs.go_on),
            _each(run, _list_over, pairs.complete),
            _remind(run),
            _tell_of_goals(run),
        )
    )


def _each(run: Run, find: Callable[[], list[UUID]], move: Callable[[UUID], bool]) -> int:
    moved = 0
    while True:
        run.keep()
        with transaction(run.runtime.database, read_only=True):
            found = find()
        count = 0
        for pair_id in found:
            with transaction(run.runtime.database):
                count += move(pair_id)
        moved += count
        # What could not be moved was moved by somebody else: it is not found again.
        if len(found) < _AT_ONCE:
            return moved


def _list_over() -> list[UUID]:
    found: list[UUID] = []
    for zone in store.list_zones_of_work():
        found += store.list_over(zone, today_in(zone), _AT_ONCE - len(found))
    return found


def _tell_of_goals(run: Run) -> int:
    with transaction(run.runtime.database, read_only=True):
        zones = store.list_zones_of_work()
    told = 0
    for zone in zones:
        after: UUID | None = None
        while True:
            run.keep()
            with transaction(run.runtime.database):
                new, after = goals.tell_of_due(zone, today_in(zone), _AT_ONCE, after)
            told += new
            if after is None:
                break
    return told


def _remind(run: Run) -> int:
    told, after = 0, None
    while True:
        run.keep()
        with transaction(run.runtime.database):
            found = store.list_unanswered(now() + REMINDS_BEFORE, _AT_ONCE, after)
            told += sum(pairs.remind(pair_id, person_id) for pair_id, person_id in found)
        if len(found) < _AT_ONCE:
            return told
        after = found[-1][0]
