"""From the outbox to the gradebook and back: each answer, each crash, each race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from structlog.testing import capture_logs

from lti_app.domain.launch import Family
from lti_app.lti.http import HttpFailure, Response
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE
from lti_app.services import deliveries
from lti_app.services.runtime import Runtime
from lti_app.store.session import transaction
from lti_app.worker.score_delivery import deliver_due
from tests.outbox import ALL_SCOPES, COLUMN, Outbox
from tests.proofs import rule
from tests.unit.lti_app.worker.gradebook import ERROR, LOST, Fault, Gradebook

#: Only what a test lets happen takes time.
pytestmark = pytest.mark.usefixtures("clock")
EXTENSION = QUIRKS[Family.CANVAS].submission_extension or ""


def later(clock: time_machine.Traveller, **interval: float) -> None:
    """Move on by some time."""
    clock.shift(timedelta(**interval))


def test_a_score_arrives_as_final_with_a_time_of_its_own(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    alice = outbox.earn()
    assert deliver_due(runtime) == 1
    (call,) = gradebook.of("scores")
    assert call.url == "https://moodle.test/services/2/lineitems/5/lineitem/scores?type_id=1"
    assert call.score == {
        "userId": "alice",
        "scoreGiven": 80,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T12:00:00.250Z",
    }
    assert outbox.row(alice).state == "sent"
    assert deliver_due(runtime) == 0


@rule("R-4.12")
def test_a_cell_is_read_before_every_post_and_the_post_carries_that_moment(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["results"].after = [lambda: later(clock, seconds=5)]
    deliver_due(runtime)
    outbox.queue(alice, 90)
    later(clock, minutes=1)
    deliver_due(runtime)
    methods = [call.method for call in gradebook.calls if "/token" not in call.url]
    assert methods == ["GET", "POST"] * 2
    assert gradebook.of("scores")[0].score["timestamp"] == "2026-11-23T12:00:00.250Z"


@rule("R-4.12")
@pytest.mark.parametrize("found", [55, 0])
def test_what_is_in_a_cell_before_the_first_post_stays(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, found: float
) -> None:
    alice = outbox.earn()
    gradebook.cells["alice"] = found
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("held", "changed_in_gradebook")
    assert gradebook.posts() == {}


def test_a_higher_score_does_not_replace_what_a_person_typed_in_between(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    deliver_due(runtime)
    gradebook.cells["alice"] = 55
    later(clock, minutes=1)
    outbox.queue(alice, 90)
    deliver_due(runtime)
    assert outbox.row(alice).answer_reason == "changed_in_gradebook"
    assert gradebook.cells == {"alice": 55}


def test_what_was_read_a_minute_ago_is_read_again(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["results"].after = [lambda: later(clock, seconds=61)]
    deliver_due(runtime)
    assert len(gradebook.of("results")) == 2
    assert len(gradebook.of("scores")) == 1
    assert outbox.row(alice).state == "sent"


def test_one_token_serves_many_cells(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    for name in ("alice", "bob", "charlie"):
        outbox.earn(name)
    assert deliver_due(runtime) == 3
    assert gradebook.tokens == 1
    assert gradebook.posts() == {"alice": 1, "bob": 1, "charlie": 1}


def test_a_rejected_token_is_replaced_at_once(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    outbox.earn("alice")
    deliver_due(runtime)
    gradebook.revoke()
    bob = outbox.earn("bob")
    deliver_due(runtime)
    assert gradebook.tokens == 2
    assert gradebook.cells["bob"] == 80
    assert len(outbox.attempts(bob)) == 1
    assert outbox.row(bob).state == "sent"


def test_a_new_token_that_is_rejected_too_is_a_matter_for_an_administrator(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [Response(401, {}, b""), Response(401, {}, b"")]
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason, row.answer_status) == (
        "configuration",
        "token_rejected",
        401,
    )
    assert len(gradebook.of("scores")) == 2
    later(clock, minutes=59)
    assert deliver_due(runtime) == 0
    later(clock, minutes=2)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"


def test_without_a_token_nothing_is_posted(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["token"].before = [HttpFailure("connection")]
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("waiting", "token_connection")
    assert outbox.attempts(alice) == []
    later(clock, seconds=10)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"


@rule("R-4.2")
def test_a_refused_scope_is_a_matter_for_an_administrator(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    alice = outbox.earn()
    # For sending and reading, and then for sending alone.
    gradebook.faults["token"].before = [Response(400, {}, b'{"error": "invalid_scope"}')] * 2
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("configuration", "scope_missing")


def test_a_token_that_is_lost_in_the_middle_leaves_the_score_for_later(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    outbox.earn("alice")
    deliver_due(runtime)
    gradebook.revoke()
    gradebook.faults["token"].before = [HttpFailure("connection")]
    bob = outbox.earn("bob")
    deliver_due(runtime)
    row = outbox.row(bob)
    assert (row.state, row.answer_reason, row.is_unanswered) == (
        "waiting",
        "token_connection",
        False,
    )
    later(clock, seconds=10)
    deliver_due(runtime)
    assert gradebook.cells["bob"] == 80


@pytest.mark.parametrize(
    ("url", "scopes", "subject", "state", "reason"),
    [
        (None, ALL_SCOPES, "alice", "configuration", "no_column"),
        (COLUMN, (SCOPE_RESULT,), "alice", "configuration", "scope_missing"),
        (COLUMN, ALL_SCOPES, None, "not_gradable", "no_account"),
    ],
)
def test_what_is_missing_is_told_without_a_call(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    url: str | None,
    scopes: tuple[str, ...],
    subject: str | None,
    state: str,
    reason: str,
) -> None:
    outbox.column(url, scopes)
    alice = outbox.learner(subject=subject)
    outbox.queue(alice, 80)
    deliver_due(runtime)
    assert gradebook.calls == []
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == (state, reason)


def test_a_column_that_a_launch_brings_gets_the_grade_at_once(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    outbox.column(url=None)
    alice = outbox.earn()
    deliver_due(runtime)
    outbox.column()
    with transaction(outbox.database):
        deliveries.wake(outbox.placement.id)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"


@pytest.mark.parametrize("times", [1, 2, 5])
def test_errors_of_the_lms_are_outlasted(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    times: int,
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [ERROR] * times
    for _ in range(times):
        deliver_due(runtime)
        assert outbox.row(alice).state == "waiting"
        later(clock, hours=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.posts() == {"alice": times + 1}


def test_the_pause_that_the_lms_asks_for_is_kept(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [Response(429, {"Retry-After": "600"}, b"")]
    deliver_due(runtime)
    assert outbox.row(alice).answer_reason == "throttled"
    later(clock, seconds=599)
    assert deliver_due(runtime) == 0
    later(clock, seconds=2)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (Response(500, {}, b"[]"), "held", "locked"),
        (Response(400, {}, b"[]"), "not_gradable", "not_gradable"),
        (Response(404, {}, b""), "gone", "column_gone"),
    ],
)
def test_what_only_people_can_change_is_not_tried_again(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    answer: Response,
    state: str,
    reason: str,
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [answer]
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == (state, reason)
    later(clock, days=365)
    assert deliver_due(runtime) == 0


# An answer is missing


@pytest.mark.parametrize("fault", [LOST, HttpFailure("after_send"), ERROR])
def test_a_score_that_arrived_without_an_answer_is_not_sent_twice(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    fault: Fault,
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].after = [fault]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.posts() == {"alice": 1}


def test_a_score_that_got_lost_is_sent_again(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [LOST]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.cells == {"alice": 80}


def test_a_grade_that_a_person_typed_meanwhile_stays(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [LOST]
    deliver_due(runtime)
    gradebook.cells["alice"] = 55
    later(clock, minutes=1)
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("held", "changed_in_gradebook")
    later(clock, days=365)
    deliver_due(runtime)
    assert gradebook.cells == {"alice": 55}


def test_a_stale_score_is_looked_into_before_it_is_sent_again(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [Response(409, {}, b"")]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    first, second = (call.score["timestamp"] for call in gradebook.of("scores"))
    assert first < second
    assert len(gradebook.of("results")) == 2


@pytest.mark.parametrize("death", [KeyboardInterrupt(), SystemExit()])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_during_a_post_loses_and_doubles_nothing(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    death: BaseException,
    moment: str,
) -> None:
    alice = outbox.earn()
    setattr(gradebook.faults["scores"], moment, [death])
    with pytest.raises(type(death)):
        deliver_due(runtime)
    assert deliver_due(runtime) == 0
    later(clock, minutes=5)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.cells == {"alice": 80}
    assert gradebook.posts()["alice"] == (1 if moment == "after" else 2)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Response(503, {}, b""), "waiting"),
        (LOST, "waiting"),
        (Response(500, {}, b"[]"), "waiting"),
        (Response(200, {}, b"no list"), "waiting"),
        (Response(404, {}, b""), "gone"),
    ],
)
def test_a_cell_in_doubt_is_not_posted_to_before_it_was_read(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    answer: Fault,
    state: str,
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [LOST]
    deliver_due(runtime)
    gradebook.faults["results"].before = [answer]
    later(clock, minutes=1)
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.is_unanswered) == (state, True)
    assert gradebook.posts() == {"alice": 1}


def test_reading_replaces_a_rejected_token_too(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].after = [LOST]
    deliver_due(runtime)
    gradebook.revoke()
    later(clock, minutes=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.posts() == {"alice": 1}


def test_where_nobody_may_look_the_score_is_sent_again(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    outbox.column(scopes=(SCOPE_SCORE,))
    alice = outbox.earn()
    gradebook.faults["scores"].before = [LOST]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.posts() == {"alice": 2}


def test_where_a_look_was_granted_and_is_refused_the_score_waits_until_it_is_not(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["results"].before = [Response(403, {}, b"")]
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("waiting", "cannot_read_back")
    assert gradebook.posts() == {}
    later(clock, minutes=60)
    deliver_due(runtime)
    assert outbox.row(alice).state == "sent"
    assert gradebook.posts() == {"alice": 1}


def test_where_nobody_may_look_in_canvas_a_person_decides(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    outbox.change(outbox.registration, family="canvas")
    outbox.column(scopes=(SCOPE_SCORE,))
    alice = outbox.earn()
    gradebook.faults["scores"].before = [LOST]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason) == ("held", "cannot_read_back")
    assert gradebook.posts() == {"alice": 1}


# The rules of Canvas


@pytest.fixture
def canvas(outbox: Outbox) -> Outbox:
    outbox.change(outbox.registration, family="canvas")
    return outbox


def extensions(gradebook: Gradebook) -> list[tuple[bool, bool]]:
    """Return of each post whether it is a hand-in, and whether it leaves what it finds."""
    found = [call.score[EXTENSION] for call in gradebook.of("scores")]
    return [(each["new_submission"], each["prioritize_non_tool_grade"]) for each in found]


@rule("R-4.17")
def test_the_first_post_is_a_hand_in_and_yields_the_later_ones_neither(
    runtime: Runtime, canvas: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = canvas.earn()
    deliver_due(runtime)
    later(clock, minutes=1)
    canvas.queue(alice, 90)
    deliver_due(runtime)
    assert extensions(gradebook) == [(True, True), (False, False)]
    methods = [call.method for call in gradebook.calls if "/token" not in call.url]
    assert methods == ["POST", "GET", "GET", "POST"]
    assert canvas.row(alice).state == "sent"


@pytest.mark.parametrize("fault", [LOST, ERROR])
def test_a_first_post_that_was_lost_is_sent_again_as_no_hand_in(
    runtime: Runtime,
    canvas: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    fault: Fault,
) -> None:
    canvas.earn()
    gradebook.faults["scores"].before = [fault]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert extensions(gradebook) == [(True, True), (False, True)]


@pytest.mark.parametrize(
    "fault", [HttpFailure("connection"), Response(403, {}, b"403 Forbidden (Rate Limit Exceeded)")]
)
def test_a_first_post_that_never_arrived_is_still_the_first(
    runtime: Runtime,
    canvas: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    fault: Fault,
) -> None:
    canvas.earn()
    gradebook.faults["scores"].before = [fault]
    deliver_due(runtime)
    later(clock, minutes=1)
    deliver_due(runtime)
    assert extensions(gradebook) == [(True, True), (True, True)]
    assert gradebook.cells == {"alice": 10240}


def test_a_grade_that_the_lms_kept_silently_is_noticed(
    runtime: Runtime, canvas: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = canvas.earn()
    gradebook.faults["scores"].after = [lambda: gradebook.cells.update(alice=5500)]
    deliver_due(runtime)
    row = canvas.row(alice)
    assert (row.state, row.answer_reason, row.acknowledged_score) == (
        "held",
        "changed_in_gradebook",
        None,
    )
    later(clock, days=365)
    canvas.queue(alice, 90)
    assert deliver_due(runtime) == 0


def test_a_look_afterwards_that_fails_changes_nothing(
    runtime: Runtime, canvas: Outbox, gradebook: Gradebook
) -> None:
    alice = canvas.earn()
    gradebook.faults["results"].before = [LOST]
    deliver_due(runtime)
    assert canvas.row(alice).state == "sent"


def test_without_the_right_to_look_only_the_first_post_goes_by_itself(
    runtime: Runtime, canvas: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    canvas.column(scopes=(SCOPE_SCORE,))
    alice = canvas.earn()
    deliver_due(runtime)
    assert canvas.row(alice).state == "sent"
    later(clock, minutes=1)
    canvas.queue(alice, 90)
    deliver_due(runtime)
    assert canvas.row(alice).answer_reason == "cannot_read_back"
    assert gradebook.posts() == {"alice": 1}


# Races


def test_a_score_that_rises_during_the_post_is_sent_as_well(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    gradebook.faults["scores"].before = [lambda: outbox.queue(alice, 100)]
    deliver_due(runtime)
    assert gradebook.cells == {"alice": 80}
    later(clock, seconds=1)
    deliver_due(runtime)
    assert gradebook.cells == {"alice": 100}
    assert outbox.row(alice).state == "sent"


@rule("R-4.12")
def test_two_scores_in_one_second_arrive_in_two(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()
    deliver_due(runtime)
    outbox.queue(alice, 90)
    deliver_due(runtime)
    assert gradebook.posts() == {"alice": 1}
    later(clock, seconds=0.75)
    deliver_due(runtime)
    assert gradebook.cells == {"alice": 90}
    assert gradebook.of("scores")[1].score["timestamp"] == "2026-11-23T12:00:01.000Z"


def test_eight_workers_post_every_score_once(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    names = [f"learner-{number}" for number in range(32)]
    for name in names:
        outbox.earn(name)
    together = Barrier(8, timeout=30)

    def work(_: int) -> None:
        together.wait()
        while deliver_due(runtime, limit=3):
            pass

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert gradebook.posts() == dict.fromkeys(names, 1)
    assert gradebook.tokens == 1


def test_a_lease_that_was_lost_on_the_way_is_let_go(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn()

    def somebody_is_faster() -> None:
        later(clock, minutes=5)
        deliver_due(runtime)

    gradebook.faults["token"].before = [somebody_is_faster]
    deliver_due(runtime)
    assert gradebook.posts() == {"alice": 1}
    assert outbox.row(alice).state == "sent"


def test_a_fault_of_ours_at_one_cell_does_not_stop_the_others(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    alice = outbox.earn("alice")
    bob = outbox.earn("bob")
    gradebook.faults["scores"].before = [ZeroDivisionError()]
    with capture_logs() as lines:
        assert deliver_due(runtime) == 2
    (name,) = gradebook.cells
    (line,) = [line for line in lines if line["event"] == "delivery_failed"]
    assert line["delivery"] == outbox.row({"alice": bob, "bob": alice}[name]).id
    assert line["exc_info"]
    later(clock, minutes=5)
    deliver_due(runtime)
    assert gradebook.cells == {"alice": 80, "bob": 80}


@rule("R-1.13")
def test_the_log_says_what_became_of_a_score_by_ids_and_codes(
    runtime: Runtime, outbox: Outbox
) -> None:
    alice = outbox.earn()
    with capture_logs() as lines:
        deliver_due(runtime)
    assert lines == [
        {
            "event": "cell_read",
            "log_level": "info",
            "delivery": outbox.row(alice).id,
            "may_post": True,
        },
        {
            "event": "score_posted",
            "log_level": "info",
            "delivery": outbox.row(alice).id,
            "attempt": outbox.attempts(alice)[0].id,
            "outcome": "accepted",
            "status": 200,
            "reason": "",
        },
    ]
