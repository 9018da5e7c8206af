"""What a page of a roster says of people becomes who is in the course (R-5.3 to R-5.8).

A roster adds people, and makes them inactive where it says so. It never takes staff for learners,
never touches a student-view user, and names nobody who has named themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.domain.launch import Profile
from lti_app.domain.roster import either, roles_after, takes_part
from lti_app.lti.rosters import Member
from lti_app.services import people
from lti_app.store import courses
from lti_app.store import rosters as store
from lti_app.store.courses import Enrolment
from lti_app.store.people import Person
from lti_app.store.registrations import Registration
from lti_app.store.session import add_together, find_or_add


@dataclass(frozen=True)
class Reading:
    """The reading of a course's roster that a page belongs to."""

    course_id: UUID
    begun_at: datetime


def keep(
    registration: Registration, reading: Reading, listed: Sequence[Member]
) -> Collection[UUID]:
    """Store what the LMS says of some people of a course; saying it again changes nothing.

    Rows are locked in the order in which a launch locks them: people, then their enrolments.

    Returns:
        Who is back, having been gone.
    """
    members = {one.subject: one for one in listed if not one.roles.is_preview}
    found = dict(people.find_known_people(registration, members.keys()))
    found |= people.add_people(
        registration,
        [
            subject
            for subject, member in members.items()
            if subject not in found and _may_be_added(member)
        ],
    )
    met = [(person, members[subject]) for subject, person in found.items() if not person.is_preview]
    for person, member in met:
        _note_profile(person, member.profile)
    enrolments = store.lock_enrolments(reading.course_id, {person.id for person, _ in met})
    returned = {
        person.id
        for person, member in met
        if person.id in enrolments and _update(enrolments[person.id], member, reading)
    }
    _enrol(reading, {p.id: m for p, m in met if p.id not in enrolments and _may_be_added(m)})
    return returned


def _may_be_added(member: Member) -> bool:
    return member.is_active and takes_part(member.roles)


def _note_profile(person: Person, profile: Profile) -> None:
    if person.name is not None or person.own_name is None:
        person.name = profile.full_name or person.name
    person.email = profile.email or person.email


def _update(enrolment: Enrolment, member: Member, reading: Reading) -> bool:
    """Bring an enrolment up to date; returns whether the person is back."""
    was_active = enrolment.is_active
    # Somebody whom two pages list has the roles of both, and is there if one says so.
    is_again = enrolment.listed_at == reading.begun_at
    listed = either(enrolment.roles, member.roles) if is_again else member.roles
    has_launched = enrolment.launched_at is not None
    enrolment.listed_at = reading.begun_at
    roles = roles_after(enrolment.roles, listed, has_launched=has_launched)
    if roles != enrolment.roles:
        enrolment.role_names = roles.names()
    is_here = enrolment.launched_at is not None and enrolment.launched_at >= reading.begun_at
    enrolment.is_active = member.is_active or is_here or (is_again and was_active)
    return enrolment.is_active and not was_active


def _enrol(reading: Reading, new: Mapping[UUID, Member]) -> None:
    in_order = sorted(new)
    if not add_together([_enrolment(reading, person_id, new[person_id]) for person_id in in_order]):
        for person_id in in_order:
            _enrol_one(reading, person_id, new[person_id])


def _enrol_one(reading: Reading, person_id: UUID, member: Member) -> None:
    """Enrol somebody, unless a launch is faster; then what the launch says counts."""
    row, _ = find_or_add(
        lambda: courses.find_enrolment(reading.course_id, person_id, lock=True),
        lambda: _enrolment(reading, person_id, member),
    )
    row.listed_at = reading.begun_at


def _enrolment(reading: Reading, person_id: UUID, member: Member) -> Enrolment:
    return Enrolment(
        course_id=reading.course_id,
        person_id=person_id,
        role_names=member.roles.names(),
        is_active=True,
        listed_at=reading.begun_at,
    )
