"""The service for columns of the gradebook."""

import pytest

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.calls import Services

LINEITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LIST = "/mod/lti/services.php/2/lineitems?type_id=1"


def test_the_list_takes_only_its_own_media_type_or_none(services: Services) -> None:
    assert services.call("GET", LIST).mimetype == LINEITEMS
    assert services.call("GET", LIST, accept=LINEITEMS).status_code == 200
    for refused in ("*/*", "application/json", LINEITEM, f"{LINEITEMS}, */*", f"{LINEITEMS};q=1"):
        assert services.call("GET", LIST, accept=refused).status_code == 400


def test_a_single_item_takes_anything_but_json_alone(
    services: Services, activity: Activity
) -> None:
    url = f"{services.lineitem(activity)}?type_id=1"
    assert services.call("GET", url, accept="*/*").status_code == 200
    assert services.call("GET", url, accept=LINEITEM).mimetype == LINEITEM
    assert services.call("GET", url, accept="application/json").status_code == 400


def test_errors_are_told_as_json(services: Services) -> None:
    answer = services.call("GET", "/mod/lti/services.php/99/lineitems?type_id=1")
    assert answer.status_code == 404
    assert answer.get_json()["reason"] == "Not Found: Course 99 doesn't exist"
    missing = services.call("GET", "/mod/lti/services.php/2/lineitems/1/lineitem?type_id=1")
    assert missing.get_json()["reason"] == "Not Found: Grade item 1 doesn't exist"
    assert services.call("GET", "/mod/lti/services.php/2/anything").status_code == 400


def test_an_item_tells_the_column_and_its_link(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    item = services.call("GET", f"{services.lineitem(activity)}?type_id=1").get_json()
    assert item == {
        "id": f"{sandbox.base_url}{services.lineitem(activity)}?type_id=1",
        "label": "Mentoring sign-up",
        "scoreMaximum": 100.0,
        "resourceId": "",
        "tag": "",
        "resourceLinkId": str(activity.id),
        "ltiLinkId": str(activity.id),
    }


def test_the_list_is_filtered_by_link_resource_and_tag(
    services: Services, activity: Activity
) -> None:
    new = {"label": "Extra", "scoreMaximum": 10, "resourceId": "r1", "tag": "t1"}
    services.call("POST", LIST, new, content_type=LINEITEM)
    assert len(services.call("GET", LIST).get_json()) == 4
    for query in ("resource_id=r1", "tag=t1"):
        (item,) = services.call("GET", f"{LIST}&{query}").get_json()
        assert item["label"] == "Extra"
    (own,) = services.call("GET", f"{LIST}&resource_link_id={activity.id}").get_json()
    assert own["resourceLinkId"] == str(activity.id)


def test_pages_are_linked_with_typographic_quotes_and_escaped_addresses(
    services: Services, sandbox: Sandbox
) -> None:
    answer = services.call("GET", f"{LIST}&limit=1")
    assert len(answer.get_json()) == 1
    link = answer.headers["Link"].encode("latin-1").decode()
    following = f"{sandbox.base_url}{LIST}&amp;limit=1&amp;from=1"
    assert f"<{following}>; rel=“next”" in link
    assert len(services.call("GET", following).get_json()) == 3  # as it is written: all once more
    assert len(services.call("GET", following.replace("&amp;", "&")).get_json()) == 1
    last = services.call("GET", f"{LIST}&limit=1&from=2").headers["Link"].encode("latin-1")
    assert "rel=“next”" not in last.decode()
    assert "rel=“prev”" in last.decode()


def test_a_new_item_is_a_column_of_its_own(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    wanted = {
        "label": "Reflections",
        "scoreMaximum": 20,
        "tag": "journey",
        "startDateTime": "2030-01-01T00:00:00Z",
    }
    answer = services.call("POST", LIST, wanted, content_type=LINEITEM)
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    assert answer.get_json()["id"].endswith("/lineitem?type_id=1")
    item = services.call("GET", answer.get_json()["id"]).get_json()
    assert (item["label"], item["scoreMaximum"], item["tag"]) == ("Reflections", 20.0, "journey")
    assert "startDateTime" not in item
    assert "resourceLinkId" not in item


def test_a_new_item_needs_label_maximum_and_a_link_of_its_own_tool(
    services: Services, activity: Activity
) -> None:
    good = {"label": "X", "scoreMaximum": 1}
    wrongs: list[object] = [
        {"label": "X"},
        {"scoreMaximum": 1},
        {**good, "scoreMaximum": "all"},
        [],
    ]
    for wrong in wrongs:
        assert services.call("POST", LIST, wrong, content_type=LINEITEM).status_code == 400
    foreign = {**good, "resourceLinkId": "999"}
    assert services.call("POST", LIST, foreign, content_type=LINEITEM).status_code == 403
    own = {**good, "resourceLinkId": str(activity.id)}
    assert services.call("POST", LIST, own, content_type=LINEITEM).status_code == 201


@pytest.mark.parametrize("media_type", ["application/json", LINEITEMS, ""])
def test_a_new_item_needs_its_media_type(services: Services, media_type: str) -> None:
    wanted = {"label": "X", "scoreMaximum": 1}
    assert services.call("POST", LIST, wanted, content_type=media_type).status_code == 400


def test_a_change_wipes_what_it_does_not_repeat_and_keeps_percentages(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    services.post_score(activity, "alice")
    url = f"{services.lineitem(activity)}?type_id=1"
    full = {"label": "A", "scoreMaximum": 100, "resourceId": "r", "tag": "t"}
    services.call("PUT", url, full, content_type=LINEITEM)
    assert services.call("GET", url).get_json()["tag"] == "t"
    bare = {"label": "Renamed", "scoreMaximum": 10}
    assert services.call("PUT", url, bare, content_type=LINEITEM).status_code == 200
    item = services.call("GET", url).get_json()
    assert (item["label"], item["resourceId"], item["tag"]) == ("Renamed", "", "")
    assert sandbox.grade(activity, "alice").final == 8
    assert activity.title == "Mentoring sign-up"


def test_deleting_removes_even_an_activitys_own_column(
    services: Services, activity: Activity, sandbox: Sandbox
) -> None:
    services.post_score(activity, "alice")
    url = f"{services.lineitem(activity)}?type_id=1"
    assert services.call("DELETE", url).status_code == 204
    assert services.call("GET", url).status_code == 404
    claims = sandbox.claims_for("alice", activity, "n")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_reading_is_not_changing(services: Services, sandbox: Sandbox) -> None:
    sandbox.tools[1].scopes = ("https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",)
    reader = Services(sandbox, services.client, services.clock)
    assert reader.call("GET", LIST).status_code == 200
    wanted = {"label": "X", "scoreMaximum": 1}
    assert reader.call("POST", LIST, wanted, content_type=LINEITEM).status_code == 401


def test_the_type_in_the_address_must_be_the_tools(services: Services) -> None:
    assert services.call("GET", "/mod/lti/services.php/2/lineitems?type_id=2").status_code == 401
