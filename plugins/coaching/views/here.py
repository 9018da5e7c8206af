"""Who practises where, with whom, and how far they are: what the pages of learners show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lti_app.api import (
    Hat,
    Kind,
    Person,
    Placement,
    Reach,
    current_placement,
    current_visit,
    find_people,
    now,
    readers_of,
)
from plugins.coaching import models, publishing, standing
from plugins.coaching.conversations import next_round
from plugins.coaching.groups import coach_of, coachee_of
from plugins.coaching.log import has_reflected
from plugins.coaching.models import PracticeMember, PracticeSession, SeatedGroup
from plugins.coaching.options import Terms
from plugins.coaching.rules import (
    DRAFTS,
    SHORTEST_REFLECTION,
    Event,
    Facts,
    SessionState,
    can_happen,
)
from plugins.coaching.steps import Situation


@dataclass(frozen=True)
class Round:
    """One round as its learner sees it.

    Attributes:
        partners: everybody else of the group, by name; None for who has none.
        coachee, coach: whom the learner leads, and who leads them; None where nobody does.
        own: the session that they lead, or None.
        shared: the session that was handed to them, or None.
    """

    number: int
    partners: Sequence[Person]
    coachee: Person | None
    coach: Person | None
    own: PracticeSession | None
    shared: PracticeSession | None


@dataclass(frozen=True)
class Here:
    """Where somebody is in a practice."""

    placement: Placement
    person: Person
    terms: Terms
    member: PracticeMember | None
    facts: Facts
    led: Sequence[PracticeSession]
    shared: Sequence[PracticeSession]
    groups: Mapping[int, SeatedGroup]
    is_published: bool

    @property
    def has_joined(self) -> bool:
        """Return whether they want to be grouped."""
        member = self.member
        return member is not None and member.joined_at is not None and member.left_at is None

    @property
    def next_round(self) -> int | None:
        """Return the first round in which they have not begun."""
        return next_round(self.led, self.terms)

    @property
    def situation(self) -> Situation:
        """Return what their next step depends on."""
        at, closes_at = now(), self.placement.closes_at
        number = self.next_round
        return Situation(
            self.terms,
            self.facts,
            has_begun=self.terms.opens is None or at.date() >= self.terms.opens,
            is_over=closes_at is not None and at >= closes_at,
            has_joined=self.has_joined,
            is_grouped=not self.terms.is_peer or self.person.is_preview or number in self.groups,
            draft=_first(one for one in self.led if one.state in DRAFTS),
            to_answer=_first(one for one in self.shared if one.answered_at is None),
            to_reflect=_first(one for one in self.led if _wants_reflection(one)),
            to_release=None
            if self.facts.released
            else _first(
                one for one in self.led if can_happen(SessionState(one.state), Event.RELEASE)
            ),
            is_awaited=any(one.state == SessionState.AWAITING for one in self.led),
            has_rounds_left=number is not None,
            is_published=self.is_published,
        )

    def rounds(self) -> list[Round]:
        """Return all rounds, with names."""
        wanted = {one for group in self.groups.values() for one in group.people}
        wanted |= {one.coachee_id for one in self.led if one.coachee_id}
        wanted |= {one.person_id for one in self.shared}
        people = find_people(wanted)
        return [self._round(number, people) for number in range(1, self.terms.sessions + 1)]

    def _round(self, number: int, people: Mapping[UUID, Person]) -> Round:
        group = self.groups.get(number)
        seats = group.people if group else ()
        own = next((one for one in self.led if one.round == number), None)
        shared = next((one for one in self.shared if one.round == number), None)
        coachee = (own.coachee_id if own else None) or coachee_of(seats, self.person.id)
        coach = shared.person_id if shared else coach_of(seats, self.person.id)
        return Round(
            number,
            [people[one] for one in seats if one != self.person.id and one in people],
            people.get(coachee) if coachee else None,
            people.get(coach) if coach else None,
            own,
            shared,
        )


def find_here() -> Here:
    """Return where the visitor is in the practice of this visit."""
    placement, person = current_placement(), current_visit().person
    led = models.list_sessions(placement.activity_id, [person.id])
    groups = models.list_groups(placement.activity_id)
    found = standing.facts_of(placement.activity_id, [person.id])
    return Here(
        placement,
        person,
        Terms.of(placement.options),
        models.find_member(placement, person),
        found.get(person.id, Facts()),
        [one for one in led if one.state != SessionState.CANCELLED],
        models.list_shared(placement.activity_id, person.id),
        {one.round: one for one in groups if person.id in one.people},
        is_published=person.id in publishing.results_of(placement.activity_id, [person.id]),
    )


#: Hats that read something, with the reach that lets them.
Readers = Sequence[tuple[Hat, Reach]]


def others_who_read(kind: Kind) -> Readers:
    """Return who besides the person reads something, by the permission table."""
    return [(hat, reach) for hat, reach in readers_of(kind) if reach not in {Reach.OWN, Reach.SELF}]


def _wants_reflection(session: PracticeSession) -> bool:
    is_with_partner = session.state not in DRAFTS and can_happen(
        SessionState(session.state), Event.CANCEL
    )
    return is_with_partner and not has_reflected(session.written, session.form, SHORTEST_REFLECTION)


def _first(sessions: Iterator[PracticeSession]) -> UUID | None:
    return next((one.id for one in sessions), None)
