"""When a grade is tried again, and when only a person or a launch gets it on."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from lti_app.domain.delivery import (
    STATE_AFTER,
    DeliveryState,
    Outcome,
    PostAnswer,
    earliest_post,
    next_attempt_at,
)
from tests.proofs import rule

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAILED = PostAnswer(Outcome.TRANSIENT, 503, "lms_error")


def pause(failures: int, answer: PostAnswer = FAILED, seed: int = 0) -> timedelta:
    due_at = next_attempt_at(failures, answer, NOON, Random(seed))
    assert due_at is not None
    return due_at - NOON


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 5), (2, 20), (3, 60), (4, 300), (5, 1800), (6, 7200), (7, 21600), (99, 21600)],
)
def test_pauses_grow_to_six_hours_with_a_fifth_of_chance(failures: int, seconds: int) -> None:
    pauses = {pause(failures, seed=seed).total_seconds() for seed in range(20)}
    assert len(pauses) == 20
    assert all(0.8 * seconds <= found <= 1.2 * seconds for found in pauses)


@pytest.mark.parametrize("outcome", [Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.STALE])
def test_what_may_pass_by_itself_is_tried_again(outcome: Outcome) -> None:
    assert pause(1, PostAnswer(outcome)) < timedelta(seconds=7)


def test_the_lms_may_ask_for_a_longer_pause_and_not_for_a_shorter_one() -> None:
    assert pause(1, PostAnswer(Outcome.TRANSIENT, 429, "", timedelta(minutes=9))) == timedelta(
        minutes=9
    )
    assert pause(4, PostAnswer(Outcome.TRANSIENT, 429, "", timedelta(0))) > timedelta(minutes=3)


@rule("R-4.2")
def test_a_setting_is_looked_at_again_after_an_hour() -> None:
    assert pause(1, PostAnswer(Outcome.CONFIGURATION, 401)) == timedelta(hours=1)


@pytest.mark.parametrize("outcome", [Outcome.NOT_GRADABLE, Outcome.HELD, Outcome.GONE])
def test_what_only_people_can_change_is_not_tried_again(outcome: Outcome) -> None:
    assert next_attempt_at(1, PostAnswer(outcome), NOON, Random(0)) is None


@pytest.mark.parametrize("failures", [0, 1, 5, 99])
def test_what_was_not_asked_is_asked_in_a_moment_however_often_others_failed(failures: int) -> None:
    waited = PostAnswer(Outcome.NOT_ASKED, reason="token_busy")
    assert timedelta(seconds=4) <= pause(failures, waited) <= timedelta(seconds=6)


def test_every_outcome_leads_to_a_state() -> None:
    assert set(STATE_AFTER) == set(Outcome)
    assert set(STATE_AFTER.values()) == set(DeliveryState) - {DeliveryState.LEFT_ALONE}


@pytest.mark.parametrize(
    ("answer", "leaves_doubt"),
    [
        (PostAnswer(Outcome.UNKNOWN), True),
        (PostAnswer(Outcome.STALE, 409), True),
        (PostAnswer(Outcome.TRANSIENT, 500), True),
        (PostAnswer(Outcome.TRANSIENT, 504), True),
        (PostAnswer(Outcome.TRANSIENT, 429), False),
        (PostAnswer(Outcome.TRANSIENT, None), False),
        (PostAnswer(Outcome.HELD, 500), False),
        (PostAnswer(Outcome.NOT_ASKED), False),
        (PostAnswer(Outcome.ACCEPTED, 200), False),
    ],
)
def test_after_some_answers_the_score_may_have_arrived(
    answer: PostAnswer, leaves_doubt: bool
) -> None:
    assert answer.leaves_doubt is leaves_doubt


@pytest.mark.parametrize(
    ("last", "earliest"),
    [
        ("2026-11-23T12:00:00.000000+00:00", "2026-11-23T12:00:01+00:00"),
        ("2026-11-23T12:00:00.999999+00:00", "2026-11-23T12:00:01+00:00"),
        ("2026-11-23T12:00:59.500000+00:00", "2026-11-23T12:01:00+00:00"),
    ],
)
def test_the_next_post_is_in_another_whole_second(last: str, earliest: str) -> None:
    assert earliest_post(datetime.fromisoformat(last)) == datetime.fromisoformat(earliest)


def test_the_first_post_may_be_made_at_any_time() -> None:
    assert earliest_post(None) is None
