"""A column that is read once for many cells: when that is enough, and that nothing is missed."""

from datetime import timedelta

import pytest
import time_machine

from lti_app.lti.http import HttpFailure, Response
from lti_app.services.runtime import Runtime
from lti_app.worker.score_delivery import deliver_due, open_dispatcher
from tests.outbox import Outbox
from tests.proofs import rule
from tests.unit.lti_app.worker.gradebook import ERROR, LOST, Fault, Gradebook

CLASS = ("alice", "bob", "charlie", "dora")
#: The LMS tells its time in whole seconds.
TOLD = "2026-11-23T12:00:00.000Z"
#: Only what a test lets happen takes time.
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def gradebook(gradebook: Gradebook) -> Gradebook:
    """Return a gradebook that tells its time."""
    gradebook.tells_time = True
    return gradebook


def earn(outbox: Outbox, *names: str) -> None:
    """Let a class earn its grades."""
    for name in names or CLASS:
        outbox.earn(name)


def looks(gradebook: Gradebook) -> tuple[int, int]:
    """Return how often the whole column was read, and how often one cell."""
    singles = sum("user_id=" in call.url for call in gradebook.of("results"))
    return len(gradebook.of("results")) - singles, singles


def reason(outbox: Outbox, name: str) -> str | None:
    """Return why a cell has not got its grade."""
    row = outbox.row(outbox.people[name])
    return row.answer_reason


