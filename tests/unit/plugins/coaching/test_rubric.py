"""The arithmetic of the rubric, by its worked examples and its bounds."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import product

import pytest

from plugins.coaching.rubric import HIGHEST, WEIGHTS, WORDS, Row, percent_of, points_of, share_of


def levels_of(*levels: int) -> Mapping[Row, int]:
    return dict(zip(Row, levels, strict=True))


@pytest.mark.parametrize(
    ("levels", "percent", "points"),
    [
        ((3, 2, 2, 2), "76.67", "15.33"),
        ((3, 3, 3, 3), "100.00", "20.00"),
        ((0, 0, 0, 0), "0.00", "0.00"),
        ((1, 1, 1, 1), "33.33", "6.67"),
        ((3, 0, 0, 0), "30.00", "6.00"),
        ((0, 0, 1, 2), "21.67", "4.33"),
    ],
)
def test_the_worked_examples(levels: tuple[int, ...], percent: str, points: str) -> None:
    assert percent_of(levels_of(*levels)) == Decimal(percent)
    assert points_of(levels_of(*levels), 20) == Decimal(points)


def test_the_rows_count_for_a_hundred_and_each_says_what_its_levels_mean() -> None:
    assert sum(WEIGHTS.values()) == 100
    assert list(WEIGHTS) == list(WORDS) == list(Row)
    for words in WORDS.values():
        assert len({str(anchor) for anchor in words.anchors}) == HIGHEST + 1


def test_a_higher_level_never_gives_less_and_points_stay_within_what_it_is_worth() -> None:
    for levels in (levels_of(*one) for one in product(range(HIGHEST + 1), repeat=len(Row))):
        for worth in (0, 7, 20, 100):
            assert 0 <= points_of(levels, worth) <= worth
        for row in (row for row in Row if levels[row] < HIGHEST):
            higher = {**levels, row: levels[row] + 1}
            assert share_of(higher) > share_of(levels)
            assert points_of(higher, 20) > points_of(levels, 20)


@pytest.mark.parametrize(
    "levels", [{}, {Row.FLOW: 3}, levels_of(3, 2, 2, 4), levels_of(-1, 0, 0, 0)]
)
def test_an_unfinished_rubric_has_no_points(levels: Mapping[Row, int]) -> None:
    with pytest.raises(ValueError, match="every row"):
        percent_of(levels)
