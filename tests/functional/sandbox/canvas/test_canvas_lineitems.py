"""The columns as a service, by the rules of Canvas."""

from typing import Any

import pytest

from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.testing.sandbox.canvas import addresses
from tests.functional.sandbox.canvas.canvas_calls import CanvasServices

NEW = {"label": "Charter", "scoreMaximum": 10, "resourceId": "r-1", "tag": "charter"}


def made(canvas: CanvasServices, activity: Activity, **changes: Any) -> dict[str, Any]:
    answer = canvas.call("POST", f"{activity.course.id}/line_items", NEW | changes)
    assert answer.status_code == 201
    item: dict[str, Any] = answer.get_json()
    return item


def listed(canvas: CanvasServices, activity: Activity, **query: str) -> list[str]:
    answer = canvas.call("GET", f"{activity.course.id}/line_items", None, **query)
    return [item["label"] for item in answer.get_json()]


def test_the_list_can_be_filtered(canvas: CanvasServices, activity: Activity) -> None:
    made(canvas, activity)
    link = addresses.link_id(activity)
    assert listed(canvas, activity, resource_link_id=link) == ["Mentoring sign-up"]
    assert listed(canvas, activity, resource_id="r-1") == ["Charter"]
    assert listed(canvas, activity, tag="none") == []


def test_the_list_comes_fifty_a_page(canvas: CanvasServices, activity: Activity) -> None:
    for number in range(50):
        made(canvas, activity, label=f"Column {number}")
    first = canvas.call("GET", f"{activity.course.id}/line_items")
    assert len(first.get_json()) == 50
    assert 'rel="next"' in first.headers["Link"]
    assert len(listed(canvas, activity, page="2")) == 3
    assert len(listed(canvas, activity, limit="7")) == 7


def test_a_column_may_belong_to_a_link(canvas: CanvasServices, activity: Activity) -> None:
    link = addresses.link_id(activity)
    item = made(canvas, activity, resourceLinkId=link)
    assert item["resourceLinkId"] == link
    assert item["id"].startswith(f"http://localhost:8000/api/lti/courses/{activity.course.id}/")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"label": " "}, 400),
        ({"scoreMaximum": None}, 400),
        ({"resourceLinkId": "somebody else's"}, 404),
    ],
)
def test_a_bad_column_is_refused(
    canvas: CanvasServices, activity: Activity, changes: dict[str, Any], status: int
) -> None:
    answer = canvas.call("POST", f"{activity.course.id}/line_items", NEW | changes)
    assert answer.status_code == status


def test_a_link_of_another_course_or_without_a_column_gets_none(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    other = sandbox.activity("Mentoring sign-up", course="Leadership 101")
    plain = sandbox.add_activity(activity.course, activity.tool, "Plain", graded=False)
    for link in (other, plain):
        body = NEW | {"resourceLinkId": addresses.link_id(link)}
        answer = canvas.call("POST", f"{activity.course.id}/line_items", body)
        assert answer.status_code == 412


def test_changing_leaves_what_is_not_sent(canvas: CanvasServices, activity: Activity) -> None:
    path = made(canvas, activity)["id"].rpartition("/courses/")[2]
    changed = canvas.call("PUT", path, {"label": "Our charter"}).get_json()
    assert (changed["label"], changed["resourceId"], changed["scoreMaximum"]) == (
        "Our charter",
        "r-1",
        10,
    )


def test_a_links_own_column_names_the_assignment_and_cannot_be_deleted(
    canvas: CanvasServices, activity: Activity
) -> None:
    canvas.call("PUT", canvas.column(activity), {"label": "Renamed"})
    assert activity.title == "Renamed"
    assert canvas.call("DELETE", canvas.column(activity)).status_code == 401
    path = made(canvas, activity)["id"].rpartition("/courses/")[2]
    assert canvas.call("DELETE", path).status_code == 204
    assert canvas.call("GET", path).status_code == 404


def test_without_the_scope_nothing_is_told(
    canvas: CanvasServices, activity: Activity, sandbox: Sandbox
) -> None:
    token = sandbox.issue_access_token(sandbox.tools[1], ["another"])
    canvas.headers = {"Authorization": f"Bearer {token}"}
    for path in (canvas.column(activity), f"{activity.course.id}/line_items"):
        assert canvas.call("GET", path).status_code == 401
    assert canvas.post_score(activity, "alice").status_code == 401
