"""When an LMS is left alone, and for how long."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.lms_health import FAILURES, Health, Heard, next_health

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAILED = Heard(PostAnswer(Outcome.TRANSIENT, 500, "lms_error"))
LOST = Heard(PostAnswer(Outcome.UNKNOWN, reason="no_answer_in_time"))
PROBE_FAILED = Heard(FAILED.answer, is_probe=True)
ACCEPTED = Heard(PostAnswer(Outcome.ACCEPTED, 200))


def after(*heard: Heard, health: Health | None = None, now: datetime = NOON) -> Health:
    return next_health(health or Health(), heard, now, Random(0))


def pause(health: Health, now: datetime = NOON) -> float:
    assert health.paused_until is not None
    return (health.paused_until - now).total_seconds()


@pytest.mark.parametrize("failure", [FAILED, LOST])
def test_some_failures_in_a_row_pause_an_lms(failure: Heard) -> None:
    assert after(*[failure] * (FAILURES - 1)).paused_until is None
    assert after(*[failure] * FAILURES).is_paused(NOON)


def test_a_success_in_between_starts_the_count_anew() -> None:
    assert after(*[FAILED] * (FAILURES - 1), ACCEPTED, FAILED).failures == 1


@pytest.mark.parametrize(
    "outcome", set(Outcome) - {Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.NOT_ASKED}
)
def test_an_answer_to_one_cell_says_that_the_lms_works(outcome: Outcome) -> None:
    paused = after(*[FAILED] * FAILURES)
    assert after(Heard(PostAnswer(outcome, 400)), health=paused) == Health()


@pytest.mark.parametrize("failures", [0, FAILURES - 1, FAILURES])
def test_what_was_never_asked_says_nothing_about_an_lms(failures: int) -> None:
    before = after(*[FAILED] * failures)
    waited = PostAnswer(Outcome.NOT_ASKED, reason="token_busy")
    assert after(*[Heard(waited)] * 20, Heard(waited, is_probe=True), health=before) == before


def test_each_pause_is_longer_than_the_last_one_up_to_some_minutes() -> None:
    health, now, pauses = after(*[FAILED] * FAILURES), NOON, []
    for _ in range(10):
        pauses.append(pause(health, now))
        now += timedelta(seconds=pauses[-1] + 1)
        health = after(PROBE_FAILED, health=health, now=now)
    assert pauses[:5] == sorted(pauses[:5])
    assert 4 <= pauses[0] <= 6
    assert 240 <= pauses[-1] <= 360


def test_calls_that_were_under_way_do_not_lengthen_the_pause() -> None:
    paused = after(*[FAILED] * FAILURES)
    assert after(*[FAILED] * 20, health=paused) == paused


@pytest.mark.parametrize("status", [429, 403])
def test_throttling_pauses_at_once(status: int) -> None:
    assert after(Heard(PostAnswer(Outcome.TRANSIENT, status, "throttled"))).is_paused(NOON)


def test_the_time_that_an_lms_asks_for_is_kept_but_not_for_ever() -> None:
    def asked(wait: timedelta) -> float:
        return pause(after(Heard(PostAnswer(Outcome.TRANSIENT, 503, "lms_error", wait))))

    assert asked(timedelta(seconds=90)) == 90
    assert asked(timedelta(days=1)) == 3600


def test_an_lms_whose_patience_runs_low_rests_without_having_failed() -> None:
    rest = timedelta(seconds=10)
    health = after(Heard(PostAnswer(Outcome.ACCEPTED, 200, rest=rest)))
    assert pause(health) == 10
    assert health.pauses == health.failures == 0
