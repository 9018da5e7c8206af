"""The product's time can be moved, the machine's cannot; both are aware."""

from datetime import UTC, timedelta

from lti_app import clock


def test_both_times_are_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert clock.real_now().tzinfo is UTC


def test_an_offset_moves_what_people_experience_and_not_what_tokens_live_by() -> None:
    clock.set_offset(timedelta(days=7))
    ahead = clock.now() - clock.real_now()
    assert timedelta(days=6, hours=23) < ahead <= timedelta(days=7)
