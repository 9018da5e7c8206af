"""Everybody who could look at what is not theirs: in a programme, beside it, above, elsewhere."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lti_app.clock import now
from lti_app.domain.goals import GoalDraft
from lti_app.services.goals import agree_goals
from lti_app.store.courses import Course
from lti_app.store.goals import Goal
from lti_app.store.pairs import Pair
from lti_app.store.people import Person
from lti_app.store.programmes import JoinCode, JoinRequest
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import Desk, open_desk, register_elsewhere
from tests.functional.desk.test_courses import FIRST, SECOND, link, make_code
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    OWN,
    PREVIEW,
    Visitor,
    claims,
    token_of,
    visit,
)
from tests.functional.pairs.people import answer

#: Every hat finds a form on one of these, for the token of a visit.
TOKEN_PAGES = ("me/notices", "mentoring/", "admin/organisations")
ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
TERMS = b"""kind,code,label
skill,feedback,Giving feedback
skill,listening,Listening well
skill,sk_alice,Plantedskillofalice
goal_area,team,Plantedgoalofboth
tag,tag_bob,Plantedtagofbob
interest,in_alice,Plantedinterestofalice
interest,in_bob,Plantedinterestofbob
job_family,jf_alice,Plantedfamilyofalice
job_family,jf_bob,Plantedfamilyofbob
"""
LINES = b"person,manager\nolga@example.org,plantedmanager@example.org\n"
#: What people write, each with a word that stands nowhere else.
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "alice": {
        "skills": ["feedback", "listening", "sk_alice"],
        "wish": "Plantedwishofalice: I lead a team for the first time.",
        "interests": ["in_alice"],
        "job_family": "jf_alice",
        "people": "plantedexclusionofalice@example.org",
    },
    "bob": {
        "side": "mentor",
        "band": "4",
        "wish": "Plantedwishofbob: I have led teams for ten years.",
        "tags": ["tag_bob"],
        "interests": ["in_bob"],
        "job_family": "jf_bob",
        "people": "Plantedexclusionofbob",
    },
    # At hours that nobody else has: a pair with Charlie needs an override.
    "charlie": {
        "wish": "Plantedwishofcharlie: I want to learn to say no.",
        "cells": [48 + half for half in range(38, 42)],
    },
    "rita": {"wish": "Plantedwishofrita: I want to learn to say yes."},
    "sven": {"wish": "Plantedwishofsven: I want to learn to say what I think."},
}


@dataclass
class World:
    """A programme, a pair of it, and one visit of everybody.

    Attributes:
        people: by name: Alice and Bob, who are a pair once Alice has accepted; Charlie, who takes
            part as well; Rita, whose sign-up was sent back; Sven, who waits for approval; Olga, who
            learns beside them and takes no part; Tina, who teaches, and Nina, who marks; Lena, who
            runs this programme alone; Dana, who runs all; Erin, who runs another one; Eve, who runs
            all of another organisation; a preview; Ada, who administers the tool.
    """

    tool: ToolUnderTest
    lms: Sandbox
    desk: Desk
    programme_id: UUID
    people: dict[str, Visitor] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def post(self, who: str, path: str, values: Mapping[str, object]) -> TestResponse:
        """Send a form, with the token of the visit; files stay in memory."""
        visitor = self.people[who]
        if who not in self._tokens:
            found = filter(None, (token_of(visitor.get(page)) for page in TOKEN_PAGES))
            self._tokens[who] = next(found)
        boundary, body = encode_multipart({"csrf_token": self._tokens[who], **values})
        return visitor.browser.post(
            visitor.visit + path,
            data=body,
            headers=OWN,
            content_type=f'multipart/form-data; boundary="{boundary}"',
        )

    def at_another_activity(self, who: str) -> Visitor:
        """Let somebody come through another link of the same course."""
        return visit(self.tool, self.lms, who, activity=102)

    def find_other_pair(self) -> None:
        """Look up the pair that is not the one of Alice and Bob."""
        with transaction(self.tool.database, read_only=True):
            others = select(Pair.id).where(Pair.id != self.ids["pair"])
            self.ids["other pair"] = db().scalars(others).one()

    def agree_on_a_goal(self) -> None:
        """Let Alice and Bob, who are a pair by now, have a goal."""
        goal = GoalDraft(title="Plantedgoaltext: a plan for my team", due_on=date(2030, 1, 1))
        with transaction(self.tool.database):
            agree_goals(self.ids["pair"], [goal], now())
        with transaction(self.tool.database, read_only=True):
            self.ids["goal"] = db().scalars(select(Goal.id)).one()

    def at_desk(self, rest: str = "") -> str:
        """Return an address of the programme, below the visit."""
        return f"desk/programmes/{self.programme_id}/{rest}"


def file_of(content: bytes) -> dict[str, object]:
    """Return a form with a file."""
    return {"file": FileStorage(io.BytesIO(content), filename="table.csv")}


def open_world(tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> World:
    """Open the programme, let everybody come, sign up, and be paired."""
    for name in ("olga", "rita", "sven"):
        lms.add_person(name, name.title(), "Example")
        for course in lms.courses.values():
            lms.enrol(course, name, Role.STUDENT)
    desk = open_desk(tool, lms)
    world = World(tool, lms, desk, desk.open())
    world.people["dana"] = desk.visitor
    for table, content in (("taxonomy", TERMS), ("reporting-lines", LINES)):
        taken = world.post("dana", f"desk/{table}", file_of(content))
        assert taken.status_code == 303, taken.get_data(as_text=True)
        world.ids[table] = UUID(taken.headers["Location"].rsplit("/", 1)[1])
    link(desk, world.programme_id)
    _let_in(world, elsewhere)
    _sign_up(world)
    _fill_desk(world)
    return world


def _let_in(world: World, elsewhere: Sandbox) -> None:
    tool, lms = world.tool, world.lms
    for name in ("alice", "bob", "charlie", "rita", "sven", "olga", "tina"):
        world.people[name] = visit(tool, lms, name)
    world.people["nina"] = visit(tool, lms, "nina", claims(roles=[ASSISTANT]))
    second = next(n for n, one in lms.activities.items() if one.course.full_name == SECOND)
    world.people["tina in another course"] = visit(tool, lms, "tina", activity=second)
    world.people["lena"] = open_desk(tool, lms, "lena", world.programme_id).visitor
    other = world.desk.open(title="Another programme")
    world.people["erin"] = open_desk(tool, lms, "erin", other).visitor
    preview = claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview", name="Preview")
    world.people["preview"] = visit(tool, lms, "olga", preview)
    browser = tool.browser()
    world.people["ada"] = Visitor(browser, tool.administer(browser, "Ada Admin"))
    register_elsewhere(tool, elsewhere)
    world.people["eve"] = open_desk(tool, elsewhere, "eve").visitor


def _sign_up(world: World) -> None:
    for name, answers in ANSWERS.items():
        sent = world.people[name].sign_up(**answers)
        assert sent.status_code == 303, sent.get_data(as_text=True)
    with transaction(world.tool.database, read_only=True):
        named = {row.name: row.id for row in db().scalars(select(Person))}
    for person in world.lms.people.values():
        full = f"{person.given_name} {person.family_name}"
        if full in named:
            world.ids[person.username] = named[full]


def _fill_desk(world: World) -> None:
    desk = world.desk
    for name in ("alice", "bob", "charlie"):
        done = desk.post(f"programmes/{world.programme_id}/people/{world.ids[name]}", act="approve")
        assert done.status_code == 303
    note = {"act": "return", "note": "Plantednotetorita: please write more."}
    assert world.post("dana", world.at_desk(f"people/{world.ids['rita']}"), note).status_code == 303
    asked = {"note": "Plantedrequestoftina: please let my course in."}
    assert world.post("tina in another course", "programme/ask", asked).status_code == 303
    make_code(desk, world.programme_id)
    pairing = world.at_desk(f"pairing/{world.ids['alice']}/{world.ids['bob']}")
    made = world.post("dana", pairing, {"act": "offer"})
    assert made.status_code == 303, made.get_data(as_text=True)
    with transaction(world.tool.database, read_only=True):
        world.ids["pair"] = db().scalars(select(Pair.id)).one()
        world.ids["code"] = db().scalars(select(JoinCode.id)).one()
        world.ids["request"] = db().scalars(select(JoinRequest.id)).one()
        for title in (FIRST, SECOND):
            course = select(Course.id).where(Course.title == title).order_by(Course.created_at)
            world.ids[title] = db().scalars(course).first() or UUID(int=0)
    assert answer(world.people["bob"], world.ids["pair"], "accepted").status_code == 303
