"""The launch: login form, authentication request, token, and how each goes wrong."""

import html
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Activity, Sandbox

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
REDIRECT_URI = "http://127.0.0.1:5000/lti/launch"


def read_form(answer: TestResponse) -> tuple[str, dict[str, str]]:
    action = re.search(r'action="([^"]*)"', answer.text)
    assert action, answer.text
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    return html.unescape(action[1]), {name: html.unescape(value) for name, value in fields}


class Browser:
    """Somebody's browser between the LMS and the tool."""

    def __init__(self, client: FlaskClient, activity: Activity) -> None:
        self.client = client
        self.activity = activity

    def sign_in(self, username: str) -> None:
        """Choose who you are."""
        self.client.get(f"/as/{username}")

    def begin(self) -> dict[str, str]:
        """Open the activity; returns what its frame posts to the tool."""
        answer = self.client.get(f"/mod/lti/launch.php?id={self.activity.cmid}")
        action, fields = read_form(answer)
        assert action == "http://127.0.0.1:5000/lti/login"
        return fields

    def request(self, login: dict[str, str], **changes: str) -> dict[str, str]:
        """A good authentication request for this login; an empty change leaves a field out."""
        parameters = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": REDIRECT_URI,
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "nonce": "n-1",
            "state": "s-1",
        }
        return {name: value for name, value in (parameters | changes).items() if value}

    def authenticate(self, login: dict[str, str], **changes: str) -> TestResponse:
        """Send that request, as the tool's redirect does."""
        query = urlencode(self.request(login, **changes))
        return self.client.get(f"/mod/lti/auth.php?{query}")


@pytest.fixture
def browser(client: FlaskClient, activity: Activity) -> Browser:
    browser = Browser(client, activity)
    browser.sign_in("alice")
    return browser


def claims_of(sandbox: Sandbox, answer: TestResponse) -> dict[str, Any]:
    _, fields = read_form(answer)
    keys = KeySet.import_key_set({"keys": [key.public_jwk() for key in sandbox.keys]})
    return dict(jwt.decode(fields["id_token"], keys, algorithms=["RS256"]).claims)


def test_the_login_form_says_who_where_and_for_which_client(
    browser: Browser, sandbox: Sandbox, activity: Activity
) -> None:
    login = browser.begin()
    hint = json.loads(login.pop("lti_message_hint"))
    assert login == {
        "iss": "http://localhost:8000",
        "target_link_uri": REDIRECT_URI,
        "login_hint": str(sandbox.people["alice"].id),
        "client_id": sandbox.tools[1].client_id,
        "lti_deployment_id": "1",
    }
    assert hint["cmid"] == activity.cmid
    assert re.fullmatch(rf"ltilaunch{activity.id}_\d+", hint["launchid"])


def test_client_ids_are_fifteen_letters_and_digits(sandbox: Sandbox) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{15}", sandbox.tools[1].client_id)


def test_the_launch_form_has_a_button_where_scripts_are_off(
    browser: Browser, activity: Activity
) -> None:
    page = browser.client.get(f"/mod/lti/launch.php?id={activity.cmid}").text
    assert re.search(r"<noscript>\s*<button", page)
    assert ".submit()" in page


def test_a_good_request_is_answered_with_state_and_token(
    browser: Browser, sandbox: Sandbox
) -> None:
    long_state = "s" * 1500
    answer = browser.authenticate(browser.begin(), state=long_state)
    action, fields = read_form(answer)
    assert action == REDIRECT_URI
    assert set(fields) == {"state", "id_token"}
    assert fields["state"] == long_state
    assert claims_of(sandbox, answer)["nonce"] == "n-1"


def test_a_posted_request_and_one_without_prompt_are_as_good(
    browser: Browser, sandbox: Sandbox
) -> None:
    request = browser.request(browser.begin(), prompt="")
    answer = browser.client.post("/mod/lti/auth.php", data=request)
    assert claims_of(sandbox, answer)["nonce"] == "n-1"


def test_a_request_can_be_used_once(browser: Browser) -> None:
    login = browser.begin()
    assert browser.authenticate(login).status_code == 200
    again = browser.authenticate(login)
    assert again.status_code == 404
    assert "Invalid request" in again.text


def test_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    first, second = browser.begin(), browser.begin()
    assert "id_token" in read_form(browser.authenticate(second))[1]
    assert "id_token" in read_form(browser.authenticate(first))[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "openid profile"},
        {"scope": ""},
        {"response_type": "code"},
        {"nonce": ""},
        {"lti_message_hint": ""},
        {"lti_message_hint": "[]"},
        {"redirect_uri": REDIRECT_URI + "/"},
        {"redirect_uri": REDIRECT_URI + "?x=1"},
        {"redirect_uri": "https://evil.example/launch"},
    ],
)
def test_what_cannot_be_trusted_gets_the_lms_own_page(
    browser: Browser, wrong: dict[str, str]
) -> None:
    answer = browser.authenticate(browser.begin(), **wrong)
    assert answer.status_code == 404
    assert "Invalid request" in answer.text


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "somebody"}, "unauthorized_client"),
        ({"login_hint": "999"}, "access_denied"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
    ],
)
def test_other_mistakes_are_posted_to_the_tool(
    browser: Browser, wrong: dict[str, str], error: str
) -> None:
    action, fields = read_form(browser.authenticate(browser.begin(), **wrong))
    assert action == REDIRECT_URI
    assert fields["error"] == error
    assert fields["state"] == "s-1"
    assert "id_token" not in fields
    assert ("error_description" in fields) is (error == "invalid_request")


