"""Pairs that have begun: as their people see them, as activities work with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from lti_app.activity import FollowsPairs, HasPairRoom, catalogue
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.pairs import EndKind, PairState
from lti_app.domain.programmes import Side
from lti_app.domain.rooms import BEGUN, OwnPair, PairAtWork
from lti_app.domain.visit import FORMER_PARTNER, Person
from lti_app.services.programmes import find_programme
from lti_app.services.progress import find_progress, refresh_progress
from lti_app.services.visits import find_placement, to_person
from lti_app.store import courses
from lti_app.store import pairs as pair_store
from lti_app.store import rooms as store
from lti_app.store.pairs import Pair
from lti_app.store.people import Person as PersonRow
from lti_app.store.session import db


def find_own_pair(pair_id: UUID, person: Person) -> OwnPair:
    """Return a pair that has begun, as one of the two sees it.

    Raises:
        NotFound: there is none, it is none of theirs, or it has not begun.
    """
    pair = pair_store.find_pair(pair_id)
    if pair is None or not has_begun(pair) or person.id not in {pair.mentor_id, pair.mentee_id}:
        raise NotFound(detail="no pair of theirs that has begun")
    if person.is_preview:
        raise NotFound(detail="a preview has no pair")
    return _to_own(pair, person)


def list_own_pairs(person: Person, programme_id: UUID) -> Sequence[OwnPair]:
    """Return somebody's pairs in a programme that have begun, those at work first."""
    pairs = [_to_own(row, person) for row in store.list_begun(programme_id, [person.id])]
    return sorted(pairs, key=lambda pair: not pair.is_at_work)


def lock_pair(pair_id: UUID) -> PairAtWork:
    """Lock a pair that is at work, and return it as it is now.

    Whoever changes what belongs to a pair locks the pair first and its own rows afterwards, so that
    nobody waits for another in a ring, and nothing is changed once the pair has ended.

    Raises:
        Conflict: `pair_over`: it has ended.
        NotFound: there is none that has begun.
    """
    row = pair_store.lock_pair(pair_id)
    if row is None or not has_begun(row):
        raise NotFound(detail="no pair that has begun")
    pair = to_pair(row)
    if not pair.is_at_work:
        raise Conflict("pair_over", f"pair is {row.state}")
    return pair


def pairs_of(programme_id: UUID, people: Collection[UUID]) -> Mapping[UUID, Sequence[PairAtWork]]:
    """Return the pairs of some people in a programme that have begun, by person, earliest first.

    Ended ones are among them. Who has none is left out.
    """
    found: dict[UUID, list[PairAtWork]] = {}
    for row in store.list_begun(programme_id, people):
        pair = to_pair(row)
        for person_id in pair.people:
            if person_id in people:
                found.setdefault(person_id, []).append(pair)
    return found


def refresh_pair_progress(
    key: str, pair_id: UUID, *, done_at: Mapping[UUID, datetime] = MappingProxyType({})
) -> None:
    """Ask an activity again how far both people of a pair are, wherever they learn.

    That is at every activity of the kind in the programme, of whichever course and LMS. Part of
    the transaction that stores the work itself (`refresh_progress`).

    Args:
        key: of the kind.
        pair_id: whose.
        done_at: who of them did their last part before, and only waited for the other: a close
            in between takes nothing from them.

    Raises:
        NotFound: there is no such pair.
    """
    pair = pair_store.find_pair(pair_id)
    if pair is None:
        raise NotFound(detail="no such pair")
    learning: dict[UUID, list[Person]] = {}
    for activity_id, person in store.list_learning(
        key, pair.programme_id, (pair.mentor_id, pair.mentee_id)
    ):
        learning.setdefault(activity_id, []).append(to_person(person))
    for activity_id, people in learning.items():
        placements = courses.list_placements(activity_id)
        if placements:
            placement = find_placement(placements[0].id)
            for learner in people:
                refresh_progress(placement, [learner], as_of=done_at.get(learner.id))


def refresh_at_launch(placement_id: UUID, person: PersonRow) -> None:
    """Count for somebody who launched what they did as a pair before there was this link."""
    placement = find_placement(placement_id, person.id)
    activity = catalogue().get(placement.kind)
    if not isinstance(activity, HasPairRoom) or placement.programme_id is None:
        return
    who = to_person(person)
    said = activity.completions(placement, [who]).get(who.id)
    if said is not None and said != find_progress(placement.activity_id, who.id):
        refresh_progress(placement, [who])


def tell_of_end(pair_id: UUID) -> None:
    """Let all activities follow the end of a pair that had begun."""
    for activity in catalogue().values():
        if isinstance(activity, FollowsPairs):
            activity.pair_ended(pair_id)


def tell_of_resumption(pair_id: UUID) -> None:
    """Let all activities follow that a pair goes on after a pause."""
    for activity in catalogue().values():
        if isinstance(activity, FollowsPairs):
            activity.pair_resumed(pair_id)


def has_begun(pair: Pair) -> bool:
    """Return whether a pair is, or was, at work."""
    return pair.started_at is not None and PairState(pair.state) in BEGUN


def to_pair(row: Pair) -> PairAtWork:
    """Return a stored pair that has begun as a value."""
    return PairAtWork(
        id=row.id,
        programme_id=row.programme_id,
        mentor_id=row.mentor_id,
        mentee_id=row.mentee_id,
        state=PairState(row.state),
        end_kind=EndKind(row.end_kind) if row.end_kind else None,
        started_at=row.started_at or row.created_at,
        ended_at=row.ended_at,
    )


def _to_own(row: Pair, person: Person) -> OwnPair:
    pair = to_pair(row)
    side = pair.side_of(person.id)
    other = to_person(db().get_one(PersonRow, pair.other_than(person.id)))
    return OwnPair(
        id=pair.id,
        programme=find_programme(pair.programme_id),
        side=Side(side),
        me=person,
        other=replace(other, name=FORMER_PARTNER) if other.is_erased else other,
        state=pair.state,
        end_kind=pair.end_kind,
        started_at=pair.started_at,
        ended_at=pair.ended_at,
        paused_until=row.paused_until,
    )
