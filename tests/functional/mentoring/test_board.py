"""What an instructor sees of the sign-up: who and when, never what."""

import re

from sqlalchemy import select, update

from lti_app.store.people import Person
from lti_app.store.progress import Delivery
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    PREVIEW,
    WHY,
    claims,
    read,
    visit,
    without_names,
)


def rows(tool: ToolUnderTest, lms: Sandbox) -> list[list[str]]:
    """Return the instructor's table without its header."""
    return read(visit(tool, lms, "tina").first).tables[0].rows[1:]


def test_before_anybody_came_the_board_says_how_it_fills(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = read(visit(registered_tool, lms, "tina").first)
    assert "The tool knows no learner of this course yet." in page.text
    assert page.tables == []


def test_the_instructor_sees_who_has_signed_up_and_who_has_not(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice")
    visit(registered_tool, lms, "bob").sign_up()
    page = read(visit(registered_tool, lms, "tina").first)
    assert "1 of 2 learners have signed up." in page.text
    names = [row[0] for row in page.tables[0].rows[1:]]
    assert names == ["Bob Brown", "Alice Adams"]
    assert page.tables[0].rows[2][1] == "not yet"
    assert "(UTC)" in page.tables[0].rows[1][1]


def test_the_instructor_sees_where_each_grade_is(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    for username in ("alice", "bob", "charlie"):
        visit(registered_tool, lms, username).sign_up()
    lms.add_person("dora", "Dora", "Davis")
    lms.enrol(lms.activities[101].course, "dora", Role.STUDENT)
    visit(registered_tool, lms, "dora")
    states = {"Alice Adams": "sent", "Bob Brown": "queued", "Charlie Clark": "held"}
    with transaction(registered_tool.database):
        for name, state in states.items():
            person_id = db().scalars(select(Person.id).where(Person.name == name)).one()
            cell = update(Delivery).where(Delivery.person_id == person_id)
            db().execute(cell.values(state=state))
    shown = {row[0]: row[2] for row in rows(registered_tool, lms)}
    assert shown == {
        "Alice Adams": "in the gradebook",
        "Bob Brown": "on its way",
        "Charlie Clark": "needs a look: Charlie Clark",
        "Dora Davis": "",
    }


def test_the_instructor_sees_nothing_of_the_answers(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    html = visit(registered_tool, lms, "tina").first.get_data(as_text=True)
    for secret in (WHY, "Listening well", "Building a strong team", "Europe/Berlin"):
        assert secret not in html


def test_a_draft_is_not_yet_a_sign_up(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    visit(registered_tool, lms, "alice").save("step/part")
    assert rows(registered_tool, lms) == [["Alice Adams", "not yet"]]


def test_previews_and_staff_are_not_in_the_list(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "nina")
    preview = claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW])
    visit(registered_tool, lms, "charlie", preview).sign_up()
    visit(registered_tool, lms, "alice")
    assert [row[0] for row in rows(registered_tool, lms)] == ["Alice Adams"]


def test_a_name_that_the_lms_withholds_is_a_code_until_it_is_given(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    nameless = visit(registered_tool, lms, "alice", without_names)
    assert re.fullmatch("Learner [0-9a-f]{4}", rows(registered_tool, lms)[0][0])
    nameless.sign_up(own_name="Sam")
    assert rows(registered_tool, lms)[0][0] == "Sam"


def test_learners_of_another_course_do_not_appear(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice", activity=104).sign_up()
    page = read(visit(registered_tool, lms, "tina").first)
    assert "Alice" not in page.text


def test_a_learner_cannot_open_the_board(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert alice.get("mentoring/board").status_code == 403


def test_an_instructor_cannot_sign_up_or_read_the_form(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tina = visit(registered_tool, lms, "tina")
    assert tina.get().status_code == 403
    for path in ("check", "private", "groups", "step/goals"):
        assert tina.get(f"mentoring/{path}").status_code == 403


def test_somebody_who_teaches_and_learns_sees_each_page_under_its_hat(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    both = claims(roles=[f"{MEMBERSHIP}Instructor", f"{MEMBERSHIP}Learner"])
    nina = visit(registered_tool, lms, "nina", both)
    assert "View as Learner" in nina.first.get_data(as_text=True)
    assert nina.get().status_code == 403
    assert nina.post("me/hat", hat="learner").status_code == 303
    assert nina.get("mentoring/board").status_code == 403
    page = nina.get()
    assert page.status_code == 200
    assert "View as Instructor" in page.get_data(as_text=True)
