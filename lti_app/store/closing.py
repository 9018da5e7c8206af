"""Who is left without a grade when an activity closes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select

from lti_app.domain.progress import State
from lti_app.domain.rulings import RulingKind
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Progress, Ruling
from lti_app.store.roles import has_role
from lti_app.store.session import db


def unfinished(placement: Placement, now: datetime) -> dict[UUID, Decimal]:
    """Return the learners of a course whose cell nothing was ever due in, with what they reached.

    Not those who are excused, on hold or have more time, whose work waits for a mark, who have
    left, or who are staff or a preview.
    """
    rows = db().execute(_unfinished(placement, now))
    return {person_id: score or Decimal(0) for person_id, score in rows}


def count_unfinished(placement: Placement, now: datetime) -> int:
    """Return how many `unfinished` returns."""
    people = _unfinished(placement, now).subquery()
    return db().scalar(select(func.count()).select_from(people)) or 0


def _unfinished(placement: Placement, now: datetime) -> Select[UUID, Decimal | None]:
    spared = exists().where(
        Ruling.activity_id == placement.activity_id,
        Ruling.person_id == Person.id,
        Ruling.undone_at.is_(None),
        or_(
            and_(
                Ruling.kind.in_((RulingKind.HOLD.value, RulingKind.EXCUSE.value)),
                or_(Ruling.until.is_(None), Ruling.until > now),
            ),
            and_(Ruling.kind == RulingKind.EXTEND.value, Ruling.until > now),
        ),
    )
    is_over = or_(
        Progress.id.is_(None),
        and_(
            Progress.state.in_((State.NOT_STARTED.value, State.STARTED.value)),
            Progress.is_excused.is_(False),
            Progress.needs_marking.is_(False),
        ),
    )
    has_cell = exists().where(
        Delivery.placement_id == placement.id, Delivery.person_id == Person.id
    )
    return (
        select(Person.id, Progress.score)
        .select_from(Person)
        .join(
            Enrolment,
            (Enrolment.person_id == Person.id) & (Enrolment.course_id == placement.course_id),
        )
        .outerjoin(
            Progress,
            (Progress.person_id == Person.id) & (Progress.activity_id == placement.activity_id),
        )
        .where(
            Enrolment.is_active,
            has_role("is_learner"),
            ~has_role("can_review"),
            Person.is_preview.is_(False),
            is_over,
            ~has_cell.correlate(Person),
            ~spared.correlate(Person),
        )
    )
