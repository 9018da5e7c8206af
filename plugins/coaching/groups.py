"""Who practises with whom: rounds of pairs, and of one group of three where the number is odd.

Pure: people in, groups out; the same people in the same order give the same groups. How often two
people meet more than once is kept as low as possible: none at all where the number of people and of
rounds allows it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import combinations
from uuid import UUID

Group = tuple[UUID, ...]
Round = list[Group]
#: How often two people meet.
Met = Counter[frozenset[UUID]]
#: So few can be arranged by looking at all possibilities: for the least repetition, or for none.
_FEW, _FEW_WITHOUT_REPETITION = 7, 9
#: Looking at all possibilities ends after so many steps with the best of them.
_MOST_STEPS = 1500
_TRIES = 12
#: With so many people a round is only improved, not tried in several ways, and rounds that nobody
#: has begun stay as they are when somebody comes: a new partner is easily found among them.
MANY = 40


@dataclass(frozen=True)
class Seating:
    """A group that is there already and stays together.

    Attributes:
        people: in their order: each coaches the next one, and the last one the first.
        has_begun: somebody has written about a conversation in it, so nobody is taken out of it.
    """

    people: Group
    has_begun: bool = False


def arrange(
    people: Sequence[UUID], seated: Sequence[Sequence[Seating]], rounds: int
) -> list[Round]:
    """Return the groups of all rounds, with as few repetitions as possible.

    Args:
        people: everybody who takes part, in the order in which they came.
        seated: for each round the groups that stay together, without those who have left; somebody
            who was left alone there is placed anew. A missing or empty round is arranged freely.
        rounds: how many.

    Returns:
        For each round its groups; nobody is in two of a round, and nobody is left out, unless
        there is nobody else.
    """
    here = set(people)
    kept = [_present(seated[index] if index < len(seated) else (), here) for index in range(rounds)]
    met = count_meetings(one.people for seatings in kept for one in seatings)
    arranged: list[Round] = [[] for _ in range(rounds)]
    for index, seatings in enumerate(kept):
        if seatings:
            met -= count_meetings(one.people for one in seatings)
            arranged[index] = settle(people, seatings, met)
            met += count_meetings(arranged[index])
    free = [index for index in range(rounds) if not kept[index]]
    settled = [arranged[index] for index in range(rounds) if kept[index]]
    found = _schedule(people, len(free), met, settled[0] if len(settled) == 1 else None)
    for index, groups in zip(free, found, strict=True):
        arranged[index] = groups
    return arranged


def settle(people: Sequence[UUID], seatings: Sequence[Seating], met: Met) -> Round:
    """Place those who sit nowhere into a round whose groups stay together.

    They become pairs among each other. One who is left over makes a pair with the third of a group
    of three, or else joins a pair, rather one that has not begun.

    Args:
        people: everybody who takes part.
        seatings: the groups that stay, of two people or more.
        met: how often people meet in the other rounds.
    """
    sitting = {one for seating in seatings for one in seating.people}
    alone = [person for person in people if person not in sitting]
    groups = [seating.people for seating in seatings]
    if len(alone) % 2 == 0:
        return groups + _best_round(alone, met)
    begun = {seating.people for seating in seatings if seating.has_begun}
    threes = [one for one in groups if len(one) > 2 and one not in begun]
    if threes:
        whole, third = min(
            # Who came last moves, where it makes no difference.
            ((group, one) for group in threes for one in reversed(group)),
            key=lambda found: _cost(_best_round([*alone, found[1]], met), met),
        )
        groups[groups.index(whole)] = tuple(one for one in whole if one != third)
        return groups + _best_round([*alone, third], met)
    if len(alone) > 1 or not groups:
        return groups + _best_round(alone, met)
    joined = min(
        groups,
        key=lambda group: (group in begun, len(group), _cost([(*group, *alone)], met)),
    )
    groups[groups.index(joined)] = (*joined, *alone)
    return groups


def coachee_of(group: Group, coach: UUID) -> UUID | None:
    """Return whom somebody coaches in a group; None where nobody else is in it."""
    if coach not in group or len(group) < 2:
        return None
    return group[(group.index(coach) + 1) % len(group)]


def coach_of(group: Group, coachee: UUID) -> UUID | None:
    """Return who coaches somebody in a group; None where nobody else is in it."""
    if coachee not in group or len(group) < 2:
        return None
    return group[group.index(coachee) - 1]


def count_meetings(groups: Iterable[Group]) -> Met:
    """Return how often people meet in some groups."""
    return Counter(frozenset(two) for group in groups for two in combinations(group, 2))


def repetitions(rounds: Iterable[Round]) -> int:
    """Return how many meetings are not the first one of the two."""
    met = count_meetings(group for groups in rounds for group in groups)
    return sum(count - 1 for count in met.values())


def _present(seatings: Sequence[Seating], here: set[UUID]) -> list[Seating]:
    """Return groups without those who have left; who is left alone in one is not in it any more."""
    found = []
    for one in seatings:
        people = tuple(person for person in one.people if person in here)
        if len(people) > 1:
            found.append(Seating(people, one.has_begun and len(people) == len(one.people)))
    return found


def _cost(groups: Iterable[Group], met: Met) -> int:
    """Return how much meeting these groups add; a third meeting weighs more than a second."""
    return sum(met[frozenset(two)] for group in groups for two in combinations(group, 2))


def _schedule(people: Sequence[UUID], rounds: int, met: Met, first: Round | None) -> list[Round]:
    """Return rounds that nothing is known of yet.

    Args:
        people: everybody.
        rounds: how many.
        met: how often people meet in rounds that are settled.
        first: the one round that is settled; None if there are more of them, or none.
    """
    if rounds == 0 or len(people) < 2:
        return [[] for _ in range(rounds)]
    found: list[list[Round]] = []
    if not met or (first is not None and _is_regular(first)):
        found.append(_by_circle(people, rounds, first))
        if _total(found[0], met) == 0:
            return found[0]
    found.insert(0, _one_by_one(people, rounds, met))
    best = min(found, key=lambda one: _total(one, met))
    total = _total(best, met)
    if total == 0 or total <= _least_total(people, best, met):
        return best
    if len(people) <= _FEW_WITHOUT_REPETITION:
        without = _without_repetition(people, rounds, met)
        if without is not None:
            return without
    return _by_search(people, rounds, met, best) if len(people) <= _FEW else best


def _least_total(people: Sequence[UUID], rounds: Sequence[Round], met: Met) -> int:
    """Return what so many meetings cost at least, were anybody free to meet anybody."""
    heap = [met[frozenset(two)] for two in combinations(people, 2)]
    heapify(heap)
    total = 0
    for _ in range(sum(count_meetings(group for one in rounds for group in one).values())):
        total += heap[0]
        heapreplace(heap, heap[0] + 1)
    return total


def _total(rounds: Sequence[Round], met: Met) -> int:
    total, so_far = 0, met.copy()
    for groups in rounds:
        total += _cost(groups, so_far)
        so_far += count_meetings(groups)
    return total


def _one_by_one(people: Sequence[UUID], rounds: int, met: Met) -> list[Round]:
    arranged: list[Round] = []
    so_far = met.copy()
    for _ in range(rounds):
        arranged.append(_best_round(people, so_far))
        so_far += count_meetings(arranged[-1])
    return arranged


def _best_round(people: Sequence[UUID], met: Met) -> Round:
    """Return one round in which people meet whom they have met least: good, not always best."""
    if len(people) < 2:
        return []
    if len(people) > MANY:
        return _improve(_cheapest_turn(people, met), met)
    best: Round | None = None
    for turn in range(min(_TRIES, len(people))):
        groups = _improve(_neighbours([*people[turn:], *people[:turn]]), met)
        if best is None or _cost(groups, met) < _cost(best, met):
            best = groups
        if _cost(best, met) == 0:
            break
    return best or []


def _cheapest_turn(people: Sequence[UUID], met: Met) -> Round:
    """Return the round of a circle of people in which they have met least."""
    order = [*people, None] if len(people) % 2 else [*people]
    best: tuple[int, Round] | None = None
    for turn in range(len(order) - 1):
        groups = _join([_turned(order, turn)], met.copy())[0]
        cost = _cost(groups, met)
        if best is None or cost < best[0]:
            best = cost, groups
        if cost == 0:
            break
    return best[1] if best else []


def _neighbours(people: Sequence[UUID]) -> Round:
    """Return pairs of those who stand beside each other, and three at the end of an odd number."""
    pairs: Round = [(people[at], people[at + 1]) for at in range(0, len(people) - 1, 2)]
    if len(people) % 2:
        pairs[-1] = (*pairs[-1], people[-1])
    return pairs


def _improve(groups: Round, met: Met) -> Round:
    """Exchange people between groups as long as that saves repetitions."""
    groups = list(groups)
    costs = [_cost([group], met) for group in groups]
    at = 0
    while at < len(groups):
        if costs[at] and (exchange := _best_exchange(groups, costs, at, met)) is not None:
            other, mine, theirs = exchange
            groups[at], groups[other] = mine, theirs
            costs[at], costs[other] = _cost([mine], met), _cost([theirs], met)
            at = 0
        else:
            at += 1
    return groups


def _best_exchange(
    groups: Round, costs: Sequence[int], at: int, met: Met
) -> tuple[int, Group, Group] | None:
    """Return with which group an exchange saves most, and both groups after it."""
    best: tuple[int, int, Group, Group] | None = None
    for other, group in enumerate(groups):
        if other == at:
            continue
        before = costs[at] + costs[other]
        for mine, theirs in _exchanges(groups[at], group):
            saved = before - _cost([mine, theirs], met)
            if saved > 0 and (best is None or saved > best[0]):
                best = (saved, other, mine, theirs)
    return best[1:] if best else None


def _exchanges(one: Group, other: Group) -> Iterator[tuple[Group, Group]]:
    for mine in range(len(one)):
        for theirs in range(len(other)):
            changed, back = list(one), list(other)
            changed[mine], back[theirs] = other[theirs], one[mine]
            yield tuple(changed), tuple(back)


def _is_regular(groups: Round) -> bool:
    """Return whether a round is all pairs, with at most one group of three."""
    return sorted(len(group) for group in groups)[:-1] == [2] * (len(groups) - 1) and all(
        len(group) < 4 for group in groups
    )


def _by_circle(people: Sequence[UUID], rounds: int, first: Round | None) -> list[Round]:
    """Return rounds in which everybody meets everybody else once, before anybody meets twice.

    People stand in a circle that turns around one of them; each is paired with whoever stands
    opposite. Of an odd number somebody else stands opposite an empty place in each round, and joins
    a pair.

    Args:
        people: everybody.
        rounds: how many to return.
        first: a round that is settled; the circle begins with it, and it is not returned.
    """
    order: list[UUID | None] = list(_order_of(first) if first else people)
    if len(order) % 2:
        order.append(None)
    begin = 1 if first else 0
    turns = [_turned(order, turn % (len(order) - 1)) for turn in range(begin, begin + rounds)]
    met = count_meetings(first or ())
    for groups, _ in turns:
        met += count_meetings(groups)
    return _join(turns, met)


def _turned(order: Sequence[UUID | None], turn: int) -> tuple[Round, UUID | None]:
    """Return the pairs after some turns, and who stands opposite the empty place."""
    rest = order[1:]
    circle = [order[0], *rest[len(rest) - turn :], *rest[: len(rest) - turn]]
    pairs: Round = []
    single = None
    for at in range(len(circle) // 2):
        one, other = circle[at], circle[-1 - at]
        if one is None or other is None:
            single = one or other
        else:
            pairs.append((one, other))
    return pairs, single


def _join(turns: Sequence[tuple[Round, UUID | None]], met: Met) -> list[Round]:
    """Let whoever is single in a round join the pair that they meet least."""
    found: list[Round] = []
    for groups, single in turns:
        joined = list(groups)
        if single is not None:
            at = min(
                range(len(joined)),
                key=lambda index: sum(met[frozenset((single, one))] for one in joined[index]),
            )
            met.update(frozenset((single, one)) for one in joined[at])
            joined[at] = (*joined[at], single)
        found.append(joined)
    return found


def _order_of(first: Round) -> list[UUID]:
    """Return an order of people in which the circle begins with a round."""
    three = next((group for group in first if len(group) == 3), None)
    pairs = [group for group in first if len(group) == 2]
    singles = [three[2]] if three else []
    if three:
        pairs.insert(0, three[:2])
    return singles + [pair[0] for pair in pairs] + [pair[1] for pair in reversed(pairs)]


def _without_repetition(people: Sequence[UUID], rounds: int, met: Met) -> list[Round] | None:
    """Return rounds in which nobody meets anybody again, of few people; None if none are found."""
    bit = {frozenset(two): 1 << at for at, two in enumerate(combinations(people, 2))}
    taken = sum(bit[two] for two, count in met.items() if count and two in bit)
    possible = [
        (sum(bit[two] for two in count_meetings(groups)), groups)
        for groups in _all_rounds(tuple(people))
    ]
    steps = 0

    def choose(free: list[tuple[int, Round]], left: int) -> list[Round] | None:
        nonlocal steps
        if left == 0:
            return []
        for at, (mask, groups) in enumerate(free[: len(free) - left + 1]):
            steps += 1
            if steps > _MOST_STEPS:
                return None
            rest = [one for one in free[at + 1 :] if not one[0] & mask]
            if (following := choose(rest, left - 1)) is not None:
                return [groups, *following]
        return None

    return choose([one for one in possible if not one[0] & taken], rounds)


def _by_search(people: Sequence[UUID], rounds: int, met: Met, best: list[Round]) -> list[Round]:
    """Return the best of all possibilities, or what is best after many steps.

    Args:
        people: few of them.
        rounds: how many.
        met: how often people meet in rounds that are settled.
        best: what is to be beaten.
    """
    search = _Search(list(_all_rounds(tuple(people))), met, best)
    search.go([], met.copy(), 0, rounds)
    return search.best


class _Search:
    """Depth first, leaving out what cannot be better than the best so far."""

    def __init__(self, possible: list[Round], met: Met, best: list[Round]) -> None:
        self.possible = possible
        self.best = best
        self.least = _total(best, met)
        self.steps = 0

    def go(self, chosen: list[Round], met: Met, cost: int, left: int) -> None:
        """Try all rounds after those that were chosen."""
        if left == 0:
            self.best, self.least = list(chosen), cost
            return
        ranked = sorted(self.possible, key=lambda groups: _cost(groups, met))
        for groups in ranked:
            self.steps += 1
            more = cost + _cost(groups, met)
            # Rounds only get dearer the more people have met.
            if self.steps > _MOST_STEPS or more + _cost(ranked[0], met) * (left - 1) >= self.least:
                return
            self.go([*chosen, groups], met + count_meetings(groups), more, left - 1)


def _all_rounds(people: Group) -> Iterator[Round]:
    """Yield every way to make pairs, with one group of three of an odd number."""
    if len(people) == 0:
        yield []
    elif len(people) % 2 == 0:
        for other in people[1:]:
            rest = tuple(one for one in people[1:] if one != other)
            for groups in _all_rounds(rest):
                yield [(people[0], other), *groups]
    else:
        for three in combinations(people, 3):
            rest = tuple(one for one in people if one not in three)
            for groups in _all_rounds(rest):
                yield [three, *groups]
