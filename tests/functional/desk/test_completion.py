"""How far people are in the courses of a programme, as those who run it read it: in numbers."""

from uuid import UUID

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.coaching.people import ONE, Practice
from tests.functional.desk.people import Desk, open_desk
from tests.functional.desk.test_courses import FIRST, MEMBERSHIP, link
from tests.functional.mentoring.visitors import PREVIEW, claims, visit

#: What the second link of the course is called; the tests practise there.
PRACTICE = "Mentoring sign-up, spring"
TOLD = "without a name: the programme team (L&D)."


def rows(desk: Desk, programme_id: UUID) -> list[list[str]]:
    """Return what the page says of each activity: title, course, begun, completed, the rest."""
    tables = desk.read(f"programmes/{programme_id}/completion").tables
    return tables[0].rows[1:] if tables else []


def test_begun_completed_and_practised_are_counted_and_nobody_is_named(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    practice = Practice(registered_tool, lms, ONE, link=102)
    practice.join("alice", "bob")
    practice.confirm("bob", practice.hand_over("alice"))
    session = practice.hand_over("bob")
    link(desk, programme_id)
    visit(registered_tool, lms, "alice").sign_up()
    visit(registered_tool, lms, "bob").save("step/part")
    signed_up = ["Mentoring sign-up", FIRST, "2", "1", "–"]
    besides = "Conversations handed over: 2 Of these answered: 1"
    assert rows(desk, programme_id) == [signed_up, [PRACTICE, FIRST, "2", "0", besides]]
    practice.confirm("alice", session)
    besides = "Conversations handed over: 2 Of these answered: 2"
    assert rows(desk, programme_id) == [signed_up, [PRACTICE, FIRST, "2", "2", besides]]
    page = desk.read(f"programmes/{programme_id}/completion").text
    assert [name for name in ("Alice", "Adams", "Bob", "Brown") if name in page] == []


def test_a_preview_of_the_lms_is_not_counted(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    link(desk, programme_id)
    edit = claims(
        roles=[f"{MEMBERSHIP}Learner", PREVIEW],
        sub="preview",
        custom={**ONE, "partner": "team"},
    )
    preview = Practice(registered_tool, lms, link=102)
    preview.people["preview"] = visit(registered_tool, lms, "tina", edit, 102)
    preview.hand_over("preview")
    assert rows(desk, programme_id) == [
        ["Mentoring sign-up", FIRST, "0", "0", "–"],
        [PRACTICE, FIRST, "0", "0", "–"],
    ]


def test_a_programme_without_an_activity_says_so_and_another_team_gets_no_number(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id, other_id = desk.open(), desk.open(title="Another")
    link(desk, programme_id)
    assert rows(desk, other_id) == []
    empty = desk.read(f"programmes/{other_id}/completion")
    assert "No course of this programme has an activity yet." in empty.text
    lena = open_desk(registered_tool, lms, "lena", other_id)
    assert lena.get(f"programmes/{other_id}/completion").status_code == 200
    assert lena.get(f"programmes/{programme_id}/completion").status_code == 404


def test_learners_are_told_that_they_are_counted_once_there_is_somebody_who_counts(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, ONE, link=102)
    practice.come("alice")
    assert TOLD not in practice.text("alice")
    link(desk, desk.open())
    practice.come("alice")
    assert TOLD in practice.text("alice")
