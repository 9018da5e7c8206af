"""Tells people who have waited long for a pair why that may be: once a wait, and naming nobody."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.pairing_rules import Obstacle
from lti_app.domain.programmes import Side
from lti_app.services.jobs import Run
from lti_app.services.notices import notify
from lti_app.services.pair_notices import STILL_WAITING, Why
from lti_app.services.pairing import Waiter, waiters_of
from lti_app.services.programmes import find_programme
from lti_app.store.pairing_lists import PlaceRow, list_long_waits
from lti_app.store.session import transaction

#: After so long somebody is told.
PATIENCE = timedelta(days=14)
_AT_ONCE = 50


def tell_who_waits(run: Run) -> int:
    """Tell everybody who has waited for two weeks, and was not told yet; returns how many."""
    told = 0
    while True:
        run.keep()
        with transaction(run.runtime.database):
            rows = list_long_waits(now() - PATIENCE, STILL_WAITING.key, _AT_ONCE)
            new = sum(_tell(programme_id, rows) for programme_id in _programmes(rows))
        told += new
        if len(rows) < _AT_ONCE or not new:
            return told


def _programmes(rows: Sequence[PlaceRow]) -> list[UUID]:
    return list(dict.fromkeys(place.programme_id for place, _ in rows))


def _tell(programme_id: UUID, rows: Sequence[PlaceRow]) -> int:
    """Tell those of some people who wait in one programme."""
    programme = find_programme(programme_id)
    told = 0
    for side in Side:
        chosen = [
            row for row in rows if row[0].programme_id == programme_id and row[0].side == side.value
        ]
        for waiter in waiters_of(programme, side, chosen):
            place = waiter.named.candidate.place
            about = (programme_id, int(place.state_since.timestamp()))
            told += notify(
                place.person_id, STILL_WAITING.key, about=about, why=why_waiting(waiter).value
            )
    return told


def why_waiting(waiter: Waiter) -> Why:
    """Return to which family the reason belongs that somebody still waits."""
    if not waiter.others:
        return Why.CAPACITY
    if waiter.fitting:
        return Why.CHOICE
    return Why.TIME if waiter.obstacle is Obstacle.TIME else Why.FIT
