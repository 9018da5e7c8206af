"""The judge: each rule can be broken, and the one case that is named does not break any."""

import json
from datetime import UTC, datetime

import pytest

from lti_app.testing.chaos.verdict import SETTLED, Verdict, read_cells
from lti_app.testing.sandbox import Activity, Sandbox, ServiceRequest
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell

NAMES = ("alice", "bob")


@pytest.fixture(params=["moodle", "canvas"])
def lms(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox.demo("http://localhost:1", "http://127.0.0.1:2", profile=request.param)


@pytest.fixture
def activity(lms: Sandbox) -> Activity:
    return lms.activities[101]


def note(lms: Sandbox, family: str, name: str, *, took_effect: bool = True) -> None:
    """Write down that a worker has called."""
    subject = lms.subject(name)
    lms.log.add(
        ServiceRequest(
            family=family,
            method="POST" if family == "scores" else "GET",
            path=f"/column/{family}?user_id={subject}",
            headers={},
            body=json.dumps({"userId": subject, "scoreGiven": 100}) if family == "scores" else "",
            at=datetime.now(UTC),
            fault="ok",
            took_effect=took_effect,
        )
    )


def grade(lms: Sandbox, activity: Activity, name: str, value: float = 100.0) -> None:
    """Let a score arrive."""
    note(lms, "scores", name)
    cell = lms.grade(activity, name)
    cell.final = value
    if isinstance(cell, CanvasCell):
        cell.attempts = 1


def judge(
    lms: Sandbox, activity: Activity, told: tuple[str, ...] = NAMES, **states: str
) -> Verdict:
    """Look at Alice and Bob, whom the tool has told that they are done."""
    return read_cells(lms, activity, NAMES, told, dict.fromkeys(NAMES, SETTLED) | states)


def test_grades_that_arrived_once_break_no_rule(lms: Sandbox, activity: Activity) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    verdict = judge(lms, activity)
    assert verdict.broken_rules() == []
    assert [(cell.sent, cell.attempts, cell.comments) for cell in verdict.cells] == [(1, 1, 0)] * 2


def test_an_empty_cell_of_somebody_who_was_told_is_lost(lms: Sandbox, activity: Activity) -> None:
    grade(lms, activity, "alice")
    (broken,) = judge(lms, activity).broken_rules()
    assert broken == ("lost: bob (empty; 0 scores, 0 attempts, 0 comments; the tool says 'sent')")


def test_who_was_never_told_may_have_a_grade_or_none(lms: Sandbox, activity: Activity) -> None:
    grade(lms, activity, "alice")
    assert judge(lms, activity, told=()).broken_rules() == []


def test_another_grade_than_the_one_that_was_earned_is_wrong(
    lms: Sandbox, activity: Activity
) -> None:
    grade(lms, activity, "alice", 99.0)
    grade(lms, activity, "bob")
    (broken,) = judge(lms, activity).broken_rules()
    assert broken.startswith("wrong: alice (99.0;")


def test_a_grade_for_somebody_who_did_nothing_breaks_a_rule(
    lms: Sandbox, activity: Activity
) -> None:
    for name in (*NAMES, "charlie"):
        grade(lms, activity, name)
    (broken,) = judge(lms, activity).broken_rules()
    assert broken.endswith("somebody who did nothing: charlie")


def test_a_cell_that_the_tool_still_worries_about_breaks_a_rule(
    lms: Sandbox, activity: Activity
) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    (broken,) = judge(lms, activity, bob="waiting token_busy").broken_rules()
    assert broken.startswith("not settled in the tool: bob")


def test_a_second_attempt_breaks_a_rule(lms: Sandbox, activity: Activity) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    post_again(lms, activity)
    (broken,) = judge(lms, activity).broken_rules()
    assert broken.startswith("more than one attempt or comment: alice (100.0; 2 scores, 2 attempts")


@pytest.mark.parametrize("seen_last", [True, False])
def test_a_second_attempt_is_allowed_where_the_last_look_was_refused(
    lms: Sandbox, activity: Activity, *, seen_last: bool
) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    note(lms, "results", "alice", took_effect=not seen_last)
    note(lms, "results", "alice", took_effect=seen_last)
    # Somebody else's cell says nothing about this one.
    note(lms, "results", "bob", took_effect=not seen_last)
    post_again(lms, activity)
    verdict = judge(lms, activity)
    assert [cell.is_named_case for cell in verdict.cells] == [not seen_last, False]
    assert bool(verdict.broken_rules()) is seen_last


def test_a_look_at_the_whole_column_counts_for_every_cell(lms: Sandbox, activity: Activity) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    note(lms, "results", "alice", took_effect=False)
    lms.log.of()[-1].path = "/column/results"
    post_again(lms, activity)
    assert judge(lms, activity).cells[0].is_named_case


def test_two_comments_break_a_rule(lms: Sandbox, activity: Activity) -> None:
    for name in NAMES:
        grade(lms, activity, name)
    cell = lms.grade(activity, "alice")
    if isinstance(cell, CanvasCell):
        cell.comments += ["Well done", "Well done"]
    else:
        grade(lms, activity, "alice")
        for entry in lms.log.of("scores"):
            entry.body = json.dumps(entry.json() | {"comment": "Well done"})
    (broken,) = judge(lms, activity).broken_rules()
    assert "2 comments" in broken


def post_again(lms: Sandbox, activity: Activity) -> None:
    """Let Alice's score be taken a second time."""
    grade(lms, activity, "alice")
    cell = lms.grade(activity, "alice")
    if isinstance(cell, CanvasCell):
        cell.attempts = 2
