"""Sign-ups in the database: one per person and activity, whatever is sent how often."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lti_app import clock
from lti_app.api import Person, Placement, Side, State
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.organisations import Organisation
from lti_app.store.people import Person as PersonRow
from lti_app.store.session import Database, db, transaction
from plugins.mentoring import models
from plugins.mentoring.activity import activity
from plugins.mentoring.answers import Answers, ChosenSkill
from plugins.mentoring.models import Exclusion, SelfDescription, SignUp, Wishes

MENTEE = Answers(side=Side.MENTEE, wish="To grow.", goal_areas=("team",), time_zone="UTC")
MENTOR = Answers(side=Side.MENTOR, wish="To share.", skills=(ChosenSkill("change", 4),))


@pytest.fixture
def placement(database: Database) -> Placement:
    with transaction(database):
        organisation = Organisation(name="Example")
        db().add(organisation)
        db().flush()
        row = ActivityRow(organisation_id=organisation.id, kind="mentoring", title="Sign-up")
        db().add(row)
        db().flush()
        return Placement(uuid4(), organisation.id, row.id, "mentoring", "Sign-up", {})


@pytest.fixture
def add_person(database: Database, placement: Placement) -> Callable[[], Person]:
    def add() -> Person:
        with transaction(database):
            row = PersonRow(organisation_id=placement.organisation_id)
            db().add(row)
            db().flush()
            return Person(row.id, placement.organisation_id)

    return add


@pytest.fixture
def alice(add_person: Callable[[], Person]) -> Person:
    return add_person()


def elsewhere(placement: Placement) -> Placement:
    """Return the link to another sign-up of the organisation."""
    row = ActivityRow(organisation_id=placement.organisation_id, kind="mentoring", title="Another")
    db().add(row)
    db().flush()
    return replace(placement, id=uuid4(), activity_id=row.id)


def stored(database: Database, placement: Placement, person: Person) -> SignUp:
    with transaction(database, read_only=True):
        row = models.find_sign_up(placement, person)
        assert row is not None
        return row


def write(placement: Placement, person: Person, answers: Answers, step: str = "goals") -> None:
    models.keep(placement, person, step, lambda _: answers)


def send(placement: Placement, person: Person, answers: Answers) -> None:
    write(placement, person, answers)
    models.submit(placement, person, answers)


def test_nobody_has_signed_up_at_first(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database, read_only=True):
        assert models.find_sign_up(placement, alice) is None
        assert activity.completions(placement, [alice]) == {}


def test_what_is_written_counts_for_nothing_until_it_is_sent(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        write(placement, alice, MENTEE, "times")
    row = stored(database, placement, alice)
    assert (row.written, row.sent, row.step) == (MENTEE, Answers(), "times")
    with transaction(database, read_only=True):
        assert activity.completions(placement, [alice])[alice.id].state is State.STARTED
        assert models.list_submitted(placement.activity_id) == []


def test_a_sign_up_is_kept_with_the_moment_of_consent(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        send(placement, alice, MENTEE)
    row = stored(database, placement, alice)
    assert (row.sent, row.written, row.draft, row.step) == (MENTEE, MENTEE, None, None)
    assert row.consent_at is not None
    assert row.submitted_at is not None
    with transaction(database, read_only=True):
        assert activity.completions(placement, [alice])[alice.id].state is State.COMPLETED


def test_changed_answers_replace_the_old_ones_when_sent_and_keep_the_first_moment(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        send(placement, alice, MENTEE)
    before = stored(database, placement, alice)
    clock.set_offset(timedelta(hours=1))
    with transaction(database):
        write(placement, alice, MENTOR)
    between = stored(database, placement, alice)
    assert (between.sent, between.written) == (MENTEE, MENTOR)
    with transaction(database):
        models.submit(placement, alice, MENTOR)
    row = stored(database, placement, alice)
    assert row.sent == MENTOR
    assert (row.submitted_at, row.consent_at) == (before.submitted_at, before.consent_at)
    assert row.updated_at > before.updated_at


def test_changes_that_come_to_nothing_or_are_forgotten_leave_no_draft(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        send(placement, alice, MENTEE)
        write(placement, alice, MENTOR)
        write(placement, alice, MENTEE)
    assert stored(database, placement, alice).draft is None
    with transaction(database):
        write(placement, alice, MENTOR)
        models.discard(placement, alice)
    assert stored(database, placement, alice).written == MENTEE


def test_who_has_sent_nothing_cannot_lose_a_draft(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        write(placement, alice, MENTEE)
        models.discard(placement, alice)
    assert stored(database, placement, alice).written == MENTEE


def test_two_steps_saved_at_the_same_moment_are_both_kept(
    database: Database, placement: Placement, alice: Person
) -> None:
    ready = Barrier(2)

    def save(name: str, value: Any) -> None:
        ready.wait(timeout=10)
        with transaction(database):
            models.keep(placement, alice, name, lambda was: replace(was, **{name: value}))

    with ThreadPoolExecutor(2) as both:
        list(both.map(save, ["wish", "band"], ["To grow.", 3]))
    with transaction(database, read_only=True):
        assert db().scalar(select(func.count()).select_from(SignUp)) == 1
    written = stored(database, placement, alice).written
    assert (written.wish, written.band) == ("To grow.", 3)


def test_people_of_another_activity_are_not_counted(
    database: Database, placement: Placement, alice: Person, add_person: Callable[[], Person]
) -> None:
    bob = add_person()
    with transaction(database):
        send(elsewhere(placement), alice, MENTEE)
        send(placement, bob, MENTOR)
    with transaction(database, read_only=True):
        assert set(activity.completions(placement, [alice, bob])) == {bob.id}
        assert set(activity.completions(placement, [alice])) == set()


def test_what_somebody_sent_last_elsewhere_is_found_and_drafts_are_not(
    database: Database, placement: Placement, alice: Person, add_person: Callable[[], Person]
) -> None:
    bob = add_person()
    with transaction(database):
        other = elsewhere(placement)
        send(other, alice, MENTEE)
        write(other, bob, MENTOR)
        send(placement, bob, MENTOR)
    with transaction(database, read_only=True):
        found = models.find_other(placement, alice)
        assert found is not None
        assert found.sent == MENTEE
        assert models.find_other(placement, bob) is None
        assert models.find_other(other, alice) is None


def test_asking_for_completions_changes_nothing_and_gives_the_same_again(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        send(placement, alice, MENTEE)
    with transaction(database, read_only=True):
        first = activity.completions(placement, [alice])
        assert activity.completions(placement, [alice]) == first


def test_wishes_and_groups_are_kept_per_person_and_replaced(
    database: Database, alice: Person, add_person: Callable[[], Person]
) -> None:
    bob = add_person()
    with transaction(database):
        models.set_wishes(alice, Wishes(["Bob"], ["Mona"]))
        models.set_wishes(alice, Wishes(["Boss"]))
        models.set_groups(alice, ["woman"])
        models.set_groups(alice, [])
    with transaction(database, read_only=True):
        assert models.find_wishes([alice.id, bob.id]) == {alice.id: Wishes(["Boss"], [])}
        assert models.find_groups(alice) == []
        assert models.find_groups(bob) == ()


def test_with_the_person_everything_of_the_sign_up_goes(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        send(placement, alice, MENTEE)
        models.set_wishes(alice, Wishes(["Boss"]))
        models.set_groups(alice, ["woman"])
    with transaction(database):
        db().delete(db().get_one(PersonRow, alice.id))
    with transaction(database, read_only=True):
        for table in (SignUp, Exclusion, SelfDescription):
            assert db().scalar(select(func.count()).select_from(table)) == 0
