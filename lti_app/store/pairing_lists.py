"""People who can be paired, and pairs, as the desk looks through them: narrowed, in pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from lti_app.domain.pairs import TAKING, WORKING, PairState
from lti_app.domain.participants import APPROVED, AVAILABLE
from lti_app.domain.programmes import PAIRING, Side
from lti_app.domain.progress import State
from lti_app.store.courses import Activity
from lti_app.store.notices import Notice
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.participants import Participant
from lti_app.store.people import Person, by_name
from lti_app.store.programmes import Programme
from lti_app.store.progress import Progress
from lti_app.store.session import db

#: Somebody's place in a programme, and who it is.
PlaceRow = Row[Participant, Person]
#: A pair, its mentor and its mentee.
PairRow = Row[Pair, Person, Person]


@dataclass(frozen=True)
class Pool:
    """People of one side of a programme who can be paired: approved, with room for one more.

    Attributes:
        most: how many pairs and open offers a mentee has at most; mentors have seats.
        search: part of a name; empty: everybody.
    """

    programme_id: UUID
    side: Side
    most: int
    search: str = ""


@dataclass(frozen=True)
class WantedPairs:
    """Which pairs are looked for; None and empty: all."""

    state: PairState | None = None
    search: str = ""


def count_pool(pool: Pool) -> int:
    """Return how many people of a side can be paired."""
    return db().scalar(select(func.count()).select_from(_pool(pool).subquery())) or 0


def list_pool(pool: Pool, *, limit: int | None = None, offset: int = 0) -> list[PlaceRow]:
    """Return people of a side who can be paired, the one who has waited longest first.

    Rounds that came to nothing count before the day of the sign-up.
    """
    query = _pool(pool).order_by(
        Participant.waited_rounds.desc(), Participant.submitted_at, Participant.id
    )
    return list(db().execute(query.limit(limit).offset(offset)).all())


def list_long_waits(since: datetime, key: str, limit: int) -> list[PlaceRow]:
    """Return people who have waited for a pair since before a moment, the longest first.

    Args:
        since: the moment.
        key: of the notice that tells of it; who was told it during this wait is left out.
        limit: so many at most.
    """
    was_told = exists().where(
        Notice.person_id == Participant.person_id,
        Notice.key == key,
        Notice.created_at >= Participant.state_since,
    )
    query = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .join(Programme, Programme.id == Participant.programme_id)
        .where(
            Programme.state.in_([state.value for state in PAIRING]),
            Participant.state.in_([state.value for state in AVAILABLE]),
            Participant.state_since <= since,
            ~was_told,
        )
        .order_by(Participant.state_since, Participant.id)
        .limit(limit)
    )
    return list(db().execute(query).all())


def list_places(programme_id: UUID, people: Collection[UUID]) -> list[PlaceRow]:
    """Return the places of some people in a programme, each with who it is."""
    query = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.programme_id == programme_id, Participant.person_id.in_(list(people)))
        .order_by(Participant.id)
    )
    return list(db().execute(query).all())


def list_completed(
    organisation_id: UUID, kinds: Collection[str], people: Collection[UUID]
) -> dict[UUID, set[str]]:
    """Return which kinds of activity people have completed, anywhere in the organisation."""
    rows = db().execute(
        select(Progress.person_id, Activity.kind)
        .join(Activity, Activity.id == Progress.activity_id)
        .where(
            Activity.organisation_id == organisation_id,
            Activity.kind.in_(list(kinds)),
            Progress.person_id.in_(list(people)),
            Progress.state == State.COMPLETED.value,
        )
        .distinct()
    )
    found: dict[UUID, set[str]] = {}
    for person_id, kind in rows:
        found.setdefault(person_id, set()).add(kind)
    return found


def count_by_state(programme_id: UUID, search: str) -> Mapping[PairState, int]:
    """Return how many pairs of a programme, of people of a name, are in each state."""
    counted = _pairs(programme_id, WantedPairs(search=search)).with_only_columns(
        Pair.state, func.count()
    )
    rows = db().execute(counted.group_by(Pair.state))
    return {PairState(state): count for state, count in rows}


def list_pairs(
    programme_id: UUID, wanted: WantedPairs, *, limit: int, offset: int
) -> list[PairRow]:
    """Return one page of the pairs of a programme, the one that moved last first."""
    moved = func.coalesce(Pair.ended_at, Pair.started_at, Pair.offered_at, Pair.created_at)
    query = _pairs(programme_id, wanted).order_by(moved.desc(), Pair.id)
    return list(db().execute(query.limit(limit).offset(offset)).all())


def find_in_programme(programme_id: UUID, pair_id: UUID) -> PairRow | None:
    """Return a pair of a programme, or None."""
    query = _pairs(programme_id, WantedPairs()).where(Pair.id == pair_id)
    return db().execute(query).one_or_none()


def list_of_person(person_id: UUID) -> list[PairRow]:
    """Return the pairs and offers that somebody knows of, the newest first."""
    query = (
        _with_people()
        .where(
            or_(Pair.mentor_id == person_id, Pair.mentee_id == person_id),
            Pair.offered_at.is_not(None),
        )
        .order_by(Pair.offered_at.desc(), Pair.id)
    )
    return list(db().execute(query).all())


def list_working(programme_id: UUID, people: Collection[UUID]) -> list[PairRow]:
    """Return the pairs at work or paused of some people."""
    query = (
        _pairs(programme_id, WantedPairs())
        .where(
            Pair.state.in_([state.value for state in WORKING]),
            or_(Pair.mentor_id.in_(list(people)), Pair.mentee_id.in_(list(people))),
        )
        .order_by(Pair.started_at, Pair.id)
    )
    return list(db().execute(query).all())


def list_answers(pairs: Collection[UUID]) -> dict[tuple[UUID, UUID], PairOffer]:
    """Return what was answered to some offers, by pair and person."""
    rows = db().scalars(select(PairOffer).where(PairOffer.pair_id.in_(list(pairs))))
    return {(row.pair_id, row.person_id): row for row in rows}


def _pool(pool: Pool) -> Select[Participant, Person]:
    own = Pair.mentor_id if pool.side is Side.MENTOR else Pair.mentee_id
    taken = (
        select(func.count())
        .where(
            Pair.programme_id == Participant.programme_id,
            own == Participant.person_id,
            Pair.state.in_([state.value for state in TAKING]),
        )
        .correlate(Participant)
        .scalar_subquery()
    )
    room = Participant.seats if pool.side is Side.MENTOR else pool.most
    query = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(
            Participant.programme_id == pool.programme_id,
            Participant.side == pool.side.value,
            Participant.state.in_([state.value for state in APPROVED]),
            taken < room,
        )
    )
    return query.where(_is_named(Person, pool.search)) if pool.search else query


_MENTOR, _MENTEE = aliased(Person), aliased(Person)


def _with_people() -> Select[Pair, Person, Person]:
    return (
        select(Pair, _MENTOR, _MENTEE)
        .join(_MENTOR, _MENTOR.id == Pair.mentor_id)
        .join(_MENTEE, _MENTEE.id == Pair.mentee_id)
    )


def _pairs(programme_id: UUID, wanted: WantedPairs) -> Select[Pair, Person, Person]:
    query = _with_people().where(Pair.programme_id == programme_id)
    if wanted.state is not None:
        query = query.where(Pair.state == wanted.state.value)
    if wanted.search:
        query = query.where(
            or_(_is_named(_MENTOR, wanted.search), _is_named(_MENTEE, wanted.search))
        )
    return query


def _is_named(person: type[Person], search: str) -> ColumnElement[bool]:
    return by_name(person).contains(search.lower(), autoescape=True)
