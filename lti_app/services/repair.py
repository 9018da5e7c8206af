"""Asks every activity again how far people are, and repairs what its author forgot to refresh."""

from datetime import datetime
from uuid import UUID

import structlog

from lti_app.activity import Activity, catalogue
from lti_app.clock import now
from lti_app.domain.progress import Completion, publishable_score
from lti_app.services.jobs import Run, RunOver
from lti_app.services.progress import refresh_progress, said_by
from lti_app.services.rulings import closes_for
from lti_app.services.visits import find_placement, to_person
from lti_app.store import repair as store
from lti_app.store.courses import list_placements
from lti_app.store.people import Person as PersonRow
from lti_app.store.progress import Progress
from lti_app.store.session import transaction

_AT_ONCE = 200
_log = structlog.get_logger()


class RepairFailed(Exception):
    """Some activities could not be asked; the log says which."""


def repair_completions(run: Run) -> int:
    """Refresh everybody whose stored progress differs from what their activity says.

    Work of before a close still counts if the close came after the last run: it was done in time,
    and only nobody had asked. Of whom something was refused since their close, nothing is.

    Returns:
        How many people were refreshed.

    Raises:
        RepairFailed: after all the others were done.
    """
    as_of = run.covered_at or now()
    with transaction(run.runtime.database, read_only=True):
        activities = store.list_activities()
    repaired, failed = 0, False
    for activity_id in activities:
        try:
            repaired += _repair(run, activity_id, as_of)
        except RunOver:
            raise
        except Exception:  # noqa: BLE001 (a fault of one plugin must not stop the others)
            _log.exception("repair_failed", activity=activity_id)
            failed = True
    if failed:
        raise RepairFailed
    return repaired


def _repair(run: Run, activity_id: UUID, as_of: datetime) -> int:
    repaired = 0
    after: UUID | None = None
    while True:
        run.keep()
        with transaction(run.runtime.database):
            people = store.list_people(activity_id, after, _AT_ONCE)
            if people:
                repaired += _repair_batch(activity_id, people, as_of)
        if len(people) < _AT_ONCE:
            return repaired
        after = people[-1].id


def _repair_batch(activity_id: UUID, people: list[PersonRow], as_of: datetime) -> int:
    placements = list_placements(activity_id)
    placement = find_placement(placements[0].id)
    kind = catalogue().get(placement.kind)
    if kind is None:
        return 0
    ids = [person.id for person in people]
    said = kind.completions(placement, [to_person(person) for person in people])
    stored = store.stored_progress(activity_id, ids)
    cells = store.count_cells(activity_id, ids)
    closes = closes_for(activity_id, ids)
    differing = [
        person
        for person in people
        if not _is_late(stored.get(person.id), closes[person.id])
        and (
            said.get(person.id, Completion()) != said_by(stored.get(person.id))
            or _lacks_cell(
                kind, person, said.get(person.id), cells.get(person.id, 0), len(placements)
            )
        )
    ]
    refresh_progress(placement, [to_person(person) for person in differing], as_of=as_of)
    return len(differing)


def _is_late(stored: Progress | None, closes_at: datetime | None) -> bool:
    if stored is None or stored.late_at is None or closes_at is None:
        return False
    return stored.late_at >= closes_at


def _lacks_cell(
    kind: Activity, person: PersonRow, said: Completion | None, cells: int, placements: int
) -> bool:
    if said is None or not kind.is_graded or person.is_preview:
        return False
    return cells < placements and publishable_score(said, None) is not None
