"""The roster service of Canvas."""

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.sandbox.canvas import addresses
from tests.functional.sandbox.canvas.canvas_calls import CanvasServices

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
PATH = "2/names_and_roles"


def test_people_come_with_context_roles_in_full(canvas: CanvasServices, sandbox: Sandbox) -> None:
    preview = sandbox.add_person("test", "Test", "Student", is_test=True)
    sandbox.enrol(sandbox.courses[2], preview)
    answer = canvas.call("GET", PATH)
    assert answer.mimetype == MEDIA_TYPE
    assert answer.get_json()["context"]["id"] == addresses.context_id(2)
    members = {one["given_name"]: one for one in answer.get_json()["members"]}
    assert members["Tina"]["roles"] == [f"{ROLE}#Instructor"]
    assert members["Nina"]["roles"] == [
        f"{ROLE}#Instructor",
        f"{ROLE}/Instructor#TeachingAssistant",
    ]
    assert members["Alice"]["roles"] == [f"{ROLE}#Learner"]
    assert members["Alice"]["user_id"] == sandbox.subject("alice")
    assert members["Alice"]["email"] == "alice@example.org"
    assert members["Test"]["roles"][1].endswith("system/person#TestUser")


def test_suspended_people_are_missing_and_privacy_is_kept(
    canvas: CanvasServices, sandbox: Sandbox
) -> None:
    sandbox.courses[2].enrolments[sandbox.people["bob"].id].suspended = True
    sandbox.tools[1].sends_name = sandbox.tools[1].sends_email = False
    members = canvas.call("GET", PATH).get_json()["members"]
    assert sandbox.subject("bob") not in {member["user_id"] for member in members}
    assert set(members[0]) == {"status", "user_id", "lti11_legacy_user_id", "roles"}


def test_a_limit_of_more_than_fifty_is_cut(canvas: CanvasServices, sandbox: Sandbox) -> None:
    for number in range(60):
        person = sandbox.add_person(f"p{number}", "Person", str(number))
        sandbox.enrol(sandbox.courses[2], person)
    first = canvas.call("GET", PATH, limit="200")
    assert len(first.get_json()["members"]) == 50
    assert f'/{PATH}?limit=200&page=2>; rel="next"' in first.headers["Link"]
    second = canvas.call("GET", PATH, limit="200", page="2")
    assert len(second.get_json()["members"]) == 15
    assert 'rel="next"' not in second.headers["Link"]


def test_a_course_that_is_over_and_a_token_without_the_scope_are_refused(
    canvas: CanvasServices, sandbox: Sandbox
) -> None:
    sandbox.courses[2].concluded = True
    assert canvas.call("GET", PATH).status_code == 404
    canvas.headers = {}
    assert canvas.call("GET", PATH).status_code == 401
