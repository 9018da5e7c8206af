"""What is sent to a gradebook never clears a cell and never lowers it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lti_app.domain.progress import Completion, State, publishable_score

DONE = Completion(State.COMPLETED, Decimal(80))
SCORES = some.decimals(0, 100, places=2)
CELLS = some.none() | SCORES
COMPLETIONS = some.builds(
    Completion,
    some.sampled_from(State),
    some.none() | SCORES,
    some.booleans(),
    some.booleans(),
)


def test_a_completed_score_is_sent() -> None:
    assert publishable_score(DONE, None) == Decimal(80)


def test_a_higher_score_is_sent_again() -> None:
    assert publishable_score(DONE, Decimal("79.99")) == Decimal(80)


@pytest.mark.parametrize("cell", [Decimal(80), Decimal("80.01"), Decimal(100)])
def test_an_equal_or_lower_score_is_not_sent(cell: Decimal) -> None:
    assert publishable_score(DONE, cell) is None


def test_nought_is_a_score() -> None:
    assert publishable_score(replace(DONE, score=Decimal(0)), None) == Decimal(0)


@pytest.mark.parametrize(
    "completion",
    [
        Completion(),
        *(replace(DONE, state=state) for state in State if state is not State.COMPLETED),
        replace(DONE, score=None),
        replace(DONE, excused=True),
        replace(DONE, needs_marking=True),
    ],
    ids=str,
)
def test_what_is_not_done_excused_or_still_to_be_marked_is_not_sent(
    completion: Completion,
) -> None:
    assert publishable_score(completion, None) is None


@given(COMPLETIONS, CELLS)
def test_whatever_is_sent_is_a_score_above_the_cell(
    completion: Completion, cell: Decimal | None
) -> None:
    sent = publishable_score(completion, cell)
    if sent is not None:
        assert completion.state is State.COMPLETED
        assert 0 <= sent <= 100
        assert cell is None or sent > cell


@pytest.mark.parametrize(("cell", "sent"), [(None, 80), (79, 80), (80, None), (95, 80), (100, 80)])
def test_what_a_person_decided_may_be_lower_and_the_same_is_not_sent_again(
    cell: int | None, sent: int | None
) -> None:
    before = None if cell is None else Decimal(cell)
    assert publishable_score(DONE, before, may_fall=True) == sent


def test_even_a_person_sends_nothing_of_what_is_not_complete() -> None:
    unmarked = replace(DONE, needs_marking=True)
    assert publishable_score(unmarked, Decimal(95), may_fall=True) is None


@pytest.mark.parametrize(
    ("given_score", "kept"),
    [("66.666666", "66.67"), ("0.005", "0.01"), ("99.994", "99.99"), ("100", "100.00")],
)
def test_a_score_is_rounded_half_up_to_two_places(given_score: str, kept: str) -> None:
    score = Completion(State.COMPLETED, Decimal(given_score)).score
    assert str(score) == kept


@pytest.mark.parametrize("score", ["-0.01", "100.01", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_score_is_an_error_of_the_activity(score: str) -> None:
    with pytest.raises(ValueError, match="from 0 to 100"):
        Completion(State.COMPLETED, Decimal(score))
