"""Pairs that have begun, and where their people's progress is kept."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from lti_app.domain.rooms import BEGUN
from lti_app.store.courses import Activity, Enrolment
from lti_app.store.pairs import Pair
from lti_app.store.people import Person
from lti_app.store.roles import has_role
from lti_app.store.session import db


def list_begun(programme_id: UUID, people: Collection[UUID]) -> list[Pair]:
    """Return the pairs of some people in a programme that have begun, the earliest first."""
    query = select(Pair).where(
        Pair.programme_id == programme_id,
        Pair.started_at.is_not(None),
        Pair.state.in_([state.value for state in BEGUN]),
        or_(Pair.mentor_id.in_(list(people)), Pair.mentee_id.in_(list(people))),
    )
    return list(db().scalars(query.order_by(Pair.started_at, Pair.id)))


def list_learning(
    kind: str, programme_id: UUID, people: Collection[UUID]
) -> list[tuple[UUID, Person]]:
    """Return at which activities of a kind in a programme some people learn, by activity."""
    query = (
        select(Activity.id, Person)
        .join(Enrolment, Enrolment.course_id == Activity.course_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Activity.kind == kind,
            Activity.programme_id == programme_id,
            Enrolment.person_id.in_(list(people)),
            Enrolment.is_active,
            has_role("is_learner"),
            Person.is_preview.is_(False),
        )
        .order_by(Activity.id, Person.id)
    )
    return [(row[0], row[1]) for row in db().execute(query)]
