"""What a check of an LMS starts from: addresses that launches have named."""

from uuid import UUID

from sqlalchemy import select

from lti_app.store.courses import Course, LineItem, Placement
from lti_app.store.registrations import Deployment
from lti_app.store.rosters import Roster
from lti_app.store.session import db


def latest_columns_url(registration_id: UUID) -> str | None:
    """Return the address of a course's columns, as the latest launch named it, or None."""
    query = (
        select(LineItem.container_url)
        .join(Placement, Placement.id == LineItem.placement_id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .where(Deployment.registration_id == registration_id, LineItem.container_url.is_not(None))
    )
    return db().scalar(query.order_by(LineItem.seen_at.desc()).limit(1))


def latest_launch_scopes(registration_id: UUID) -> list[str]:
    """Return what the latest launch from a course said that the tool may do with its gradebook."""
    query = (
        select(LineItem.scopes)
        .join(Placement, Placement.id == LineItem.placement_id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .where(Deployment.registration_id == registration_id)
    )
    return db().scalar(query.order_by(LineItem.seen_at.desc()).limit(1)) or []


def latest_roster_url(registration_id: UUID) -> str | None:
    """Return the address of a course's roster, as the latest launch named it, or None."""
    query = (
        select(Roster.url)
        .join(Course, Course.id == Roster.course_id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .where(Deployment.registration_id == registration_id, Roster.url.is_not(None))
    )
    return db().scalar(query.order_by(Roster.seen_at.desc()).limit(1))
