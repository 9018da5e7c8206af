"""A course's staff is told of grades that wait for them: after a day, once, and only what is so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import select

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.rulings import RulingKind
from lti_app.language import speaking
from lti_app.services import notices, rulings
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.notices import InboxNotice
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.services.waiting_grades import tell_of_waiting_grades
from lti_app.settings import Settings
from lti_app.store.courses import Activity, Course, Enrolment, Placement
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from tests.outbox import Outbox, open_outbox

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STUCK = (Outcome.HELD, Outcome.NOT_GRADABLE, Outcome.GONE, Outcome.CONFIGURATION)


@pytest.fixture(autouse=True)
def machine() -> Iterator[time_machine.Traveller]:
    """Let the machine's time run from a noon."""
    with time_machine.travel(NOON, tick=True) as machine:
        yield machine


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


@pytest.fixture
def outbox(runtime: Runtime) -> Outbox:
    return open_outbox(runtime.database)


@pytest.fixture
def teacher(outbox: Outbox) -> UUID:
    return outbox.learner("Tina", roles=("can_author", "can_review"))


def answer(outbox: Outbox, person: UUID, outcome: Outcome, score: int = 50) -> None:
    """Let somebody earn a score, and the LMS answer it."""
    outbox.queue(person, score)
    now = real_now()
    mine = outbox.row(person).id
    (leased,) = [one for one in outbox.lease(now, 100) if one.id == mine]
    attempt = outbox.begin(leased, now)
    assert attempt is not None
    outbox.record(attempt, PostAnswer(outcome, 400, "not_gradable"), now)


def look(runtime: Runtime) -> None:
    """Do the nightly job."""
    run_due(runtime, [Job(f"job-{uuid4()}"[:40], every(HOUR), tell_of_waiting_grades)])


def inbox(outbox: Outbox, person: UUID) -> tuple[InboxNotice, ...]:
    with transaction(outbox.database, read_only=True), speaking("en"):
        return notices.inbox(person, 1, None).notices


def titles(outbox: Outbox, person: UUID) -> list[str]:
    return [notice.words.title for notice in inbox(outbox, person)]


@pytest.mark.parametrize("outcome", STUCK)
def test_staff_is_told_of_a_grade_that_has_waited_for_a_day(
    runtime: Runtime,
    outbox: Outbox,
    teacher: UUID,
    machine: time_machine.Traveller,
    outcome: Outcome,
) -> None:
    alice = outbox.learner()
    answer(outbox, alice, outcome)
    machine.shift(23 * HOUR)
    look(runtime)
    assert titles(outbox, teacher) == []
    machine.shift(2 * HOUR)
    look(runtime)
    (notice,) = inbox(outbox, teacher)
    assert notice.words.title == "1 grade waits for you in “Mentoring sign-up”"
    assert "The page “Grades” of “Mentoring sign-up” in “Leading People”" in notice.words.body
    assert notice.leads_to == "grades.board"
    assert titles(outbox, alice) == []


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.TRANSIENT, Outcome.UNKNOWN])
def test_what_goes_by_itself_is_nobodys_business(
    runtime: Runtime,
    outbox: Outbox,
    teacher: UUID,
    machine: time_machine.Traveller,
    outcome: Outcome,
) -> None:
    answer(outbox, outbox.learner(), outcome)
    machine.shift(3 * DAY)
    look(runtime)
    assert titles(outbox, teacher) == []


