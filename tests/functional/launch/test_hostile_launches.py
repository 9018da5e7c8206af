"""Launches that an attacker, a broken LMS or a wrong clock would make, and what refuses them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from lti_app.store.session import db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import by_check, rule

Claims = dict[str, Any]
_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def _set(name: str, value: object) -> Callable[[Claims], None]:
    def edit(claims: Claims) -> None:
        claims[name] = value

    return edit


def _lti(name: str, value: object) -> Callable[[Claims], None]:
    return _set(_CLAIM + name, value)


def _moved(iat: float, exp: float) -> Callable[[Claims], None]:
    """Return an edit that sets both times to so many seconds from now."""

    def edit(claims: Claims) -> None:
        claims.update(iat=int(time() + iat), exp=int(time() + exp))

    return edit


def _extra_audience(*others: str, azp: str | None) -> Callable[[Claims], None]:
    def edit(claims: Claims) -> None:
        own = claims["aud"]
        claims["aud"] = [own, *others]
        if azp is not None:
            claims["azp"] = own if azp == "own" else azp

    return edit


REFUSED = {
    "iss with trailing slash": (lambda c: c.update(iss=c["iss"] + "/"), "issuer"),
    "iss of another": (_set("iss", "https://other.example"), "issuer"),
    "aud of another": (_set("aud", "someone-else"), "audience"),
    "aud empty": (_set("aud", []), "audience"),
    "aud untrusted beside ours, no azp": (_extra_audience("evil", azp=None), "audience"),
    "aud untrusted beside ours, our azp": (_extra_audience("evil", azp="own"), "audience"),
    "azp of another": (_set("azp", "someone-else"), "audience"),
    "aud a number": (_set("aud", 7), "audience"),
    "exp missing": (lambda c: c.pop("exp"), "timestamps"),
    "iat missing": (lambda c: c.pop("iat"), "timestamps"),
    "exp a string": (_set("exp", "9999999999"), "timestamps"),
    "exp true": (_set("exp", True), "timestamps"),
    "iat ancient, exp ahead": (_moved(-100_000, 100), "timestamps"),
    "iat ten minutes ahead": (_moved(600, 700), "timestamps"),
    "exp passed": (_moved(-300, -200), "timestamps"),
    "exp before iat": (_moved(10, -10), "timestamps"),
    "nonce of another login": (_set("nonce", "another"), "nonce"),
    "nonce missing": (lambda c: c.pop("nonce"), "nonce"),
    "nonce a list": (_set("nonce", ["x"]), "nonce"),
    "roles a string": (_lti("roles", _ROLE + "Learner"), "roles"),
    "roles null": (_lti("roles", None), "roles"),
    "roles of numbers": (_lti("roles", [1, 2]), "roles"),
    "deployment empty": (_lti("deployment_id", ""), "deployment"),
    "deployment of 256": (_lti("deployment_id", "d" * 256), "deployment"),
    "deployment other than at login": (_lti("deployment_id", "999"), "deployment"),
    "deployment a number": (_lti("deployment_id", 1), "deployment"),
    "target foreign": (_lti("target_link_uri", "https://evil.example/"), "target_link_uri"),
    "target missing": (lambda c: c.pop(_CLAIM + "target_link_uri"), "target_link_uri"),
    "resource link of 256": (_lti("resource_link", {"id": "r" * 256}), "resource_link"),
    "resource link a list": (_lti("resource_link", []), "resource_link"),
    "sub a number": (_set("sub", 7), "subject"),
    "sub empty": (_set("sub", ""), "subject"),
    "sub of 256": (_set("sub", "s" * 256), "subject"),
    "message type unknown": (_lti("message_type", "LtiStartProctoring"), "message_type"),
}

ACCEPTED = {
    "iat thirty seconds ahead": _moved(30, 90),
    "unknown claims": _set("https://example.org/claim/whatever", {"a": [1]}),
    "context a list": _lti("context", []),
    "custom a string": _lti("custom", "kind=mentoring"),
    "locale a number": _set("locale", 5),
    "name a list": _set("name", ["Alice"]),
    "launch presentation null": _lti("launch_presentation", None),
    "azp ours": lambda c: c.update(azp=c["aud"]),
    "aud a list of ours": lambda c: c.update(aud=[c["aud"]]),
    "LTI 1.1 claim": _lti("lti1p1", {"user_id": "34212"}),
}


@pytest.mark.parametrize("name", by_check(REFUSED))
def test_a_wrong_claim_is_refused_and_opens_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    edit, code = REFUSED[name]
    answer = registered_tool.answer(
        registered_tool.browser(), lms, "alice", lms.activities[101], edit
    )
    assert answer.status_code == 401
    assert f"<code>{code} ·" in answer.get_data(as_text=True)
    assert count_visits(registered_tool) == 0


@rule("V18")
@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_but_harmless_claim_is_let_through(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    registered_tool.launch(registered_tool.browser(), lms, "bob", lms.activities[101])
    page = registered_tool.launch(
        registered_tool.browser(), lms, "alice", lms.activities[101], ACCEPTED[name]
    )
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"alg": "none"}, "token_header"),
        ({"alg": "HS256"}, "token_header"),
        ({"alg": "ES256"}, "token_header"),
        ({"header": {"jku": "https://evil.example/keys"}, "kid": "evil"}, "key_unknown"),
    ],
)
def test_key_and_algorithm_confusion_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, how: dict[str, Any], code: str
) -> None:
    form = _good_form(registered_tool, lms)
    form.form["id_token"] = lms.sign(form.claims, **how)
    answer = form.browser.post("/lti/launch", data=form.form)
    assert answer.status_code == 401
    assert f"<code>{code} ·" in answer.get_data(as_text=True)


@rule("V6")
def test_a_token_signed_by_another_key_under_the_right_kid_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    other = Sandbox("http://localhost:1")
    form.form["id_token"] = lms.sign(form.claims, key=other.signing_key.key)
    answer = form.browser.post("/lti/launch", data=form.form)
    assert answer.status_code == 401
    assert "<code>signature ·" in answer.get_data(as_text=True)


@rule("V5")
def test_an_elliptic_key_does_not_verify_as_rsa(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    form.form["id_token"] = lms.sign(form.claims, alg="ES256", key=ECKey.generate_key("P-256"))
    assert form.browser.post("/lti/launch", data=form.form).status_code == 401


@rule("V3")
@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "a.b.c.d", "." * 2, "é.é.é", "a" * 64_001]
)
def test_what_is_no_token_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, token: str
) -> None:
    form = _good_form(registered_tool, lms)
    answer = form.browser.post("/lti/launch", data=form.form | {"id_token": token})
    assert answer.status_code in {400, 401}
    assert count_visits(registered_tool) == 0


@rule("V10")
def test_a_replayed_answer_is_refused(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    form = _good_form(registered_tool, lms)
    assert form.browser.post("/lti/launch", data=form.form).status_code == 303
    again = form.browser.post("/lti/launch", data=form.form)
    assert again.status_code == 401
    assert "<code>state_invalid ·" in again.get_data(as_text=True)
    assert count_visits(registered_tool) == 1


@rule("V10", "V2")
def test_a_second_token_on_one_state_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    form.browser.post("/lti/launch", data=form.form)
    second = dict(form.claims, sub=str(lms.person("bob").id))
    answer = form.browser.post(
        "/lti/launch", data={"state": form.form["state"], "id_token": lms.sign(second)}
    )
    assert answer.status_code == 401


@rule("V10")
def test_what_a_refused_launch_used_up_stays_used_up(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    bad = lms.sign(dict(form.claims, nonce="other"))
    cookies = _cookies(form.browser)
    assert form.browser.post("/lti/launch", data=form.form | {"id_token": bad}).status_code == 401
    for name, value in cookies.items():
        form.browser.set_cookie(name, value, domain="localhost")
    assert form.browser.post("/lti/launch", data=form.form).status_code == 401


@rule("V2")
def test_an_answer_in_another_browser_is_refused_and_uses_nothing_up(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    stolen = registered_tool.browser().post("/lti/launch", data=form.form)
    assert stolen.status_code == 401
    assert "<code>state_invalid ·" in stolen.get_data(as_text=True)
    assert form.browser.post("/lti/launch", data=form.form).status_code == 303


@rule("V10")
def test_of_eight_equal_answers_at_once_at_most_one_is_accepted(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    cookies = _cookies(form.browser)

    def post(_: int) -> int:
        browser = registered_tool.browser()
        for name, value in cookies.items():
            browser.set_cookie(name, value, domain="localhost")
        return browser.post("/lti/launch", data=form.form).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(post, range(8)))
    assert statuses == [303] + [401] * 7
    assert count_visits(registered_tool) == 1


@rule("V4")
def test_an_answer_of_one_platform_does_not_end_the_login_of_another(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    other = Sandbox.demo("http://localhost:0", registered_tool.runtime.settings.public_url)
    with serve(other):
        registered_tool.register(other)
        form = _good_form(registered_tool, lms)
        nonce = form.claims["nonce"]
        foreign = other.sign(other.claims_for("alice", other.activities[101], nonce))
        answer = form.browser.post("/lti/launch", data=form.form | {"id_token": foreign})
    assert answer.status_code == 401
    assert count_visits(registered_tool) == 0


@rule("V1")
@pytest.mark.parametrize("missing", ["state", "id_token"])
def test_a_launch_without_its_fields_is_malformed(
    registered_tool: ToolUnderTest, lms: Sandbox, missing: str
) -> None:
    form = _good_form(registered_tool, lms)
    del form.form[missing]
    answer = form.browser.post("/lti/launch", data=form.form)
    assert answer.status_code == 400
    assert "<code>malformed ·" in answer.get_data(as_text=True)


@rule("V1")
def test_a_repeated_state_is_malformed(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    form = _good_form(registered_tool, lms)
    state = form.form["state"]
    answer = form.browser.post("/lti/launch", data=form.form | {"state": [state, state]})
    assert answer.status_code == 400


@rule("R-1.9")
def test_an_error_of_the_lms_is_shown_and_ends_the_login(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    form = _good_form(registered_tool, lms)
    answer = form.browser.post(
        "/lti/launch",
        data={
            "error": "login_required",
            "error_description": "<b>x</b>",
            "state": form.form["state"],
        },
    )
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "<code>platform_error ·" in page
    assert "<b>x</b>" not in page
    assert form.browser.post("/lti/launch", data=form.form).status_code == 401


class _Form:
    def __init__(self, tool: ToolUnderTest, lms: Sandbox) -> None:
        self.browser = tool.browser()
        activity = lms.activities[101]
        auth_url = tool.begin(self.browser, lms, "alice", activity)
        self.form: dict[str, Any] = lms.answer_login(auth_url, "alice", activity)
        nonce = parse_qs(urlsplit(auth_url).query)["nonce"][0]
        self.claims = lms.claims_for("alice", activity, nonce)


def _good_form(tool: ToolUnderTest, lms: Sandbox) -> _Form:
    return _Form(tool, lms)


def _cookies(browser: Any) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser._cookies.values()}


def count_visits(tool: ToolUnderTest) -> int:
    """Return how many visits there are."""
    with transaction(tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(Visit)) or 0


@rule("V2")
@pytest.mark.parametrize("state", ["a\0", "x" * 5000, "é" * 20, "' OR 1=1 --"])
def test_a_state_that_we_never_made_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, state: str
) -> None:
    browser = registered_tool.browser()
    launched = browser.post("/lti/launch", data={"state": state, "id_token": "x"})
    refused = browser.post("/lti/launch", data={"state": state, "error": "access_denied"})
    assert launched.status_code in {400, 401}
    assert refused.status_code == 400


def test_long_names_are_cut_and_keep_nobody_out(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    def edit(claims: Claims) -> None:
        claims.pop("name")
        claims.update(given_name="G" * 400, family_name="F" * 400, email="e" * 400, locale="de-AT")
        claims[_CLAIM + "context"] |= {"title": "T" * 900, "label": "L" * 900}
        claims[_CLAIM + "resource_link"] |= {"title": "R" * 900}

    page = registered_tool.launch(
        registered_tool.browser(), lms, "alice", lms.activities[101], edit
    )
    assert page.status_code == 200