def test_a_class_is_looked_at_once_and_every_post_carries_that_moment(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    earn(outbox)
    deliver_due(runtime)
    assert gradebook.cells == dict.fromkeys(CLASS, 80)
    assert looks(gradebook) == (1, 0)
    assert {call.score["timestamp"] for call in gradebook.of("scores")} == {TOLD}


def test_a_class_of_hundreds_needs_hardly_more_calls_than_posts(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    names = [f"learner-{number}" for number in range(200)]
    earn(outbox, *names)
    assert deliver_due(runtime, 200) == 200
    assert gradebook.posts() == dict.fromkeys(names, 1)
    assert looks(gradebook) == (1, 0)


def test_one_or_two_cells_are_looked_into_by_themselves(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    earn(outbox, "alice", "bob")
    deliver_due(runtime)
    assert looks(gradebook) == (0, 2)


@pytest.mark.parametrize("family", ["canvas", "other"])
def test_an_lms_that_takes_older_posts_is_never_looked_at_as_a_whole(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, family: str
) -> None:
    outbox.change(outbox.registration, family=family)
    earn(outbox)
    deliver_due(runtime)
    assert set(gradebook.posts()) == set(CLASS)
    assert looks(gradebook)[0] == 0


@rule("R-4.12")
@pytest.mark.parametrize("found", [55, 0])
def test_what_a_person_typed_is_seen_in_the_column_as_well(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, found: float
) -> None:
    earn(outbox)
    gradebook.cells["bob"] = found
    deliver_due(runtime)
    assert gradebook.cells == {**dict.fromkeys(CLASS, 80), "bob": found}
    assert reason(outbox, "bob") == "changed_in_gradebook"
    assert looks(gradebook) == (1, 0)


def test_a_class_whose_grades_rose_is_looked_at_once(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox)
    deliver_due(runtime)
    clock.shift(timedelta(minutes=1))
    gradebook.cells["bob"] = 55
    for name in CLASS:
        outbox.queue(outbox.people[name], 90)
    deliver_due(runtime)
    assert gradebook.cells == {**dict.fromkeys(CLASS, 90), "bob": 55}
    assert reason(outbox, "bob") == "changed_in_gradebook"
    assert looks(gradebook) == (2, 0)


def test_a_cell_in_doubt_is_looked_into_by_itself(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox, "alice")
    gradebook.faults["scores"].after = [LOST]
    deliver_due(runtime)
    earn(outbox, "bob", "charlie", "dora")
    clock.shift(timedelta(minutes=1))
    deliver_due(runtime)
    assert gradebook.posts() == dict.fromkeys(CLASS, 1)
    assert looks(gradebook) == (1, 2)


def test_a_look_serves_for_half_a_minute(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    with open_dispatcher(runtime) as dispatcher:
        for seconds, looked in ((0, 1), (30, 1), (1, 2)):
            clock.shift(seconds)
            earn(outbox, *(f"{name}-{looked}-{seconds}" for name in CLASS))
            while dispatcher.turn() or dispatcher.is_busy:
                pass
            assert looks(gradebook) == (looked, 0)
    assert len(gradebook.cells) == 3 * len(CLASS)


def test_a_cell_that_was_posted_to_since_the_look_is_looked_into_by_itself(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    with open_dispatcher(runtime) as dispatcher:
        earn(outbox)
        while dispatcher.turn() or dispatcher.is_busy:
            pass
        clock.shift(5)
        outbox.queue(outbox.people["alice"], 90)
        while dispatcher.turn() or dispatcher.is_busy:
            pass
    assert gradebook.cells["alice"] == 90
    assert looks(gradebook) == (1, 1)
    assert gradebook.of("scores")[-1].score["timestamp"] == "2026-11-23T12:00:05.000Z"


FAILURES: dict[str, Fault] = {
    "error": ERROR,
    "no answer": LOST,
    "too large": HttpFailure("too_large"),
    "crash": Response(404, {}, b"<html>"),
    "not all of it": Response(200, {"Link": "<https://moodle.test/2>; rel=next"}, b""),
    "no list": Response(200, {"Date": "Mon, 23 Nov 2026 12:00:00 GMT"}, b"{}"),
    "no time": Response(200, {}, b"[]"),
    "no sensible time": Response(200, {"Date": "noon"}, b"[]"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_where_a_column_cannot_be_read_cells_are(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    failure: str,
) -> None:
    gradebook.faults["results"].before = [FAILURES[failure]]
    with open_dispatcher(runtime) as dispatcher:
        for wave, whole in ((0, 1), (1, 1), (2, 2)):
            earn(outbox, *(f"{name}-{wave}" for name in CLASS))
            while dispatcher.turn() or dispatcher.is_busy:
                pass
            # It is not tried again before a minute has passed.
            assert looks(gradebook)[0] == whole
            clock.shift(35)
    assert len(gradebook.cells) == 3 * len(CLASS)
    assert set(gradebook.posts().values()) == {1}


def test_a_rejected_token_is_replaced_before_the_column_is_read(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox, "eve")
    deliver_due(runtime)
    gradebook.revoke()
    clock.shift(timedelta(minutes=1))
    earn(outbox)
    deliver_due(runtime)
    assert set(gradebook.cells) == {*CLASS, "eve"}
    assert gradebook.tokens == 2


@pytest.mark.parametrize(
    ("told", "carried"),
    [
        ("Mon, 23 Nov 2026 11:59:01 GMT", "2026-11-23T11:59:01.000Z"),
        ("Mon, 23 Nov 2026 12:00:59 GMT", "2026-11-23T12:00:00.250Z"),
    ],
    ids=["behind", "ahead"],
)
def test_a_post_never_comes_from_the_lmss_future(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, told: str, carried: str
) -> None:
    earn(outbox)
    gradebook.faults["results"].before = [Response(200, {"Date": told}, b"[]")]
    deliver_due(runtime)
    assert {call.score["timestamp"] for call in gradebook.of("scores")} == {carried}


def test_a_clock_that_is_far_behind_is_not_believed(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    earn(outbox, "alice")
    dated = {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    gradebook.faults["results"].before = [Response(200, dated, b"[]")]
    deliver_due(runtime)
    assert gradebook.of("scores")[0].score["timestamp"] == "2026-11-23T12:00:00.250Z"


def test_the_time_that_a_look_took_is_taken_off(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox)
    gradebook.faults["results"].before = [lambda: clock.shift(10)]
    deliver_due(runtime)
    # The column may have been read at once, and the answer made ten seconds later.
    assert {call.score["timestamp"] for call in gradebook.of("scores")} == {TOLD}
