"""People who practise coaching in tests: launched by the sandbox LMS, acting over HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.days import in_days
from tests.functional.mentoring.visitors import Visitor, claims, read, visit

#: What is asked where a test does not say otherwise: as little as there is.
ONE: Final[Mapping[str, str]] = {"kind": "practice", "sessions": "1", "preparation": "no"}
LONG: Final = "I asked an open question and then kept silent until more came."
#: A log that can be handed over.
FULL_LOG: Final[Mapping[str, str]] = {
    "held_on": str(in_days(0)),
    "minutes": "25",
    "setting": "real",
    "goal": "I want to say no without feeling guilty.",
    "reality": "I say yes to everything and work at night.",
    "options-0-text": "Ask what can wait.",
    "options-0-said_by": "coachee",
    "options-1-text": "Answer tomorrow.",
    "options-1-said_by": "both",
    "action": "Say tomorrow to the next request.",
    "by_when": str(in_days(7)),
    "commitment": "8",
    "who_knows": "My sister",
    **{f"questions-{at}-text": f"What have you tried so far, number {at}?" for at in range(5)},
    "questions-0-stage": "reality",
    "questions-0-tag": "open",
    "summaries-0": "You are tired of being the one who always helps.",
    "summaries-1": "You would like to decide yourself.",
    "opened": LONG,
    "telling": LONG,
    "next_time": LONG,
}
ANSWER: Final[Mapping[str, str]] = {
    "verdict_0": "yes",
    "correction_0": "",
    "verdict_1": "partly",
    "correction_1": "I would like to be asked.",
    "talk_share": "less",
    "own_step": "yes",
}


@dataclass
class Practice:
    """A course in which coaching is practised, and everybody's visit."""

    tool: ToolUnderTest
    lms: Sandbox
    custom: Mapping[str, str] = field(default_factory=lambda: ONE)
    people: dict[str, Visitor] = field(default_factory=dict)
    #: Number of its link in the LMS.
    link: int = 101

    def come(self, *names: str) -> None:
        """Let people open the practice."""
        for name in names:
            edit = claims(custom=dict(self.custom))
            self.people[name] = visit(self.tool, self.lms, name, edit, self.link)

    def post(self, who: str, path: str, **values: Any) -> TestResponse:
        """Send a form."""
        return self.people[who].post(f"practice/{path}", form_of="practice/prepare", **values)

    def get(self, who: str, path: str = "") -> TestResponse:
        """Open a page."""
        return self.people[who].get(f"practice/{path}")

    def text(self, who: str, path: str = "") -> str:
        """Return what a page says."""
        page = self.get(who, path)
        assert page.status_code == 200, page.status_code
        return read(page).text

    def join(self, *names: str) -> None:
        """Let people open the practice and take part."""
        for name in names:
            if name not in self.people:
                self.come(name)
            assert self.post(name, "join").status_code == 303

    def begin(self, who: str, form: str = "full") -> str:
        """Let somebody begin the next conversation; returns the path of its page."""
        answer = self.post(who, "session/begin", form=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"].split("/practice/")[1]

    def write(self, who: str, path: str, **changes: str) -> TestResponse:
        """Let somebody save a log that can be handed over, with changes."""
        filled = self.form(who, path) | dict(FULL_LOG) | changes
        return self.post(who, f"{path}/save", **filled)

    def form(self, who: str, path: str) -> dict[str, str]:
        """Return the hidden fields of a log's page."""
        html = self.get(who, path).get_data(as_text=True)
        found = re.findall(r'name="(revision|writer)" type="hidden" value="([^"]*)"', html)
        assert len(found) == 2, html
        return dict(found)

    def hand_over(self, who: str, **changes: str) -> str:
        """Let somebody lead, log and hand over a conversation; returns the session's id."""
        path = self.begin(who)
        saved = self.write(who, path, **changes)
        assert saved.status_code == 303, read(saved).text
        answer = self.post(who, f"{path}/hand")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return path.removeprefix("session/")

    def confirm(self, who: str, session: str, **changes: str) -> TestResponse:
        """Let somebody answer as the partner."""
        return self.post(who, f"partner/{session}", **(dict(ANSWER) | changes))

    def id_of(self, name: str) -> UUID:
        """Return the id of somebody who has come."""
        person = self.lms.person(name)
        full = f"{person.given_name} {person.family_name}"
        with transaction(self.tool.database, read_only=True):
            return db().scalars(select(Person.id).where(Person.name == full)).one()


def enrol(lms: Sandbox, *names: str) -> None:
    """Let more learners be in every course."""
    for name in names:
        lms.add_person(name, name.title(), "Example")
        for course in lms.courses.values():
            lms.enrol(course, name, Role.STUDENT)
