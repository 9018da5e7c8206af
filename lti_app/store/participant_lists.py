"""The people of a programme, as the desk looks through them: narrowed, searched, in pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select

from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import Side
from lti_app.store.courses import Activity, Course
from lti_app.store.participants import Participant
from lti_app.store.people import Person, by_name
from lti_app.store.session import db


@dataclass(frozen=True)
class Wanted:
    """Who is looked for; None and empty: everybody."""

    state: ParticipantState | None = None
    side: Side | None = None
    search: str = ""


ParticipantRow = Row[Participant, Person, str | None]


def count_by_state(programme_id: UUID, wanted: Wanted) -> Mapping[ParticipantState, int]:
    """Return how many people of a side and a name are in each state."""
    rows = db().execute(
        select(Participant.state, func.count())
        .join(Person, Person.id == Participant.person_id)
        .where(*_conditions(programme_id, Wanted(side=wanted.side, search=wanted.search)))
        .group_by(Participant.state)
    )
    return {ParticipantState(state): count for state, count in rows}


def list_people(
    programme_id: UUID, wanted: Wanted, *, limit: int, offset: int
) -> list[ParticipantRow]:
    """Return one page of people by name, each with the title of the course they signed up in."""
    query = (
        select(Participant, Person, Course.title)
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(Activity, Activity.id == Participant.activity_id)
        .outerjoin(Course, Course.id == Activity.course_id)
        .where(*_conditions(programme_id, wanted))
        .order_by(by_name(), Person.id)
    )
    return list(db().execute(query.limit(limit).offset(offset)).all())


def find_one(programme_id: UUID, person_id: UUID) -> ParticipantRow | None:
    """Return one person's place with the title of their course, or None."""
    return (
        db()
        .execute(
            select(Participant, Person, Course.title)
            .join(Person, Person.id == Participant.person_id)
            .outerjoin(Activity, Activity.id == Participant.activity_id)
            .outerjoin(Course, Course.id == Activity.course_id)
            .where(Participant.programme_id == programme_id, Participant.person_id == person_id)
        )
        .one_or_none()
    )


def _conditions(programme_id: UUID, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Participant.programme_id == programme_id]
    if wanted.state is not None:
        conditions.append(Participant.state == wanted.state.value)
    if wanted.side is not None:
        conditions.append(Participant.side == wanted.side.value)
    if wanted.search:
        conditions.append(by_name().contains(wanted.search.lower(), autoescape=True))
    return conditions
