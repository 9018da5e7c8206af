"""Somebody is erased at the very moment in which they, or their LMS, store something."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from lti_app.clock import now
from lti_app.domain.launch import Profile
from lti_app.domain.roles import Roles
from lti_app.lti.rosters import Member
from lti_app.services import erasure, members
from lti_app.store.courses import Course
from lti_app.store.people import Person
from lti_app.store.registrations import Registration
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.coaching.models import PracticeGrouping, PracticeMember
from tests.functional.coaching.people import Practice

_LONGEST_WAIT = 30.0


@pytest.fixture
def practice(registered_tool: ToolUnderTest, lms: Sandbox) -> Practice:
    """Return a practice that Alice and Bob have opened."""
    practice = Practice(registered_tool, lms)
    practice.come("alice", "bob")
    return practice


def wait_for(count: int, database: Database, running: Future[Any]) -> None:
    """Wait until so many others wait for a lock, or something is done."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    until = time.monotonic() + _LONGEST_WAIT
    while not running.done():
        assert time.monotonic() < until
        # Not by `transaction`: whoever waits here has one open.
        with database.session(read_only=True) as session:
            if (session.scalar(waiting) or 0) >= count:
                return


def erase(database: Database, person_id: UUID) -> None:
    with transaction(database):
        erasure.erase(person_id)


def test_what_somebody_is_just_doing_is_erased_with_the_rest(practice: Practice) -> None:
    database, alice = practice.tool.database, practice.id_of("alice")
    practice.join("bob")

    def join() -> int:
        return practice.post("alice", "join").status_code

    with ThreadPoolExecutor(2) as pool:
        with transaction(database):
            # Whoever joins waits here, let in already and with nothing stored yet.
            db().execute(select(PracticeGrouping).with_for_update())
            joining: Future[int] = pool.submit(join)
            wait_for(1, database, joining)
            erasing: Future[None] = pool.submit(erase, database, alice)
            wait_for(2, database, erasing)
        assert joining.result() == 303
        erasing.result()
    with transaction(database, read_only=True):
        of_hers = select(func.count()).where(PracticeMember.person_id == alice)
        assert db().scalar(of_hers) == 0
    assert practice.post("alice", "leave").status_code == 403


def test_a_roster_that_is_just_read_gives_nobody_their_name_back(practice: Practice) -> None:
    database, alice = practice.tool.database, practice.id_of("alice")
    subject = practice.lms.subject("alice")
    with transaction(database, read_only=True):
        registration_id = db().scalars(select(Registration.id)).one()
        course_id = db().scalars(select(Course.id)).one()

    def read_roster() -> None:
        profile = Profile(name="Alice Adams", email="alice@example.org")
        listed = Member(subject, Roles(is_learner=True), profile=profile)
        with transaction(database):
            registration = db().get_one(Registration, registration_id)
            members.keep(registration, members.Reading(course_id, now()), [listed])

    with ThreadPoolExecutor(1) as pool:
        with transaction(database):
            erasure.erase(alice)
            reading: Future[None] = pool.submit(read_roster)
            wait_for(1, database, reading)
        reading.result()
    with transaction(database, read_only=True):
        erased = db().get_one(Person, alice)
        assert (erased.name, erased.email) == (None, None)
        named = db().scalars(select(Person.id).where(Person.name == "Alice Adams"))
        assert alice not in set(named), "whom the LMS still lists is somebody new"
