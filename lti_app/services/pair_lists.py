"""What the desk shows of pairs, what people see of their own, and what instructors may know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.domain.errors import NotFound
from lti_app.domain.paging import Pages, pages_of
from lti_app.domain.pairs import Answer, EndKind, PairState, may_see_contact
from lti_app.domain.participants import ParticipantState, Participation
from lti_app.domain.programmes import Programme, Side
from lti_app.domain.visit import Person, Placement
from lti_app.services.programmes import find_programme
from lti_app.services.visits import to_person
from lti_app.store import pairing_lists as store
from lti_app.store.pairing_lists import PairRow, WantedPairs
from lti_app.store.pairs import Pair, PairOffer, count_by_person
from lti_app.store.participants import list_of_person, to_participation

__all__ = [
    "MyPair",
    "MyPlace",
    "PairFact",
    "PairingFact",
    "PairsPage",
    "WantedPairs",
    "find_pair",
    "list_mine",
    "list_pairs",
    "list_places",
    "pairing_facts",
]

PAGE_SIZE = 30


@dataclass(frozen=True)
class PairFact:
    """A pair as the programme team sees it.

    Attributes:
        answers: what each of the two has said to the offer, by side; nothing of a proposal.
        end_reason, override_code: codes, or None.
    """

    id: UUID
    mentee: Person
    mentor: Person
    state: PairState
    answers: Mapping[Side, Answer]
    meets_first: bool
    end_kind: EndKind | None
    end_reason: str | None
    override_code: str | None
    override_note: str
    created_at: datetime
    offered_at: datetime | None
    expires_at: datetime | None
    started_at: datetime | None
    paused_until: datetime | None
    ended_at: datetime | None
    excluded_until: datetime | None


@dataclass(frozen=True)
class PairsPage:
    """One page of pairs; `counts` are of all pages, by state."""

    pairs: Sequence[PairFact]
    pages: Pages
    counts: Mapping[PairState, int]


@dataclass(frozen=True)
class MyPair:
    """A pair or an offer as one of the two sees it.

    What the other has answered is not among it, nor a reason that anybody gave.

    Attributes:
        side: which part the reader takes.
        other: whom it is with.
        mine: what the reader has answered.
        contact: the other's e-mail address, once both want to meet; empty where none is known;
            None: not to be seen.
    """

    id: UUID
    programme: Programme
    side: Side
    other: Person
    state: PairState
    mine: Answer
    contact: str | None
    end_kind: EndKind | None
    offered_at: datetime | None
    expires_at: datetime | None
    started_at: datetime | None
    paused_until: datetime | None
    ended_at: datetime | None

    def person_ids(self, reader: UUID) -> tuple[UUID, UUID]:
        """Return the mentee and the mentor."""
        is_mentee = self.side is Side.MENTEE
        return (reader, self.other.id) if is_mentee else (self.other.id, reader)


@dataclass(frozen=True)
class MyPlace:
    """Somebody's place in a programme, as they see it; `taken` counts pairs and open offers."""

    programme: Programme
    place: Participation
    taken: int


@dataclass(frozen=True)
class PairingFact:
    """That somebody is offered or paired, as instructors may see it.

    Attributes:
        state: offered or matched.
        partners: with whom they are paired now; of an offer it is not told with whom.
    """

    state: ParticipantState
    partners: tuple[Person, ...]


def list_pairs(programme_id: UUID, wanted: WantedPairs, page: int) -> PairsPage:
    """Return one page of the pairs of a programme, the one that moved last first."""
    counts = store.count_by_state(programme_id, wanted.search)
    total = sum(counts.values()) if wanted.state is None else counts.get(wanted.state, 0)
    pages = pages_of(total, page, PAGE_SIZE)
    rows = store.list_pairs(programme_id, wanted, limit=PAGE_SIZE, offset=pages.offset)
    return PairsPage(_facts(rows), pages, counts)


def find_pair(programme_id: UUID, pair_id: UUID) -> PairFact:
    """Return a pair of a programme.

    Raises:
        NotFound: there is none of this id.
    """
    row = store.find_in_programme(programme_id, pair_id)
    if row is None:
        raise NotFound(detail="no such pair in the programme")
    return _facts([row])[0]


