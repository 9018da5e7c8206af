"""From the sign-up to Canvas's gradebook, over real connections and a real token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from lti_app.settings import Settings
from lti_app.testing.sandbox import Activity, Sandbox, SigningKey, serve
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.sandbox.tools import RESULT_READONLY
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import visit
from tests.proofs import rule


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from noon; `clock.shift` moves on, for tool and LMS alike."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def lms(settings: Settings, lms_key: SigningKey) -> Iterator[Sandbox]:
    """Serve a Canvas whose issuer is not its address."""
    sandbox = Sandbox.demo(
        "http://localhost:0", settings.public_url, profile="canvas", issuer="https://canvas.example"
    )
    sandbox.use_key(lms_key)
    with serve(sandbox):
        yield sandbox


@pytest.fixture
def activity(lms: Sandbox) -> Activity:
    """Return the link that everybody is launched from."""
    return lms.activities[101]


def cell(lms: Sandbox, activity: Activity) -> CanvasCell:
    """Return Alice's submission."""
    found = lms.grade(activity, "alice")
    assert isinstance(found, CanvasCell)
    return found


@rule("R-4.17")
def test_a_sign_up_is_one_hand_in_with_a_grade_and_without_comments(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    assert visit(registered_tool, lms, "alice").sign_up().status_code == 303
    deliver_due(registered_tool.runtime)
    submission = cell(lms, activity)
    assert (submission.final, submission.attempts, submission.comments) == (100, 1, [])


@rule("R-4.12")
def test_an_answer_that_got_lost_is_no_second_hand_in(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    lms.fail("scores", "drop-after", count=1)
    deliver_due(registered_tool.runtime)
    clock.shift(timedelta(minutes=1))
    deliver_due(registered_tool.runtime)
    assert (cell(lms, activity).final, cell(lms, activity).attempts) == (100, 1)
    assert lms.log.count("scores") == 1


def test_without_a_token_to_read_with_only_the_first_post_goes_by_itself(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
) -> None:
    lms.tools[1].withheld = (RESULT_READONLY,)
    visit(registered_tool, lms, "alice").sign_up()
    deliver_due(registered_tool.runtime)
    assert cell(lms, activity).final == 100
    # All that is wanted was refused, so there was a second request, for sending alone.
    assert (lms.log.count("results"), lms.log.count("token")) == (0, 2)
    visit(registered_tool, lms, "bob").sign_up()
    lms.fail("scores", "drop-after", count=1)
    deliver_due(registered_tool.runtime)
    clock.shift(timedelta(minutes=1))
    deliver_due(registered_tool.runtime)
    assert lms.log.count("scores") == 2
    assert lms.log.count("token") == 2
    board = visit(registered_tool, lms, "tina").get("grades/").get_data(as_text=True)
    assert "the LMS does not let this tool look" in board


@rule("R-4.3")
@pytest.mark.parametrize("mode", ["throttled", "429"])
def test_too_much_at_once_only_takes_longer(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    clock: time_machine.Traveller,
    mode: str,
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    lms.fail("scores", mode, count=2)
    for _ in range(3):
        deliver_due(registered_tool.runtime)
        clock.shift(timedelta(minutes=5))
    assert (cell(lms, activity).final, cell(lms, activity).attempts) == (100, 1)


@rule("R-4.12")
def test_a_grade_that_the_teacher_gave_before_stays_and_is_noticed(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    visitor = visit(registered_tool, lms, "alice")
    column = lms.gradebook.columns[activity.column_id or 0]
    lms.gradebook.grade_by_teacher(column, lms.person("alice").id, 55, lms.now())
    visitor.sign_up()
    deliver_due(registered_tool.runtime)
    assert cell(lms, activity).final == 55
    board = visit(registered_tool, lms, "tina").get("grades/").get_data(as_text=True)
    assert "Somebody has changed this grade in the gradebook" in board
