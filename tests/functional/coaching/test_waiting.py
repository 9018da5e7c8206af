"""Nobody waits for ever: reminders, own parts, and what happens when the clock moves on."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from lti_app import clock
from lti_app.api import HasDueWork, facts
from lti_app.services.due_work import do_due_work
from lti_app.services.jobs import Job, every, run_due
from lti_app.store.courses import Activity
from lti_app.store.notices import Notice
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.coaching.activity import activity
from plugins.coaching.models import PracticeSession
from tests.functional.coaching.people import Practice
from tests.functional.coaching.test_learners import grades, progress_of
from tests.functional.mentoring.visitors import read


@pytest.fixture
def practice(registered_tool: ToolUnderTest, lms: Sandbox) -> Practice:
    return Practice(registered_tool, lms)


def move_on(practice: Practice, days: float) -> None:
    """Let time pass, and the hourly work be done as the worker does it."""
    clock.set_offset(clock.now() - clock.real_now() + timedelta(days=days))
    with transaction(practice.tool.database):
        assert isinstance(activity, HasDueWork)
        while activity.due_work(clock.now(), 50) >= 50:
            pass


def told(practice: Practice) -> dict[tuple[str, str], int]:
    """Return how often people were told what: first name and key."""
    with transaction(practice.tool.database, read_only=True):
        rows = db().execute(
            select(Person.name, Notice.key, func.count())
            .join(Notice, Notice.person_id == Person.id)
            .group_by(Person.name, Notice.key)
        )
        return {(str(name).split()[0], key.removeprefix("practice.")): n for name, key, n in rows}


def test_after_two_notices_and_seven_days_the_coach_keeps_their_own_part(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    session = practice.hand_over("alice")
    move_on(practice, 3.9)
    assert ("Bob", "reminder") not in told(practice)
    move_on(practice, 0.2)
    move_on(practice, 2.8)
    assert told(practice)["Bob", "reminder"] == 1
    assert ("Alice", "lapsed") not in told(practice)
    move_on(practice, 0.2)
    assert told(practice)["Alice", "lapsed"] == 1
    practice.come("alice", "bob")
    assert "did not answer in 7 days" in practice.text("alice", f"session/{session}")
    # Who answers late helps themselves, and the coach.
    assert practice.confirm("bob", session).status_code == 303
    with transaction(practice.tool.database, read_only=True):
        assert db().scalars(select(PracticeSession)).one().state == "confirmed"


def test_who_is_never_coached_need_not_wait_longer_than_two_weeks(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.confirm("bob", practice.hand_over("alice"))
    assert "You wait to be coached" in practice.text("alice")
    move_on(practice, 0.1)
    assert told(practice)["Bob", "waited_for"] == 1
    move_on(practice, 7)
    assert told(practice)["Bob", "waited_for"] == 2
    move_on(practice, 6.8)
    assert grades(practice) == {}
    move_on(practice, 0.3)
    assert told(practice)["Alice", "granted"] == 1
    assert progress_of(practice)["Alice"][0] == "completed"
    assert list(grades(practice)) == ["Alice"]


def test_a_session_counts_for_its_coach_though_the_partner_has_left(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.hand_over("alice")
    assert practice.post("bob", "leave").status_code == 303
    move_on(practice, 4.1)
    move_on(practice, 3)
    assert told(practice)["Alice", "lapsed"] == 1
    practice.come("charlie", "alice")
    practice.join("charlie")
    # Charlie has Alice now, whom Bob has never coached.
    assert "You coach Alice Adams" in practice.text("charlie")


def test_the_worker_does_it_by_itself(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.hand_over("alice")
    clock.set_offset(timedelta(days=5))
    run_due(practice.tool.runtime, [Job("do_due_work", every(timedelta(hours=1)), do_due_work)])
    assert told(practice)["Bob", "reminder"] == 1


def test_states_and_numbers_are_told_to_others_and_no_word(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.confirm("bob", practice.hand_over("alice"))
    practice.confirm("alice", practice.hand_over("bob"))
    with transaction(practice.tool.database, read_only=True):
        sessions = facts("practice.session")
        done = facts("practice.done")
    assert {one.code for one in sessions} == {"confirmed"}
    assert {one.person_id for one in done} == {practice.id_of("alice"), practice.id_of("bob")}
    assert {one.number for one in done} == {100}


def close_in(practice: Practice, days: float) -> None:
    """Let the practice close before long."""
    with transaction(practice.tool.database):
        db().execute(update(Activity).values(closes_at=clock.now() + timedelta(days=days)))


def test_a_close_takes_nothing_from_whoever_waits_for_an_answer(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.confirm("alice", practice.hand_over("bob"))
    session = practice.hand_over("alice")
    close_in(practice, 1)
    for _ in range(5):
        move_on(practice, 2)
    assert told(practice)["Alice", "lapsed"] == 1
    assert grades(practice) == {"Alice": 100}, "Bob has not answered, and could have"
    practice.come("alice")
    late = practice.post(
        "alice", f"session/{session}/reflection", next_time="What I see in it by now, weeks later."
    )
    assert late.status_code == 409
    assert "What I see in it by now, weeks later." in read(late).text


def test_a_close_takes_nothing_from_whom_nobody_has_coached(practice: Practice) -> None:
    practice.join("alice", "bob")
    practice.confirm("bob", practice.hand_over("alice"))
    close_in(practice, 1)
    move_on(practice, 2)
    assert told(practice)["Alice", "granted"] == 1
    assert grades(practice) == {"Alice": 100}
    move_on(practice, 20)
    assert told(practice)["Alice", "granted"] == 1
