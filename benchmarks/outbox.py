"""A course of many learners in a database of its own, all of whose grades are due."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from secrets import token_hex
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import delete, func, insert, make_url, select, text, update

from lti_app.clock import real_now
from lti_app.domain.launch import Family
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE
from lti_app.services import signing_keys
from lti_app.services.runtime import Runtime
from lti_app.store.base import Base
from lti_app.store.courses import Activity, Course, Enrolment, LineItem, Placement
from lti_app.store.organisations import Organisation
from lti_app.store.people import Identity, Person
from lti_app.store.progress import Delivery, DeliveryAttempt
from lti_app.store.registrations import AccessToken, Deployment, Registration
from lti_app.store.session import db, transaction

Row = TypeVar("Row", bound=Base)

_DEFAULT = "postgresql+psycopg://throughline_test:throughline_test@localhost:5432/postgres"


@contextmanager
def new_database() -> Iterator[str]:
    """Make an empty PostgreSQL database beside that of THROUGHLINE_TEST_POSTGRESQL; drop it."""
    server = make_url(os.environ.get("THROUGHLINE_TEST_POSTGRESQL") or _DEFAULT)
    name = f"throughline_bench_{token_hex(6)}"
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def fill(runtime: Runtime, lms_url: str, learners: int, classes: int) -> None:
    """Store an LMS, and classes of learners whose grades are due, each in a course of its own."""
    with transaction(runtime.database):
        signing_keys.ensure(runtime.cipher)
        organisation = _added(Organisation(name="Bench"))
        registration = _added(
            Registration(
                organisation_id=organisation.id,
                issuer=lms_url,
                client_id="client",
                auth_url=f"{lms_url}/auth",
                token_url=f"{lms_url}/token",
                jwks_url=f"{lms_url}/keys",
                family="moodle",
            )
        )
        deployment = _added(
            Deployment(registration_id=registration.id, deployment_id="1", status="active")
        )
        for number in range(classes):
            placement = _add_class(organisation, deployment, f"{lms_url}/column-{number}", number)
            ids = [uuid4() for _ in range(learners)]
            _add_learners(organisation, registration, placement, ids, first=number * learners)
    # A database that has lived for a while knows the sizes of its tables.
    with runtime.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def make_due(runtime: Runtime, family: Family) -> None:
    """Let everything be due as if nothing had been sent yet, to some kind of LMS, with no token."""
    with transaction(runtime.database):
        db().execute(delete(DeliveryAttempt))
        db().execute(delete(AccessToken))
        db().execute(update(Registration).values(family=family.value))
        db().execute(
            update(Delivery).values(
                state="queued",
                due_at=real_now(),
                posted_at=None,
                acknowledged_score=None,
                acknowledged_version=None,
            )
        )


def count_unsent(runtime: Runtime) -> int:
    """Return how many grades are not in the gradebook."""
    with transaction(runtime.database, read_only=True):
        query = select(func.count()).select_from(Delivery).where(Delivery.state != "sent")
        return db().scalar(query) or 0


def _added(row: Row) -> Row:
    db().add(row)
    db().flush()
    return row


def _add_class(
    organisation: Organisation, deployment: Deployment, column: str, number: int
) -> Placement:
    course = _added(Course(deployment_id=deployment.id, context_id=str(number), title="Course"))
    activity = _added(
        Activity(
            organisation_id=organisation.id,
            course_id=course.id,
            kind="mentoring",
            title="Sign-up",
        )
    )
    placement = _added(
        Placement(
            deployment_id=deployment.id,
            course_id=course.id,
            activity_id=activity.id,
            resource_link_id=str(number),
        )
    )
    scopes = [SCOPE_SCORE, SCOPE_RESULT]
    _added(LineItem(placement_id=placement.id, url=column, scopes=scopes, seen_at=real_now()))
    return placement


def _add_learners(
    organisation: Organisation,
    registration: Registration,
    placement: Placement,
    ids: list[UUID],
    *,
    first: int,
) -> None:
    now = real_now()
    people = [{"id": id_, "organisation_id": organisation.id, "name": "Learner"} for id_ in ids]
    db().execute(insert(Person), people)
    identities = [
        {
            "organisation_id": organisation.id,
            "person_id": id_,
            "kind": "lti",
            "issuer": registration.issuer,
            "client_id": "",
            "subject": f"learner-{number}",
        }
        for number, id_ in enumerate(ids, first)
    ]
    db().execute(insert(Identity), identities)
    enrolments = [
        {
            "course_id": placement.course_id,
            "person_id": id_,
            "role_names": ["is_learner"],
            "last_launch_at": now,
        }
        for id_ in ids
    ]
    db().execute(insert(Enrolment), enrolments)
    cells = [
        {
            "registration_id": registration.id,
            "placement_id": placement.id,
            "person_id": id_,
            "activity_id": placement.activity_id,
            # One after the other, with the grades that a class has.
            "score": Decimal(number % 101),
            "due_at": now + timedelta(microseconds=first + number),
            "updated_at": now,
        }
        for number, id_ in enumerate(ids)
    ]
    db().execute(insert(Delivery), cells)
