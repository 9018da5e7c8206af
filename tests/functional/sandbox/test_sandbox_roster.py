"""The roster service."""

from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.calls import Services

ROSTER = "/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


def _names(answer: TestResponse) -> list[str]:
    return [member["given_name"] for member in answer.get_json()["members"]]


def test_the_roster_comes_whole_with_short_roles(services: Services, sandbox: Sandbox) -> None:
    answer = services.call("GET", ROSTER, accept=MEDIA_TYPE)
    assert answer.mimetype == MEDIA_TYPE
    assert "Link" not in answer.headers
    assert answer.get_json()["context"] == {"id": "2", "label": "LEAD", "title": "Leading People"}
    roles = {member["given_name"]: member["roles"] for member in answer.get_json()["members"]}
    assert roles == {
        "Tina": ["Instructor"],
        "Nina": ["Learner"],
        "Alice": ["Learner"],
        "Bob": ["Learner"],
        "Charlie": ["Learner"],
    }
    alice = answer.get_json()["members"][0]
    assert alice == {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": str(sandbox.people["alice"].id),
        "lis_person_sourcedid": "",
        "name": "Alice Adams",
        "given_name": "Alice",
        "family_name": "Adams",
        "email": "alice@example.org",
        "ext_user_username": "alice",
    }


def test_suspended_people_are_missing(services: Services, sandbox: Sandbox) -> None:
    sandbox.courses[2].enrolments[sandbox.people["bob"].id].suspended = True
    assert "Bob" not in _names(services.call("GET", ROSTER))


def test_a_limit_makes_pages_by_surname_with_plain_links(
    services: Services, sandbox: Sandbox
) -> None:
    first = services.call("GET", f"{ROSTER}?limit=3")
    assert _names(first) == ["Alice", "Bob", "Charlie"]
    following = f"{sandbox.base_url}{ROSTER}?limit=3&from=3"
    assert first.headers["Link"] == f'<{following}>; rel="next"'
    second = services.call("GET", following)
    assert _names(second) == ["Nina", "Tina"]
    assert "Link" not in second.headers
    # A last page that is full is the last one all the same.
    assert "Link" not in services.call("GET", f"{ROSTER}?limit=5").headers


def test_the_next_page_forgets_the_role(services: Services) -> None:
    first = services.call("GET", f"{ROSTER}?role=Learner&limit=2")
    assert _names(first) == ["Alice", "Bob"]
    assert "role" not in first.headers["Link"]
    assert _names(services.call("GET", f"{ROSTER}?role=Instructor")) == ["Tina"]


def test_a_link_adds_a_message_without_custom_values(
    services: Services, activity: Activity
) -> None:
    answer = services.call("GET", f"{ROSTER}?rlid={activity.id}&limit=1")
    (message,) = answer.get_json()["members"][0]["message"]
    assert not [name for name in message if name.endswith("/custom")]
    assert f"rlid={activity.id}" in answer.headers["Link"]
    assert services.call("GET", f"{ROSTER}?rlid=999").status_code == 404


def test_the_roster_keeps_to_privacy_scope_and_media_type(
    services: Services, sandbox: Sandbox
) -> None:
    sandbox.tools[1].sends_name = sandbox.tools[1].sends_email = False
    member = services.call("GET", ROSTER, accept="*/*").get_json()["members"][0]
    assert set(member) == {"status", "roles", "user_id", "lis_person_sourcedid"}
    assert services.call("GET", ROSTER, accept="application/json").status_code == 400
    assert services.call("GET", ROSTER.replace("/1/", "/2/")).status_code == 401
    services.headers = {}
    assert services.call("GET", ROSTER).status_code == 401
