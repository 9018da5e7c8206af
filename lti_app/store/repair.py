"""Questions of the completion repair: which activities there are, and who may have worked there."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, union

from lti_app.store.courses import Activity, Enrolment, Placement
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import db


def list_activities() -> list[UUID]:
    """Return all activities that are placed somewhere."""
    placed = select(Placement.activity_id)
    return list(db().scalars(select(Activity.id).where(Activity.id.in_(placed))))


def list_people(activity_id: UUID, after: UUID | None, limit: int) -> list[Person]:
    """Return the next people, by id, who are in a course of the activity or have progress in it."""
    courses = select(Placement.course_id).where(Placement.activity_id == activity_id)
    known = union(
        select(Enrolment.person_id).where(Enrolment.course_id.in_(courses)),
        select(Progress.person_id).where(Progress.activity_id == activity_id),
    )
    query = select(Person).where(Person.id.in_(known)).order_by(Person.id).limit(limit)
    return list(db().scalars(query if after is None else query.where(Person.id > after)))


def stored_progress(activity_id: UUID, people: Collection[UUID]) -> dict[UUID, Progress]:
    """Return what is stored of how far people are."""
    rows = db().scalars(
        select(Progress).where(
            Progress.activity_id == activity_id, Progress.person_id.in_(list(people))
        )
    )
    return {row.person_id: row for row in rows}


def count_cells(activity_id: UUID, people: Collection[UUID]) -> dict[UUID, int]:
    """Return at how many links of an activity people have a cell."""
    rows = db().execute(
        select(Delivery.person_id, func.count())
        .join(Placement, Placement.id == Delivery.placement_id)
        .where(Placement.activity_id == activity_id, Delivery.person_id.in_(list(people)))
        .group_by(Delivery.person_id)
    )
    return {row[0]: row[1] for row in rows}
