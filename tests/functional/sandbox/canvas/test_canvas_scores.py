"""Scores and results, by the rules of Canvas."""

from datetime import timedelta
from typing import Any

import pytest

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.calls import Clock
from tests.functional.sandbox.canvas.canvas_calls import CanvasServices

OURS = {"new_submission": False}


def test_a_score_is_a_hand_in_with_a_grade(
    canvas: CanvasServices, activity: Activity, clock: Clock
) -> None:
    answer = canvas.post_score(activity, "alice")
    assert answer.status_code == 200
    assert answer.get_json()["resultUrl"].startswith("http://localhost:8000/api/lti/courses/")
    cell = canvas.cell(activity, "alice")
    assert (cell.final, cell.attempts, cell.submitted_at) == (80, 1, clock())


def test_each_post_is_another_attempt_unless_told_otherwise(
    canvas: CanvasServices, activity: Activity
) -> None:
    for extension in (None, {}, {"new_submission": True}, OURS, {"submission_type": "none"}):
        canvas.post_score(activity, "alice", extension)
    assert canvas.cell(activity, "alice").attempts == 3


def test_attempts_run_out(canvas: CanvasServices, activity: Activity, sandbox: Sandbox) -> None:
    sandbox.gradebook.columns[activity.column_id or 0].attempts_allowed = 1
    assert canvas.post_score(activity, "alice").status_code == 200
    refused = canvas.post_score(activity, "alice", scoreGiven=90)
    assert refused.status_code == 422
    assert "maximum number of allowed attempts" in refused.text
    assert canvas.post_score(activity, "alice", OURS, scoreGiven=90).status_code == 200
    assert canvas.cell(activity, "alice").final == 90


def test_every_comment_is_added(canvas: CanvasServices, activity: Activity) -> None:
    for comment in ("one", None, "two"):
        canvas.post_score(activity, "alice", comment=comment)
    assert canvas.cell(activity, "alice").comments == ["one", "two"]


@pytest.mark.parametrize(
    ("changes", "extension", "left"),
    [
        ({"gradingProgress": "Pending"}, None, None),
        ({"gradingProgress": "Failed"}, None, None),
        ({"gradingProgress": "NotReady"}, None, None),
        ({"gradingProgress": "PendingManual", "scoreGiven": None}, None, None),
        ({"scoreGiven": None}, None, None),
        ({"gradingProgress": "PendingManual"}, None, 80),
        ({"gradingProgress": "Pending"}, {"preserve_score": True}, 55),
        ({"scoreGiven": None}, {"preserve_score": True}, 55),
        ({"scoreGiven": 90}, {"preserve_score": True}, 55),
        ({"scoreGiven": 90}, {"prioritize_non_tool_grade": True}, 55),
        ({"scoreGiven": 90}, None, 90),
    ],
)
def test_what_a_post_does_to_a_grade_that_is_there(
    canvas: CanvasServices,
    activity: Activity,
    changes: dict[str, Any],
    extension: object,
    left: float | None,
) -> None:
    canvas.grade(activity, "alice", 55)
    assert canvas.post_score(activity, "alice", extension, **changes).status_code == 200
    assert canvas.cell(activity, "alice").final == left


def test_an_older_score_is_refused_an_equal_one_is_not(
    canvas: CanvasServices, activity: Activity, clock: Clock
) -> None:
    canvas.post_score(activity, "alice")
    assert canvas.post_score(activity, "alice", scoreGiven=90).status_code == 200
    before = (clock() - timedelta(milliseconds=1)).isoformat()
    refused = canvas.post_score(activity, "alice", timestamp=before)
    assert refused.status_code == 400
    assert "before last updated timestamp" in refused.text


def test_a_score_of_the_future_blocks_until_then(
    canvas: CanvasServices, activity: Activity, clock: Clock
) -> None:
    ahead = (clock() + timedelta(minutes=5)).isoformat()
    assert canvas.post_score(activity, "alice", timestamp=ahead).status_code == 200
    assert canvas.post_score(activity, "alice").status_code == 400
    clock.pass_by(300)
    assert canvas.post_score(activity, "alice").status_code == 200


