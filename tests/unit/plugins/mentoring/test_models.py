"""Sign-ups in the database: one per person and activity, whatever is sent how often."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
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
from plugins.mentoring.models import Answers, SignUp, Skill

MENTEE = Answers(Side.MENTEE, "To grow.", ["feedback", "change"], ["team"], "Europe/Berlin")
MENTOR = Answers(Side.MENTOR, "To share.", ["change", "conflict"], ["career"], "UTC")


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


def stored(database: Database, placement: Placement, person: Person) -> SignUp:
    with transaction(database, read_only=True):
        row = models.find_sign_up(placement, person)
        assert row is not None
        assert row.skills is not None
        return row


def test_nobody_has_signed_up_at_first(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database, read_only=True):
        assert models.find_sign_up(placement, alice) is None
        assert activity.completions(placement, [alice]) == {}


def test_a_sign_up_is_kept_with_its_skills_and_the_moment_of_consent(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.submit(placement, alice, MENTEE)
    row = stored(database, placement, alice)
    assert (row.side, row.why, row.goal_areas, row.time_zone) == (
        "mentee",
        "To grow.",
        ["team"],
        "Europe/Berlin",
    )
    assert {skill.skill for skill in row.skills} == {"feedback", "change"}
    assert row.consent_at is not None
    assert row.submitted_at is not None


def test_changed_answers_replace_the_old_ones_and_keep_the_first_moment(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.submit(placement, alice, MENTEE)
    before = stored(database, placement, alice)
    clock.set_offset(timedelta(hours=1))
    with transaction(database):
        models.submit(placement, alice, MENTOR)
    row = stored(database, placement, alice)
    assert (row.side, row.why) == ("mentor", "To share.")
    assert {skill.skill for skill in row.skills} == {"change", "conflict"}
    assert (row.submitted_at, row.consent_at) == (before.submitted_at, before.consent_at)
    assert row.updated_at > before.updated_at


def test_a_draft_can_be_half_empty_and_is_only_a_start(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.save_draft(placement, alice, Answers(None, "", [], [], None))
    with transaction(database, read_only=True):
        assert activity.completions(placement, [alice])[alice.id].state is State.STARTED


def test_a_draft_never_overwrites_a_sign_up(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.submit(placement, alice, MENTEE)
        models.save_draft(placement, alice, MENTOR)
    assert stored(database, placement, alice).side == "mentee"


def test_a_draft_can_be_completed(database: Database, placement: Placement, alice: Person) -> None:
    with transaction(database):
        models.save_draft(placement, alice, MENTEE)
    with transaction(database):
        models.submit(placement, alice, MENTOR)
    with transaction(database, read_only=True):
        assert activity.completions(placement, [alice])[alice.id].state is State.COMPLETED


def test_two_submits_at_the_same_moment_make_one_sign_up(
    database: Database, placement: Placement, alice: Person
) -> None:
    ready = Barrier(2)

    def submit(answers: Answers) -> None:
        ready.wait(timeout=10)
        with transaction(database):
            models.submit(placement, alice, answers)

    with ThreadPoolExecutor(2) as both:
        list(both.map(submit, [MENTEE, MENTOR]))
    with transaction(database, read_only=True):
        assert db().scalar(select(func.count()).select_from(SignUp)) == 1
        row = models.find_sign_up(placement, alice)
        assert row is not None
        assert row.side is not None
        answers = {"mentee": MENTEE, "mentor": MENTOR}[row.side]
        assert {skill.skill for skill in row.skills} == set(answers.skills)


def test_people_of_another_activity_are_not_counted(
    database: Database,
    placement: Placement,
    alice: Person,
    add_person: Callable[[], Person],
) -> None:
    bob = add_person()
    with transaction(database):
        other = ActivityRow(
            organisation_id=placement.organisation_id, kind="mentoring", title="Another"
        )
        db().add(other)
        db().flush()
        elsewhere = Placement(
            uuid4(), placement.organisation_id, other.id, "mentoring", "Another", {}
        )
        models.submit(elsewhere, alice, MENTEE)
        models.submit(placement, bob, MENTOR)
    with transaction(database, read_only=True):
        assert set(activity.completions(placement, [alice, bob])) == {bob.id}
        assert set(activity.completions(placement, [alice])) == set()


def test_asking_for_completions_changes_nothing_and_gives_the_same_again(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.submit(placement, alice, MENTEE)
    with transaction(database, read_only=True):
        first = activity.completions(placement, [alice])
        assert activity.completions(placement, [alice]) == first


def test_with_the_person_everything_of_the_sign_up_goes(
    database: Database, placement: Placement, alice: Person
) -> None:
    with transaction(database):
        models.submit(placement, alice, MENTEE)
    with transaction(database):
        db().delete(db().get_one(PersonRow, alice.id))
    with transaction(database, read_only=True):
        assert db().scalar(select(func.count()).select_from(SignUp)) == 0
        assert db().scalar(select(func.count()).select_from(Skill)) == 0
