"""People as plugins see them: who takes part in a course, and what somebody says of themselves."""

from uuid import UUID

from lti_app.domain.visit import Person, Placement
from lti_app.services.visits import to_person
from lti_app.store.courses import list_members
from lti_app.store.people import Person as PersonRow
from lti_app.store.progress import list_people_at
from lti_app.store.session import db


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


def set_person(
    person_id: UUID, *, own_name: str | None = None, time_zone: str | None = None
) -> None:
    """Keep what people say of themselves; what is None stays as it is."""
    person = db().get_one(PersonRow, person_id)
    person.own_name = own_name or person.own_name
    person.time_zone = time_zone or person.time_zone
