"""The first step of a launch: what the LMS sends, and what the browser keeps."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import rule

BAD_LOGINS: dict[str, tuple[dict[str, Any], str]] = {
    "no iss": ({"iss": None}, "malformed"),
    "blank iss": ({"iss": " "}, "malformed"),
    "two iss": ({"iss": ["http://a.example", "http://b.example"]}, "malformed"),
    "no login_hint": ({"login_hint": None}, "malformed"),
    "no target": ({"target_link_uri": None}, "malformed"),
    "foreign target": ({"target_link_uri": "https://evil.example/lti/launch"}, "malformed"),
    "target of a like name": (
        {"target_link_uri": "http://127.0.0.1:5000.evil.example/"},
        "malformed",
    ),
    "control character": ({"login_hint": "a\r\nSet-Cookie: x"}, "malformed"),
    "login_hint of 3000": ({"login_hint": "h" * 3000}, "malformed"),
    "message hint of 9000": ({"lti_message_hint": "h" * 9000}, "malformed"),
    "deployment of 300": ({"lti_deployment_id": "d" * 300}, "malformed"),
    "unknown iss": ({"iss": "https://unknown.example"}, "unknown_platform"),
    "unknown client": ({"client_id": "unknown"}, "unknown_platform"),
    "iss with slash": ({"iss": "+/"}, "unknown_platform"),
}


@rule("R-1.1", "R-1.2", "R-1.4")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", BAD_LOGINS)
def test_a_login_that_makes_no_sense_is_refused_without_redirect(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str, method: str
) -> None:
    changes, code = BAD_LOGINS[name]
    given: dict[str, Any] = dict(lms.make_login("alice", lms.activities[101]))
    for key, value in changes.items():
        given[key] = given[key] + value[1:] if value and value[0] == "+" else value
    given = {key: value for key, value in given.items() if value is not None}
    browser = registered_tool.browser()
    answer = (
        browser.get("/lti/login", query_string=given)
        if method == "get"
        else browser.post("/lti/login", data=given)
    )
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert f"<code>{code} ·" in page
    assert "Location" not in answer.headers


@rule("R-1.1", "R-1.5", "R-1.8")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_login_goes_on_to_the_lms_with_everything_it_asks_for(
    registered_tool: ToolUnderTest, lms: Sandbox, method: str
) -> None:
    browser = registered_tool.browser()
    hint = '{"cmid":15,"launchid":"a+&=\\"{} b"}'
    given = lms.make_login("alice", lms.activities[101]) | {"lti_message_hint": hint}
    if method == "get":
        answer = browser.get("/lti/login", query_string=given)
    else:
        answer = browser.post("/lti/login", data=given)
    answer = browser.get(answer.headers["Location"])
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.headers["Location"].startswith(lms.registration().auth_url + "?")
    assert query["scope"] == ["openid"]
    assert query["response_type"] == ["id_token"]
    assert query["response_mode"] == ["form_post"]
    assert query["prompt"] == ["none"]
    assert query["client_id"] == [lms.registration().client_id]
    assert query["redirect_uri"] == ["http://127.0.0.1:5000/lti/launch"]
    assert query["login_hint"] == [given["login_hint"]]
    assert query["lti_message_hint"] == [hint]
    assert len(query["state"][0]) >= 22
    assert len(query["nonce"][0]) >= 22


@rule("R-1.3")
def test_without_a_client_id_two_registrations_of_one_issuer_are_ambiguous(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    given = lms.make_login("alice", lms.activities[101])
    del given["client_id"]
    assert registered_tool.browser().post("/lti/login", data=given).status_code == 303
    lms.tools[1].client_id = "second"
    registered_tool.register(lms)
    answer = registered_tool.browser().post("/lti/login", data=given)
    assert answer.status_code == 400
    assert "<code>unknown_platform ·" in answer.get_data(as_text=True)


@rule("R-8.1")
def test_a_new_browser_is_asked_for_its_cookie_before_the_lms_is_visited(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    login = lms.make_login("alice", lms.activities[101])
    first = browser.post("/lti/login", data=login)
    assert first.headers["Location"].startswith("/lti/login/continue?login=")
    for cookie in first.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"} <= set(
            cookie.split("; ")
        )
    second = browser.post("/lti/login", data=lms.make_login("alice", lms.activities[101]))
    assert second.headers["Location"].startswith(lms.registration().auth_url)


@rule("R-8.1")
def test_a_frame_without_cookies_gets_a_button_that_logs_in_in_a_window(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    login = lms.make_login("alice", lms.activities[101])
    keeps_nothing = registered_tool.app.test_client(use_cookies=False)
    first = keeps_nothing.post("/lti/login", data=login)
    page = keeps_nothing.get(first.headers["Location"], headers={"Sec-Fetch-Dest": "iframe"})
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert 'target="_blank"' in text
    assert 'name="window" value="1"' in text
    for name in ("iss", "login_hint", "target_link_uri", "client_id", "lti_deployment_id"):
        assert f'name="{name}" value="{login[name]}"' in text
    ancestors = page.headers["Content-Security-Policy"].split("frame-ancestors ")[1]
    assert ancestors == f"'self' {lms.base_url}"


def test_in_that_window_login_leaves_by_a_page_and_not_by_a_redirect(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    login = lms.make_login("alice", lms.activities[101]) | {"window": "1"}
    page = browser.post("/lti/login", data=login)
    assert page.status_code == 200
    assert "/lti/login/continue?login=" in page.get_data(as_text=True)
    again = browser.post("/lti/login", data=login)
    assert again.status_code == 200
    assert lms.registration().auth_url in again.get_data(as_text=True)


def test_a_window_without_cookies_is_told_to_allow_them(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    keeps_nothing = registered_tool.app.test_client(use_cookies=False)
    first = keeps_nothing.post("/lti/login", data=lms.make_login("alice", lms.activities[101]))
    page = keeps_nothing.get(first.headers["Location"], headers={"Sec-Fetch-Dest": "document"})
    assert page.status_code == 403
    assert "<form" not in page.get_data(as_text=True)


@pytest.mark.parametrize("login", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_continuing_an_unknown_login_is_refused(tool: ToolUnderTest, login: str) -> None:
    assert tool.browser().get(f"/lti/login/continue?login={login}").status_code == 400


def test_abandoned_logins_never_make_the_cookie_header_long(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    for _ in range(40):
        browser.post("/lti/login", data=lms.make_login("alice", lms.activities[101]))
    answer = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    assert len(answer.request.headers.get("Cookie", "")) < 4000


def test_what_is_too_long_to_name_a_browser_is_not_given_back(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.app.test_client(use_cookies=False)
    for made_up in ("x" * 101, "x" * 7000):
        answer = browser.post(
            "/lti/login",
            data=lms.make_login("alice", lms.activities[101]),
            headers={"Cookie": f"__Host-seen={made_up}"},
        )
        assert answer.status_code == 303
        assert "/lti/login/continue" in answer.headers["Location"]
        assert made_up not in "".join(answer.headers.getlist("Set-Cookie"))


def test_launch_and_login_addresses_opened_by_hand_explain_themselves(tool: ToolUnderTest) -> None:
    answer = tool.browser().get("/lti/launch")
    assert answer.status_code == 405
    assert "<code>method_not_allowed ·" in answer.get_data(as_text=True)
    assert tool.browser().get("/lti/login").status_code == 400
