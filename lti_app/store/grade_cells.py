"""Questions of the instructor's grade page: who there is, in which state, in pages of names."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, or_, select, true, union
from sqlalchemy.sql.selectable import FromClause

from lti_app.domain.delivery import DeliveryState
from lti_app.domain.progress import State
from lti_app.domain.rulings import RulingKind
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.deliveries import in_force
from lti_app.store.people import Person, by_name
from lti_app.store.progress import Delivery, DeliveryAttempt, Progress, Ruling
from lti_app.store.roles import has_role
from lti_app.store.session import db


class Show(StrEnum):
    """Which learners are looked for."""

    ALL = "all"
    WAITING = "waiting"
    HELD = "held"
    NOT_DELIVERED = "not_delivered"
    DONE = "done"
    NOT_STARTED = "not_started"
    EXCUSED = "excused"


#: Person, cell, progress, and whether staff of the course, inactive in it, held, excused, and
#: whether they ever came from it.
CellRow = Row[Person, Delivery | None, Progress | None, bool, bool, bool, bool, bool]
_NAME = by_name()


def count_people(placement: Placement, search: str) -> Mapping[Show, int]:
    """Return how many learners there are of each kind, in one statement."""
    kinds = _kinds(placement)
    columns = [func.count(case((condition, 1))) for condition in kinds.values()]
    counts = db().execute(_chosen(select(*columns).select_from(_people(placement)), search)).one()
    return dict(zip(kinds, counts, strict=True))


def list_people(
    placement: Placement, show: Show, search: str, *, limit: int, offset: int
) -> list[UUID]:
    """Return one page of learners, by name."""
    query = select(Person.id).select_from(_people(placement)).where(_kinds(placement)[show])
    ordered = _chosen(query, search).order_by(_NAME, Person.id)
    return list(db().scalars(ordered.limit(limit).offset(offset)))


def list_cells(placement: Placement, people: Collection[UUID]) -> list[CellRow]:
    """Return everything that is shown of some people, by name; strangers are left out."""
    query = (
        select(
            Person,
            Delivery,
            Progress,
            func.coalesce(has_role("can_review"), False),
            func.coalesce(Enrolment.is_active.is_(False), False),
            _is_ruled(placement, RulingKind.HOLD),
            _is_ruled(placement, RulingKind.EXCUSE),
            or_(Enrolment.id.is_(None), Enrolment.launched_at.isnot(None)),
        )
        .select_from(_people(placement))
        .outerjoin(
            Enrolment,
            (Enrolment.course_id == placement.course_id) & (Enrolment.person_id == Person.id),
        )
        .where(Person.id.in_(list(people)), Person.is_preview.is_(False))
        .order_by(_NAME, Person.id)
    )
    return list(db().execute(query))


def list_attempts(delivery_id: UUID, limit: int) -> list[DeliveryAttempt]:
    """Return the newest posts of a cell, the last one first."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    return list(db().scalars(query.order_by(DeliveryAttempt.started_at.desc()).limit(limit)))


def find_delivery_id(placement_id: UUID, person_id: UUID) -> UUID | None:
    """Return the outbox row of a cell, or None."""
    return db().scalar(
        select(Delivery.id).where(
            Delivery.placement_id == placement_id, Delivery.person_id == person_id
        )
    )


def _people(placement: Placement) -> FromClause:
    """Return the learners of the course and whoever has progress or a cell, with both."""
    known = union(
        select(Enrolment.person_id).where(
            Enrolment.course_id == placement.course_id,
            Enrolment.is_active,
            has_role("is_learner"),
            ~has_role("can_review"),
        ),
        select(Delivery.person_id).where(Delivery.placement_id == placement.id),
        select(Progress.person_id).where(Progress.activity_id == placement.activity_id),
    ).subquery()
    joined = known.join(Person, Person.id == known.c.person_id)
    with_cell = joined.outerjoin(
        Delivery, (Delivery.placement_id == placement.id) & (Delivery.person_id == Person.id)
    )
    return with_cell.outerjoin(
        Progress,
        (Progress.activity_id == placement.activity_id) & (Progress.person_id == Person.id),
    )


def _chosen(query: Select, search: str) -> Select:  # type: ignore[type-arg]
    query = query.where(Person.is_preview.is_(False))
    return query.where(_NAME.contains(search.lower(), autoescape=True)) if search else query


def _kinds(placement: Placement) -> Mapping[Show, ColumnElement[bool]]:
    is_held = _is_ruled(placement, RulingKind.HOLD)
    is_excused = or_(
        _is_ruled(placement, RulingKind.EXCUSE), func.coalesce(Progress.is_excused, False)
    )
    return {
        Show.ALL: true(),
        Show.WAITING: _in(DeliveryState.QUEUED, DeliveryState.WAITING) & ~is_held & ~is_excused,
        Show.HELD: or_(_in(DeliveryState.HELD), is_held) & ~is_excused,
        Show.NOT_DELIVERED: _in(
            DeliveryState.NOT_GRADABLE, DeliveryState.GONE, DeliveryState.CONFIGURATION
        )
        & ~is_held
        & ~is_excused,
        Show.DONE: _in(DeliveryState.SENT, DeliveryState.LEFT_ALONE),
        Show.NOT_STARTED: Delivery.id.is_(None)
        & or_(Progress.id.is_(None), Progress.state == State.NOT_STARTED.value)
        & ~is_excused,
        Show.EXCUSED: is_excused,
    }


def _in(*states: DeliveryState) -> ColumnElement[bool]:
    return func.coalesce(Delivery.state, "").in_([state.value for state in states])


def _is_ruled(placement: Placement, kind: RulingKind) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Ruling.activity_id == placement.activity_id,
            Ruling.person_id == Person.id,
            *in_force(kind.value),
        )
        .correlate(Person)
    )
