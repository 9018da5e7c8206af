"""A practice with work that was released, as rows: how it comes about is tested elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.clock import now
from lti_app.store.courses import Placement
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from plugins.coaching.models import (
    PracticeAnswer,
    PracticeMember,
    PracticeRelease,
    PracticeSession,
)
from tests.functional.mentoring.visitors import Visitor, read, visit

LOG: Final[Mapping[str, Any]] = {
    "setting": "real",
    "goal": "Say no to the next extra project.",
    "reality": "Two weeks without an evening.",
    "options": [
        {"text": "Ask what could be left out", "said_by": "coachee"},
        {"text": "Hand over the newsletter", "said_by": "coach"},
    ],
    "action": "Speak with the head of department.",
    "by_when": "2026-12-11",
    "commitment": 8,
    "who_knows": "My partner",
    "questions": [
        {"text": "What have you tried so far?", "stage": "reality", "tag": "open"},
        {"text": "Have you asked her?", "stage": "options", "tag": "closed"},
    ],
    "summaries": ["You want your evenings back.", "You fear to let people down."],
    "reflection": {
        "opened": "I waited, and the real reason came out at last.",
        "telling": "When she spoke of the newsletter I was quick with an idea.",
        "next_time": "Next time I ask once more before I offer anything.",
    },
}
ANSWER: Final[Mapping[str, Any]] = {
    "verdicts": ["yes", "partly"],
    "corrections": ["", "Not people: my old team."],
    "talk_share": "some",
    "own_step": "yes",
}
#: Levels of a form; the worked example of the rubric, 76.67 of 100.
LEVELS: Final[Mapping[str, str]] = {
    "listening": "3",
    "ownership": "2",
    "questions": "2",
    "flow": "2",
}


@dataclass
class Practice:
    """A practice in a course, and what tests do with it."""

    tool: ToolUnderTest
    lms: Sandbox
    activity: Activity
    #: None where the real one runs.
    clock: time_machine.Traveller | None = None
    ids: dict[str, UUID] = with_default(default_factory=dict)
    visitors: dict[str, Visitor] = with_default(default_factory=dict)

    def come(self, name: str) -> Visitor:
        """Let somebody open it, and remember who they are."""
        visitor = visit(self.tool, self.lms, name, activity=self.activity.cmid)
        self.visitors[name] = visitor
        with transaction(self.tool.database, read_only=True):
            full = self.lms.person(name)
            named = f"{full.given_name} {full.family_name}"
            self.ids[name] = db().scalars(select(Person.id).where(Person.name == named)).one()
        return visitor

    @property
    def activity_id(self) -> UUID:
        """Return the tool's id of the activity."""
        with transaction(self.tool.database, read_only=True):
            link = Placement.resource_link_id == str(self.activity.id)
            return db().scalars(select(Placement.activity_id).where(link)).one()

    def add(self, *rows: object) -> None:
        """Store rows."""
        with transaction(self.tool.database):
            for row in rows:
                db().add(row)

    def lead(self, coach: str, coachee: str, state: str = "confirmed", number: int = 1) -> UUID:
        """Let one lead a session with another, which is then in a state; returns its id."""
        activity_id, at = self.activity_id, now()
        session = PracticeSession(
            activity_id=activity_id,
            person_id=self.ids[coach],
            coachee_id=self.ids[coachee],
            round=number,
            state=state,
            held_on=date(2026, 11, 20),
            minutes=30,
            form="full",
            log=dict(LOG),
            revision=3,
            handed_at=at,
        )
        with transaction(self.tool.database):
            db().add(session)
            db().flush()
            if state != "awaiting_confirmation":
                session.answered_at = at
                db().add(
                    PracticeAnswer(
                        activity_id=activity_id,
                        person_id=self.ids[coachee],
                        session_id=session.id,
                        **ANSWER,
                    )
                )
            return session.id

    def release(self, session_id: UUID, *, minutes: int = 0, **changes: Any) -> UUID:
        """Release a session, the log with changes; returns the release's id."""
        with transaction(self.tool.database):
            session = db().get_one(PracticeSession, session_id)
            session.state, session.released_at = "released", now() + timedelta(minutes=minutes)
            row = PracticeRelease(
                session_id=session_id,
                copy={"log": {**LOG, **changes}, "answer": dict(ANSWER)},
                released_at=session.released_at,
            )
            db().add(row)
            db().flush()
            return row.id

    def publish(self, person: UUID | str = "") -> TestResponse:
        """Let Tina publish what the page shows, of one learner or of all."""
        tina = self.visitors["tina"]
        page = tina.get(f"practice/publish?person={person}")
        return tina.post("practice/publish", form_of="grades/reconcile", **shown(page))

    def send(self) -> None:
        """Let the worker send all grades; an LMS takes one a second for each cell."""
        if self.clock is not None:
            self.clock.shift(2)
        while deliver_due(self.tool.runtime):
            pass

    def grade(self, name: str) -> float | None:
        """Return what the LMS's gradebook has."""
        found = self.lms.grade(self.activity, name).final
        return None if found is None else float(found)


def shown(page: TestResponse) -> dict[str, list[str]]:
    """Return the hidden values of the page that is confirmed before marks are published."""
    form = next(one for one in read(page).forms if one.action.endswith("/publish"))
    values: dict[str, list[str]] = {"person": [], "shown": []}
    for field in form.fields:
        if field.name in values:
            values[field.name].append(field.value)
    return values


def open_practice(
    tool: ToolUnderTest, lms: Sandbox, clock: time_machine.Traveller | None = None
) -> Practice:
    """Place a practice of one session each, with a rubric; Alice and Bob take part."""
    course = lms.courses[2]
    custom = "kind=practice\nsessions=1\nrubric=20\npreparation=no"
    activity = lms.add_activity(course, lms.tools[1], "Practise coaching", custom)
    practice = Practice(tool, lms, activity, clock)
    practice.come("tina")
    for name in ("alice", "bob", "charlie"):
        practice.come(name)
    activity_id = practice.activity_id
    for name in ("alice", "bob"):
        practice.add(
            PracticeMember(
                activity_id=activity_id,
                person_id=practice.ids[name],
                joined_at=now(),
                prepared=[],
                granted=0,
            )
        )
    return practice


def enrol(practice: Practice, count: int) -> None:
    """Add as many learners to the course in the LMS."""
    for number in range(count):
        practice.lms.add_person(f"learner{number}", f"Learner {number:03}", "Example")
        practice.lms.enrol(practice.activity.course, f"learner{number}", Role.STUDENT)
