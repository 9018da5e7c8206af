"""How the sandbox's gradebook leads to the work behind a grade, in Moodle's way."""

import pytest
from flask.testing import FlaskClient

from lti_app.testing.sandbox import Activity, Sandbox

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
GRADES = "/grade/report/grader/index.php?id=2"


def test_only_what_the_tool_asked_for_is_reviewed(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    assert "Review" not in client.get(GRADES).text
    with pytest.raises(LookupError):
        sandbox.review(activity, "alice")
    activity.submission_review = {}
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


def test_learners_review_nobody_but_themselves(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    activity.submission_review = {}
    client.get("/as/bob")
    path = f"/mod/lti/launch.php?id={activity.cmid}&action=gradeReport&user="
    assert client.get(f"{path}{sandbox.person('alice').id}").status_code == 403
    assert client.get(f"{path}{sandbox.person('bob').id}").status_code == 200
    assert client.get(f"{path}4711").status_code == 403
