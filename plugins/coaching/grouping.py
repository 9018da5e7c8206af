"""Brings the stored groups of a practice to what the rules of grouping say; one at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from lti_app.api import ActivityError, Person, Placement, notify, now, roster
from plugins.coaching import groups as rules
from plugins.coaching import models
from plugins.coaching.groups import Seating
from plugins.coaching.models import SeatedGroup
from plugins.coaching.options import Terms


def join(placement: Placement, person: Person) -> None:
    """Let somebody take part; where the tool makes the groups, they are placed at once.

    A preview takes part alone: nobody is grouped with somebody who is not there.
    """
    models.lock_groups(placement.activity_id)
    _let_in(placement, person)
    if Terms.of(placement.options).grouping == "automatic":
        regroup(placement)


def leave(placement: Placement, person: Person) -> None:
    """Let somebody stop; those who sat with them are placed anew where the tool makes groups.

    What they led and answered stays, and so do groups of rounds that are over for them.
    """
    models.lock_groups(placement.activity_id)
    member = models.add_member(placement, person)
    if member.left_at is not None:
        return
    member.left_at = now()
    _vacate(placement, {person.id})
    if Terms.of(placement.options).grouping == "automatic":
        regroup(placement)


def regroup(placement: Placement) -> None:
    """Place everybody who takes part and sits nowhere; to be called with the groups locked.

    Groups of the rounds that people have begun stay together; later rounds, of which nobody has
    begun anything, are arranged anew, so that there are as few repetitions as possible; but not
    among many people, where whoever comes is placed as into a round that has begun.
    """
    terms = Terms.of(placement.options)
    people = _taking_part(placement)
    stored = models.list_groups(placement.activity_id)
    begun = models.begun_groups(placement.activity_id)
    open_from = max((one.round for one in stored if one.id in begun), default=1)
    if len(people) > rules.MANY:
        open_from = terms.sessions
    seated = [
        [
            Seating(one.people, has_begun=one.id in begun)
            for one in stored
            if one.round == number and (number <= open_from or one.made_by != "auto")
        ]
        for number in range(1, terms.sessions + 1)
    ]
    arranged = rules.arrange(people, seated, terms.sessions)
    for number, groups in enumerate(arranged, start=1):
        _bring_to(placement, number, [one for one in stored if one.round == number], groups)


def seat_together(placement: Placement, round_: int, people: Sequence[UUID], made_by: str) -> UUID:
    """Make a group of people by hand, wherever they sat before; returns its id.

    Raises:
        ActivityError: fewer than two; somebody has begun a conversation in their group already; or
            a preview, or somebody of another course.
    """
    models.lock_groups(placement.activity_id)
    chosen = tuple(dict.fromkeys(people))
    known = {person.id: person for person in roster(placement) if not person.is_preview}
    if not 2 <= len(chosen) <= 4 or not known.keys() >= set(chosen):
        raise ActivityError("malformed", "people of a group")
    if models.who_has_begun(placement.activity_id, round_) & set(chosen):
        raise ActivityError("practice_begun", "group has begun", status=409)
    for person_id in chosen:
        _let_in(placement, known[person_id])
    _vacate(placement, set(chosen), round_)
    group_id = models.add_group(placement.activity_id, round_, made_by, chosen)
    _tell(placement, group_id, chosen)
    return group_id


def dissolve(placement: Placement, group_id: UUID) -> None:
    """End a group in which nobody has begun a conversation.

    Raises:
        ActivityError: there is none of this id, or somebody has begun.
    """
    models.lock_groups(placement.activity_id)
    if group_id not in {one.id for one in models.list_groups(placement.activity_id)}:
        raise ActivityError("not_found", "group", status=404)
    if group_id in models.begun_groups(placement.activity_id):
        raise ActivityError("practice_begun", "group has begun", status=409)
    models.close_group(group_id)


def leave_group(placement: Placement, person: Person, round_: int) -> None:
    """Let somebody look for another partner in a round in which nobody has begun.

    Raises:
        ActivityError: they sit in no group of the round, or somebody has begun.
    """
    models.lock_groups(placement.activity_id)
    group = models.find_group(placement.activity_id, person.id, round_)
    if group is None:
        raise ActivityError("not_found", "group", status=404)
    dissolve(placement, group.id)


def follow_roster(placement: Placement) -> bool:
    """Place those anew whose partners are not in the course any more; returns whether any were.

    Only where the tool makes the groups; elsewhere the board shows who has nobody.
    """
    known = {person.id for person in roster(placement)}
    sitting = {one for group in models.list_groups(placement.activity_id) for one in group.people}
    if sitting <= known:
        return False
    models.lock_groups(placement.activity_id)
    _vacate(placement, sitting - known)
    if Terms.of(placement.options).grouping == "automatic":
        regroup(placement)
    return True


def _let_in(placement: Placement, person: Person) -> None:
    """Let somebody take part, if they do not yet: by themselves, or put there by an instructor."""
    member = models.add_member(placement, person)
    if member.joined_at is None or member.left_at is not None:
        member.joined_at, member.left_at = now(), None


def _taking_part(placement: Placement) -> list[UUID]:
    """Return who is to be grouped: those who joined and are still learners of the course."""
    known = {person.id for person in roster(placement) if not person.is_preview}
    return [
        member.person_id
        for member in models.list_joined(placement.activity_id)
        if member.person_id in known
    ]


def _vacate(placement: Placement, people: set[UUID], round_: int | None = None) -> None:
    """Let people get up from all their groups, or from those of a round that have not begun."""
    begun = models.begun_groups(placement.activity_id) if round_ is not None else set()
    for group in models.list_groups(placement.activity_id, round_):
        if people & set(group.people) and group.id not in begun:
            models.leave_seats(group.id, people)


def _bring_to(
    placement: Placement, round_: int, stored: list[SeatedGroup], wanted: list[tuple[UUID, ...]]
) -> None:
    """Change the groups of a round into those that are wanted; who moves gets up first."""
    kept = _kept(stored, wanted)
    taken = {group.id for group in kept.values()}
    for group in stored:
        if group.id not in taken:
            models.close_group(group.id)
    for index, group in kept.items():
        if gone := set(group.people) - set(wanted[index]):
            models.leave_seats(group.id, gone)
    for index, people in enumerate(wanted):
        same = kept.get(index)
        if same is None or same.people != people:
            _seat(placement, round_, same, people)


def _kept(
    stored: Sequence[SeatedGroup], wanted: Sequence[tuple[UUID, ...]]
) -> dict[int, SeatedGroup]:
    """Return which groups go on, by their place among those that are wanted: two of them stay."""
    sits_in = {person: group for group in stored for person in group.people}
    kept: dict[int, SeatedGroup] = {}
    taken: set[UUID] = set()
    for index, people in enumerate(wanted):
        before = [sits_in[person] for person in people if person in sits_in]
        met = Counter(group.id for group in before)
        group = next((one for one in before if met[one.id] > 1), None)
        if group is not None and group.id not in taken:
            kept[index] = group
            taken.add(group.id)
    return kept


def _seat(
    placement: Placement, round_: int, group: SeatedGroup | None, people: tuple[UUID, ...]
) -> None:
    """Let people sit in a group, new or old; tell them of the round in which everybody begins."""
    if group is None:
        group_id = models.add_group(placement.activity_id, round_, "auto", people)
    else:
        group_id = group.id
        models.seat_people(placement.activity_id, group_id, round_, people)
    if round_ == 1 and (group is None or set(group.people) != set(people)):
        _tell(placement, group_id, people)


def _tell(placement: Placement, group_id: UUID, people: Collection[UUID]) -> None:
    """Tell people that they have somebody to practise with."""
    for person_id in people:
        notify(
            person_id,
            "practice.grouped",
            about=(group_id, len(people)),
            activity_id=placement.activity_id,
        )
