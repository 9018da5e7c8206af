"""How the tool is doing, in counts and codes: what administration shows, without anybody's name."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select

from lti_app.store.lms_health import LmsHealth
from lti_app.store.organisations import Organisation
from lti_app.store.people import Person
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


def list_failing() -> Sequence[Row[Registration, LmsHealth]]:
    """Return the LMSs whose last answers were failures, with how they are left alone, by issuer."""
    query = (
        select(Registration, LmsHealth)
        .join(LmsHealth, LmsHealth.registration_id == Registration.id)
        .where(LmsHealth.pauses > 0, Registration.is_active)
        .order_by(Registration.issuer, Registration.client_id)
    )
    return db().execute(query).all()