def list_mine(person_id: UUID) -> list[MyPair]:
    """Return somebody's pairs and offers, of all programmes, the newest first."""
    rows = store.list_of_person(person_id)
    answers = store.list_answers([row[0].id for row in rows])
    programmes = {row[0].programme_id: find_programme(row[0].programme_id) for row in rows}
    return [_mine(row, person_id, answers, programmes) for row in rows]


def list_places(person_id: UUID) -> list[MyPlace]:
    """Return somebody's places in programmes, the newest first."""
    places = [to_participation(row) for row in list_of_person(person_id)]
    return [
        MyPlace(
            programme=find_programme(place.programme_id),
            place=place,
            taken=count_by_person(place.programme_id, [person_id]).get(person_id, 0),
        )
        for place in places
    ]


def pairing_facts(
    placement: Placement, people: Collection[UUID]
) -> Mapping[UUID, PairingFact] | None:
    """Return who of some people is offered or paired in the programme of an activity, by id.

    Returns:
        None where the activity belongs to no programme, or to one that does not let instructors
        see it.
    """
    if placement.programme_id is None:
        return None
    programme = find_programme(placement.programme_id)
    if not programme.rules.instructors_see_pairs:
        return None
    partners: dict[UUID, list[Person]] = {}
    for _, mentor, mentee in store.list_working(programme.id, people):
        partners.setdefault(mentor.id, []).append(to_person(mentee))
        partners.setdefault(mentee.id, []).append(to_person(mentor))
    return {
        row.person_id: PairingFact(
            ParticipantState(row.state), tuple(partners.get(row.person_id, ()))
        )
        for row, _ in store.list_places(programme.id, people)
        if ParticipantState(row.state) in {ParticipantState.OFFERED, ParticipantState.MATCHED}
    }


def _facts(rows: Sequence[PairRow]) -> list[PairFact]:
    answers = store.list_answers([pair.id for pair, _, _ in rows])
    return [_fact(row, answers) for row in rows]


def _fact(row: PairRow, answers: Mapping[tuple[UUID, UUID], PairOffer]) -> PairFact:
    pair, mentor, mentee = row
    given = {
        side: Answer(answers[pair.id, person.id].answer)
        for side, person in ((Side.MENTEE, mentee), (Side.MENTOR, mentor))
        if (pair.id, person.id) in answers
    }
    return PairFact(
        id=pair.id,
        mentee=to_person(mentee),
        mentor=to_person(mentor),
        state=PairState(pair.state),
        answers=given,
        meets_first=pair.meets_first,
        end_kind=_end_kind(pair),
        end_reason=pair.end_reason,
        override_code=pair.override_code,
        override_note=pair.override_note,
        created_at=pair.created_at,
        offered_at=pair.offered_at,
        expires_at=pair.expires_at,
        started_at=pair.started_at,
        paused_until=pair.paused_until,
        ended_at=pair.ended_at,
        excluded_until=pair.excluded_until,
    )


def _mine(
    row: PairRow,
    person_id: UUID,
    answers: Mapping[tuple[UUID, UUID], PairOffer],
    programmes: Mapping[UUID, Programme],
) -> MyPair:
    pair, mentor, mentee = row
    side = Side.MENTOR if person_id == mentor.id else Side.MENTEE
    other = mentee if side is Side.MENTOR else mentor
    mine = Answer(answers[pair.id, person_id].answer)
    theirs = Answer(answers[pair.id, other.id].answer)
    state = PairState(pair.state)
    is_open = state in {PairState.OFFERED, PairState.ACTIVE, PairState.PAUSED}
    sees_contact = is_open and may_see_contact(mine, theirs)
    return MyPair(
        id=pair.id,
        programme=programmes[pair.programme_id],
        side=side,
        other=to_person(other),
        state=state,
        mine=mine,
        contact=(other.email or "") if sees_contact else None,
        end_kind=_end_kind(pair),
        offered_at=pair.offered_at,
        expires_at=pair.expires_at,
        started_at=pair.started_at,
        paused_until=pair.paused_until,
        ended_at=pair.ended_at,
    )


def _end_kind(pair: Pair) -> EndKind | None:
    return EndKind(pair.end_kind) if pair.end_kind else None
