"""Roles as Moodle tells them: full addresses in a launch, short words in the roster."""

from __future__ import annotations

from lti_app.testing.sandbox.people import Course, Person, Role

_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
LEARNER = _LIS + "membership#Learner"
INSTRUCTOR = _LIS + "membership#Instructor"
ADMINISTRATOR = (_LIS + "institution/person#Administrator", _LIS + "system/person#Administrator")


def launch_roles(course: Course, person: Person) -> list[str]:
    """A non-editing teacher is an Instructor here. Nobody is ever a Mentor."""
    teaches = course.role_of(person) in (Role.TEACHER, Role.NON_EDITING_TEACHER)
    if person.is_admin:
        return [INSTRUCTOR, *ADMINISTRATOR]
    return [INSTRUCTOR if teaches else LEARNER]


def roster_roles(role: Role) -> list[str]:
    """A non-editing teacher is a Learner here."""
    return ["Instructor" if role is Role.TEACHER else "Learner"]
