"""What can be said of two people before they are a pair: rules, what fits, who is next.

Everything is asked in batches, so that one person can be laid over hundreds.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.errors import NotFound
from lti_app.domain.fitting import Point, Speaks, Topic, what_fits
from lti_app.domain.paging import Pages, pages_of
from lti_app.domain.pairing import MatchingProfile
from lti_app.domain.pairing_rules import Candidate, Circumstances, Obstacle, Verdict, check
from lti_app.domain.pairs import PairState
from lti_app.domain.programmes import Programme, Side
from lti_app.domain.visit import Person
from lti_app.services.profiles import profiles_of
from lti_app.services.programmes import find_programme, today_in
from lti_app.services.reporting import find_reporting_lines
from lti_app.services.visits import to_person
from lti_app.store import pairing_lists as lists
from lti_app.store import pairs as store
from lti_app.store.pairing_lists import PlaceRow, Pool
from lti_app.store.participants import Participant, to_participation

PAGE_SIZE = 20


#: Obstacle → about what it says the same, and more.
_SAYS: Final[Mapping[Obstacle, Topic]] = {
    Obstacle.TIME: Topic.TIME,
    Obstacle.SENIORITY: Topic.EXPERIENCE,
}


@dataclass(frozen=True)
class Named:
    """Somebody who could be paired, with their name."""

    person: Person
    candidate: Candidate


@dataclass(frozen=True)
class Option:
    """One possible partner of somebody: what the rules say, and what fits."""

    other: Named
    verdict: Verdict
    points: tuple[Point, ...]

    @property
    def count_for(self) -> int:
        """Return how many points speak for the two."""
        return sum(point.speaks is Speaks.FOR for point in self.points)


@dataclass(frozen=True)
class OptionsPage:
    """One page of possible partners, those that fit first; `fitting` counts all pages."""

    options: Sequence[Option]
    pages: Pages
    fitting: int


@dataclass(frozen=True)
class QueuePage:
    """One page of people who can be paired, who has waited longest first.

    Attributes:
        noted: those of them for whom a pair is noted that was not offered yet.
    """

    people: Sequence[Named]
    pages: Pages
    noted: frozenset[UUID]


@dataclass(frozen=True)
class Waiter:
    """Somebody who waits for a pair.

    Attributes:
        fitting: with how many others they could be paired now.
        others: of how many of the other side who have room.
        obstacle: what keeps them apart from most of the rest, or None; `count` is from how many.
    """

    named: Named
    fitting: int
    others: int
    obstacle: Obstacle | None
    count: int


@dataclass(frozen=True)
class Comparison:
    """Two people side by side."""

    programme: Programme
    mentee: Named
    mentor: Named
    verdict: Verdict
    points: tuple[Point, ...]


def list_queue(programme_id: UUID, side: Side, search: str, page: int) -> QueuePage:
    """Return one page of the people of a side who can be paired now.

    Those whose offers and pairs came to nothing most often come first, then who signed up first.
    """
    programme = find_programme(programme_id)
    pool = _pool(programme, side, search)
    pages = pages_of(lists.count_pool(pool), page, PAGE_SIZE)
    rows = lists.list_pool(pool, limit=PAGE_SIZE, offset=pages.offset)
    people = [person.id for _, person in rows]
    noted = store.count_by_person(programme_id, people, (PairState.PROPOSED,))
    return QueuePage(_named(programme, rows), pages, frozenset(noted))


def count_ready(programme: Programme, side: Side) -> int:
    """Return how many people of a side can be paired now."""
    return lists.count_pool(_pool(programme, side))


def list_options(
    programme_id: UUID, person_id: UUID, search: str, page: int, zone: str
) -> tuple[Named, OptionsPage]:
    """Return somebody, and one page of those they could be paired with.

    Who fits comes first, then whom only a rule that can be overridden keeps apart, then the others;
    among them, for whom most speaks. What fits is not a question for a database: all who can be
    paired are looked at, and only one page of them is put into words.

    Args:
        programme_id: where.
        person_id: for whom a partner is looked for; the others are of the other side.
        search: part of a name of the others.
        page: counts from 1.
        zone: of the reader, in which days of the week are named.

    Raises:
        NotFound: there is no such person in the programme.
    """
    programme = find_programme(programme_id)
    chosen = _one(programme, person_id)
    other_side = Side.MENTOR if chosen.candidate.place.side is Side.MENTEE else Side.MENTEE
    others = _named(programme, lists.list_pool(_pool(programme, other_side, search)))
    given = circumstances(programme, [person_id, *(one.person.id for one in others)])
    options = [_option(chosen, other, given, zone) for other in others]
    # Sorting keeps the order of the queue among equals.
    ranked = sorted(options, key=_rank)
    pages = pages_of(len(ranked), page, PAGE_SIZE)
    shown = ranked[pages.offset : pages.offset + PAGE_SIZE]
    return chosen, OptionsPage(shown, pages, sum(option.verdict.fits for option in options))


def list_waiting(
    programme_id: UUID, side: Side, search: str, page: int
) -> tuple[Sequence[Waiter], Pages]:
    """Return one page of those who wait for a pair, who is next first, with what is in their way.

    Args:
        programme_id: where.
        side: of those who wait.
        search: part of a name.
        page: counts from 1.
    """
    programme = find_programme(programme_id)
    pool = _pool(programme, side, search)
    pages = pages_of(lists.count_pool(pool), page, PAGE_SIZE)
    rows = lists.list_pool(pool, limit=PAGE_SIZE, offset=pages.offset)
    return waiters_of(programme, side, rows), pages


def waiters_of(programme: Programme, side: Side, rows: Sequence[PlaceRow]) -> list[Waiter]:
    """Return what is in the way of some people of one side who wait for a pair."""
    if not rows:
        return []
    waiting = _named(programme, rows)
    other_side = Side.MENTOR if side is Side.MENTEE else Side.MENTEE
    others = _named(programme, lists.list_pool(_pool(programme, other_side)))
    given = circumstances(programme, [one.person.id for one in (*waiting, *others)])
    return [_waiter(one, others, given) for one in waiting]


def compare(programme_id: UUID, mentee_id: UUID, mentor_id: UUID, zone: str = "UTC") -> Comparison:
    """Return two people side by side, with what the rules say and what fits.

    Raises:
        NotFound: they do not take part on these sides.
    """
    programme = find_programme(programme_id)
    mentee, mentor = _one(programme, mentee_id), _one(programme, mentor_id)
    sides = mentee.candidate.place.side, mentor.candidate.place.side
    if sides != (Side.MENTEE, Side.MENTOR):
        raise NotFound(detail="not a mentee and a mentor")
    given = circumstances(programme, [mentee_id, mentor_id])
    option = _option(mentee, mentor, given, zone)
    return Comparison(programme, mentee, mentor, option.verdict, option.points)


def points_between(
    programme: Programme, mentee_id: UUID, mentor_id: UUID, zone: str
) -> tuple[Point, ...]:
    """Return what fits between two people, from what they answer today."""
    profiles = profiles_of(programme, [mentee_id, mentor_id])
    mentee = profiles.get(mentee_id) or MatchingProfile(mentee_id, Side.MENTEE)
    mentor = profiles.get(mentor_id) or MatchingProfile(mentor_id, Side.MENTOR)
    first_day = Circumstances(programme, today_in(programme.time_zone)).first_day
    return what_fits(mentee, mentor, first_day, zone)


def candidates_of(programme: Programme, rows: Sequence[Participant]) -> dict[UUID, Candidate]:
    """Return people of a programme as the rules look at them, by id."""
    people = [row.person_id for row in rows]
    profiles = profiles_of(programme, people)
    taken = store.count_by_person(programme.id, people)
    required = programme.rules.required_training
    trained = lists.list_completed(programme.organisation_id, required, people) if required else {}
    return {
        row.person_id: Candidate(
            place=(place := to_participation(row)),
            profile=profiles.get(row.person_id) or MatchingProfile(row.person_id, place.side),
            taken=taken.get(row.person_id, 0),
            trained=frozenset(trained.get(row.person_id, ())),
        )
        for row in rows
    }


def circumstances(programme: Programme, people: Collection[UUID]) -> Circumstances:
    """Return what the rules have to know besides, of some people."""
    return Circumstances(
        programme=programme,
        today=today_in(programme.time_zone),
        superiors=_superiors(programme, people),
        graders=frozenset(store.list_graders(people, people)),
        parted=frozenset(store.list_parted(people, now())),
        together=frozenset(store.list_together(programme.id, people)),
    )


def _superiors(programme: Programme, people: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return who of some people is above whom, as far up as the programme's rules look."""
    lines = find_reporting_lines(
        programme.organisation_id, people, programme.rules.reporting_levels
    )
    by_reference: dict[str, set[UUID]] = {}
    for person_id, references in lines.references.items():
        for reference in references:
            by_reference.setdefault(reference, set()).add(person_id)
    return {
        person_id: frozenset(
            above for reference in managers for above in by_reference.get(reference, ())
        )
        - {person_id}
        for person_id, managers in lines.managers.items()
    }


