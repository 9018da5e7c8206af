"""Login, launch and tokens, by the rules of Canvas."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.calls import TOOL_URL, Clock, ToolKeys

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


def fields(page: str) -> dict[str, str]:
    pairs = re.findall(r'name="(\w+)"\s+value="([^"]*)"', page)
    return {name: unescape(value) for name, value in pairs}


def begin(client: FlaskClient, activity: Activity, person: str = "alice") -> dict[str, str]:
    client.post(f"/as/{person}")
    page = client.get(f"/courses/{activity.course.id}/external_tools/{activity.cmid}")
    return fields(page.text)


def request_for(login: dict[str, str], **changes: str) -> dict[str, str]:
    request = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login["client_id"],
        "redirect_uri": f"{TOOL_URL}/lti/launch",
        "login_hint": login["login_hint"],
        "lti_message_hint": login["lti_message_hint"],
        "nonce": "n-1",
        "state": "s-1",
    } | changes
    return {name: value for name, value in request.items() if value}


def authorize(client: FlaskClient, request: dict[str, str]) -> dict[str, str]:
    return fields(client.get("/api/lti/authorize_redirect", query_string=request).text)


def test_the_login_tells_the_deployment_twice_and_the_issuer_of_all_schools(
    client: FlaskClient, activity: Activity, sandbox: Sandbox
) -> None:
    login = begin(client, activity)
    assert login["iss"] == "https://canvas.example"
    registration = sandbox.registration()
    assert login["deployment_id"] == login["lti_deployment_id"] == registration.deployment_id
    assert registration.token_url == "http://localhost:8000/login/oauth2/token"
    assert login["canvas_region"]
    assert login["lti_message_hint"].count(".") == 2


def test_a_launch_tells_who_where_and_what(
    client: FlaskClient, activity: Activity, sandbox: Sandbox
) -> None:
    answer = authorize(client, request_for(begin(client, activity)))
    assert answer["state"] == "s-1"
    claims = jwt.decode(answer["id_token"], sandbox.signing_key.key).claims
    assert claims["azp"] == claims["aud"] == sandbox.tools[1].client_id
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"] == sandbox.subject("alice") != "4"
    assert claims[LTI + "tool_platform"]["product_family_code"] == "canvas"
    assert "?" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"]


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("alice", {f"{MEMBER}#Learner"}),
        ("tina", {f"{MEMBER}#Instructor"}),
        ("nina", {f"{MEMBER}#Instructor", f"{MEMBER}/Instructor#TeachingAssistant"}),
    ],
)
def test_roles_are_one_list(
    sandbox: Sandbox, activity: Activity, person: str, words: set[str]
) -> None:
    roles = sandbox.claims_for(person, activity, "n")[LTI + "roles"]
    assert {role for role in roles if role.startswith(MEMBER)} == words
    assert len(roles) > len(words)


def test_a_launch_is_good_once(client: FlaskClient, activity: Activity) -> None:
    request = request_for(begin(client, activity))
    assert "id_token" in authorize(client, request)
    assert authorize(client, request)["error"] == "launch_no_longer_valid"


def test_the_query_of_the_redirect_uri_is_not_compared(
    client: FlaskClient, activity: Activity
) -> None:
    request = request_for(begin(client, activity), redirect_uri=f"{TOOL_URL}/lti/launch?a=b")
    assert "id_token" in authorize(client, request)
    other = request_for(begin(client, activity), redirect_uri=f"{TOOL_URL}/lti/elsewhere")
    assert client.get("/api/lti/authorize_redirect", query_string=other).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"nonce": ""}, "invalid_request_object"),
        ({"prompt": ""}, "invalid_request_object"),
        ({"response_mode": "query"}, "invalid_request_object"),
        ({"login_hint": "somebody"}, "login_required"),
        ({"lti_message_hint": "another"}, "launch_no_longer_valid"),
    ],
)
def test_what_is_wrong_goes_back_to_the_tool(
    client: FlaskClient, activity: Activity, changes: dict[str, str], error: str
) -> None:
    assert authorize(client, request_for(begin(client, activity), **changes))["error"] == error


def test_who_is_not_signed_in_is_sent_back(client: FlaskClient, activity: Activity) -> None:
    request = request_for(begin(client, activity))
    client.get("/switch")
    assert authorize(client, request)["error"] == "login_required"


def test_the_pages_are_there(client: FlaskClient, activity: Activity) -> None:
    client.post("/as/tina")
    course = client.get(f"/course/{activity.course.id}").text
    assert f"/courses/{activity.course.id}/assignments/{activity.cmid}" in course
    page = client.get(f"/courses/{activity.course.id}/assignments/{activity.cmid}").text
    assert f"/courses/{activity.course.id}/external_tools/{activity.cmid}" in page


def test_a_teacher_types_a_grade_on_the_page(
    client: FlaskClient, activity: Activity, sandbox: Sandbox
) -> None:
    client.post("/as/tina")
    session = client.get(f"/grade/report/grader/index.php?id={activity.course.id}").text
    form = {
        "sesskey": fields(session)["sesskey"],
        "user": str(sandbox.person("alice").id),
        "item": str(activity.column_id),
        "grade": "55",
    }
    client.post(f"/grade/report/grader/index.php?id={activity.course.id}", data=form)
    assert sandbox.grade(activity, "alice").final == 55


def ask(
    client: FlaskClient,
    sandbox: Sandbox,
    clock: Clock,
    key: RSAKey,
    scope: str = SCORE,
    **changes: Any,
) -> tuple[int, dict[str, Any]]:
    """Ask for a token; claims can be changed."""
    now = int(clock().timestamp())
    tool = sandbox.tools[1]
    claims = {
        "iss": tool.client_id,
        "sub": tool.client_id,
        "aud": "http://localhost:8000/login/oauth2/token",
        "iat": now,
        "exp": now + 60,
        "jti": "first",
    } | changes
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key),
        "scope": scope,
    }
    answer = client.post("/login/oauth2/token", data=form)
    return answer.status_code, answer.get_json()


def test_a_token_is_for_the_scopes_that_were_asked_for(
    client: FlaskClient, sandbox: Sandbox, clock: Clock, tool_keys: ToolKeys
) -> None:
    status, token = ask(client, sandbox, clock, tool_keys.keys[0])
    assert (status, token["scope"], token["expires_in"]) == (200, SCORE, 3600)
    assert sandbox.access_token(token["access_token"])


@pytest.mark.parametrize(
    "wrong", [{"aud": "https://elsewhere.example"}, {"sub": "another"}, {"exp": 1}, {"jti": ""}]
)
def test_an_assertion_that_is_wrong_gets_no_token(
    client: FlaskClient, sandbox: Sandbox, clock: Clock, tool_keys: ToolKeys, wrong: dict[str, Any]
) -> None:
    assert ask(client, sandbox, clock, tool_keys.keys[0], **wrong)[0] == 400


def test_an_assertion_is_good_once_and_for_granted_scopes(
    client: FlaskClient, sandbox: Sandbox, clock: Clock, tool_keys: ToolKeys
) -> None:
    key = tool_keys.keys[0]
    assert ask(client, sandbox, clock, key, scope="everything")[1]["error"] == "invalid_scope"
    assert ask(client, sandbox, clock, key, jti="second")[0] == 200
    assert ask(client, sandbox, clock, key, jti="second")[0] == 400
