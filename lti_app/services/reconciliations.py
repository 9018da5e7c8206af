"""Reading a whole gradebook column back, and saying cell by cell where it differs and why.

`run` calls the LMS and is called outside transactions. It may be repeated at any time: it queues
only what is ours to send, and everything queued is looked into once more before it is posted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.cell import Cell
from lti_app.domain.delivery import Finding, Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.lti.results import MAXIMUM_PAGES, ResultsPage, first_page, read_page
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE, Platform, ResultRead
from lti_app.lti.tokens import TokenRefused
from lti_app.services import verdicts
from lti_app.services.access_tokens import get_token
from lti_app.services.runtime import Runtime
from lti_app.store import grade_cells, reconciliations
from lti_app.store.cells import locked
from lti_app.store.courses import Placement
from lti_app.store.grade_cells import Show
from lti_app.store.reconciliations import Reconciliation, ReconciliationFinding
from lti_app.store.session import db, transaction

#: Outlasts one call to the LMS and the comparison of one batch.
LEASE = timedelta(minutes=5)
_AT_ONCE = 200
_UNAUTHORISED = 401


class Unreadable(Exception):
    """The column could not be read; the message is the short code of why."""


@dataclass(frozen=True)
class _Column:
    registration_id: UUID
    platform: Platform
    url: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class _Reading:
    """What was read, when reading began, and the right to say what it means."""

    id: UUID
    lease: UUID
    cells: Mapping[str, ResultRead]
    read_at: datetime


def request(placement_id: UUID, *, by: UUID | None) -> UUID:
    """Have the worker read a column; one that is asked for already is not asked for twice."""
    found = reconciliations.find_open(placement_id)
    if found is None:
        found = Reconciliation(placement_id=placement_id, requested_by=by)
        db().add(found)
        db().flush()
    return found.id


def run_requested(runtime: Runtime) -> int:
    """Do one reading that was asked for; returns how many were done: 1 or 0."""
    now = real_now()
    with transaction(runtime.database):
        leased = reconciliations.lease_one(now, now + LEASE)
    if leased is None:
        return 0
    run(runtime, *leased)
    return 1


def run_now(runtime: Runtime, placement_id: UUID) -> UUID | None:
    """Ask for a reading and do it in this process; None if another process is just doing it."""
    with transaction(runtime.database):
        request(placement_id, by=None)
    now = real_now()
    with transaction(runtime.database):
        leased = reconciliations.lease_one(now, now + LEASE, placement_id)
    if leased is not None:
        run(runtime, *leased)
    return leased[0] if leased else None


def run(runtime: Runtime, reconciliation_id: UUID, lease: UUID) -> None:
    """Read a column, compare it, keep the differences."""
    with transaction(runtime.database, read_only=True):
        placement_id = db().get_one(Reconciliation, reconciliation_id).placement_id
    read_at = real_now()
    reason = None
    try:
        cells = _read_all(runtime, placement_id, reconciliation_id, lease)
        _compare_all(runtime, placement_id, _Reading(reconciliation_id, lease, cells, read_at))
    except Unreadable as unreadable:
        reason = str(unreadable)
    with transaction(runtime.database):
        row = db().get_one(Reconciliation, reconciliation_id)
        if row.lease == lease:
            row.finished_at, row.reason = real_now(), reason
            row.lease = row.leased_until = None


def _read_all(
    runtime: Runtime, placement_id: UUID, reconciliation_id: UUID, lease: UUID
) -> Mapping[str, ResultRead]:
    """Return all cells of a column by the LMS's id of the person.

    Raises:
        Unreadable: there is no column, or one of its pages cannot be read.
    """
    with transaction(runtime.database, read_only=True):
        column = _find_column(placement_id)
    cells: dict[str, ResultRead] = {}
    url: str | None = first_page(column.url)
    seen: set[str] = set()
    while url is not None:
        if url in seen or len(seen) >= MAXIMUM_PAGES:
            raise Unreadable("endless_pages")
        seen.add(url)
        page = _read_page(runtime, column, url)
        if page.answer.outcome is not Outcome.ACCEPTED:
            raise Unreadable(page.answer.reason)
        cells.update(page.cells)
        url = page.next_url
        _keep(runtime, reconciliation_id, lease)
    return cells


def _find_column(placement_id: UUID) -> _Column:
    registration, item = reconciliations.find_target(placement_id)
    if item is None or item.url is None:
        raise Unreadable("no_column")
    if SCOPE_RESULT not in item.scopes:
        raise Unreadable("scope_missing")
    return _Column(
        registration.id,
        Platform(Family(registration.family), (registration.token_url, registration.auth_url)),
        item.url,
        frozenset({SCOPE_SCORE, SCOPE_RESULT} & {*item.scopes}),
    )


def _read_page(runtime: Runtime, column: _Column, url: str) -> ResultsPage:
    token = _token(runtime, column)
    page = read_page(runtime.client, token, url, column.platform)
    if page.answer.status == _UNAUTHORISED:
        token = _token(runtime, column, refresh_of=token)
        page = read_page(runtime.client, token, url, column.platform)
    return page


def _token(runtime: Runtime, column: _Column, refresh_of: str | None = None) -> str:
    try:
        return get_token(
            runtime.database,
            runtime.client,
            runtime.cipher,
            column.registration_id,
            set(column.scopes),
            refresh_of=refresh_of,
        )
    except TokenRefused as refused:
        raise Unreadable(refused.reason) from refused


def _keep(runtime: Runtime, reconciliation_id: UUID, lease: UUID) -> None:
    with transaction(runtime.database):
        if not reconciliations.extend_lease(reconciliation_id, lease, real_now() + LEASE):
            raise Unreadable("lease_lost")


def _compare_all(runtime: Runtime, placement_id: UUID, reading: _Reading) -> None:
    known: set[str] = set()
    offset = 0
    while True:
        _keep(runtime, reading.id, reading.lease)
        with transaction(runtime.database):
            placement = db().get_one(Placement, placement_id)
            people = grade_cells.list_people(placement, Show.ALL, "", limit=_AT_ONCE, offset=offset)
            known |= _compare_batch(placement, people, reading)
        offset += _AT_ONCE
        if len(people) < _AT_ONCE:
            break
    with transaction(runtime.database):
        db().get_one(Reconciliation, reading.id).strangers = sum(
            cell.score is not None
            for subject, cell in reading.cells.items()
            if subject not in known
        )


def _compare_batch(placement: Placement, people: list[UUID], reading: _Reading) -> set[str]:
    registration, _ = reconciliations.find_target(placement.id)
    subjects = reconciliations.subjects(registration, people)
    empty = ResultRead(
        PostAnswer(Outcome.ACCEPTED), may_be_zero=Family(registration.family) is not Family.CANVAS
    )
    row = db().get_one(Reconciliation, reading.id)
    shown = grade_cells.list_cells(placement, people)
    with locked([delivery.id for _, delivery, *_ in shown if delivery is not None]) as cells:
        for person, delivery, *_ in shown:
            read = reading.cells.get(subjects.get(person.id, ""), empty)
            cell = cells[delivery.id] if delivery is not None else None
            found = _finding(cell, read, reading.read_at, placement.activity_id)
            if found is Finding.EQUAL:
                row.equal += 1
                continue
            db().add(
                ReconciliationFinding(
                    reconciliation_id=reading.id,
                    person_id=person.id,
                    kind=found.value,
                    ours=cell.score if cell else None,
                    theirs=read.score,
                    maximum=read.maximum,
                )
            )
    return set(subjects.values())


def _finding(cell: Cell | None, read: ResultRead, read_at: datetime, activity_id: UUID) -> Finding:
    if cell is not None:
        return verdicts.compare(cell, read, read_at, real_now(), activity_id)
    return Finding.NOT_OURS if read.score is not None else Finding.EQUAL
