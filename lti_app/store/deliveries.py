"""Questions to the outbox: which cells are due, and what a post needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Exists,
    Row,
    ScalarSelect,
    Select,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from lti_app import clock
from lti_app.domain.delivery import DeliveryState, Mandate, Outcome
from lti_app.store.courses import Enrolment, LineItem, Placement
from lti_app.store.lms_health import LmsHealth
from lti_app.store.people import Identity, Person
from lti_app.store.progress import Delivery, DeliveryAttempt, Ruling
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.roles import has_role
from lti_app.store.session import count_changed, db

_SERVER_ERROR = 500
#: Outcomes after which the score may be in the cell all the same; none yet counts as well.
_IN_DOUBT = (Outcome.UNKNOWN.value, Outcome.TRANSIENT.value)
#: A cell, its LMS, its column and what the LMS calls its person.
Target = Row[Delivery, Registration, LineItem | None, str | None]
_ADDED_AT_ONCE = 500
_ENDS_AT_A_LAUNCH = (DeliveryState.GONE.value, DeliveryState.CONFIGURATION.value)


@dataclass(frozen=True)
class WaitingLms:
    """An LMS that grades could be sent to now.

    Attributes:
        is_recovering: it failed of late, so that one cell tries first whether it is back.
    """

    registration_id: UUID
    family: str
    is_recovering: bool


def waiting_lmss(now: datetime) -> list[WaitingLms]:
    """Return the LMSs that have cells due and are not left alone for now."""
    due = exists().where(
        Delivery.registration_id == Registration.id, Delivery.due_at <= now, _is_free(now)
    )
    query = (
        select(Registration.id, Registration.family, func.coalesce(LmsHealth.pauses, 0) > 0)
        .outerjoin(LmsHealth, LmsHealth.registration_id == Registration.id)
        .where(
            Registration.is_active,
            or_(LmsHealth.paused_until.is_(None), LmsHealth.paused_until <= now),
            due,
        )
    )
    return [WaitingLms(*row) for row in db().execute(query)]


def lease_due(
    now: datetime, limit: int, leased_until: datetime, registration_id: UUID | None = None
) -> tuple[UUID, list[UUID]]:
    """Take up to `limit` cells that are due, of one LMS or of all, the longest waiting first.

    Compare-and-set in one statement: whoever comes second finds the lease taken. PostgreSQL passes
    over rows that somebody else is just leasing; SQLite lets one writer in at a time anyway.

    Returns:
        The lease, and the deliveries that it was written to.
    """
    is_free = _is_free(now)
    where = [Delivery.due_at <= now, is_free, *may_be_sent()]
    if registration_id is not None:
        where.append(Delivery.registration_id == registration_id)
    candidates = (
        select(Delivery.id)
        .where(*where)
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    lease = uuid4()
    taken = db().scalars(
        update(Delivery)
        .where(Delivery.id.in_(list(db().scalars(candidates))), Delivery.due_at <= now, is_free)
        .values(lease=lease, leased_until=leased_until)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return lease, list(taken)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Delivery.leased_until.is_(None), Delivery.leased_until < now)


def may_be_sent() -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of a `Delivery` for its grade to leave the tool.

    The LMS is on and approved, and the link still leads to the activity that the score is of; the
    person is nobody's preview, not on the staff of the course and active in it, unless an
    instructor says so; no ruling holds or excuses them. What does not hold now may hold later, so
    such a cell simply stays due.
    """
    return (
        _place_is_open(),
        exists()
        .where(Person.id == Delivery.person_id, Person.is_preview.is_(False))
        .correlate(Delivery),
        ~_enrolment(has_role("can_review")),
        or_(~_enrolment(Enrolment.is_active.is_(False)), _ruling("send")),
        ~_ruling("hold", "excuse"),
    )


