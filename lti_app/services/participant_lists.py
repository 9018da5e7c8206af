"""What the desk shows of the people of a programme, and of what was done in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.domain.errors import NotFound
from lti_app.domain.paging import Pages, pages_of
from lti_app.domain.participants import ParticipantState, ParticipantStep, Participation, target_of
from lti_app.domain.visit import Person
from lti_app.services.visits import to_person
from lti_app.store import audit
from lti_app.store import participant_lists as store
from lti_app.store.audit import Details
from lti_app.store.participant_lists import ParticipantRow, Wanted
from lti_app.store.participants import to_participation

__all__ = ["Act", "PeoplePage", "Wanted", "acts_of", "find_one", "list_acts", "list_people"]

PAGE_SIZE = 50
#: What the programme team can do to somebody's place, in the order of its buttons.
_OF_THE_TEAM = (
    ParticipantStep.APPROVE,
    ParticipantStep.RETURN,
    ParticipantStep.PAUSE,
    ParticipantStep.RESUME,
    ParticipantStep.WITHDRAW,
)


@dataclass(frozen=True)
class PersonFact:
    """Somebody of a programme, as its team sees them.

    Attributes:
        course: title of the course that they signed up in, or None.
    """

    person: Person
    place: Participation
    course: str | None


@dataclass(frozen=True)
class PeoplePage:
    """One page of people; `counts` are of all pages, by state."""

    people: Sequence[PersonFact]
    pages: Pages
    counts: Mapping[ParticipantState, int]


@dataclass(frozen=True)
class Act:
    """One thing that was done in a programme.

    Attributes:
        by: who did it; None for the command line, or somebody who is not known any more.
        about: whom it was about, or None.
    """

    at: datetime
    action: str
    by: Person | None
    about: Person | None
    details: Details


def list_people(programme_id: UUID, wanted: Wanted, page: int) -> PeoplePage:
    """Return one page of the people of a programme, by name."""
    counts = store.count_by_state(programme_id, wanted)
    total = sum(counts.values()) if wanted.state is None else counts.get(wanted.state, 0)
    pages = pages_of(total, page, PAGE_SIZE)
    rows = store.list_people(programme_id, wanted, limit=PAGE_SIZE, offset=pages.offset)
    return PeoplePage([_fact(row) for row in rows], pages, counts)


def find_one(programme_id: UUID, person_id: UUID) -> PersonFact:
    """Return somebody of a programme.

    Raises:
        NotFound: they do not take part.
    """
    row = store.find_one(programme_id, person_id)
    if row is None:
        raise NotFound(detail="not a participant")
    return _fact(row)


def acts_of(state: ParticipantState) -> tuple[ParticipantStep, ...]:
    """Return what the programme team can do to somebody who is that far."""
    return tuple(step for step in _OF_THE_TEAM if target_of(state, step) is not None)


def list_acts(
    programme_id: UUID, page: int, person_id: UUID | None = None
) -> tuple[Sequence[Act], Pages]:
    """Return one page of what was done in a programme, the newest first.

    Args:
        programme_id: where.
        page: counts from 1.
        person_id: only what was about them.
    """
    pages = pages_of(audit.count_in_programme(programme_id, person_id), page, PAGE_SIZE)
    rows = audit.list_in_programme(programme_id, person_id, limit=PAGE_SIZE, offset=pages.offset)
    acts = [
        Act(
            at=entry.created_at,
            action=entry.action,
            by=to_person(actor) if actor else None,
            about=to_person(about) if about else None,
            details=entry.details,
        )
        for entry, actor, about in rows
    ]
    return acts, pages


def _fact(row: ParticipantRow) -> PersonFact:
    participant, person, course = row
    return PersonFact(to_person(person), to_participation(participant), course)
