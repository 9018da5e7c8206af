"""People: whom an LMS knows by which name, who is in a course, what they say of themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Select

from lti_app.domain.errors import NotFound
from lti_app.domain.visit import Person, Placement
from lti_app.services.visits import to_person
from lti_app.store import grade_cells
from lti_app.store import rosters as store
from lti_app.store.courses import Placement as PlacementRow
from lti_app.store.courses import list_members
from lti_app.store.people import (
    Identity,
    find_identities,
    find_identity,
    list_people,
    lock_people,
)
from lti_app.store.people import Person as PersonRow
from lti_app.store.progress import list_people_at
from lti_app.store.registrations import Registration
from lti_app.store.session import add_together, db, find_or_add

PAGE_SIZE = 50


@dataclass(frozen=True)
class RosterEntry:
    """A learner of a course; `has_come` tells whether they ever opened anything of it here."""

    person: Person
    has_come: bool


@dataclass(frozen=True)
class RosterPage:
    """One page of learners.

    Attributes:
        number: counts from 1; there are `count` pages.
        total: of learners on all pages, `count_first` of those who were asked for first.
    """

    entries: tuple[RosterEntry, ...]
    number: int
    count: int
    total: int
    count_first: int


def find_or_add_person(registration: Registration, subject: str) -> PersonRow:
    """Return whom an LMS calls `subject` (R-1.22): of its issuer, whatever client the launch names.

    Only where an LMS names people anew for each client is a person one client's.
    """
    identity, _ = find_or_add(
        lambda: _find_identity(registration, subject, holds=True),
        lambda: _new_identity(registration, subject),
    )
    return db().get_one(PersonRow, identity.person_id)


def find_person(registration: Registration, subject: str) -> PersonRow | None:
    """Return whom an LMS calls `subject`, or None if the tool does not know them."""
    identity = _find_identity(registration, subject)
    return db().get_one(PersonRow, identity.person_id) if identity else None


def find_learner(placement: Placement, person_id: UUID) -> RosterEntry:
    """Return one of those who take part at a link, for a page about them alone.

    Raises:
        NotFound: they are of another course, or nobody.
    """
    rows = grade_cells.list_cells(db().get_one(PlacementRow, placement.id), [person_id])
    if not rows:
        raise NotFound(detail="learner of another course")
    return RosterEntry(to_person(rows[0][0]), has_come=rows[0][-1])


def find_people(ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """Return people by id; an id of nobody is left out."""
    return {row.id: to_person(row) for row in list_people(ids)}


def find_known_people(
    registration: Registration, subjects: Collection[str]
) -> Mapping[str, PersonRow]:
    """Return those of some people of an LMS that the tool knows, by subject, locked.

    Who was erased meanwhile is not known any more.
    """
    known = find_identities(
        registration.organisation_id, registration.issuer, _client_id(registration), subjects
    )
    people = lock_people(set(known.values()))
    return {subject: people[id_] for subject, id_ in known.items() if people[id_].erased_at is None}


def add_people(registration: Registration, subjects: Collection[str]) -> Mapping[str, PersonRow]:
    """Add people of an LMS whom the tool did not know just now; returns them by subject.

    Together, unless somebody else adds one of them at the same moment.
    """
    # Two that add some of the same people do so in one order, so neither waits for the other.
    ordered = sorted(subjects)
    made = {
        subject: PersonRow(id=uuid4(), organisation_id=registration.organisation_id)
        for subject in ordered
    }
    identities = [_identity(registration, made[subject].id, subject) for subject in ordered]
    if add_together(list(made.values()), identities):
        return made
    return {subject: find_or_add_person(registration, subject) for subject in ordered}


def _find_identity(
    registration: Registration, subject: str, *, holds: bool = False
) -> Identity | None:
    return find_identity(
        registration.organisation_id,
        "lti",
        registration.issuer,
        _client_id(registration),
        subject,
        holds=holds,
    )


def _new_identity(registration: Registration, subject: str) -> Identity:
    person = PersonRow(organisation_id=registration.organisation_id)
    db().add(person)
    db().flush()
    return _identity(registration, person.id, subject)


def _identity(registration: Registration, person_id: UUID, subject: str) -> Identity:
    return Identity(
        organisation_id=registration.organisation_id,
        person_id=person_id,
        kind="lti",
        issuer=registration.issuer,
        client_id=_client_id(registration),
        subject=subject,
    )


def _client_id(registration: Registration) -> str:
    return registration.client_id if registration.subject_per_client else ""


def roster(placement: Placement) -> list[Person]:
    """Return the learners of the placement's course that the tool knows, by name.

    Of a link without a course, they are those who have begun its activity.

    Staff, student-view users and people who have left are not among them.
    """
    if placement.course_id is None:
        return [to_person(person) for person in list_people_at(placement.activity_id)]
    learners = [
        to_person(person)
        for person, enrolment in list_members(placement.course_id)
        if enrolment.roles.is_learner and not enrolment.roles.can_review
    ]
    return sorted(learners, key=lambda person: ((person.name or "").casefold(), str(person.id)))


def roster_page(
    placement: Placement,
    number: int = 1,
    *,
    search: str = "",
    first: Select[UUID] | None = None,
    among: Select[UUID] | None = None,
    not_among: Select[UUID] | None = None,
) -> RosterPage:
    """Return one page of the learners of `roster`; a page beyond the last one is the last.

    All narrowing and sorting is done in the database, so that a course may have any size.

    Args:
        placement: whose course.
        number: of the page, counted from 1.
        search: part of a name, or nothing.
        first: asks for the ids of those who come before all others; `count_first` counts them.
        among: asks for the ids of those who are shown at all.
        not_among: asks for the ids of those who are not.
    """
    place = store.Place(placement.course_id, placement.activity_id, search, among, not_among)
    total, count_first = store.count_learners(place, first)
    count = max(1, -(-total // PAGE_SIZE))
    number = min(max(number, 1), count)
    rows = store.list_learners(place, first, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return RosterPage(
        tuple(RosterEntry(to_person(person), has_come) for person, has_come in rows),
        number=number,
        count=count,
        total=total,
        count_first=count_first,
    )


def count_roster(placement: Placement, groups: Mapping[str, Select[UUID]]) -> Mapping[str, int]:
    """Return how many learners of `roster` are in each of some groups.

    Args:
        placement: whose course.
        groups: by name, each asks for the ids of those who are in it.
    """
    return store.count_among(store.Place(placement.course_id, placement.activity_id), groups)


def set_person(
    person_id: UUID, *, own_name: str | None = None, time_zone: str | None = None
) -> None:
    """Keep what people say of themselves; what is None stays as it is."""
    person = db().get_one(PersonRow, person_id)
    person.own_name = own_name or person.own_name
    person.time_zone = time_zone or person.time_zone
