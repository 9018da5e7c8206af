"""From the sign-up to the LMS's gradebook, and what the instructor is told on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from lti_app.testing.sandbox import Activity, Fault, Sandbox
from lti_app.testing.sandbox.tools import RESULT_READONLY, SCORE
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import Visitor, read, visit
from tests.proofs import rule

ERROR_OF_ITS_OWN = "The LMS reported an error of its own."


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from noon; `clock.shift` moves on, for tool and LMS alike."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def activity(lms: Sandbox) -> Activity:
    """Return the link that everybody is launched from."""
    return lms.activities[101]


def board(tool: ToolUnderTest, lms: Sandbox, path: str = "grades/") -> list[list[str]]:
    """Return the rows of the grade page, as the teacher sees it."""
    tables = read(visit(tool, lms, "tina").get(path)).tables
    # The last column holds what can be decided.
    return [row[:4] for row in tables[0].rows] if tables else []


def send(tool: ToolUnderTest) -> None:
    """Let the worker do everything that is due."""
    while deliver_due(tool.runtime):
        pass


def sign_up(tool: ToolUnderTest, lms: Sandbox, person: str = "alice") -> Visitor:
    """Launch somebody who signs up."""
    visitor = visit(tool, lms, person)
    assert visitor.sign_up().status_code == 303
    return visitor


@rule("R-4.16", "R-3.9")
def test_a_completed_sign_up_is_in_the_gradebook(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    sign_up(registered_tool, lms)
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100
    assert board(registered_tool, lms)[1] == [
        "Alice Adams",
        "100 of 100",
        "The gradebook has it. Sent on Nov 23, 2026, 12:00 PM (UTC).",
        "Nothing more to do.",
    ]


def test_before_the_worker_comes_by_the_page_says_what_will_happen(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    sign_up(registered_tool, lms)
    assert board(registered_tool, lms)[1] == [
        "Alice Adams",
        "100 of 100",
        "Not sent yet.",
        "Sent by itself within a minute or so.",
    ]
    assert lms.grade(activity, "alice").final is None


def test_work_that_is_not_complete_sends_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").save("step/part")
    send(registered_tool)
    assert lms.log.count("scores") == 0
    assert board(registered_tool, lms)[1][1:] == [
        "none yet",
        "Nothing to send yet: the activity is not complete.",
        "Sent by itself once the activity is complete.",
    ]


def test_before_anybody_has_begun_the_page_says_so(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = read(visit(registered_tool, lms, "tina").get("grades/"))
    assert "The tool knows no learner of this course yet" in page.text
    assert page.tables == []


def test_a_link_without_a_column_keeps_the_grade_and_says_so(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    lms.gradebook.remove_column(lms.gradebook.columns[activity.column_id or 0])
    activity.column_id = None
    sign_up(registered_tool, lms)
    send(registered_tool)
    page = read(visit(registered_tool, lms, "tina").get("grades/"))
    assert "Grades are kept here until it has one" in page.text
    assert page.tables[0].rows[1][2] == "This activity has no column in the gradebook."
    column = lms.gradebook.add_column(
        activity.course.id, activity.tool.id, activity.title, activity_id=activity.id
    )
    activity.column_id = column.id
    visit(registered_tool, lms, "tina")
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


@rule("R-4.14")
def test_an_lms_that_fails_for_a_while_gets_the_grade_afterwards(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    sign_up(registered_tool, lms)
    lms.switches.set("scores", Fault("500", count=2))
    for _ in range(2):
        send(registered_tool)
        row = board(registered_tool, lms)[1]
        assert row[2].startswith(ERROR_OF_ITS_OWN)
        assert row[2].endswith("Code of the answer: 500.")
        assert row[3].startswith("Tried again on Nov 23, 2026")
        clock.shift(timedelta(minutes=2))
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


@rule("R-4.1")
def test_a_revoked_token_costs_no_grade(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    sign_up(registered_tool, lms, "alice")
    send(registered_tool)
    lms.revoke_tokens()
    sign_up(registered_tool, lms, "bob")
    send(registered_tool)
    assert lms.grade(activity, "bob").final == 100
    assert lms.tokens_issued == 2


def test_an_lms_that_grants_less_than_its_links_name_gets_its_grades_unread(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    lms.tools[1].withheld = (RESULT_READONLY,)
    sign_up(registered_tool, lms, "alice")
    lms.fail("scores", "drop-before", count=1)
    send(registered_tool)
    clock.shift(timedelta(minutes=1))
    sign_up(registered_tool, lms, "bob")
    send(registered_tool)
    assert [lms.grade(activity, name).final for name in ("alice", "bob")] == [100, 100]
    assert (lms.log.count("results"), lms.log.count("token")) == (0, 1)


def test_the_right_to_read_counts_from_the_next_token_on(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    lms.tools[1].withheld = (RESULT_READONLY,)
    sign_up(registered_tool, lms, "alice")
    send(registered_tool)
    lms.tools[1].withheld = ()
    clock.shift(timedelta(hours=1))
    sign_up(registered_tool, lms, "bob")
    send(registered_tool)
    assert lms.grade(activity, "bob").final == 100
    assert (lms.log.count("results"), lms.log.count("token")) == (1, 2)


def test_an_lms_that_grants_no_sending_is_a_matter_for_its_administrator(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    lms.tools[1].withheld = (SCORE,)
    sign_up(registered_tool, lms)
    send(registered_tool)
    assert lms.grade(activity, "alice").final is None
    assert "switch on grade sync" in board(registered_tool, lms)[1][2]


@rule("R-4.14")
def test_a_locked_grade_waits_for_the_instructor(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    lms.grade(activity, "alice").locked = True
    sign_up(registered_tool, lms)
    send(registered_tool)
    assert lms.grade(activity, "alice").final is None
    row = board(registered_tool, lms)[1]
    assert row[2].startswith(
        "The grade, or the whole column, is locked in the gradebook. Last tried on Nov 23, 2026"
    )
    assert row[3] == "Nothing is sent until an instructor decides."


def test_a_student_who_was_suspended_keeps_the_grade_that_was_earned(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    sign_up(registered_tool, lms)
    activity.course.enrolments[lms.person("alice").id].suspended = True
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


@rule("R-4.15")
def test_somebody_who_is_no_student_any_more_is_named(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    sign_up(registered_tool, lms)
    del activity.course.enrolments[lms.person("alice").id]
    send(registered_tool)
    row = board(registered_tool, lms)[1]
    assert row[2].startswith("The LMS takes no grade for this person")
    assert row[3] == "Nothing more is sent, unless the grade rises."


@rule("R-4.12")
def test_an_answer_that_got_lost_is_no_second_grade(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    sign_up(registered_tool, lms)
    lms.switches.set("scores", Fault("drop-after", count=1))
    send(registered_tool)
    assert "not known whether the grade arrived" in board(registered_tool, lms)[1][2]
    clock.shift(timedelta(minutes=1))
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100
    assert lms.log.count("scores") == 1
    assert board(registered_tool, lms)[1][3] == "Nothing more to do."


@rule("R-4.12")
def test_a_grade_that_the_teacher_typed_meanwhile_stays(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    sign_up(registered_tool, lms)
    lms.switches.set("scores", Fault("drop-before", count=1))
    send(registered_tool)
    column = lms.gradebook.columns[activity.column_id or 0]
    lms.gradebook.grade_by_teacher(column, lms.person("alice").id, 55, lms.now(), overridden=False)
    clock.shift(timedelta(minutes=1))
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 55
    assert board(registered_tool, lms)[1][2].startswith(
        "Somebody has changed this grade in the gradebook. It stays as they left it."
    )


def test_learners_do_not_see_the_page(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    assert visit(registered_tool, lms, "alice").get("grades/").status_code == 403


def test_a_page_number_that_makes_no_sense_shows_the_first_page(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    sign_up(registered_tool, lms)
    for query in ("?page=0", "?page=many", "?page=7"):
        assert board(registered_tool, lms, f"grades/{query}")[1][0] == "Alice Adams"
