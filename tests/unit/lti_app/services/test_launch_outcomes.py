"""What launches came to, on both databases: exact counts, few rows, and an end to both."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from lti_app.clock import real_now
from lti_app.services import launch_outcomes
from lti_app.services.launch_outcomes import KEPT, KEPT_OF_EACH, PER_MINUTE
from lti_app.store.launch_outcomes import LaunchCount, LaunchOutcome
from lti_app.store.session import Database, db, transaction

MOODLE, CANVAS = UUID(int=1), UUID(int=2)
#: The middle of a minute in the middle of a day, so that no test runs across an edge.
START = datetime.fromisoformat("2026-11-25T12:30:30+00:00")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


def note(
    database: Database, code: str = "opened", lms: UUID | None = MOODLE, times: int = 1
) -> None:
    """Note launches, each in a transaction of its own as it is."""
    for _ in range(times):
        with transaction(database):
            launch_outcomes.note(lms, code, uuid4().hex[:12])


def rows(database: Database) -> int:
    """Return how many single launches are stored."""
    with transaction(database, read_only=True):
        return db().scalar(select(func.count()).select_from(LaunchOutcome)) or 0


def counts(database: Database, lms: UUID | None = None) -> dict[str, int]:
    """Return the totals by code."""
    with transaction(database, read_only=True):
        return {one.code: one.total for one in launch_outcomes.count([], lms)}


def test_all_are_counted_and_of_many_in_a_minute_only_some_are_kept(database: Database) -> None:
    note(database, "replay", times=PER_MINUTE + 5)
    note(database, "opened")
    assert counts(database) == {"replay": PER_MINUTE + 5, "opened": 1}
    assert rows(database) == PER_MINUTE + 1
    with time_machine.travel(START + timedelta(minutes=1), tick=False):
        note(database, "replay")
    assert counts(database)["replay"] == PER_MINUTE + 6
    assert rows(database) == PER_MINUTE + 2


def test_many_at_the_same_moment_are_all_counted(postgresql_database: Database) -> None:
    database = postgresql_database
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: note(database), range(40)))
    assert counts(database) == {"opened": 40}
    assert rows(database) == PER_MINUTE


def test_lmss_and_strangers_are_counted_apart(database: Database) -> None:
    note(database, "opened", MOODLE, 2)
    note(database, "opened", CANVAS)
    note(database, "unknown_platform", None, 3)
    assert counts(database) == {"opened": 3, "unknown_platform": 3}
    assert counts(database, MOODLE) == {"opened": 2}
    with transaction(database, read_only=True):
        latest = launch_outcomes.latest(10)
        of_canvas = launch_outcomes.latest(10, registration_id=CANVAS)
        assert launch_outcomes.count_refused(START.date()) == 3
    assert {one.registration_id for one in latest} == {MOODLE, CANVAS, None}
    assert [one.registration_id for one in of_canvas] == [CANVAS]


def test_days_are_told_apart_and_the_most_frequent_comes_first(database: Database) -> None:
    yesterday = START - timedelta(days=1)
    with time_machine.travel(yesterday, tick=False):
        note(database, "replay", times=3)
    note(database, "replay")
    note(database, "opened", times=2)
    with transaction(database, read_only=True):
        replay, opened = launch_outcomes.count([START.date(), yesterday.date()])
    assert (replay.code, replay.total) == ("replay", 4)
    assert replay.by_day == {START.date(): 1, yesterday.date(): 3}
    assert (opened.code, opened.by_day) == ("opened", {START.date(): 2})


def test_one_is_found_by_its_number(database: Database) -> None:
    with transaction(database):
        launch_outcomes.note(MOODLE, "subject", "0123456789ab")
    note(database, times=3)
    with transaction(database, read_only=True):
        (found,) = launch_outcomes.latest(10, correlation_id="0123456789ab")
    assert (found.code, found.registration_id) == ("subject", MOODLE)


def test_a_flood_of_days_leaves_a_fixed_number_of_rows_and_hides_nobody_elses(
    database: Database,
) -> None:
    note(database, "subject", CANVAS)
    with transaction(database):
        db().add_all(
            LaunchOutcome(
                at=START + timedelta(seconds=number),
                source="",
                code="malformed",
                correlation_id=f"{number:012x}",
            )
            for number in range(KEPT_OF_EACH + 50)
        )
    with transaction(database):
        assert launch_outcomes.trim() == 50
        assert launch_outcomes.trim() == 0
    assert rows(database) == KEPT_OF_EACH + 1
    with transaction(database, read_only=True):
        newest = launch_outcomes.latest(1, code="malformed")
        assert newest[0].correlation_id == f"{KEPT_OF_EACH + 49:012x}"
        assert len(launch_outcomes.latest(10, registration_id=CANVAS)) == 1


def test_everything_ends_after_thirty_days(database: Database) -> None:
    with time_machine.travel(START - KEPT - timedelta(days=1, hours=1), tick=False):
        note(database)
    note(database)
    with transaction(database):
        assert launch_outcomes.purge(real_now()) == 2
    assert rows(database) == 1
    with transaction(database, read_only=True):
        assert db().scalar(select(func.count()).select_from(LaunchCount)) == 1
