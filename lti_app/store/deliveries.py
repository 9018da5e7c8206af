"""Questions to the outbox: what is due and may be sent, and what queues cells again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Exists,
    Update,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from lti_app import clock
from lti_app.domain.delivery import DeliveryState, Mandate
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.lms_health import LmsHealth
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Ruling
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.roles import has_role
from lti_app.store.session import add_unless_there, count_changed, db

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
    due = exists().where(Delivery.registration_id == Registration.id, is_due(now))
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


def is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return what must hold of a `Delivery` to be taken up: it is due, and nobody is at it."""
    is_free = or_(Delivery.leased_until.is_(None), Delivery.leased_until < now)
    return (Delivery.due_at <= now) & is_free


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


def registration_of(placement_id: UUID) -> UUID:
    """Return the LMS of a placement."""
    query = (
        select(Deployment.registration_id)
        .join(Placement, Placement.deployment_id == Deployment.id)
        .where(Placement.id == placement_id)
    )
    return db().scalars(query).one()


def change_score(
    placement_id: UUID, person_id: UUID, score: Decimal, now: datetime, *, may_fall: bool
) -> None:
    """Make a higher score the cell's newest value, and have it sent; a lower one if it may fall.

    One statement, so that of two transactions the higher score stays. A held cell keeps waiting
    for a person, with the new value.
    """
    held = DeliveryState.HELD.value
    cell = (
        Delivery.placement_id == placement_id,
        Delivery.person_id == person_id,
        Delivery.score != score if may_fall else Delivery.score < score,
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


def find_cell(placement_id: UUID, person_id: UUID) -> Delivery | None:
    """Return a cell's delivery, locked, or None while nothing was ever due there."""
    return db().scalar(
        select(Delivery)
        .where(Delivery.placement_id == placement_id, Delivery.person_id == person_id)
        .with_for_update(of=Delivery, key_share=True)
    )


def add_missing(rows: Sequence[Mapping[str, object]]) -> None:
    """Add deliveries of cells that have none yet; where somebody was faster, theirs stays."""
    add_unless_there([Delivery.placement_id, Delivery.person_id], rows)


def requeue(
    states: Collection[str],
    now: datetime,
    *,
    placement_id: UUID | None = None,
    person_id: UUID | None = None,
) -> int:
    """Make cells in some states due now; held ones are looked into before anything is posted."""
    which = [Delivery.state.in_(list(states)), is_current()]
    if placement_id is not None:
        which.append(Delivery.placement_id == placement_id)
    if person_id is not None:
        which.append(Delivery.person_id == person_id)
    return count_changed(
        _update(*which).values(
            is_unanswered=or_(Delivery.is_unanswered, Delivery.state == DeliveryState.HELD.value),
            state=DeliveryState.QUEUED.value,
            due_at=now,
            failures=0,
            updated_at=now,
        )
    )


def wake(placement_id: UUID, now: datetime) -> None:
    """Make due what only a launch can get on: a column that was missing, or a setting."""
    count_changed(
        _update(
            Delivery.placement_id == placement_id,
            Delivery.state.in_(_ENDS_AT_A_LAUNCH),
            is_current(),
        ).values(state=DeliveryState.QUEUED.value, due_at=now, failures=0, updated_at=now)
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
        _update(refused, is_current(), *which).values(
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
        _update(
            Delivery.placement_id == placement_id,
            Delivery.state == DeliveryState.SENT.value,
            is_current(),
        ).values(state=DeliveryState.QUEUED.value, due_at=now, is_unanswered=True, updated_at=now)
    )


def close_former(placement_id: UUID, reason: str, now: datetime) -> None:
    """Stop what is still to be sent of the activity that a link led to before.

    What is just being posted ends by itself, and is not tried again. Held cells stay held.
    """
    over = (DeliveryState.SENT.value, DeliveryState.HELD.value)
    count_changed(
        _update(
            Delivery.placement_id == placement_id,
            Delivery.state.not_in(over),
            Delivery.lease.is_(None),
            ~is_current(),
        ).values(
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
        _update(
            Delivery.placement_id == placement_id,
            Delivery.state == DeliveryState.LEFT_ALONE.value,
            Delivery.answer_reason == reason,
            is_current(),
        ).values(
            state=DeliveryState.QUEUED.value,
            due_at=now,
            failures=0,
            is_unanswered=True,
            updated_at=now,
        )
    )


def _update(*which: ColumnElement[bool]) -> Update:
    """Return an update of some cells that locks them as `cells.locked` does, by their ids.

    An update alone locks rows as they lie: two who change some could wait for each other in a ring.
    """
    rows = select(Delivery.id).where(*which).order_by(Delivery.id).correlate(None)
    return update(Delivery).where(
        Delivery.id.in_(rows.with_for_update(of=Delivery, key_share=True))
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
        or_(Ruling.until.is_(None), Ruling.until > bindparam(None, callable_=clock.now)),
    )
