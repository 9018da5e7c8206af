"""How Canvas shows what a tool handed in."""

from flask.testing import FlaskClient

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.canvas.canvas_calls import CanvasServices

URL = "http://127.0.0.1:5000/lti/launch?for=7"
HANDED_IN = {"submission_type": "basic_lti_launch", "submission_data": URL}


def test_an_address_that_was_handed_in_is_launched(
    canvas: CanvasServices, client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    assert canvas.post_score(activity, "alice", HANDED_IN).status_code == 200
    assert sandbox.review(activity, "alice").target_link_uri == URL
    client.get("/as/tina")
    page = client.get("/grade/report/grader/index.php?id=2").text
    alice = sandbox.person("alice").id
    path = f"/courses/2/gradebook/speed_grader?assignment_id={activity.cmid}&student_id={alice}"
    assert page.count(f'href="{path.replace("&", "&amp;")}"') == 1
    assert "external_tools/retrieve?assignment_id=" in client.get(path).text
    launch = client.get(
        "/courses/2/external_tools/retrieve",
        query_string={"assignment_id": activity.cmid, "url": URL},
    )
    assert f'value="{URL}"' in launch.text


def test_only_addresses_of_the_tool_are_launched_and_only_in_ones_course(
    client: FlaskClient, activity: Activity
) -> None:
    path = "/courses/2/external_tools/retrieve"
    asked = {"assignment_id": str(activity.cmid), "url": URL}
    assert client.get(path, query_string=asked).status_code == 404
    client.get("/as/bob")
    assert client.get(path, query_string=asked).status_code == 200
    asked["url"] = "http://elsewhere.example/lti/launch"
    assert client.get(path, query_string=asked).status_code == 404


def test_an_address_is_missing_where_there_is_none(
    canvas: CanvasServices, activity: Activity
) -> None:
    answer = canvas.post_score(activity, "alice", {"submission_type": "basic_lti_launch"})
    assert answer.status_code == 400
