"""Dana and her programme, with people who launched, signed up and were approved."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.clock import now
from lti_app.store.pairs import Pair
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.browser.document import Document
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import Desk, open_desk
from tests.functional.mentoring.visitors import Visitor, read, visit


@dataclass
class Team:
    """The desk of one programme, and its people; each call is a request or a transaction."""

    desk: Desk
    programme_id: UUID

    @property
    def tool(self) -> ToolUnderTest:
        """Return the tool."""
        return self.desk.tool

    def visit(self, username: str, activity: int = 101) -> Visitor:
        """Launch somebody."""
        return visit(self.tool, self.desk.lms, username, activity=activity)

    def join(self, username: str, side: str = "mentee", seats: int = 0, **values: Any) -> Visitor:
        """Let somebody launch, and put them into the programme, approved; returns their visit."""
        visitor = self.visit(username)
        with transaction(self.tool.database):
            db().add(
                Participant(
                    programme_id=self.programme_id,
                    person_id=self.id_of(username, in_transaction=True),
                    side=side,
                    seats=seats,
                    state_since=now(),
                    submitted_at=now(),
                    **({"state": "approved", "consent_version": 1} | values),
                )
            )
        return visitor

    def id_of(self, username: str, *, in_transaction: bool = False) -> UUID:
        """Return the id of somebody of the sandbox LMS."""
        person = self.desk.lms.people[username]
        query = select(Person.id).where(Person.name == f"{person.given_name} {person.family_name}")
        if in_transaction:
            return db().scalars(query).one()
        with transaction(self.tool.database, read_only=True):
            return db().scalars(query).one()

    def path(self, rest: str = "") -> str:
        """Return an address of the programme, below the desk."""
        return f"programmes/{self.programme_id}/{rest}"

    def read(self, rest: str = "") -> Document:
        """Open a page of the programme and read it."""
        return self.desk.read(self.path(rest))

    def pair_up(self, mentee: str, mentor: str, act: str = "offer", **values: str) -> TestResponse:
        """Pair two people by hand."""
        rest = f"pairing/{self.id_of(mentee)}/{self.id_of(mentor)}"
        return self.desk.post(self.path(rest), act=act, **values)

    def offer(self, mentee: str = "alice", mentor: str = "mona") -> UUID:
        """Offer two people to each other; returns the pair's id."""
        made = self.pair_up(mentee, mentor)
        assert made.status_code == 303, made.get_data(as_text=True)
        return UUID(made.headers["Location"].split("/pairs/")[1].split("?")[0])

    def put(self, username: str, **values: object) -> None:
        """Change somebody's place."""
        person_id = self.id_of(username)
        with transaction(self.tool.database):
            row = db().scalars(select(Participant).where(Participant.person_id == person_id)).one()
            for name, value in values.items():
                setattr(row, name, value)

    def state_of(self, pair_id: UUID) -> str:
        """Return how far a pair is."""
        with transaction(self.tool.database, read_only=True):
            return db().get_one(Pair, pair_id).state


def answer(visitor: Visitor, pair_id: UUID, given: str, **values: str) -> TestResponse:
    """Answer an offer."""
    return visitor.post(f"pairs/{pair_id}/answer", form_of="pairs/", answer=given, **values)


def page_of(visitor: Visitor) -> Document:
    """Open somebody's own page and read it."""
    page = visitor.get("pairs/")
    assert page.status_code == 200, page.get_data(as_text=True)
    return read(page)


def open_team(tool: ToolUnderTest, lms: Sandbox) -> Team:
    """Open a programme with Alice and Bob, mentees, and Mona, a mentor; all of them approved."""
    desk = open_desk(tool, lms)
    team = Team(desk, desk.open())
    lms.add_person("mona", "Mona", "Mentor")
    for course in lms.courses.values():
        lms.enrol(course, "mona", Role.STUDENT)
    for username in ("alice", "bob"):
        team.join(username)
    team.join("mona", "mentor", 1)
    return team
