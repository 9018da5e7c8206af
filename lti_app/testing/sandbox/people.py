"""People, courses, and who has which role where: what an LMS is without LTI."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a course, by the names that Moodle uses."""

    STUDENT = "student"
    TEACHER = "editingteacher"
    NON_EDITING_TEACHER = "teacher"


@dataclass
class Person:
    """An account of the LMS."""

    id: int
    username: str
    given_name: str
    family_name: str
    email: str
    is_admin: bool = False
    idnumber: str = ""
    #: Canvas's student of the student view.
    is_test: bool = False

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass
class Enrolment:
    """One person in one course. A suspended one keeps the grades, but cannot enter."""

    person: Person
    role: Role
    suspended: bool = False


@dataclass
class Course:
    """A course. `history` names the courses it was copied from, nearest first."""

    id: int
    full_name: str
    short_name: str
    history: list[int] = field(default_factory=list)
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    #: Over, in Canvas: no service finds it any more.
    concluded: bool = False

    def role_of(self, person: Person) -> Role | None:
        """The role, also of a suspended person; None for a stranger."""
        enrolment = self.enrolments.get(person.id)
        return enrolment.role if enrolment else None

    def lets_in(self, person: Person) -> bool:
        enrolment = self.enrolments.get(person.id)
        return person.is_admin or (enrolment is not None and not enrolment.suspended)

    def is_staff(self, person: Person) -> bool:
        """May see everybody's grades."""
        teaching = self.role_of(person) in (Role.TEACHER, Role.NON_EDITING_TEACHER)
        return person.is_admin or (teaching and self.lets_in(person))

    def edits_grades(self, person: Person) -> bool:
        return person.is_admin or (self.role_of(person) is Role.TEACHER and self.lets_in(person))

    def is_gradable(self, person_id: int) -> bool:
        """A student has a gradebook role, a suspended student too."""
        enrolment = self.enrolments.get(person_id)
        return enrolment is not None and enrolment.role is Role.STUDENT

    def students(self) -> list[Person]:
        return [
            enrolment.person
            for enrolment in self.enrolments.values()
            if enrolment.role is Role.STUDENT
        ]
