"""Which grades wait for somebody to do something, and who of a course's staff could."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, func, select

from lti_app.domain.delivery import DeliveryState
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.deliveries import may_be_sent
from lti_app.store.notices import Notice
from lti_app.store.progress import Delivery
from lti_app.store.roles import has_role
from lti_app.store.session import count_changed, db

_OVER = (DeliveryState.SENT.value, DeliveryState.LEFT_ALONE.value)
#: An activity, somebody of its course's staff, how many grades, and since when the newest of them.
WaitingRow = Row[UUID, UUID, int, datetime]


def list_waiting(stuck_before: datetime) -> list[WaitingRow]:
    """Return how many grades have waited since before a moment, by activity and member of staff.

    What is held or excused by a ruling, or of somebody who has left, is as it was meant to be.
    """
    query = (
        select(
            Placement.activity_id,
            Enrolment.person_id,
            func.count(Delivery.id.distinct()),
            func.max(Delivery.stuck_since),
        )
        .select_from(Delivery)
        .join(Placement, Placement.id == Delivery.placement_id)
        .join(Enrolment, Enrolment.course_id == Placement.course_id)
        .where(
            Delivery.stuck_since <= stuck_before,
            Delivery.state.not_in(_OVER),
            Enrolment.is_active,
            has_role("can_review"),
            *may_be_sent(),
        )
        .group_by(Placement.activity_id, Enrolment.person_id)
        .order_by(Placement.activity_id, Enrolment.person_id)
    )
    return list(db().execute(query))


def last_told(person_id: UUID, key: str, activity_id: UUID) -> datetime | None:
    """Return when somebody was last told something about an activity, or None."""
    query = select(func.max(Notice.created_at)).where(
        Notice.person_id == person_id, Notice.key == key, Notice.activity_id == activity_id
    )
    return db().scalar(query)


def list_unread(key: str) -> list[Notice]:
    """Return what nobody has read of a kind."""
    return list(db().scalars(select(Notice).where(Notice.key == key, Notice.read_at.is_(None))))


def delete_unread(ids: Collection[UUID]) -> int:
    """Delete notices that are still not read; returns how many."""
    return count_changed(delete(Notice).where(Notice.id.in_(ids), Notice.read_at.is_(None)))