def test_who_is_no_student_cannot_be_graded(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.add_person("test", "Test", "Student", is_test=True)
    sandbox.enrol(activity.course, "test")
    sandbox.add_person("erin", "Erin", "Evans")
    activity.course.enrolments[sandbox.person("bob").id].suspended = True
    for username in ("tina", "nina", "adam", "test", "erin", "bob"):
        assert canvas.post_score(activity, username).status_code == 422


def test_a_course_that_is_over_is_not_found(canvas: CanvasServices, activity: Activity) -> None:
    activity.course.concluded = True
    assert canvas.post_score(activity, "alice").status_code == 404


def test_an_assignment_that_is_not_published_takes_no_grade(
    canvas: CanvasServices, activity: Activity
) -> None:
    activity.published = False
    assert canvas.post_score(activity, "alice").status_code == 422
    assert canvas.cell(activity, "alice").attempts == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"userId": None}, 422),
        ({"timestamp": None}, 400),
        ({"timestamp": "yesterday"}, 400),
        ({"activityProgress": None}, 400),
        ({"gradingProgress": None}, 400),
        ({"scoreMaximum": None}, 422),
        ({"scoreMaximum": 0}, 422),
        ({"scoreMaximum": 0, "scoreGiven": None}, 200),
        ({"scoreGiven": -1}, 422),
        ({"scoreGiven": 130}, 200),
        ({"submission": {"submittedAt": "2030-01-07T10:00:00Z"}}, 400),
    ],
)
def test_values_are_checked(
    canvas: CanvasServices, activity: Activity, changes: dict[str, Any], status: int
) -> None:
    assert canvas.post_score(activity, "alice", **changes).status_code == status


def test_pass_or_fail_knows_no_more_than_that(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.gradebook.columns[activity.column_id or 0].pass_fail = True
    canvas.post_score(activity, "alice", scoreGiven=1)
    canvas.post_score(activity, "bob", scoreGiven=0)
    assert canvas.cell(activity, "alice").final == 100
    assert canvas.cell(activity, "bob").final == 0


def test_a_score_is_scaled_to_the_column(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.gradebook.columns[activity.column_id or 0].maximum = 50
    canvas.post_score(activity, "alice")
    assert canvas.cell(activity, "alice").final == 40
    result = canvas.result(activity, "alice")
    assert result
    assert (result["resultScore"], result["resultMaximum"]) == (80, 100)


def test_there_is_no_result_before_the_first_post(
    canvas: CanvasServices, activity: Activity
) -> None:
    canvas.grade(activity, "alice", 55)
    assert canvas.result(activity, "alice") is None


def test_a_grade_that_a_person_gives_later_shows_and_keeps_the_date(
    canvas: CanvasServices, activity: Activity, clock: Clock
) -> None:
    canvas.post_score(activity, "alice", scoreGiven=800, scoreMaximum=1000)
    posted = clock()
    clock.pass_by(60)
    canvas.grade(activity, "alice", 55)
    result = canvas.result(activity, "alice")
    assert result
    assert (result["resultScore"], result["resultMaximum"]) == (550, 1000)
    late = canvas.post_score(activity, "alice", timestamp=posted.isoformat())
    assert late.status_code == 200


def test_a_grade_that_was_kept_shows_only_in_the_scale_of_the_result(
    canvas: CanvasServices, activity: Activity
) -> None:
    canvas.grade(activity, "alice", 55)
    keeping = {"prioritize_non_tool_grade": True}
    canvas.post_score(activity, "alice", keeping, scoreGiven=800, scoreMaximum=1000)
    result = canvas.result(activity, "alice")
    assert result
    assert (result["resultScore"], result["resultMaximum"]) == (8000, 1000)
    assert canvas.cell(activity, "alice").final == 55


def test_results_come_ten_a_page(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    for number in range(12):
        sandbox.add_person(f"s{number}", "S", str(number))
        sandbox.enrol(activity.course, f"s{number}")
        canvas.post_score(activity, f"s{number}")
    first = canvas.call("GET", f"{canvas.column(activity)}/results")
    assert len(first.get_json()) == 10
    assert f'/{canvas.column(activity)}/results?page=2>; rel="next"' in first.headers["Link"]
    second = canvas.call("GET", f"{canvas.column(activity)}/results", page="2")
    assert len(second.get_json()) == 2
    assert 'rel="next"' not in second.headers["Link"]


def test_every_answer_tells_what_is_left_of_the_allowance(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.rate_limit_remaining = 12.5
    answer = canvas.post_score(activity, "alice")
    assert answer.headers["X-Rate-Limit-Remaining"] == "12.5"
    assert float(answer.headers["X-Request-Cost"]) > 0


@pytest.mark.parametrize(("mode", "status"), [("throttled", 403), ("429", 429)])
def test_too_much_is_said_in_two_ways(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox, mode: str, status: int
) -> None:
    sandbox.fail("scores", mode, count=1)
    refused = canvas.post_score(activity, "alice")
    assert refused.status_code == status
    assert "X-Rate-Limit-Remaining" in refused.headers
    assert ("Rate Limit Exceeded" in refused.text) == (mode == "throttled")
    assert canvas.post_score(activity, "alice").status_code == 200
