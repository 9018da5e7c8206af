"""Rulings: when they are in force, and when an activity closes for somebody."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lti_app.domain.progress import State
from lti_app.domain.rulings import RulingFact, RulingKind, close_for, still_counts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("closes", "extended", "expected"),
    [
        (None, None, None),
        (None, NOON, None),
        (NOON, None, NOON),
        (NOON, NOON + HOUR, NOON + HOUR),
        (NOON, NOON - HOUR, NOON),
    ],
)
def test_an_extension_only_ever_moves_the_close_back(
    closes: datetime | None, extended: datetime | None, expected: datetime | None
) -> None:
    assert close_for(closes, extended) == expected


@pytest.mark.parametrize("state", State)
def test_before_the_close_everything_counts(state: State) -> None:
    assert still_counts(state, None, NOON)
    assert still_counts(state, NOON + HOUR, NOON)


@pytest.mark.parametrize("state", State)
def test_from_the_close_on_only_what_was_handed_in_can_still_be_marked(state: State) -> None:
    assert still_counts(state, NOON, NOON) is (state is State.SUBMITTED)


@pytest.mark.parametrize("kind", RulingKind)
def test_a_ruling_ends_at_its_hour_unless_it_moves_a_close(kind: RulingKind) -> None:
    ruling = RulingFact(uuid4(), kind, until=NOON, made_at=NOON - HOUR)
    assert ruling.is_in_force(NOON - HOUR)
    assert ruling.is_in_force(NOON) is (kind is RulingKind.EXTEND)


def test_what_was_undone_is_not_in_force() -> None:
    ruling = RulingFact(uuid4(), RulingKind.HOLD, None, made_at=NOON, undone_at=NOON)
    assert not ruling.is_in_force(NOON)
