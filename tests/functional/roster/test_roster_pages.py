"""What staff see of people who never came, and of the list that names them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.services import rosters
from lti_app.store.people import Identity
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import OWN, Visitor, read, token_of, visit
from tests.proofs import rule


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from half past ten."""
    with time_machine.travel(datetime(2026, 11, 25, 10, 31, tzinfo=UTC), tick=True) as clock:
        yield clock


def read_roster(tool: ToolUnderTest) -> None:
    """Let the worker read what is asked for."""
    while rosters.read_due(tool.runtime):
        pass


def rows(visitor: Visitor, path: str = "mentoring/board") -> list[list[str]]:
    """Return the table of a page without its header."""
    return read(visitor.get(path)).tables[0].rows[1:]


def press(visitor: Visitor, page: str = "learners") -> TestResponse:
    """Press the button that has the list read again, with the token of a page that has a form."""
    token = token_of(visitor.get("grades/close"))
    return visitor.browser.post(
        f"{visitor.visit}grades/roster", data={"csrf_token": token, "page": page}, headers=OWN
    )


@pytest.mark.parametrize("path", ["mentoring/board", "grades/"])
def test_people_who_never_came_are_listed_by_name(
    registered_tool: ToolUnderTest, lms: Sandbox, path: str
) -> None:
    visit(registered_tool, lms, "alice")
    tina = visit(registered_tool, lms, "tina")
    assert [row[0] for row in rows(tina, path)] == ["Alice Adams"]
    read_roster(registered_tool)
    said = {row[0]: " ".join(row[1:]).lower() for row in rows(tina, path)}
    # Nina teaches without editing: for Moodle's list a learner, until she comes.
    assert list(said) == ["Alice Adams", "Bob Brown", "Charlie Clark", "Nina Novak"]
    assert "has not opened it yet" in said["Bob Brown"]
    assert "has not opened it yet" not in said["Alice Adams"]


@rule("R-1.32")
def test_an_assistant_leaves_the_list_by_coming_and_no_roster_brings_them_back(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tina = visit(registered_tool, lms, "tina")
    visit(registered_tool, lms, "nina")
    read_roster(registered_tool)
    assert "Nina Novak" not in [row[0] for row in rows(tina)]


@rule("R-5.5")
def test_without_names_people_are_codes_and_never_the_numbers_of_the_lms(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    lms.tools[1].sends_name = lms.tools[1].sends_email = False
    tina = visit(registered_tool, lms, "tina")
    read_roster(registered_tool)
    with transaction(registered_tool.database):
        for number, identity in enumerate(db().scalars(select(Identity))):
            identity.subject = f"secret-{number}"
    pages = [tina.get(path).get_data(as_text=True) for path in ("mentoring/board", "grades/")]
    for page in pages:
        assert "secret-" not in page
        assert len(set(re.findall("Learner [0-9a-f]{4}", page))) == 4
    code = re.findall("Learner ([0-9a-f]{4})", pages[0])[0]
    assert [row[0] for row in rows(tina, f"grades/?q={code}")] == [f"Learner {code}"]


@rule("R-5.2", "R-5.3")
def test_the_list_says_how_old_it_is_and_what_is_wrong_with_it(
    registered_tool: ToolUnderTest, lms: Sandbox, clock: time_machine.Traveller
) -> None:
    tina = visit(registered_tool, lms, "tina")
    assert "It is being read now." in read(tina.get("mentoring/board")).text
    read_roster(registered_tool)
    text = read(tina.get("grades/")).text
    assert "list of this course's people, as of Nov 25, 2026, 10:31 AM (UTC)." in (
        text.replace("\u202f", " ").replace("\u2019", "'")
    )
    clock.shift(timedelta(hours=7))
    tina = visit(registered_tool, lms, "tina")
    lms.fail("memberships", "503", count=1)
    read_roster(registered_tool)
    text = read(tina.get("mentoring/board")).text
    assert "The last reading is incomplete. The LMS reported an error of its own." in text
    assert "Tried again on" in text
    assert "10:31" in text


@rule("R-5.3")
def test_staff_have_the_list_read_again_once_a_minute(
    registered_tool: ToolUnderTest, lms: Sandbox, clock: time_machine.Traveller
) -> None:
    tina = visit(registered_tool, lms, "tina")
    read_roster(registered_tool)
    dana = lms.add_person("dana", "Dana", "Dorn")
    lms.enrol(lms.courses[2], dana)
    for page, leads_to in (("grades", "grades/"), ("learners", ""), ("https://evil.example", "")):
        clock.shift(timedelta(minutes=1))
        answer = press(tina, page)
        assert answer.status_code == 303
        assert answer.headers["Location"] == tina.visit + leads_to
        assert "Read the list again" not in read(tina.get("mentoring/board")).text
        read_roster(registered_tool)
    assert lms.log.count("memberships") == 4
    assert "Dana Dorn" in [row[0] for row in rows(tina)]
    assert press(tina).status_code == 303
    read_roster(registered_tool)
    assert lms.log.count("memberships") == 4


def test_learners_see_nothing_of_the_list_and_cannot_have_it_read(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    visit(registered_tool, lms, "tina")
    read_roster(registered_tool)
    assert "Bob" not in alice.get("mentoring/").get_data(as_text=True)
    assert alice.post("grades/roster").status_code == 403
    assert alice.get("mentoring/board").status_code == 403


def test_an_lms_without_a_list_is_not_talked_about(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tool = lms.tools[1]
    tool.scopes = tuple(scope for scope in tool.scopes if "nrps" not in scope)
    visit(registered_tool, lms, "alice")
    tina = visit(registered_tool, lms, "tina")
    assert "list of this course" not in read(tina.get("mentoring/board")).text
    assert press(tina).status_code == 303
    read_roster(registered_tool)
    assert lms.log.count("memberships") == 0


def test_who_has_left_is_not_in_the_list_and_their_grade_says_why_it_waits(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob")
    bob.sign_up()
    lms.courses[2].enrolments[lms.person("bob").id].suspended = True
    tina = visit(registered_tool, lms, "tina")
    read_roster(registered_tool)
    assert "Bob Brown" not in [row[0] for row in rows(tina)]
    (line,) = [row for row in rows(tina, "grades/") if row[0] == "Bob Brown"]
    assert "Waits until this person is active in the course again." in line[3]


def test_a_large_course_is_shown_in_pages_and_searched(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    for number in range(120):
        person = lms.add_person(f"s{number}", "Student", f"{number:03}")
        lms.enrol(lms.courses[2], person)
    visit(registered_tool, lms, "s100").sign_up()
    tina = visit(registered_tool, lms, "tina")
    read_roster(registered_tool)
    first = read(tina.get("mentoring/board"))
    assert "1 of 124 learners have signed up." in first.text
    assert "page 1 of 3" in first.text
    assert [row[0] for row in first.tables[0].rows[1:3]] == ["Student 100", "Alice Adams"]
    assert len(rows(tina, "mentoring/board?page=3")) == 24
    assert rows(tina, "mentoring/board?page=99") == rows(tina, "mentoring/board?page=3")
    assert [row[0] for row in rows(tina, "mentoring/board?q=STUDENT+09")] == [
        f"Student 09{digit}" for digit in range(10)
    ]
    assert "Nobody in this list" in read(tina.get("mentoring/board?q=%25")).text
