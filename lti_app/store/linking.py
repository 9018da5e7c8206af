"""Which activities there are, for links that name one and for authors who choose."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, case, delete, exists, func, or_, select

from lti_app.store.courses import Activity, Course, Placement
from lti_app.store.progress import Progress
from lti_app.store.registrations import Deployment
from lti_app.store.session import count_changed, db

#: An activity, how many links lead to it, and how many people have begun it.
CountedActivity = Row[Activity, int, int]


def find_named(course_id: UUID | None, name: UUID) -> Activity | None:
    """Return the activity of a course that a link means by a name: itself, or the course's copy.

    Args:
        course_id: None for links from outside of courses.
        name: as the link carries it.
    """
    itself = Activity.id == name
    query = select(Activity).where(or_(itself, Activity.origin_id == name))
    query = query.where(
        Activity.course_id.is_(None) if course_id is None else Activity.course_id == course_id
    )
    return db().scalar(query.order_by(case((itself, 0), else_=1), Activity.created_at).limit(1))


def find_in_history(
    registration_id: UUID, context_ids: Sequence[str], name: UUID
) -> Activity | None:
    """Return what the nearest of some courses of an LMS means by a name, or None.

    Args:
        registration_id: of the LMS.
        context_ids: what it calls the courses, the nearest first.
        name: as the link carries it.
    """
    if not context_ids:
        return None
    nearness = case(
        {context_id: number for number, context_id in enumerate(context_ids)},
        value=Course.context_id,
        else_=len(context_ids),
    )
    query = (
        select(Activity)
        .join(Course, Course.id == Activity.course_id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .where(
            Deployment.registration_id == registration_id,
            Course.context_id.in_(list(context_ids)),
            or_(Activity.id == name, Activity.origin_id == name),
        )
    )
    return db().scalar(query.order_by(nearness, case((Activity.id == name, 0), else_=1)).limit(1))


def is_of_deployment(activity: Activity, deployment_id: UUID) -> bool:
    """Tell whether an activity lies in a course of a deployment, or a link of it leads there."""
    in_course = exists().where(
        Course.id == activity.course_id, Course.deployment_id == deployment_id
    )
    placed = exists().where(
        Placement.activity_id == activity.id, Placement.deployment_id == deployment_id
    )
    return bool(db().scalar(select(or_(in_course, placed))))


def lock_placement(placement_id: UUID) -> Placement:
    """Return a placement as it is now, locked."""
    query = select(Placement).where(Placement.id == placement_id).with_for_update(key_share=True)
    return db().scalars(query.execution_options(populate_existing=True)).one()


def list_activities(course_id: UUID) -> list[CountedActivity]:
    """Return the activities of a course, the newest first."""
    newest = _counted().where(Activity.course_id == course_id)
    return list(db().execute(newest.order_by(Activity.created_at.desc(), Activity.id)))


def read_activities(ids: Collection[UUID]) -> dict[UUID, CountedActivity]:
    """Return some activities by their ids; those that are gone are left out."""
    rows = db().execute(_counted().where(Activity.id.in_(list(ids))))
    return {row[0].id: row for row in rows}


def _counted() -> Select[Activity, int, int]:
    links = select(func.count()).where(Placement.activity_id == Activity.id)
    people = select(func.count()).where(Progress.activity_id == Activity.id)
    return select(
        Activity,
        links.correlate(Activity).scalar_subquery(),
        people.correlate(Activity).scalar_subquery(),
    )


def delete_unlinked(made_before: datetime, sent_before: datetime) -> int:
    """Delete activities that no link leads to and nobody has begun; returns how many.

    Args:
        made_before: of those that were never sent to an LMS.
        sent_before: of those that were, whose links nobody has opened since.
    """
    placed = exists().where(Placement.activity_id == Activity.id)
    begun = exists().where(Progress.activity_id == Activity.id)
    is_old = or_(
        Activity.sent_at.is_(None) & (Activity.created_at < made_before),
        Activity.sent_at < sent_before,
    )
    return count_changed(delete(Activity).where(is_old, ~placed, ~begun))
