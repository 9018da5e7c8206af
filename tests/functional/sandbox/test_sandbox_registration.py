"""Dynamic registration in the sandbox, as Moodle and as Canvas do it."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox, create_app
from lti_app.testing.sandbox.tools import ALL_SCOPES, LINEITEM, MEMBERSHIP, SCORE
from tests.functional.sandbox.calls import Clock

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
URL = "https://tool.example/register?invite=a%20b"
MOODLE = "/mod/lti/openid-registration.php"
CANVAS = "/api/lti/registrations"
#: Canvas's session cookie is for https alone.
SECURE = "https://localhost:8000"


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox.empty("http://localhost:8000", clock=clock)


@pytest.fixture
def canvas(clock: Clock) -> Sandbox:
    return Sandbox.empty("http://localhost:8000", profile="canvas", clock=clock)


@pytest.fixture
def canvas_client(canvas: Sandbox) -> FlaskClient:
    client = create_app(canvas).test_client()
    client.get("/as/adam", base_url=SECURE)
    return client


def wishes(**changes: Any) -> dict[str, Any]:
    """What a tool posts; None leaves a member out."""
    document: dict[str, Any] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": "https://tool.example/login",
        "redirect_uris": ["https://tool.example/launch"],
        "client_name": "Tool",
        "jwks_uri": "https://tool.example/keys",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": SCORE,
        TOOL: {
            "domain": "tool.example",
            "target_link_uri": "https://tool.example/launch",
            "claims": ["sub", "family_name"],
            "custom_parameters": {"a": "b=c", "d": "e"},
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": "https://pick"}],
        },
    }
    settings = changes.pop("settings", {})
    document[TOOL] = {k: v for k, v in (document[TOOL] | settings).items() if v is not None}
    return {name: value for name, value in (document | changes).items() if value is not None}


def start(client: FlaskClient, **parameters: str) -> dict[str, str]:
    """Enter the address as administrator; returns what the tool is told."""
    client.get("/as/adam")
    answer = client.get(
        "/mod/lti/startltiadvregistration.php", query_string={"url": URL, **parameters}
    )
    assert answer.location.startswith("https://tool.example/register?invite=a%20b&"), answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def post(client: FlaskClient, token: str, path: str = MOODLE, **changes: Any) -> TestResponse:
    """Register with a token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(path, json=wishes(**changes), headers=headers)


def test_only_the_administrator_may_begin(client: FlaskClient) -> None:
    for username in ("tina", "alice"):
        client.get(f"/as/{username}")
        for path in ("toolconfigure.php", "startltiadvregistration.php?url=https://tool.example"):
            assert client.get(f"/mod/lti/{path}").status_code == 403


def test_the_tool_is_told_where_to_ask_after_what_its_address_says(client: FlaskClient) -> None:
    given = start(client)
    assert given["invite"] == "a b"
    assert given["openid_configuration"].endswith("/mod/lti/openid-configuration.php")
    configuration = client.get("/mod/lti/openid-configuration.php").json
    assert configuration is not None
    assert configuration["issuer"] == "http://localhost:8000"


def test_a_token_registers_one_pending_tool(client: FlaskClient, sandbox: Sandbox) -> None:
    token = start(client)["registration_token"]
    answer = post(client, token)
    assert answer.status_code == 200
    assert answer.json is not None
    (tool,) = sandbox.tools.values()
    assert (tool.active, tool.client_id) == (False, answer.json["client_id"])
    assert tool.custom == "a=b=c\nd=e"
    assert (tool.sends_name, tool.sends_email) == (True, False)
    settings = answer.json[TOOL]
    assert settings["deployment_id"] == str(tool.id)
    assert settings["custom_parameters"] == {"a": "b", "d": "e"}
    again = post(client, token)
    assert (again.status_code, again.text) == (401, "token_already_used")
    assert again.content_type.startswith("text/html")


def test_the_answer_claims_more_rights_than_the_tool_has(
    client: FlaskClient, sandbox: Sandbox
) -> None:
    answer = post(client, start(client)["registration_token"])
    assert answer.json is not None
    (tool,) = sandbox.tools.values()
    assert LINEITEM in answer.json["scope"].split()
    assert LINEITEM not in tool.scopes
    assert MEMBERSHIP not in tool.scopes
    assert SCORE in tool.scopes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_name": None}, "missing required attribute client_name"),
        ({"redirect_uris": []}, "missing required attribute redirect_uris"),
        ({TOOL: {}}, f"missing required attribute {TOOL}"),
        ({"settings": {"domain": None}}, "missing_domain"),
        ({"settings": {"domain": "other.example"}}, "domain_targetlinkuri_mismatch"),
        ({"response_types": ["code"]}, "invalid_response_types"),
        ({"redirect_uris": "https://x"}, "invalid_redirect_uris"),
        ({"token_endpoint_auth_method": "none"}, "invalid_token_endpoint_auth_method"),
        ({"application_type": "native"}, "invalid_application_type"),
    ],
)
def test_moodle_says_no_in_a_few_words(
    client: FlaskClient, sandbox: Sandbox, changes: dict[str, Any], words: str
) -> None:
    answer = post(client, start(client)["registration_token"], **changes)
    assert (answer.status_code, answer.text) == (400, words)
    assert sandbox.tools == {}


