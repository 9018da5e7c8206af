"""Many cells at once: limits, fairness between LMSs, and LMSs that are left alone."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.lti.http import HttpFailure, Response
from lti_app.services import access_tokens
from lti_app.services.runtime import Runtime
from lti_app.store.leases import lease_access_token
from lti_app.store.lms_health import LmsHealth, find_all
from lti_app.store.session import transaction
from lti_app.worker import ledger as ledgers
from lti_app.worker.dispatcher import Dispatcher
from lti_app.worker.ledger import Ledger
from lti_app.worker.score_delivery import deliver_due, open_dispatcher
from tests.outbox import ALL_SCOPES, Outbox, open_outbox
from tests.unit.lti_app.worker.gradebook import ERROR, Gradebook

#: Only what a test lets happen takes time.
pytestmark = pytest.mark.usefixtures("clock")
#: Where something goes wrong, a test fails instead of hanging.
PATIENCE = 30

#: 80 of 100, as it is posted to Canvas: out of 12,800 (`lti/quirks.py`).
IN_CANVAS = 80 * 128


def other_lms(runtime: Runtime) -> Outbox:
    """Add a second LMS."""
    issuer = "https://canvas.test"
    outbox = open_outbox(runtime.database, issuer=issuer, family="other")
    outbox.column(f"{issuer}/lineitems/5")
    return outbox


def earn(outbox: Outbox, *names: str) -> None:
    """Let learners earn a grade each."""
    for name in names:
        outbox.earn(name)


def health(runtime: Runtime, outbox: Outbox) -> LmsHealth:
    """Return what is known of an LMS."""
    with transaction(runtime.database, read_only=True):
        return find_all([outbox.registration.id])[outbox.registration.id]


def is_known_ill(runtime: Runtime, outbox: Outbox) -> bool:
    """Tell whether anything is held against an LMS."""
    with transaction(runtime.database, read_only=True):
        return outbox.registration.id in find_all([outbox.registration.id])


def until(dispatcher: Dispatcher, done: Callable[[], bool]) -> None:
    """Let the dispatcher work until something has happened."""
    for _ in range(PATIENCE * 5):
        if done():
            return
        dispatcher.turn()
    raise TimeoutError


def test_a_hung_lms_delays_no_other(runtime: Runtime, outbox: Outbox, gradebook: Gradebook) -> None:
    mended = threading.Event()
    earn(outbox, *(f"hung-{number}" for number in range(10)))
    gradebook.faults["scores"].before = [lambda: mended.wait(PATIENCE)] * 4
    with open_dispatcher(runtime) as dispatcher:
        until(dispatcher, lambda: len(gradebook.of("scores")) == 4)
        later = other_lms(runtime)
        earn(later, "alice", "bob", "charlie")
        until(dispatcher, lambda: {"alice", "bob", "charlie"} <= gradebook.cells.keys())
        assert len(gradebook.of("scores")) == 4 + 3
        assert not mended.is_set()
        mended.set()
    assert len(gradebook.cells) == 4 + 3


def test_a_backlog_of_one_lms_does_not_stand_before_the_other(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox, *(f"first-{number}" for number in range(10)))
    clock.shift(60)
    other = other_lms(runtime)
    earn(other, "late")
    assert deliver_due(runtime, limit=5) == 5
    assert "late" in gradebook.cells


@pytest.mark.parametrize(("family", "limit"), [("moodle", 4), ("canvas", 1), ("other", 2)])
def test_an_lms_gets_so_many_at_a_time(
    runtime: Runtime, outbox: Outbox, family: str, limit: int
) -> None:
    outbox.change(outbox.registration, family=family)
    earn(outbox, *(f"learner-{number}" for number in range(12)))
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(limit)

    def carry(leased: object, ledger: Ledger, tokens: object) -> PostAnswer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        # So many are here at the same moment, or this test fails.
        together.wait(PATIENCE)
        with lock:
            now[0] -= 1
        return PostAnswer(Outcome.ACCEPTED, 200)

    with Dispatcher(runtime, carry, lambda _: None) as dispatcher:
        taken = 0
        while taken < 12:
            taken += dispatcher.turn()
    assert most[0] == limit


def test_an_lms_that_keeps_failing_is_left_alone_and_tried_with_one_cell(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox, *(f"learner-{number}" for number in range(30)))
    gradebook.faults["scores"].before = [ERROR] * 100
    deliver_due(runtime, 30)
    assert health(runtime, outbox).pauses == 1
    # Five, and what was under way besides.
    assert 5 <= len(gradebook.of("scores")) <= 8
    for pauses in (2, 3):
        before = len(gradebook.of("scores"))
        assert deliver_due(runtime, 30) == 0
        clock.shift(timedelta(minutes=2))
        assert deliver_due(runtime, 30) == 1
        assert len(gradebook.of("scores")) == before + 1
        assert health(runtime, outbox).pauses == pauses
    gradebook.faults["scores"].before = []
    clock.shift(timedelta(minutes=2))
    assert deliver_due(runtime, 100) == 30
    assert health(runtime, outbox).pauses == 0
    assert len(gradebook.cells) == 30


def test_an_unreachable_token_address_counts_as_well(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    earn(outbox, *(f"learner-{number}" for number in range(30)))
    gradebook.faults["token"].before = [HttpFailure("connection")] * 100
    deliver_due(runtime, 30)
    assert health(runtime, outbox).pauses == 1
    assert gradebook.of("scores") == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for a token that somebody else fetches: these tests' clock stands still."""
    monkeypatch.setattr(access_tokens, "_PATIENCE_SECONDS", 0.1)