def _pool(programme: Programme, side: Side, search: str = "") -> Pool:
    return Pool(programme.id, side, programme.rules.pairs_per_mentee, search)


def _option(chosen: Named, other: Named, given: Circumstances, zone: str) -> Option:
    profiles = {one.candidate.place.side: one.candidate.profile for one in (chosen, other)}
    mentee, mentor = profiles[Side.MENTEE], profiles[Side.MENTOR]
    verdict = _verdict(chosen, other, given)
    said = {_SAYS[reason.obstacle] for reason in verdict.broken if reason.obstacle in _SAYS}
    points = what_fits(mentee, mentor, given.first_day, zone)
    return Option(other, verdict, tuple(point for point in points if point.topic not in said))


def _waiter(named: Named, others: Sequence[Named], given: Circumstances) -> Waiter:
    verdicts = [_verdict(named, other, given) for other in others]
    met = Counter(reason.obstacle for verdict in verdicts for reason in verdict.broken)
    obstacle, count = met.most_common(1)[0] if met else (None, 0)
    return Waiter(
        named=named,
        fitting=sum(verdict.fits for verdict in verdicts),
        others=len(others),
        obstacle=obstacle,
        count=count,
    )


def _verdict(one: Named, other: Named, given: Circumstances) -> Verdict:
    sides = {named.candidate.place.side: named.candidate for named in (one, other)}
    return check(sides[Side.MENTEE], sides[Side.MENTOR], given)


def _rank(option: Option) -> tuple[int, int]:
    if option.verdict.fits:
        return 0, -option.count_for
    return (1 if option.verdict.can_be_overridden else 2), -option.count_for


def _one(programme: Programme, person_id: UUID) -> Named:
    rows = lists.list_places(programme.id, [person_id])
    if not rows:
        raise NotFound(detail="not a participant")
    return _named(programme, rows)[0]


def _named(programme: Programme, rows: Sequence[PlaceRow]) -> list[Named]:
    candidates = candidates_of(programme, [participant for participant, _ in rows])
    return [Named(to_person(person), candidates[person.id]) for _, person in rows]
