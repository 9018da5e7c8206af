"""Periodic work: one runner of many, taken over after a crash, caught up after a stop."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest

from lti_app.clock import real_now
from lti_app.services import jobs
from lti_app.services.jobs import Job, LeaseLost, Run, every, nightly, run_due
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store import jobs as store
from lti_app.store.session import db, transaction

HOUR = timedelta(hours=1)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


def job(work: Callable[[Run], int]) -> Job:
    return Job("example", every(HOUR), work)


def stored(runtime: Runtime) -> store.Job:
    with transaction(runtime.database, read_only=True):
        found = store.find_job("example")
        assert found is not None
        return found


def change(runtime: Runtime, **values: object) -> None:
    with transaction(runtime.database):
        row = db().get_one(store.Job, "example")
        for name, value in values.items():
            setattr(row, name, value)


def test_a_job_runs_when_it_is_due_and_its_outcome_is_kept(runtime: Runtime) -> None:
    assert run_due(runtime, [job(lambda _: 7)]) == 1
    assert run_due(runtime, [job(lambda _: 7)]) == 0
    row = stored(runtime)
    assert (row.outcome, row.changed, row.lease) == ("done", 7, None)
    assert row.started_at is not None
    assert row.finished_at is not None
    assert row.due_at >= row.finished_at + HOUR


def test_of_two_runners_at_once_one_does_the_job(runtime: Runtime, settings: Settings) -> None:
    runs: list[Run] = []
    together = Barrier(2)

    def work(run: Run) -> int:
        runs.append(run)
        return 1

    def runner(own: Runtime) -> None:
        together.wait(timeout=30)
        run_due(own, [job(work)])

    other = open_runtime(settings)
    threads = [Thread(target=runner, args=(own,)) for own in (runtime, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    other.database.dispose()
    assert len(runs) == 1


def test_while_one_is_at_it_nobody_else_begins(runtime: Runtime) -> None:
    begun: list[int] = []

    def work(_: Run) -> int:
        begun.append(run_due(runtime, [job(lambda _: 1)]))
        return 1

    assert run_due(runtime, [job(work)]) == 1
    assert begun == [0]


def test_the_job_of_a_runner_that_died_is_taken_over(runtime: Runtime) -> None:
    def die(_: Run) -> int:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_due(runtime, [job(die)])
    assert stored(runtime).lease is not None
    assert run_due(runtime, [job(lambda _: 1)]) == 0
    change(runtime, leased_until=real_now())
    assert run_due(runtime, [job(lambda _: 1)]) == 1
    assert stored(runtime).outcome == "done"


def test_a_runner_that_was_overtaken_stops_and_overwrites_nothing(runtime: Runtime) -> None:
    kept: list[bool] = []

    def slow(run: Run) -> int:
        change(runtime, leased_until=real_now())
        assert run_due(runtime, [job(lambda _: 5)]) == 1
        try:
            run.keep()
        except LeaseLost:
            kept.append(False)
            raise
        return 1

    run_due(runtime, [job(slow)])
    assert kept == [False]
    assert stored(runtime).changed == 5


def test_a_run_that_says_it_is_alive_keeps_its_lease(runtime: Runtime) -> None:
    def work(run: Run) -> int:
        change(runtime, leased_until=real_now() + timedelta(seconds=1))
        run.keep()
        until = stored(runtime).leased_until
        assert until is not None
        assert until > real_now() + jobs.LEASE / 2
        return 1

    assert run_due(runtime, [job(work)]) == 1
    assert stored(runtime).outcome == "done"


def test_a_failure_is_noted_tried_again_soon_and_stops_no_other_job(runtime: Runtime) -> None:
    def fail(_: Run) -> int:
        raise ConnectionError

    others: list[Run] = []

    def note(run: Run) -> int:
        others.append(run)
        return 1

    other = Job("other", every(HOUR), note)
    assert run_due(runtime, [job(fail), other]) == 2
    row = stored(runtime)
    assert (row.outcome, row.covered_at, row.lease) == ("failed", None, None)
    assert row.due_at < real_now() + HOUR / 2
    assert len(others) == 1


def test_after_a_stop_of_days_a_job_runs_once(runtime: Runtime) -> None:
    run_due(runtime, [job(lambda _: 1)])
    change(runtime, due_at=real_now() - timedelta(days=5))
    assert run_due(runtime, [job(lambda _: 1)]) == 1
    assert run_due(runtime, [job(lambda _: 1)]) == 0
    assert stored(runtime).due_at > real_now()


@pytest.mark.parametrize(
    ("now", "expected"),
    [((23, 1, 59), (23, 2)), ((23, 2, 0), (24, 2)), ((23, 18, 0), (24, 2))],
)
def test_nightly_work_is_due_at_the_next_such_hour(
    now: tuple[int, int, int], expected: tuple[int, int]
) -> None:
    day, hour, minute = now
    due = nightly(2)(datetime(2026, 11, day, hour, minute, tzinfo=UTC))
    assert due == datetime(2026, 11, *expected, tzinfo=UTC)


def test_a_run_ends_with_its_process_at_the_end_of_a_batch_and_goes_on_elsewhere(
    runtime: Runtime,
) -> None:
    stop, batches = Event(), []

    def work(run: Run) -> int:
        for batch in range(3):
            run.keep()
            batches.append(batch)
            stop.set()
        return 3

    assert run_due(runtime, [job(work)], stop) == 1
    assert batches == [0]
    assert (stored(runtime).outcome, stored(runtime).lease) == ("stopped", None)
    assert run_due(runtime, [job(work)], stop) == 0
    assert run_due(runtime, [job(work)]) == 1
    assert batches == [0, 0, 1, 2]
    assert stored(runtime).outcome == "done"