def test_what_is_tried_in_vain_every_hour_has_waited_since_the_first_time(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    alice = outbox.learner()
    for score in range(50, 76):
        answer(outbox, alice, Outcome.CONFIGURATION, score)
        machine.shift(HOUR)
    look(runtime)
    assert len(titles(outbox, teacher)) == 1


def test_it_is_told_once_and_again_only_when_there_is_more(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    answer(outbox, outbox.learner(), Outcome.HELD)
    machine.shift(25 * HOUR)
    look(runtime)
    answer(outbox, outbox.learner("Bob"), Outcome.HELD)
    for _ in range(3):
        look(runtime)
    assert titles(outbox, teacher) == ["1 grade waits for you in “Mentoring sign-up”"]
    machine.shift(25 * HOUR)
    for _ in range(3):
        look(runtime)
    # The older one says less, and has not been read: it is gone.
    assert titles(outbox, teacher) == ["2 grades wait for you in “Mentoring sign-up”"]
    machine.shift(9 * DAY)
    look(runtime)
    assert len(titles(outbox, teacher)) == 1


def test_what_was_read_stays(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    answer(outbox, outbox.learner(), Outcome.HELD)
    machine.shift(25 * HOUR)
    look(runtime)
    with transaction(runtime.database):
        notices.read(teacher, inbox_ids(teacher)[0])
    answer(outbox, outbox.learner("Bob"), Outcome.HELD)
    machine.shift(25 * HOUR)
    look(runtime)
    assert len(titles(outbox, teacher)) == 2


def inbox_ids(person: UUID) -> list[UUID]:
    """Return the notices of somebody, in the open transaction."""
    return list(db().scalars(select(Notice.id).where(Notice.person_id == person)))


def test_when_it_has_arrived_there_is_nothing_to_tell_any_more(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    alice = outbox.learner()
    answer(outbox, alice, Outcome.NOT_GRADABLE)
    machine.shift(25 * HOUR)
    look(runtime)
    assert len(titles(outbox, teacher)) == 1
    answer(outbox, alice, Outcome.ACCEPTED, 60)
    look(runtime)
    assert titles(outbox, teacher) == []
    # Two posts of one cell are never in the same second.
    machine.shift(timedelta(seconds=2))
    answer(outbox, alice, Outcome.NOT_GRADABLE, 70)
    look(runtime)
    assert titles(outbox, teacher) == []


@pytest.mark.parametrize("kind", [RulingKind.HOLD, RulingKind.EXCUSE])
def test_what_staff_decided_itself_is_not_told(
    runtime: Runtime,
    outbox: Outbox,
    teacher: UUID,
    machine: time_machine.Traveller,
    kind: RulingKind,
) -> None:
    alice = outbox.learner()
    answer(outbox, alice, Outcome.HELD)
    with transaction(runtime.database):
        rulings.rule(outbox.activity.id, alice, kind, by=teacher)
    machine.shift(2 * DAY)
    look(runtime)
    assert titles(outbox, teacher) == []


def test_only_who_teaches_the_course_now_is_told(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    assistant = outbox.learner("Theo", roles=("can_review",))
    left = outbox.learner("Tom", roles=("can_review",), is_active=False)
    developer = outbox.learner("Dora", roles=("can_author",))
    answer(outbox, outbox.learner(), Outcome.HELD)
    machine.shift(2 * DAY)
    look(runtime)
    told = [bool(titles(outbox, person)) for person in (teacher, assistant, left, developer)]
    assert told == [True, True, False, False]
    # Somebody new hears of what waits as well.
    newcomer = outbox.learner("Nina", roles=("can_author", "can_review"))
    look(runtime)
    assert [len(titles(outbox, person)) for person in (teacher, newcomer)] == [1, 1]


def test_each_activity_is_told_of_by_itself_and_each_course_to_its_own_staff(
    runtime: Runtime, outbox: Outbox, teacher: UUID, machine: time_machine.Traveller
) -> None:
    other = another_course(outbox)
    tim = outbox.learner("Tim", roles=())
    outbox.add(Enrolment(course_id=other.course.id, person_id=tim, role_names=["can_review"]))
    answer(outbox, outbox.learner(), Outcome.HELD)
    other.column()
    answer(other, other.learner("Bob"), Outcome.HELD)
    machine.shift(2 * DAY)
    look(runtime)
    assert titles(outbox, teacher) == ["1 grade waits for you in “Mentoring sign-up”"]
    assert titles(outbox, tim) == ["1 grade waits for you in “Other”"]


def another_course(outbox: Outbox) -> Outbox:
    """Add a course with an activity of its own."""
    course = Course(deployment_id=outbox.deployment.id, context_id="3", title="Other course")
    outbox.add(course)
    activity = Activity(
        organisation_id=outbox.organisation.id,
        course_id=course.id,
        kind="mentoring",
        title="Other",
    )
    outbox.add(activity)
    placement = Placement(
        deployment_id=outbox.deployment.id,
        course_id=course.id,
        activity_id=activity.id,
        resource_link_id="12",
    )
    outbox.add(placement)
    return Outbox(
        outbox.database,
        outbox.organisation,
        outbox.registration,
        outbox.deployment,
        course,
        activity,
        placement,
    )
