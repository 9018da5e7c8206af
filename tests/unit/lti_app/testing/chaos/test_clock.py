"""Time that passes: leases of the dead end, but not while the LMS still works for them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app.clock import real_now
from lti_app.store.registrations import AccessToken
from lti_app.store.session import Database, db, transaction
from lti_app.testing.chaos.clock import PassingTime
from lti_app.testing.sandbox import Sandbox, ServiceRequest
from lti_app.testing.tool import register


@pytest.fixture
def lms() -> Sandbox:
    return Sandbox.demo("http://localhost:1", "http://127.0.0.1:2")


@pytest.fixture
def passing_time(database: Database, database_url: str, lms: Sandbox) -> PassingTime:
    take_lease(database, register(database, lms), "score")
    return PassingTime(database_url, lms)


def take_lease(database: Database, registration_id: UUID, scope: str) -> None:
    with transaction(database):
        db().add(
            AccessToken(
                registration_id=registration_id,
                scope=scope,
                lease=uuid4(),
                leased_until=real_now() + timedelta(hours=1),
            )
        )


def leased(database: Database) -> list[str]:
    """Return the scopes for which somebody is asking for a token."""
    with transaction(database, read_only=True):
        held = select(AccessToken.scope).where(AccessToken.leased_until > real_now())
        return list(db().scalars(held))


def request(lms: Sandbox) -> ServiceRequest:
    """Let somebody ask the LMS for something that takes a while."""
    entry = ServiceRequest("scores", "POST", "/scores", {}, "", datetime.now(UTC), "slow")
    lms.log.add(entry)
    return entry


def test_a_lease_that_nobody_noted_goes_on(database: Database, passing_time: PassingTime) -> None:
    passing_time.pass_by()
    assert leased(database) == ["score"]


def test_a_lease_of_the_dead_ends(database: Database, passing_time: PassingTime) -> None:
    passing_time.note_orphans()
    take_lease(database, registration_of(database), "taken later")
    passing_time.pass_by()
    assert leased(database) == ["taken later"]


def test_it_does_not_end_while_the_lms_is_at_what_they_asked(
    database: Database, passing_time: PassingTime, lms: Sandbox
) -> None:
    entry = request(lms)
    passing_time.note_orphans()
    request(lms)
    passing_time.pass_by()
    assert leased(database) == ["score"]
    entry.is_over = True
    passing_time.pass_by()
    assert leased(database) == []


def registration_of(database: Database) -> UUID:
    with transaction(database, read_only=True):
        return db().scalars(select(AccessToken.registration_id)).one()
