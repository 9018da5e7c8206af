"""What an operator is told of how sending to each LMS goes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.lms_health import FAILURES, Condition, Heard
from lti_app.services import lms_health
from lti_app.services.lms_health import Report
from lti_app.store.session import Database, transaction
from tests.outbox import RANDOM, Outbox, open_outbox

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAILED = PostAnswer(Outcome.TRANSIENT, 503, "lms_error")
ACCEPTED = PostAnswer(Outcome.ACCEPTED, 200)
LOW = PostAnswer(Outcome.ACCEPTED, 200, rest=timedelta(seconds=10))


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


def hear(outbox: Outbox, *answers: PostAnswer) -> None:
    """Let an LMS answer at noon."""
    with transaction(outbox.database):
        heard = [(outbox.registration.id, Heard(answer)) for answer in answers]
        lms_health.hear(heard, NOON, RANDOM)


def reports(outbox: Outbox, *ids: UUID, now: datetime = NOON) -> list[Report]:
    """Return what is said of some LMSs."""
    with transaction(outbox.database, read_only=True):
        found = lms_health.report(ids or (outbox.registration.id,), now)
    return [found[id_] for id_ in ids or (outbox.registration.id,)]


def test_an_lms_that_never_failed_works(outbox: Outbox) -> None:
    assert reports(outbox) == [Report(Condition.WORKING, None, None, 0)]


def test_an_lms_that_keeps_failing_is_paused_and_then_tried(outbox: Outbox) -> None:
    hear(outbox, *[FAILED] * FAILURES)
    (paused,) = reports(outbox)
    assert (paused.condition, paused.reason) == (Condition.PAUSED, "lms_error")
    assert paused.paused_until is not None
    (trying,) = reports(outbox, now=paused.paused_until)
    assert trying == Report(Condition.TRYING, None, "lms_error", 0)
    hear(outbox, ACCEPTED)
    assert reports(outbox) == [Report(Condition.WORKING, None, None, 0)]


def test_a_rest_that_an_lms_asked_for_is_over_when_it_is_over(outbox: Outbox) -> None:
    hear(outbox, LOW)
    until = NOON + timedelta(seconds=10)
    assert reports(outbox) == [Report(Condition.PAUSED, until, "low_budget", 0)]
    assert reports(outbox, now=until) == [Report(Condition.WORKING, None, None, 0)]


def test_what_is_on_the_way_is_counted_for_each_lms(outbox: Outbox) -> None:
    other = open_outbox(outbox.database, issuer="https://canvas.test", family="canvas")
    for name in ("alice", "bob"):
        outbox.earn(name)
    sent, _ = outbox.lease(limit=2)
    attempt = outbox.begin(sent)
    assert attempt is not None
    outbox.record(attempt, ACCEPTED)
    held = outbox.earn("charlie")
    outbox.change(outbox.row(held), state="held")
    ours, theirs = reports(outbox, outbox.registration.id, other.registration.id)
    assert (ours.on_the_way, theirs.on_the_way) == (1, 0)
