"""How the tool is doing, in counts and codes: what administration shows, without anybody's name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select

from lti_app.domain.delivery import DeliveryState
from lti_app.store.base import UtcDateTime
from lti_app.store.deliveries import may_be_sent
from lti_app.store.organisations import Organisation
from lti_app.store.people import Person
from lti_app.store.progress import Delivery
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db


def list_counted_organisations() -> Sequence[Row[Organisation, int, int]]:
    """Return all organisations by name, each with its numbers of LMSs and of people."""
    platforms = select(func.count()).where(Registration.organisation_id == Organisation.id)
    people = select(func.count()).where(Person.organisation_id == Organisation.id)
    query = select(Organisation, platforms.scalar_subquery(), people.scalar_subquery())
    return db().execute(query.order_by(Organisation.name)).all()


def count_registrations() -> int:
    """Return how many LMSs there are, switched off or not."""
    return db().scalar(select(func.count()).select_from(Registration)) or 0


def count_pending_deployments() -> Sequence[Row[Registration, int]]:
    """Return the LMSs with deployments that wait for approval, and how many, by issuer."""
    query = (
        select(Registration, func.count())
        .join(Deployment, Deployment.registration_id == Registration.id)
        .where(Deployment.status == "pending", Registration.is_active)
        .group_by(Registration.id)
        .order_by(Registration.issuer, Registration.client_id)
    )
    return db().execute(query).all()


def count_cells() -> Sequence[Row[UUID, str, str | None, int]]:
    """Return gradebook cells by LMS, state and reason of the last answer, with how many."""
    kinds = (Delivery.registration_id, Delivery.state, Delivery.answer_reason)
    query = select(*kinds, func.count()).group_by(*kinds)
    return db().execute(query).all()


def list_last_accepted() -> dict[UUID, datetime]:
    """Return when each LMS last took a grade; those that never did are left out."""
    last = func.max(Delivery.acknowledged_at, type_=UtcDateTime)
    query = select(Delivery.registration_id, last).group_by(Delivery.registration_id)
    return {row[0]: row[1] for row in db().execute(query) if row[1] is not None}


def count_late(valued_before: datetime) -> dict[UUID, tuple[int, datetime]]:
    """Return by LMS how many cells could have had their value since before a moment.

    With the oldest of them. What is held, excused, or of somebody inactive is not late.
    """
    oldest = func.min(Delivery.valued_at, type_=UtcDateTime)
    query = (
        select(Delivery.registration_id, func.count(), oldest)
        .where(
            Delivery.state.in_((DeliveryState.QUEUED.value, DeliveryState.WAITING.value)),
            Delivery.valued_at < valued_before,
            *may_be_sent(),
        )
        .group_by(Delivery.registration_id)
    )
    return {row[0]: (row[1], row[2]) for row in db().execute(query)}
