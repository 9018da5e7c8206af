"""What the tool does by the clock: repairs what was forgotten, deletes what has had its time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from lti_app import clock
from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.errors import AppError
from lti_app.domain.visit import Placement
from lti_app.services.jobs import LEASE, Run, every
from lti_app.services.jobs import Job as JobRule
from lti_app.services.jobs import run_due as run_jobs
from lti_app.services.repair import repair_completions
from lti_app.services.retention import ATTEMPTS_KEPT, purge_attempts, purge_reconciliations
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.services.visits import find_placement
from lti_app.settings import Settings
from lti_app.store.courses import Activity
from lti_app.store.courses import Placement as PlacementRow
from lti_app.store.progress import DeliveryAttempt, Progress
from lti_app.store.reconciliations import Reconciliation
from lti_app.store.session import db, transaction
from lti_app.store.visits import LoginTransaction
from lti_app.worker.jobs import JOBS, run_due_jobs
from plugins.mentoring.models import SignUp
from tests.outbox import Outbox, open_outbox


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


@pytest.fixture
def outbox(runtime: Runtime) -> Outbox:
    return open_outbox(runtime.database)


def sign_up_and_forget(outbox: Outbox, person: UUID) -> None:
    """Store a sign-up as an author does who forgets `refresh_progress`."""
    outbox.add(
        SignUp(
            activity_id=outbox.activity.id,
            person_id=person,
            answers={"wish": "Because."},
            submitted_at=clock.now(),
            consent_at=clock.now(),
            updated_at=clock.now(),
        )
    )


def repair(runtime: Runtime, covered_at: datetime | None = None) -> int:
    """Run the repair; returns how many people it refreshed."""
    done: list[int] = []

    def work(run: Run) -> int:
        covered = Run(run.runtime, run.name, run.lease, covered_at)
        done.append(repair_completions(covered))
        return 1

    run_jobs(runtime, [JobRule(f"repair-{uuid4()}"[:40], every(LEASE), work)])
    return done[0] if done else -1


def test_a_forgotten_refresh_is_repaired_and_its_grade_is_on_its_way(
    runtime: Runtime, outbox: Outbox
) -> None:
    alice, bob = outbox.learner(), outbox.learner("Bob")
    sign_up_and_forget(outbox, alice)
    assert outbox.lease() == []
    assert repair(runtime) == 1
    (leased,) = outbox.lease()
    assert leased.id == outbox.row(alice).id
    assert repair(runtime) == 0
    with transaction(runtime.database, read_only=True):
        assert not db().scalars(select(Progress).where(Progress.person_id == bob)).all()


def test_a_cell_that_is_missing_is_repaired_too(runtime: Runtime, outbox: Outbox) -> None:
    alice = outbox.learner()
    sign_up_and_forget(outbox, alice)
    repair(runtime)
    row = outbox.row(alice)
    with transaction(runtime.database):
        db().delete(db().merge(row))
    assert repair(runtime) == 1
    assert len(outbox.lease()) == 1


def test_people_in_many_batches_are_all_repaired(
    runtime: Runtime, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti_app.services.repair._AT_ONCE", 2)
    for number in range(5):
        sign_up_and_forget(outbox, outbox.learner(f"Learner {number}"))
    assert repair(runtime) == 5


def test_work_of_before_the_close_counts_although_the_repair_comes_after_it(
    runtime: Runtime, outbox: Outbox
) -> None:
    alice = outbox.learner()
    sign_up_and_forget(outbox, alice)
    outbox.change(outbox.activity, closes_at=clock.now())
    repair(runtime, covered_at=clock.now() - timedelta(days=1))
    assert len(outbox.lease()) == 1


def test_what_comes_up_after_the_close_was_covered_does_not_count(
    runtime: Runtime, outbox: Outbox
) -> None:
    outbox.change(outbox.activity, closes_at=clock.now() - timedelta(days=2))
    sign_up_and_forget(outbox, outbox.learner())
    repair(runtime, covered_at=clock.now() - timedelta(days=1))
    assert outbox.lease() == []


def test_an_activity_that_cannot_be_asked_stops_no_other(
    runtime: Runtime, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up_and_forget(outbox, outbox.learner())
    broken = Activity(
        organisation_id=outbox.organisation.id,
        course_id=outbox.course.id,
        kind="mentoring",
        title="Broken",
    )
    outbox.add(broken)
    placement = PlacementRow(
        deployment_id=outbox.deployment.id,
        course_id=outbox.course.id,
        activity_id=broken.id,
        resource_link_id="12",
    )
    outbox.add(placement)
    monkeypatch.setattr("lti_app.services.repair.find_placement", _failing_for(placement.id))
    assert repair(runtime) == -1
    assert len(outbox.lease()) == 1


def _failing_for(placement_id: UUID) -> Callable[[UUID], Placement]:
    def find(asked: UUID) -> Placement:
        if asked == placement_id:
            raise AppError
        return find_placement(asked)

    return find


def test_a_kind_that_is_not_installed_any_more_is_passed_over(
    runtime: Runtime, outbox: Outbox
) -> None:
    outbox.learner()
    with transaction(runtime.database):
        db().get_one(Activity, outbox.activity.id).kind = "of_old"
    assert repair(runtime) == 0


def test_all_jobs_run_on_an_empty_tool(runtime: Runtime) -> None:
    assert run_due_jobs(runtime) == len(JOBS)
    assert run_due_jobs(runtime) == 0


def test_logins_that_are_long_over_are_deleted(runtime: Runtime, outbox: Outbox) -> None:
    for number, age in enumerate((timedelta(), timedelta(days=2))):
        outbox.add(
            LoginTransaction(
                registration_id=outbox.registration.id,
                state=str(number),
                nonce="",
                cookie_hash="",
                browser_hash="",
                login_hint="",
                target_link_uri="",
                expires_at=real_now() - age,
            )
        )
    run_due_jobs(runtime)
    with transaction(runtime.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(LoginTransaction)) == 1


def test_old_attempts_go_but_not_what_a_look_into_the_cell_needs(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 50)
    start = real_now()
    for step, outcome in enumerate((Outcome.TRANSIENT, Outcome.ACCEPTED, Outcome.UNKNOWN)):
        at = start + timedelta(minutes=step)
        outbox.queue(alice, 50 + step)
        outbox.change(outbox.row(alice), due_at=at, is_unanswered=False)
        outbox.post(PostAnswer(outcome, 200), at)
    with transaction(outbox.database):
        assert purge_attempts(start) == 0
        assert purge_attempts(start + ATTEMPTS_KEPT + timedelta(hours=1)) == 1
    assert [attempt.outcome for attempt in outbox.attempts(alice)] == ["accepted", "unknown"]
    with transaction(outbox.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(DeliveryAttempt)) == 2


def test_old_readings_of_columns_go(outbox: Outbox) -> None:
    for days in (1, 200, None):
        finished = None if days is None else real_now() - timedelta(days=days)
        outbox.add(Reconciliation(placement_id=outbox.placement.id, finished_at=finished))
    with transaction(outbox.database):
        assert purge_reconciliations(real_now()) == 1