def targets(ids: Collection[UUID]) -> list[Target]:
    """Return each delivery with its LMS, its column and the person's id there, if it has them."""
    query = (
        select(Delivery, Registration, LineItem, _subject())
        .join(Placement, Placement.id == Delivery.placement_id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .outerjoin(LineItem, LineItem.placement_id == Placement.id)
        .where(Delivery.id.in_(list(ids)))
        .order_by(Delivery.due_at)
    )
    return list(db().execute(query))


def find_leased(delivery_id: UUID, lease: UUID) -> Delivery | None:
    """Return a delivery, locked, if the lease on it is still ours."""
    return db().scalar(_leased(delivery_id, lease))


def lock_all(ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Return some deliveries, locked, in an order in which nobody waits for another in a ring."""
    return {row.id: row for row in db().scalars(_locked(ids))}


def lock_sendable(ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Return those deliveries, locked, that may be sent."""
    return {row.id: row for row in db().scalars(_locked(ids).where(*may_be_sent()))}


def find_attempts(ids: Collection[UUID]) -> dict[UUID, DeliveryAttempt]:
    """Return some attempts by their ids."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.id.in_(ids))
    return {row.id: row for row in db().scalars(query)}


def registration_of(placement_id: UUID) -> UUID:
    """Return the LMS of a placement."""
    query = (
        select(Deployment.registration_id)
        .join(Placement, Placement.deployment_id == Deployment.id)
        .where(Placement.id == placement_id)
    )
    return db().scalars(query).one()


def find_quiet(delivery_id: UUID, posted_at: datetime) -> Delivery | None:
    """Return a delivery, locked, if that post was its last and nobody is working on another."""
    return db().scalar(
        select(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.posted_at == posted_at,
            Delivery.lease.is_(None),
            Delivery.is_unanswered.is_(False),
        )
        .with_for_update(of=Delivery)
    )


def has_perhaps_arrived(delivery_id: UUID) -> bool:
    """Tell whether the LMS may have handled any post of a cell."""
    outcome, status = DeliveryAttempt.outcome, DeliveryAttempt.status
    handled = outcome.in_((Outcome.ACCEPTED.value, Outcome.UNKNOWN.value))
    broken = (outcome == Outcome.TRANSIENT.value) & (status >= _SERVER_ERROR)
    query = exists().where(
        DeliveryAttempt.delivery_id == delivery_id, or_(outcome.is_(None), handled, broken)
    )
    return bool(db().scalar(select(query)))


def attempts_in_doubt(delivery_id: UUID) -> list[DeliveryAttempt]:
    """Return the attempts since the last accepted one that may have reached the cell, newest first.

    They are what a cell can hold of us beside the value that was last acknowledged.
    """
    accepted = (
        select(func.max(DeliveryAttempt.started_at))
        .where(
            DeliveryAttempt.delivery_id == delivery_id,
            DeliveryAttempt.outcome == Outcome.ACCEPTED.value,
        )
        .scalar_subquery()
    )
    query = (
        select(DeliveryAttempt)
        .where(
            DeliveryAttempt.delivery_id == delivery_id,
            or_(DeliveryAttempt.outcome.is_(None), DeliveryAttempt.outcome.in_(_IN_DOUBT)),
            or_(accepted.is_(None), DeliveryAttempt.started_at > accepted),
        )
        .order_by(DeliveryAttempt.started_at.desc())
    )
    return list(db().scalars(query))


def raise_score(placement_id: UUID, person_id: UUID, score: Decimal, now: datetime) -> None:
    """Make a higher score the cell's newest value, and have it sent.

    One statement, so that of two transactions the higher score stays. A held cell keeps waiting
    for a person, with the new value.
    """
    held = DeliveryState.HELD.value
    cell = (
        Delivery.placement_id == placement_id,
        Delivery.person_id == person_id,
        Delivery.score < score,
    )
    newer = {
        "score": score,
        "version": Delivery.version + 1,
        "valued_at": now,
        "updated_at": now,
        # It was for the zero of the close. What was earned goes its usual way.
        "mandate": func.nullif(Delivery.mandate, Mandate.IF_EMPTY.value),
    }
    due = {"state": DeliveryState.QUEUED.value, "due_at": now, "failures": 0}
    for condition, values in (
        (Delivery.state != held, newer | due),
        (Delivery.state == held, newer),
    ):
        db().execute(
            update(Delivery)
            .where(*cell, condition)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def lock(delivery_id: UUID) -> Delivery:
    """Return a delivery, locked."""
    found = select(Delivery).where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    return db().scalars(found.execution_options(populate_existing=True)).one()


def find_cell(placement_id: UUID, person_id: UUID) -> Delivery | None:
    """Return a cell's delivery, locked, or None while nothing was ever due there."""
    return db().scalar(
        select(Delivery)
        .where(Delivery.placement_id == placement_id, Delivery.person_id == person_id)
        .with_for_update(of=Delivery)
    )


def add_missing(rows: Sequence[Mapping[str, object]]) -> None:
    """Add deliveries of cells that have none yet; where somebody was faster, theirs stays."""
    is_postgresql = db().get_bind().dialect.name == "postgresql"
    insert = postgresql_insert if is_postgresql else sqlite_insert
    statement = insert(Delivery).on_conflict_do_nothing(
        index_elements=[Delivery.placement_id, Delivery.person_id]
    )
    for start in range(0, len(rows), _ADDED_AT_ONCE):
        batch = rows[start : start + _ADDED_AT_ONCE]
        db().execute(statement.values([{"id": uuid4(), **row} for row in batch]))


def requeue(
    states: Collection[str],
    now: datetime,
    *,
    placement_id: UUID | None = None,
    person_id: UUID | None = None,
) -> int:
    """Make cells in some states due now; held ones are looked into before anything is posted."""
    statement = update(Delivery).where(Delivery.state.in_(list(states)), is_current())
    if placement_id is not None:
        statement = statement.where(Delivery.placement_id == placement_id)
    if person_id is not None:
        statement = statement.where(Delivery.person_id == person_id)
    return count_changed(
        statement.values(
            is_unanswered=or_(Delivery.is_unanswered, Delivery.state == DeliveryState.HELD.value),
            state=DeliveryState.QUEUED.value,
            due_at=now,
            failures=0,
            updated_at=now,
        )
    )


def wake(placement_id: UUID, now: datetime) -> None:
    """Make due what only a launch can get on: a column that was missing, or a setting."""
    db().execute(
        update(Delivery)
        .where(
            Delivery.placement_id == placement_id,
            Delivery.state.in_(_ENDS_AT_A_LAUNCH),
            is_current(),
        )
        .values(state=DeliveryState.QUEUED.value, due_at=now, failures=0, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def wake_person(placement_id: UUID, person_id: UUID, now: datetime) -> None:
    """Make a person's cell due that the LMS refused for a reason that can pass."""
    _wake_refused(now, Delivery.placement_id == placement_id, Delivery.person_id == person_id)


def wake_people(course_id: UUID, people: Collection[UUID], now: datetime) -> None:
    """Make people's cells in a course due that the LMS refused for a reason that can pass."""
    placements = select(Placement.id).where(Placement.course_id == course_id)
    _wake_refused(now, Delivery.placement_id.in_(placements), Delivery.person_id.in_(people))


def _wake_refused(now: datetime, *which: ColumnElement[bool]) -> None:
    refused = or_(
        Delivery.state == DeliveryState.NOT_GRADABLE.value,
        (Delivery.state == DeliveryState.HELD.value) & (Delivery.answer_reason == "locked"),
    )
    count_changed(
        update(Delivery)
        .where(refused, is_current(), *which)
        .values(
            state=DeliveryState.QUEUED.value,
            due_at=now,
            failures=0,
            is_unanswered=True,
            updated_at=now,
        )
    )


def look_again(placement_id: UUID, now: datetime) -> None:
    """Make every delivered cell of a placement due, to be read before anything is posted."""
    count_changed(
        update(Delivery)
        .where(
            Delivery.placement_id == placement_id,
            Delivery.state == DeliveryState.SENT.value,
            is_current(),
        )
        .values(state=DeliveryState.QUEUED.value, due_at=now, is_unanswered=True, updated_at=now)
    )


def close_former(placement_id: UUID, reason: str, now: datetime) -> None:
    """Stop what is still to be sent of the activity that a link led to before.

    What is just being posted ends by itself, and is not tried again. Held cells stay held.
    """
    over = (DeliveryState.SENT.value, DeliveryState.HELD.value)
    count_changed(
        update(Delivery)
        .where(
            Delivery.placement_id == placement_id,
            Delivery.state.not_in(over),
            Delivery.lease.is_(None),
            ~is_current(),
        )
        .values(
            state=DeliveryState.LEFT_ALONE.value,
            due_at=None,
            mandate=None,
            answer_reason=reason,
            updated_at=now,
        )
    )


def reopen(placement_id: UUID, reason: str, now: datetime) -> None:
    """Take up again what was stopped for a reason, now that a link leads to its activity anew."""
    count_changed(
        update(Delivery)
        .where(
            Delivery.placement_id == placement_id,
            Delivery.state == DeliveryState.LEFT_ALONE.value,
            Delivery.answer_reason == reason,
            is_current(),
        )
        .values(
            state=DeliveryState.QUEUED.value,
            due_at=now,
            failures=0,
            is_unanswered=True,
            updated_at=now,
        )
    )


def count_former(placement_id: UUID) -> int:
    """Return how many cells hold a grade of an activity that a link led to before."""
    query = select(func.count()).where(
        Delivery.placement_id == placement_id,
        Delivery.acknowledged_score.is_not(None),
        ~is_current(),
    )
    return db().scalar(query) or 0


def is_current() -> ColumnElement[bool]:
    """Return what must hold of a `Delivery` for its score to be of the link's activity of now."""
    activity = select(Placement.activity_id).where(Placement.id == Delivery.placement_id)
    return or_(
        Delivery.activity_id.is_(None),
        Delivery.activity_id == activity.correlate(Delivery).scalar_subquery(),
    )


def _leased(delivery_id: UUID, lease: UUID) -> Select[Delivery]:
    return (
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.lease == lease)
        .with_for_update(of=Delivery)
    )


def _locked(ids: Collection[UUID]) -> Select[Delivery]:
    return (
        select(Delivery)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )


def _place_is_open() -> Exists:
    return (
        exists()
        .where(
            Placement.id == Delivery.placement_id,
            Deployment.id == Placement.deployment_id,
            Registration.id == Deployment.registration_id,
            Deployment.status == "active",
            Registration.is_active,
            or_(Delivery.activity_id.is_(None), Delivery.activity_id == Placement.activity_id),
        )
        .correlate(Delivery)
    )


def _enrolment(condition: ColumnElement[bool]) -> Exists:
    return (
        exists()
        .where(
            Placement.id == Delivery.placement_id,
            Enrolment.course_id == Placement.course_id,
            Enrolment.person_id == Delivery.person_id,
            condition,
        )
        .correlate(Delivery)
    )


def _ruling(*kinds: str) -> Exists:
    return (
        exists()
        .where(
            Placement.id == Delivery.placement_id,
            Ruling.activity_id == Placement.activity_id,
            Ruling.person_id == Delivery.person_id,
            *in_force(*kinds),
        )
        .correlate(Delivery)
    )


def in_force(*kinds: str) -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of a `Ruling` of one of some kinds to be in force now."""
    return (
        Ruling.kind.in_(kinds),
        Ruling.undone_at.is_(None),
        or_(Ruling.until.is_(None), Ruling.until > clock.now()),
    )


def _subject() -> ScalarSelect[str]:
    """Return what the LMS calls the person; the name it gave this client, if it gives several."""
    return (
        select(Identity.subject)
        .where(
            Identity.person_id == Delivery.person_id,
            Identity.kind == "lti",
            Identity.issuer == Registration.issuer,
            Identity.client_id.in_(("", Registration.client_id)),
        )
        .order_by(Identity.client_id.desc(), Identity.created_at.desc())
        .limit(1)
        .correlate(Delivery, Registration)
        .scalar_subquery()
    )
