"""How the sandbox's gradebook leads to the work behind a grade, in Moodle's way."""

import pytest
from flask.testing import FlaskClient

from lti_app.testing.sandbox import Activity, Sandbox

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
GRADES = "/grade/report/grader/index.php?id=2"


def test_every_column_leads_to_the_work_behind_it_whether_the_tool_asked_for_that_or_not(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    assert activity.submission_review is None
    alice = sandbox.person("alice")
    path = f"/mod/lti/grade.php?id={activity.cmid}&amp;userid={alice.id}"
    assert client.get(GRADES).text.count(f'href="{path}"') == 1
    page = client.get(path.replace("&amp;", "&")).text
    launch = f"/mod/lti/launch.php?id={activity.cmid}&amp;action=gradeReport&amp;user={alice.id}"
    assert f'src="{launch}"' in page
    form = client.get(launch.replace("&amp;", "&")).text
    assert "lti_message_hint" in form


def test_a_review_is_a_message_about_a_person(sandbox: Sandbox, activity: Activity) -> None:
    activity.submission_review = {"url": "http://127.0.0.1:5000/lti/launch?review=1"}
    claims = sandbox.claims_for("tina", sandbox.review(activity, "alice"), "n")
    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": str(sandbox.person("alice").id)}
    assert claims[LTI + "target_link_uri"] == "http://127.0.0.1:5000/lti/launch?review=1"
    assert claims[LTI + "resource_link"]["id"] == str(activity.id)


def test_the_menu_of_a_column_sends_the_same_message_about_nobody(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    claims = sandbox.claims_for("tina", sandbox.review(activity, None), "n")
    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert LTI + "for_user" not in claims
    client.get("/as/tina")
    path = f"/mod/lti/grade.php?id={activity.cmid}"
    assert f'href="{path}"' in client.get(GRADES).text
    launch = f"/mod/lti/launch.php?id={activity.cmid}&amp;action=gradeReport"
    assert f'src="{launch}"' in client.get(path).text
    assert "lti_message_hint" in client.get(launch.replace("&amp;", "&")).text
    client.get("/as/alice")
    assert f'href="{path}"' not in client.get(GRADES).text


def test_without_a_column_there_is_nothing_to_review(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    activity.column_id = None
    with pytest.raises(LookupError):
        sandbox.review(activity, "alice")
    path = f"/mod/lti/grade.php?id={activity.cmid}&userid={sandbox.person('alice').id}"
    assert client.get(path).status_code == 404


def test_the_page_asks_who_may_see_a_grade_and_the_launch_in_it_does_not(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/bob")
    alice, bob = sandbox.person("alice"), sandbox.person("bob")
    page = f"/mod/lti/grade.php?id={activity.cmid}&userid="
    assert client.get(f"{page}{alice.id}").status_code == 403
    assert client.get(f"{page}{bob.id}").status_code == 200
    launch = f"/mod/lti/launch.php?id={activity.cmid}&action=gradeReport&user="
    assert client.get(f"{launch}{alice.id}").status_code == 200
    assert client.get(f"{launch}4711").status_code == 404
