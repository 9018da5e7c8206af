"""The certification table of 1EdTech as tests over HTTP: each payload, its status and its code."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import by_check, rule

Claims = dict[str, Any]
_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/"
INSTRUCTOR = f"{_ROLE}membership#Instructor"
LEARNER = f"{_ROLE}membership#Learner"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return an empty database, of each kind in turn: what a launch stores, it stores on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def without(*names: str) -> Callable[[Claims], None]:
    """Return an edit that drops claims."""

    def edit(claims: Claims) -> None:
        for name in names:
            claims.pop(name if name in claims else _CLAIM + name, None)

    return edit


def having(**values: object) -> Callable[[Claims], None]:
    """Return an edit that sets claims; LTI claims by their last word, `_` for the address part."""

    def edit(claims: Claims) -> None:
        for name, value in values.items():
            claims[name if name in claims else _CLAIM + name] = value

    return edit


def only(*names: str, **values: object) -> Callable[[Claims], None]:
    """Return an edit that keeps nothing but some claims, and adds others."""

    def edit(claims: Claims) -> None:
        kept = {name: claims[name] for name in names}
        claims.clear()
        claims.update(kept | values)

    return edit


BAD_PAYLOADS = {
    "B3 wrong version": (having(version="11.3"), "version"),
    "B4 no version": (without("version"), "version"),
    "B5 not an LTI message": (only(name="badltilaunch"), "issuer"),
    "B6 no LTI claims": (only("iss", "aud", "sub", "iat", "exp", "nonce"), "version"),
    "B7 timestamps wrong": (having(iat=11111, exp=22222), "timestamps"),
    "B8 message type missing": (without("message_type"), "message_type"),
    "B9 roles missing": (without("roles"), "roles"),
    "B10 deployment missing": (without("deployment_id"), "deployment"),
    "B11 resource link empty": (having(resource_link={}), "resource_link"),
    "B11 resource link missing": (without("resource_link"), "resource_link"),
    "B12 sub missing": (without("sub"), "subject"),
}


@pytest.mark.parametrize("name", by_check(BAD_PAYLOADS))
def test_a_bad_payload_is_refused_with_its_code(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    edit, code = BAD_PAYLOADS[name]
    browser = registered_tool.browser()
    answer = registered_tool.answer(browser, lms, "alice", lms.activities[101], edit)
    assert answer.status_code == 401
    assert f"<code>{code} ·" in answer.get_data(as_text=True)
    assert not [name for name in answer.headers.getlist("Set-Cookie") if "__Secure-v=" in name]


@rule("V3")
def test_b1_a_token_without_kid_is_refused(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    answer = _post_signed(registered_tool, lms, kid=None)
    assert answer.status_code == 401
    assert "<code>token_header ·" in answer.get_data(as_text=True)


@rule("V5", "R-1.17")
def test_b2_a_wrong_kid_is_refused_after_exactly_one_more_fetch(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    registered_tool.launch(registered_tool.browser(), lms, "bob", lms.activities[101])
    before = _key_fetches(lms)
    answer = _post_signed(registered_tool, lms, kid="imstester_66067")
    assert answer.status_code == 401
    assert "<code>key_unknown ·" in answer.get_data(as_text=True)
    _post_signed(registered_tool, lms, kid="another")
    assert _key_fetches(lms) - before <= 1


GOOD_STAFF = {
    "T1 full": lambda claims: None,
    "T2 several roles": having(
        roles=[INSTRUCTOR, f"{_ROLE}institution/person#Faculty", f"{_ROLE}institution/person#Staff"]
    ),
    "T3 short role": having(roles=["Instructor"]),
    "T6 email only": without("name", "given_name", "family_name"),
    "T7 names only": without("email"),
    "T8 no personal data": without("name", "given_name", "family_name", "email"),
    "T9 email, no context": without("name", "given_name", "family_name", "context"),
}
GOOD_LEARNERS = {
    "S1 full": lambda claims: None,
    "S2 several roles": having(
        roles=[LEARNER, f"{_ROLE}institution/person#Student", f"{_ROLE}membership#Mentor"]
    ),
    "S3 short role": having(roles=["Learner"]),
    "S6 email only": without("name", "given_name", "family_name"),
    "S7 names only": without("email"),
    "S8 no personal data": without("name", "given_name", "family_name", "email"),
    "S9 email, no context": without("name", "given_name", "family_name", "context"),
}
WITHOUT_POWER = {
    "T4 S4 unknown role": having(
        roles=[f"{_ROLE}uknownrole/unknown#Unknown", f"{_ROLE}unknown/unknown#Helper"]
    ),
    "T5 S5 no role": having(roles=[]),
    "T5 S5 empty role": having(roles=[""]),
    "institution roles only": having(roles=[f"{_ROLE}institution/person#Instructor"]),
    "deprecated person role": having(roles=[f"{_ROLE}person#Instructor"]),
}


@rule("V15", "R-1.25", "R-1.33")
@pytest.mark.parametrize("name", GOOD_STAFF)
def test_an_instructor_lands_on_the_board(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    page = registered_tool.launch(
        registered_tool.browser(), lms, "tina", lms.activities[101], GOOD_STAFF[name]
    )
    assert page.status_code == 200
    assert page.request.path.endswith("/mentoring/board")


@rule("V15", "R-1.25", "R-1.36")
@pytest.mark.parametrize("name", GOOD_LEARNERS)
def test_a_learner_lands_on_the_sign_up(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    page = registered_tool.launch(
        registered_tool.browser(), lms, "alice", lms.activities[101], GOOD_LEARNERS[name]
    )
    assert page.status_code == 200
    assert page.request.path.endswith("/mentoring/")


@rule("R-1.28", "V15")
@pytest.mark.parametrize("name", WITHOUT_POWER)
def test_somebody_without_a_part_in_the_course_only_reads(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "bob", lms.activities[101], WITHOUT_POWER[name])
    assert page.status_code == 200
    assert "<form" not in page.get_data(as_text=True)
    assert browser.get(page.request.path + "mentoring/").status_code == 403
    assert browser.get(page.request.path + "mentoring/board").status_code == 403
    assert browser.get(page.request.path + "grades/").status_code == 403


@rule("R-1.26")
def test_a_learner_sub_role_called_instructor_is_a_learner(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    edit = having(roles=[f"{_ROLE}membership/Learner#Instructor"])
    page = registered_tool.launch(
        registered_tool.browser(), lms, "alice", lms.activities[101], edit
    )
    assert page.request.path.endswith("/mentoring/")


def _post_signed(tool: ToolUnderTest, lms: Sandbox, *, kid: str | None) -> TestResponse:
    browser, activity = tool.browser(), lms.activities[101]
    auth_url = tool.begin(browser, lms, "alice", activity)
    form = lms.answer_login(auth_url, "alice", activity)
    claims = lms.claims_for("alice", activity, _query(auth_url, "nonce"))
    return browser.post(
        "/lti/launch", data={"state": form["state"], "id_token": lms.sign(claims, kid=kid)}
    )


def _query(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query)[name][0]


def _key_fetches(lms: Sandbox) -> int:
    return lms.log.count("jwks")
