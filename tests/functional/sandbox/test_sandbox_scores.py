"""Scores and results, by the rules of Moodle."""

from datetime import timedelta
from typing import Any

import pytest

from lti_app.testing.sandbox import Activity, Role, Sandbox
from tests.functional.sandbox.calls import SCORE_TYPE, Clock, Services


def test_a_good_score_is_stored_and_answered_with_nothing(
    services: Services, sandbox: Sandbox, activity: Activity, clock: Clock
) -> None:
    answer = services.post_score(activity, "alice", comment="Signed up")
    assert (answer.status_code, answer.text) == (200, "")
    cell = sandbox.grade(activity, "alice")
    assert (cell.final, cell.feedback, cell.changed_at) == (80.0, "Signed up", clock())


@pytest.mark.parametrize(
    "media_type", ["application/json", "", "application/vnd.ims.lis.v1.scorecontainer+json"]
)
def test_a_score_of_another_media_type_is_refused(
    services: Services, activity: Activity, media_type: str
) -> None:
    url = f"{services.lineitem(activity)}/scores?type_id=1"
    assert services.call("POST", url, {}, content_type=media_type).status_code == 400


def test_a_charset_behind_the_media_type_is_allowed(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    score = {
        "userId": sandbox.people["alice"].id,
        "timestamp": clock().isoformat().replace("+00:00", ".123456Z"),
        "activityProgress": "any word",
        "gradingProgress": "FullyGraded",
        "scoreGiven": "80",
        "scoreMaximum": "100",
    }
    url = f"{services.lineitem(activity)}/scores?type_id=1"
    answer = services.call("POST", url, score, content_type=f"{SCORE_TYPE}; charset=utf-8")
    assert answer.status_code == 200
    assert sandbox.grade(activity, "alice").final == 80


@pytest.mark.parametrize(
    "wrong",
    [
        {"userId": None},
        {"userId": "somebody"},
        {"userId": "999"},
        {"timestamp": None},
        {"timestamp": 1893488400},
        {"timestamp": "yesterday"},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreGiven": "many"},
        {"scoreGiven": True},
        {"scoreMaximum": None},
        {"scoreMaximum": "all"},
    ],
)
def test_every_mistake_gets_the_same_answer(
    services: Services, activity: Activity, sandbox: Sandbox, wrong: dict[str, Any]
) -> None:
    answer = services.post_score(activity, "alice", **wrong)
    assert answer.status.startswith("400 Incorrect score received{")
    assert answer.text == "[]"
    assert sandbox.grade(activity, "alice").changed_at is None


@pytest.mark.parametrize("username", ["tina", "nina", "adam"])
def test_who_is_no_student_cannot_be_graded(
    services: Services, activity: Activity, username: str
) -> None:
    answer = services.post_score(activity, username)
    assert answer.status.startswith("400 Incorrect score received{")


def test_a_suspended_student_is_graded_all_the_same(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    activity.course.enrolments[sandbox.people["bob"].id].suspended = True
    assert services.post_score(activity, "bob").status_code == 200


def test_two_scores_in_one_second_conflict(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    services.post_score(activity, "alice")
    clock.pass_by(0.9)
    late = services.post_score(activity, "alice", scoreGiven=90)
    assert late.status.startswith("409 Refusing score with an earlier timestamp")
    assert late.text == "[]"
    assert sandbox.grade(activity, "alice").final == 80
    clock.pass_by(0.1)
    assert services.post_score(activity, "alice", scoreGiven=90).status_code == 200


def test_a_score_of_the_future_blocks_until_then(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    ahead = (clock() + timedelta(hours=1)).isoformat()
    assert services.post_score(activity, "alice", timestamp=ahead).status_code == 200
    clock.pass_by(3599)
    assert services.post_score(activity, "alice").status_code == 409
    clock.pass_by(2)
    again = Services(sandbox, services.client, clock)
    assert again.post_score(activity, "alice").status_code == 200


@pytest.mark.parametrize(
    "erasing", [{"gradingProgress": "PendingManual"}, {"gradingProgress": "Pending"},
                {"gradingProgress": "NotReady"}, {"scoreGiven": None}]
)  # fmt: skip
def test_anything_but_a_finished_grade_erases(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock, erasing: dict[str, Any]
) -> None:
    services.post_score(activity, "alice", comment="Signed up")
    clock.pass_by(5)
    assert services.post_score(activity, "alice", **erasing).status_code == 200
    cell = sandbox.grade(activity, "alice")
    assert (cell.final, cell.feedback, cell.changed_at) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "maximum", "final"),
    [(1, 1, 100), (3, 8, 37.5), (0, 100, 0), (150, 100, 100), (-5, 100, 0), (7, 0, 7)],
)
def test_scores_are_rescaled_and_kept_within_the_column(
    services: Services,
    activity: Activity,
    sandbox: Sandbox,
    given: float,
    maximum: float,
    final: float,
) -> None:
    services.post_score(activity, "alice", scoreGiven=given, scoreMaximum=maximum)
    assert sandbox.grade(activity, "alice").final == final


def test_a_missing_comment_clears_the_feedback(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    services.post_score(activity, "alice", comment="Signed up")
    clock.pass_by(5)
    services.post_score(activity, "alice")
    assert sandbox.grade(activity, "alice").feedback is None


@pytest.mark.parametrize("what", ["cell", "column"])
def test_a_locked_grade_answers_500_with_an_empty_list(
    services: Services, activity: Activity, sandbox: Sandbox, what: str
) -> None:
    cell = sandbox.grade(activity, "alice")
    assert activity.column_id
    if what == "cell":
        cell.locked = True
    else:
        sandbox.gradebook.columns[activity.column_id].locked = True
    answer = services.post_score(activity, "alice")
    assert (answer.status_code, answer.text) == (500, "[]")
    assert cell.final is None


def test_an_overridden_grade_stays_though_the_answer_is_good(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    assert activity.column_id
    column = sandbox.gradebook.columns[activity.column_id]
    alice = sandbox.people["alice"].id
    sandbox.gradebook.grade_by_teacher(column, alice, 55.0, clock(), feedback="Mine")
    assert services.post_score(activity, "alice").status_code == 409
    clock.pass_by(1)
    assert services.post_score(activity, "alice", comment="Tool").status_code == 200
    cell = sandbox.grade(activity, "alice")
    assert (cell.final, cell.feedback, cell.raw) == (55.0, "Mine", 80.0)


def test_scores_cannot_be_read(services: Services, activity: Activity) -> None:
    assert services.call("GET", f"{services.lineitem(activity)}/scores").status_code == 405


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic abc"])
def test_a_wrong_token_is_refused(
    services: Services, activity: Activity, authorization: str
) -> None:
    services.headers = {"Authorization": authorization}
    assert services.post_score(activity, "alice").status_code == 401


def test_tokens_end_after_an_hour_and_when_revoked(
    services: Services, activity: Activity, sandbox: Sandbox, clock: Clock
) -> None:
    clock.pass_by(3600)
    assert services.post_score(activity, "alice").status_code == 401
    again = Services(sandbox, services.client, clock)
    assert again.post_score(activity, "alice").status_code == 200
    sandbox.revoke_tokens()
    clock.pass_by(5)
    assert again.post_score(activity, "alice").status_code == 401


def test_a_token_without_the_scope_is_refused(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.tools[1].scopes = ("https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",)
    narrow = Services(sandbox, services.client, services.clock)
    assert narrow.post_score(activity, "alice").status_code == 401


def test_another_tools_column_is_out_of_reach(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.add_tool("Other", "http://x/login", ["http://x/launch"], "http://x/jwks", "http://x/")
    foreign = sandbox.add_activity(activity.course, sandbox.tools[2], "Foreign")
    assert services.post_score(foreign, "alice").status_code == 404


def test_a_column_is_reached_under_any_course(services: Services, sandbox: Sandbox) -> None:
    elsewhere = sandbox.activity("Mentoring sign-up", course="Leadership 101")
    url = f"/mod/lti/services.php/2/lineitems/{elsewhere.column_id}/lineitem?type_id=1"
    assert services.call("GET", url).status_code == 200


def test_results_tell_what_counts(services: Services, activity: Activity, sandbox: Sandbox) -> None:
    services.post_score(activity, "alice", comment="Signed up")
    services.post_score(activity, "bob", scoreGiven=0)
    alice, bob = sandbox.people["alice"].id, sandbox.people["bob"].id
    url = f"{services.lineitem(activity)}/results?type_id=1"
    first, second = services.call("GET", url).get_json()
    assert first["userId"] == str(alice)
    assert (first["resultScore"], first["resultMaximum"]) == (80.0, 100.0)
    assert first["comment"] == "Signed up"
    assert first["timestamp"] == "2030-01-07T09:00:00+00:00"
    assert first["scoreOf"].endswith("/lineitem?type_id=1")
    assert second["userId"] == str(bob)
    assert "resultScore" not in second
    assert [one["userId"] for one in services.call("GET", f"{url}&user_id={bob}").get_json()] == [
        str(bob)
    ]


def test_results_with_a_limit_crash(services: Services, activity: Activity) -> None:
    url = f"{services.lineitem(activity)}/results?type_id=1&limit=10"
    answer = services.call("GET", url)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_results_take_any_accept_header_but_json(services: Services, activity: Activity) -> None:
    url = f"{services.lineitem(activity)}/results?type_id=1"
    container = "application/vnd.ims.lis.v2.resultcontainer+json"
    assert services.call("GET", url, accept="*/*").status_code == 200
    assert services.call("GET", url, accept=container).mimetype == container
    assert services.call("GET", url, accept="application/json").status_code == 400
    assert services.call("GET", url, accept=f"{container}; q=1").status_code == 400


def test_an_instructor_who_is_also_made_a_student_can_be_graded(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    sandbox.enrol(activity.course, "nina", Role.STUDENT)
    assert services.post_score(activity, "nina").status_code == 200
