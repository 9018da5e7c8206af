"""Who practises with whom: nobody twice at once, nobody left out, as few repetitions as can be."""

from collections.abc import Sequence
from itertools import combinations, product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.coaching.groups import (
    Group,
    Round,
    Seating,
    arrange,
    coach_of,
    coachee_of,
    count_meetings,
    repetitions,
)

#: A busy machine draws slowly; that says nothing about the rule.
SLOW = (HealthCheck.too_slow,)
PEOPLE = [UUID(int=number + 1) for number in range(201)]
ROUNDS = 5


def check(people: Sequence[UUID], rounds: Sequence[Round]) -> None:
    """Nobody is in two groups of a round, nobody is left out, and groups have two or three.

    Four are together only where three had begun, and there is nobody else.
    """
    for groups in rounds:
        sitting = [one for group in groups for one in group]
        assert sorted(sitting, key=str) == sorted(people, key=str)
        assert all(len(group) in ({2, 3} if len(people) != 4 else {2, 4}) for group in groups)


def keep(rounds: Sequence[Round], *, begun: int = 0) -> list[list[Seating]]:
    return [
        [Seating(group, has_begun=number < begun) for group in groups]
        for number, groups in enumerate(rounds)
    ]


def weight(rounds: Sequence[Round]) -> int:
    """Return how much people repeat each other: a third meeting weighs more than a second."""
    met = count_meetings(group for groups in rounds for group in groups)
    return sum(count * (count - 1) // 2 for count in met.values())


def least_by_force(people: Sequence[UUID], rounds: int) -> int:
    """Return how little repetition is possible at all, by trying everything."""
    possible = every_round(tuple(people))
    return min(weight([possible[0], *others]) for others in product(possible, repeat=rounds - 1))


def every_round(people: Group) -> list[Round]:
    if not people:
        return [[]]
    size = 3 if len(people) % 2 else 2
    first, *rest = people
    return [
        [(first, *others), *groups]
        for others in combinations(rest, size - 1)
        for groups in every_round(tuple(one for one in rest if one not in others))
    ] + (
        # Of an odd number the three may be others.
        [
            [(first, other), *groups]
            for other in rest
            for groups in every_round(tuple(one for one in rest if one != other))
        ]
        if size == 3 and len(people) > 3
        else []
    )


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(st.integers(2, 200))
def test_everybody_is_in_one_group_of_each_round(count: int) -> None:
    people = PEOPLE[:count]
    check(people, arrange(people, [], ROUNDS))


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(st.sampled_from([6, 8, *range(9, 40), 99, 100, 199, 200]))
def test_nobody_meets_anybody_twice_in_five_rounds_where_that_is_possible(count: int) -> None:
    assert repetitions(arrange(PEOPLE[:count], [], ROUNDS)) == 0


def test_of_a_thousand_people_nobody_meets_anybody_twice_in_ten_rounds() -> None:
    thousand = [UUID(int=number) for number in range(1, 1001)]
    rounds = arrange(thousand, [], 10)
    assert repetitions(rounds) == 0
    assert all(sorted(one for group in groups for one in group) == thousand for groups in rounds)
    # Of the rounds that an instructor adds later as well.
    more = arrange(thousand, keep(rounds[:8]), 10)
    assert more[:8] == rounds[:8]
    assert repetitions(more) == 0


@pytest.mark.parametrize(
    ("count", "rounds"),
    [(2, 5), (3, 3), (4, 3), (4, 5), (5, 2), (5, 3), (6, 3), (6, 4), (7, 2), (7, 3)],
)
def test_of_few_people_nobody_does_better_by_trying_everything(count: int, rounds: int) -> None:
    people = PEOPLE[:count]
    assert weight(arrange(people, [], rounds)) == least_by_force(people, rounds)


def test_seven_people_repeat_no_more_in_five_rounds_than_there_are_meetings_too_many() -> None:
    # 5 rounds of 5 meetings each, and 21 pairs of people.
    assert repetitions(arrange(PEOPLE[:7], [], ROUNDS)) == 5 * 5 - 21


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(st.integers(2, 60), st.integers(0, 5))
def test_who_comes_late_is_placed_and_begun_groups_stay_together(count: int, begun: int) -> None:
    before = arrange(PEOPLE[:count], [], ROUNDS)
    after = arrange(PEOPLE[: count + 1], keep(before, begun=begun), ROUNDS)
    check(PEOPLE[: count + 1], after)
    for group in (group for groups in before[:begun] for group in groups):
        assert any(set(group) <= set(one) for groups in after for one in groups)


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(st.integers(3, 40), st.data())
def test_the_partners_of_somebody_who_leaves_are_placed(count: int, data: st.DataObject) -> None:
    before = arrange(PEOPLE[:count], [], ROUNDS)
    gone = data.draw(st.sampled_from(PEOPLE[:count]))
    people = [one for one in PEOPLE[:count] if one != gone]
    after = arrange(people, keep(before), ROUNDS)
    check(people, after)
    for number, groups in enumerate(before):
        # The third of a group of three may be the one whom somebody left alone needs.
        pairs = [group for group in groups if gone not in group and len(group) == 2]
        assert all(any(set(group) <= set(one) for one in after[number]) for group in pairs)


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(st.integers(8, 40))
def test_who_comes_one_by_one_repeats_nothing_in_rounds_that_are_still_open(count: int) -> None:
    rounds: list[Round] = []
    for number in range(1, count + 1):
        rounds = arrange(PEOPLE[:number], keep(rounds[:1]), ROUNDS)
    check(PEOPLE[:count], rounds)
    assert repetitions(rounds) == 0


def test_one_alone_waits() -> None:
    assert arrange(PEOPLE[:1], [], 2) == [[], []]


def test_nobody_is_taken_out_of_a_group_of_three_that_has_begun() -> None:
    three = tuple(PEOPLE[:3])
    (groups,) = arrange(PEOPLE[:4], [[Seating(three, has_begun=True)]], 1)
    assert groups == [tuple(PEOPLE[:4])]
    (groups,) = arrange(PEOPLE[:4], [[Seating(three)]], 1)
    assert sorted(len(group) for group in groups) == [2, 2]


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(st.integers(2, 4))
def test_in_a_group_everybody_coaches_one_and_is_coached_by_one(count: int) -> None:
    group = tuple(PEOPLE[:count])
    assert {coachee_of(group, one) for one in group} == set(group)
    for one in group:
        coachee = coachee_of(group, one)
        assert coachee is not None
        assert coachee != one
        assert coach_of(group, coachee) == one
    assert coachee_of((PEOPLE[0],), PEOPLE[0]) is None
    assert coach_of(group, PEOPLE[9]) is None


def test_meetings_are_counted_by_two() -> None:
    a, b, c = PEOPLE[:3]
    assert count_meetings([(a, b, c), (a, b)]) == {
        frozenset({a, b}): 2,
        frozenset({a, c}): 1,
        frozenset({b, c}): 1,
    }
