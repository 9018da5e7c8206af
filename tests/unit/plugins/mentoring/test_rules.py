"""Who is done with the sign-up, and until when it is open."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lti_app.api import Completion, State
from plugins.mentoring.rules import Facts, completion, is_open

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_somebody_who_stored_nothing_has_not_started() -> None:
    assert completion(None) == Completion(State.NOT_STARTED)


def test_a_draft_is_a_start_without_a_score() -> None:
    assert completion(Facts(submitted_at=None, consent_at=None)) == Completion(State.STARTED)


def test_answers_without_consent_do_not_count() -> None:
    assert completion(Facts(submitted_at=NOON, consent_at=None)) == Completion(State.STARTED)


def test_consent_without_answers_does_not_count() -> None:
    assert completion(Facts(submitted_at=None, consent_at=NOON)) == Completion(State.STARTED)


def test_a_submitted_sign_up_is_complete_with_a_hundred() -> None:
    done = completion(Facts(submitted_at=NOON, consent_at=NOON))
    assert done == Completion(State.COMPLETED, Decimal(100))


def test_without_a_close_sign_up_is_always_open() -> None:
    assert is_open(None, NOON)


def test_sign_up_is_open_until_just_before_it_closes() -> None:
    assert is_open(NOON, NOON - timedelta(microseconds=1))


def test_at_the_moment_of_closing_nothing_new_counts() -> None:
    assert not is_open(NOON, NOON)
    assert not is_open(NOON, NOON + timedelta(days=1))
