"""The gradebook is read back, every difference explained, and only what is ours is sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from lti_app.services import reconciliations
from lti_app.store.courses import Placement
from lti_app.store.reconciliations import list_columns
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Fault, Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import Visitor, read, token_of, visit


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from noon."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def activity(lms: Sandbox) -> Activity:
    """Return the link that everybody is launched from."""
    return lms.activities[101]


def send(tool: ToolUnderTest) -> None:
    """Let the worker do everything that is due."""
    while deliver_due(tool.runtime) + reconciliations.run_requested(tool.runtime):
        pass


def compare(tool: ToolUnderTest, teacher: Visitor) -> list[list[str]]:
    """Ask for a comparison, let the worker do it; returns the rows of the page's table."""
    asked = teacher.browser.post(
        f"{teacher.visit}grades/reconcile",
        data={"csrf_token": token_of(teacher.get("grades/close"))},
        headers={"Origin": "http://127.0.0.1:5000"},
    )
    assert asked.status_code == 303
    assert "Reading." in read(teacher.get("grades/reconcile")).text
    assert reconciliations.run_requested(tool.runtime) == 1
    tables = read(teacher.get("grades/reconcile")).tables
    return tables[0].rows[1:] if tables else []


def type_grade(lms: Sandbox, activity: Activity, person: str, value: float | None) -> None:
    """Let the teacher type a grade, or clear one."""
    column = lms.gradebook.columns[activity.column_id or 0]
    lms.gradebook.grade_by_teacher(
        column, lms.person(person).id, value, lms.now(), overridden=False
    )


def test_each_difference_is_explained_and_only_ours_is_sent(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    for name in ("alice", "bob"):
        visit(registered_tool, lms, name).sign_up()
    visit(registered_tool, lms, "charlie")
    send(registered_tool)
    clock.shift(timedelta(minutes=1))
    # As after restoring a backup of the LMS: nobody cleared it, it was never there.
    del lms.gradebook.cells[activity.column_id or 0, lms.person("alice").id]
    type_grade(lms, activity, "bob", 55)
    type_grade(lms, activity, "charlie", 70)
    clock.shift(timedelta(minutes=1))
    teacher = visit(registered_tool, lms, "tina")
    rows = compare(registered_tool, teacher)
    assert [(row[1], row[2], row[3].split(".")[0]) for row in rows] == [
        ("100 of 100", "nothing", "The gradebook has nothing"),
        ("100 of 100", "55 of 100", "Somebody has written there in the gradebook"),
        ("none", "70 of 100", "The gradebook has a grade that this tool did not send"),
    ]
    send(registered_tool)
    finals = [lms.grade(activity, name).final for name in ("alice", "bob", "charlie")]
    assert finals == [100, 55, 70]
    clock.shift(timedelta(minutes=1))
    posts = lms.log.count("scores")
    assert [row[2] for row in compare(registered_tool, teacher)] == ["55 of 100", "70 of 100"]
    send(registered_tool)
    assert lms.log.count("scores") == posts


def test_a_gradebook_that_agrees_is_said_to_agree(
    registered_tool: ToolUnderTest, lms: Sandbox, clock: time_machine.Traveller
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    send(registered_tool)
    clock.shift(timedelta(minutes=1))
    teacher = visit(registered_tool, lms, "tina")
    assert compare(registered_tool, teacher) == []
    assert "1 cell is the same on both sides. Nothing differs." in (
        read(teacher.get("grades/reconcile")).text
    )


def test_a_gradebook_that_cannot_be_read_is_said_so_and_changes_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    send(registered_tool)
    lms.switches.set("results", Fault("500", count=1))
    teacher = visit(registered_tool, lms, "tina")
    assert compare(registered_tool, teacher) == []
    assert "could not be read. The LMS reported an error of its own." in (
        read(teacher.get("grades/reconcile")).text
    )
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


def test_asking_twice_is_asking_once(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    with transaction(registered_tool.database):
        placement_id = db().query(Placement).one().id
        first = reconciliations.request(placement_id, by=None)
        assert reconciliations.request(placement_id, by=None) == first
        assert list_columns() == [placement_id]
    assert reconciliations.run_now(registered_tool.runtime, placement_id) == first
    assert reconciliations.run_requested(registered_tool.runtime) == 0


def test_learners_cannot_compare(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert alice.get("grades/reconcile").status_code == 403
    assert alice.post("grades/reconcile").status_code == 403