def die_fetching_a_token(runtime: Runtime, outbox: Outbox) -> None:
    """Do as a process that is killed while it asks the LMS for a token."""
    now, scope = real_now(), " ".join(sorted(ALL_SCOPES))
    with transaction(runtime.database):
        until = now + timedelta(seconds=30)
        assert lease_access_token(outbox.registration.id, scope, uuid4(), now, until)


@pytest.mark.usefixtures("impatient")
def test_a_process_that_died_over_a_token_is_not_the_lmss_fault(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    people = [outbox.earn(f"learner-{number}") for number in range(10)]
    die_fetching_a_token(runtime, outbox)
    assert deliver_due(runtime) == 10
    assert gradebook.calls == []
    assert not is_known_ill(runtime, outbox)
    rows = [outbox.row(person) for person in people]
    assert {(row.state, row.failures, row.answer_reason) for row in rows} == {
        ("queued", 0, "token_busy")
    }
    clock.shift(31)
    assert deliver_due(runtime) == 10
    assert len(gradebook.cells) == 10


@pytest.mark.usefixtures("impatient")
def test_a_cell_that_was_to_try_an_lms_and_got_no_token_lets_the_next_one_try(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    earn(outbox, *(f"learner-{number}" for number in range(10)))
    gradebook.faults["scores"].before = [ERROR] * 10
    deliver_due(runtime)
    assert health(runtime, outbox).pauses == 1
    gradebook.faults["scores"].before = []
    clock.shift(3600)
    die_fetching_a_token(runtime, outbox)
    assert deliver_due(runtime, 1) == 1
    assert health(runtime, outbox).pauses == 1
    clock.shift(31)
    deliver_due(runtime)
    assert len(gradebook.cells) == 10
    assert health(runtime, outbox).pauses == 0


def test_an_attempt_that_was_begun_early_and_came_too_late_counts_for_nothing(
    runtime: Runtime, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = outbox.earn()
    (leased,) = outbox.lease()
    attempt = outbox.begin(leased)
    assert attempt is not None
    ledger = Ledger()
    ledger.prepare({leased.id: attempt})
    monkeypatch.setattr(ledgers, "_FRESH_SECONDS", 0)
    assert ledger.begin(leased) is None
    with transaction(runtime.database):
        ledger.collect(0).write()
    row = outbox.row(alice)
    assert (row.state, row.failures, row.is_unanswered) == ("queued", 0, False)


@pytest.mark.parametrize(
    "answer",
    [
        Response(429, {"Retry-After": "600"}, b""),
        Response(403, {"Retry-After": "600"}, b"403 Forbidden (Rate Limit Exceeded)"),
        Response(503, {"Retry-After": "600"}, b""),
    ],
)
def test_an_lms_that_asks_for_patience_gets_it_for_all_its_cells(
    runtime: Runtime,
    outbox: Outbox,
    gradebook: Gradebook,
    clock: time_machine.Traveller,
    answer: Response,
) -> None:
    outbox.change(outbox.registration, family="canvas")
    earn(outbox, "alice", "bob")
    gradebook.faults["scores"].before = [answer]
    assert deliver_due(runtime) == 1
    clock.shift(599)
    assert deliver_due(runtime) == 0
    clock.shift(2)
    deliver_due(runtime)
    assert gradebook.cells == {"alice": IN_CANVAS, "bob": IN_CANVAS}


def test_an_lms_whose_budget_runs_low_rests(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, clock: time_machine.Traveller
) -> None:
    outbox.change(outbox.registration, family="canvas")
    earn(outbox, "alice", "bob")
    gradebook.faults["scores"].after = [Response(200, {"X-Rate-Limit-Remaining": "99.5"}, b"")]
    assert deliver_due(runtime) == 1
    assert len(gradebook.cells) == 1
    clock.shift(9)
    assert deliver_due(runtime) == 0
    clock.shift(2)
    assert deliver_due(runtime) == 1
    assert gradebook.cells == {"alice": IN_CANVAS, "bob": IN_CANVAS}