def test_a_request_without_the_session_cookie_is_posted_once_more(
    browser: Browser, sandbox: Sandbox
) -> None:
    request = browser.request(browser.begin())
    cookie = browser.client.get_cookie(sandbox.cookie_name)
    assert cookie
    browser.client.delete_cookie(sandbox.cookie_name)
    for answer in (
        browser.client.post("/mod/lti/auth.php", data=request),
        browser.client.get("/mod/lti/auth.php", query_string=request),
    ):
        action, fields = read_form(answer)
        assert action.startswith("/mod/lti/auth.php")
        assert fields["repost"] == "true"
        assert "Set-Cookie" not in answer.headers
    assert browser.client.post(action, data=fields).status_code == 404
    browser.client.set_cookie(sandbox.cookie_name, cookie.value)
    assert "id_token" in read_form(browser.client.post(action, data=fields))[1]


def test_the_token_carries_the_claims_of_moodle(
    browser: Browser, sandbox: Sandbox, activity: Activity
) -> None:
    claims = claims_of(sandbox, browser.authenticate(browser.begin()))
    alice = sandbox.people["alice"]
    assert claims["iss"] == "http://localhost:8000"
    assert claims["aud"] == sandbox.tools[1].client_id
    assert claims["sub"] == str(alice.id)
    assert claims["exp"] - claims["iat"] == 60
    assert "azp" not in claims
    assert claims["name"] == "Alice Adams"
    assert claims["email"] == "alice@example.org"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "deployment_id"] == "1"
    assert claims[LTI + "target_link_uri"] == REDIRECT_URI
    assert claims[LTI + "roles"] == [LIS + "membership#Learner"]
    assert claims[LTI + "context"] == {
        "id": str(activity.course.id),
        "label": "LEAD",
        "title": "Leading People",
        "type": ["CourseSection"],
    }
    assert claims[LTI + "resource_link"]["id"] == str(activity.id) != str(activity.cmid)
    assert claims[LTI + "tool_platform"]["product_family_code"] == "moodle"
    presentation = claims[LTI + "launch_presentation"]
    assert presentation["document_target"] == "iframe"
    assert presentation["locale"] == "en"
    assert "sesskey=" in presentation["return_url"]
    assert claims[LTI + "ext"] == {"lms": "moodle-2", "user_username": "alice"}
    assert set(claims[LTI + "lis"]) == {"person_sourcedid", "course_section_sourcedid"}


def test_the_token_names_the_services(sandbox: Sandbox, activity: Activity) -> None:
    claims = sandbox.claims_for("alice", activity, "n")
    services = "http://localhost:8000/mod/lti/services.php"
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert len(endpoint["scope"]) == 4
    assert endpoint["lineitems"] == f"{services}/2/lineitems?type_id=1"
    assert endpoint["lineitem"] == (
        f"{services}/2/lineitems/{activity.column_id}/lineitem?type_id=1"
    )
    assert claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] == {
        "context_memberships_url": f"{services}/CourseSection/2/bindings/1/memberships",
        "service_versions": ["1.0", "2.0"],
    }
    assert claims["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"]


def test_an_ungraded_link_has_no_line_item(sandbox: Sandbox, activity: Activity) -> None:
    ungraded = sandbox.add_activity(
        activity.course, activity.tool, "Home", "kind=home", graded=False
    )
    claims = sandbox.claims_for("alice", ungraded, "n")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome" not in claims


@pytest.mark.parametrize(
    ("username", "roles"),
    [
        ("charlie", ["membership#Learner"]),
        ("tina", ["membership#Instructor"]),
        ("nina", ["membership#Instructor"]),
        (
            "adam",
            [
                "membership#Instructor",
                "institution/person#Administrator",
                "system/person#Administrator",
            ],
        ),
    ],
)
def test_roles_are_full_addresses(
    sandbox: Sandbox, activity: Activity, username: str, roles: list[str]
) -> None:
    claims = sandbox.claims_for(username, activity, "n")
    assert claims[LTI + "roles"] == [LIS + role for role in roles]


def test_custom_values_are_flat_strings_with_what_moodle_substitutes(
    sandbox: Sandbox, activity: Activity
) -> None:
    activity.custom = "\n".join(
        (
            "kind=mentoring",
            "Mixed-Key=1",
            "origin=$Context.id.history",
            "link=$ResourceLink.id.history",
            "who=$User.id",
            "equation=a=b",
            "no value",
        )
    )
    sandbox.tools[1].custom = "kind_of_site=company"
    custom = sandbox.claims_for("alice", activity, "n")[LTI + "custom"]
    memberships = custom.pop("context_memberships_url")
    assert memberships.endswith("/memberships")
    assert custom == {
        "kind": "mentoring",
        "Mixed-Key": "1",
        "mixed_key": "1",
        "origin": "",
        "link": "$ResourceLink.id.history",
        "who": str(sandbox.people["alice"].id),
        "equation": "a=b",
        "kind_of_site": "company",
    }
    activity.course.history = [3]
    copied = sandbox.claims_for("alice", activity, "n")[LTI + "custom"]
    assert copied["origin"] == "3"


def test_names_and_addresses_are_sent_only_if_the_tool_may_have_them(
    sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.tools[1].sends_name = sandbox.tools[1].sends_email = False
    claims = sandbox.claims_for("alice", activity, "n")
    assert not {"name", "given_name", "family_name", "email"} & set(claims)
    assert claims[LTI + "ext"] == {"lms": "moodle-2"}


def test_an_issuer_can_differ_from_the_address(activity: Activity) -> None:
    other = Sandbox.demo(
        "http://localhost:8001", "http://127.0.0.1:5000", issuer="https://lms.example"
    )
    link = other.activity("Mentoring sign-up", course="Leading People")
    assert other.make_login("bob", link)["iss"] == "https://lms.example"
    assert other.registration().auth_url == "http://localhost:8001/mod/lti/auth.php"