def test_without_a_good_token_moodle_says_no(client: FlaskClient, clock: Clock) -> None:
    assert post(client, "").text == "missing_registration_token"
    assert post(client, "x.y.z").status_code == 404
    token = start(client)["registration_token"]
    clock.pass_by(3601)
    assert post(client, token).status_code == 404


def test_a_known_domain_offers_an_update_that_keeps_the_client_id(
    client: FlaskClient, sandbox: Sandbox
) -> None:
    post(client, start(client)["registration_token"])
    (tool,) = sandbox.tools.values()
    client.post(f"/mod/lti/toolconfigure.php/{tool.id}/activate")
    choice = client.get("/mod/lti/startltiadvregistration.php", query_string={"url": URL})
    assert "Register as a new external tool" in choice.text

    token = start(client, type=str(tool.id))["registration_token"]
    held = client.get(MOODLE, headers={"Authorization": f"Bearer {token}"})
    assert held.json is not None
    assert held.json["client_id"] == tool.client_id
    before = tool.client_id
    answer = post(client, token, client_name="Renamed", scope=f"{LINEITEM} {MEMBERSHIP}")
    assert answer.json is not None
    assert (tool.name, tool.client_id, tool.active) == ("Renamed", before, True)
    assert set(tool.scopes) == set(ALL_SCOPES)

    new = start(client, type="0")["registration_token"]
    assert client.get(MOODLE, headers={"Authorization": f"Bearer {new}"}).status_code == 404
    post(client, new)
    assert len(sandbox.tools) == 2


def test_canvas_shows_itself_to_the_token_alone(canvas_client: FlaskClient) -> None:
    given = canvas_start(canvas_client)
    path = urlsplit(given["openid_configuration"])
    assert "registration_token=" in path.query
    address = f"{path.path}?{path.query}"
    assert canvas_client.get(address).status_code == 401
    bearer = {"Authorization": f"Bearer {given['registration_token']}"}
    shown = canvas_client.get(address, headers=bearer)
    assert (shown.status_code, "authorization_server" in shown.text) == (200, True)


def test_canvas_registers_without_an_installation(
    canvas: Sandbox, canvas_client: FlaskClient
) -> None:
    token = canvas_start(canvas_client)["registration_token"]
    answer = post(canvas_client, token, CANVAS)
    assert answer.status_code == 200
    assert answer.json is not None
    (tool,) = canvas.tools.values()
    assert (answer.json["client_id"], tool.client_id.isdecimal()) == (tool.client_id, True)
    assert "deployment_id" not in json.dumps(answer.json)
    assert not tool.active
    assert tool.placements == ("link_selection: LtiDeepLinkingRequest",)


def test_canvas_says_no_in_json(canvas_client: FlaskClient) -> None:
    token = canvas_start(canvas_client)["registration_token"]
    for changes in ({"scope": "made-up"}, {"client_name": None}, {"grant_types": ["implicit"]}):
        answer = post(canvas_client, token, CANVAS, **changes)
        assert answer.status_code == 422
        assert "errors" in answer.text
    assert post(canvas_client, "x", CANVAS).status_code == 401


def test_the_administrator_of_canvas_takes_rights_away(
    canvas: Sandbox, canvas_client: FlaskClient
) -> None:
    token = canvas_start(canvas_client)["registration_token"]
    post(canvas_client, token, CANVAS, scope=f"{SCORE} {MEMBERSHIP}")
    (tool,) = canvas.tools.values()
    path = f"/accounts/1/developer_keys/{tool.id}/activate"
    canvas_client.post(path, data={"scope": [SCORE]}, base_url=SECURE)
    assert (tool.active, tool.scopes) == (True, (SCORE,))


def canvas_start(client: FlaskClient) -> dict[str, str]:
    """Enter the address in Canvas; returns what the tool is told."""
    answer = client.get(
        "/api/lti/register", query_string={"registration_url": URL}, base_url=SECURE
    )
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
