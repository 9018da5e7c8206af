"""Service tokens: how they are asked for, and what every answer means."""

import json
from datetime import timedelta
from typing import cast
from urllib.parse import parse_qs

import pytest
from joserfc import jwt

from lti_app.domain.delivery import Outcome
from lti_app.lti.http import FailureKind, HttpClient, HttpFailure, Response
from lti_app.lti.tokens import IssuedToken, TokenRefused, request_token
from tests.unit.lti_app.lti.lms import CLAIM, NOW, RSA, SCORE, SECOND

RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
URL = "https://lms.example/token.php"


class Lms:
    """A client that remembers forms and answers with what it was given."""

    def __init__(self, answer: Response | HttpFailure) -> None:
        self.answer = answer
        self.forms: list[dict[str, list[str]]] = []
        self.headers: list[dict[str, str]] = []
        self.deadlines: list[float] = []

    def post(self, url: str, data: bytes, headers: dict[str, str], deadline: float) -> Response:
        """Answer a token request."""
        assert url == URL
        self.forms.append(parse_qs(data.decode(), strict_parsing=True))
        self.headers.append(headers)
        self.deadlines.append(deadline)
        if isinstance(self.answer, HttpFailure):
            raise self.answer
        return self.answer

    def assertion(self) -> jwt.Token:
        """Return the assertion of the last request, its signature verified."""
        return jwt.decode(self.forms[-1]["client_assertion"][0], RSA)


def answered(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer of a token endpoint, by default of the type that Moodle gives it."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers or {"Content-Type": "text/html; charset=utf-8"}, text)


GRANTED = {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600, "scope": SCORE}


def request(
    answer: Response | HttpFailure | Lms,
    *scopes: str,
    audience: str | None = None,
    deployment_id: str | None = "1",
    needed: tuple[str, ...] | None = None,
) -> IssuedToken:
    """Ask an LMS for a token."""
    lms = answer if isinstance(answer, Lms) else Lms(answer)
    return request_token(
        cast("HttpClient", lms),
        token_url=URL,
        audience=audience,
        client_id="client",
        deployment_id=deployment_id,
        scopes=scopes or (SCORE,),
        needed=needed,
        key=RSA,
        kid="our-key",
        now=NOW,
    )


def refused(answer: Response | HttpFailure, *scopes: str) -> TokenRefused:
    """Return why an LMS gave no token."""
    with pytest.raises(TokenRefused) as failure:
        request(answer, *scopes)
    return failure.value


def test_a_token_is_asked_for_with_a_signed_assertion_in_a_form() -> None:
    lms = Lms(answered({**GRANTED, "scope": f"{SCORE} {RESULT}"}))
    request(lms, SCORE, RESULT)
    (form,) = lms.forms
    del form["client_assertion"]
    assert form == {
        "grant_type": ["client_credentials"],
        "scope": [f"{RESULT} {SCORE}"],
        "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
    }
    assert lms.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert lms.deadlines == [25.0]


def test_the_assertion_says_who_we_are_and_is_a_minute_old_for_clocks_that_lag() -> None:
    lms = Lms(answered(GRANTED))
    request(lms)
    assertion = lms.assertion()
    assert assertion.header == {"alg": "RS256", "kid": "our-key", "typ": "JWT"}
    claims = dict(assertion.claims)
    assert len(claims.pop("jti")) >= 20
    assert claims == {
        "iss": "client",
        "sub": "client",
        "aud": URL,
        "iat": SECOND - 60,
        "exp": SECOND + 240,
        CLAIM + "deployment_id": "1",
    }


def test_no_two_assertions_are_equal() -> None:
    lms = Lms(answered(GRANTED))
    request(lms)
    first = lms.assertion().claims["jti"]
    request(lms)
    assert lms.assertion().claims["jti"] != first


def test_a_platform_may_have_an_audience_of_its_own() -> None:
    lms = Lms(answered(GRANTED))
    request(lms, audience="https://auth.example")
    assert lms.assertion().claims["aud"] == "https://auth.example"


def test_an_unknown_deployment_is_left_out() -> None:
    lms = Lms(answered(GRANTED))
    request(lms, deployment_id=None)
    assert CLAIM + "deployment_id" not in lms.assertion().claims


def test_a_granted_token_is_read_whatever_its_content_type() -> None:
    assert request(answered(GRANTED)) == IssuedToken("abc", frozenset({SCORE}), timedelta(hours=1))


def test_more_may_be_granted_than_was_asked_for() -> None:
    issued = request(answered({**GRANTED, "scope": f"{RESULT} {SCORE}"}))
    assert issued.granted_scopes == {SCORE}


def test_less_may_be_granted_than_was_asked_for_but_not_less_than_is_needed() -> None:
    issued = request(answered(GRANTED), SCORE, RESULT, needed=(SCORE,))
    assert issued.granted_scopes == {SCORE}
    with pytest.raises(TokenRefused) as failure:
        request(answered(GRANTED), SCORE, RESULT, needed=(RESULT,))
    assert failure.value.reason == "scope_missing"


def test_without_a_word_about_scopes_all_are_granted() -> None:
    issued = request(answered({"access_token": "abc"}), SCORE, RESULT)
    assert issued.granted_scopes == {RESULT, SCORE}


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        (60, 60),
        ("120", 120),
        (None, 3600),
        (True, 3600),
        (-1, 3600),
        (59.5, 3600),
        ("²", 3600),
        (10**30, 86400),
    ],
)
def test_a_token_is_good_for_as_long_as_the_lms_says_within_limits(
    told: object, understood: int
) -> None:
    issued = request(answered({**GRANTED, "expires_in": told}))
    assert issued.expires_in == timedelta(seconds=understood)


MOODLE_WITHOUT_OUR_KEYS = (
    b"<html>mod_lti\\local\\ltiopenid\\jwks_helper::fix_jwks_alg(): Argument #1 ($jwks) "
    b"must be of type array, null given"
)
REFUSALS: dict[str, tuple[Response, Outcome, str]] = {
    "scope not granted": (
        answered({"error": "invalid_scope"}, 400),
        Outcome.CONFIGURATION,
        "scope_missing",
    ),
    "another scope granted": (
        answered({**GRANTED, "scope": RESULT}),
        Outcome.CONFIGURATION,
        "scope_missing",
    ),
    "no scope granted": (
        answered({**GRANTED, "scope": ""}),
        Outcome.CONFIGURATION,
        "scope_missing",
    ),
    "client unknown": (
        answered({"error": "invalid_client"}, 400),
        Outcome.CONFIGURATION,
        "client_unknown",
    ),
    "client not allowed": (
        answered({"error": "unauthorized_client"}, 403),
        Outcome.CONFIGURATION,
        "client_unknown",
    ),
    "401": (answered(b"", 401), Outcome.CONFIGURATION, "client_unknown"),
    "assertion refused": (
        answered({"error": "Cannot handle token with iat prior to"}, 400),
        Outcome.CONFIGURATION,
        "token_refused",
    ),
    "403": (answered(b"no", 403), Outcome.CONFIGURATION, "token_refused"),
    "our keys not reachable for Moodle": (
        answered(MOODLE_WITHOUT_OUR_KEYS, 404),
        Outcome.TRANSIENT,
        "keys_unreachable",
    ),
    "404": (answered(b"<html>", 404), Outcome.TRANSIENT, "token_unavailable"),
    "500": (answered(b"", 500), Outcome.TRANSIENT, "token_unavailable"),
    "redirect": (answered(b"", 302), Outcome.TRANSIENT, "token_unavailable"),
    "throttled": (answered(b"", 429), Outcome.TRANSIENT, "throttled"),
    "throttled the old way": (
        answered(b"403 Forbidden (Rate Limit Exceeded)", 403),
        Outcome.TRANSIENT,
        "throttled",
    ),
    "not JSON": (answered(b"<html>"), Outcome.TRANSIENT, "token_unreadable"),
    "a list": (answered([]), Outcome.TRANSIENT, "token_unreadable"),
    "far too deep": (answered(b"[" * 100_000), Outcome.TRANSIENT, "token_unreadable"),
    "no token": (answered({"scope": SCORE}), Outcome.TRANSIENT, "token_unreadable"),
    "token empty": (
        answered({**GRANTED, "access_token": ""}),
        Outcome.TRANSIENT,
        "token_unreadable",
    ),
    "token a number": (
        answered({**GRANTED, "access_token": 7}),
        Outcome.TRANSIENT,
        "token_unreadable",
    ),
    "token with a line break": (
        answered({**GRANTED, "access_token": "a\r\nX: b"}),
        Outcome.TRANSIENT,
        "token_unreadable",
    ),
    "token too long": (
        answered({**GRANTED, "access_token": "a" * 8001}),
        Outcome.TRANSIENT,
        "token_unreadable",
    ),
    "token of another kind": (
        answered({**GRANTED, "token_type": "mac"}),
        Outcome.TRANSIENT,
        "token_unreadable",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_answer_without_a_token_has_its_class(name: str) -> None:
    answer, outcome, reason = REFUSALS[name]
    failure = refused(answer)
    assert (failure.outcome, failure.reason, failure.status) == (outcome, reason, answer.status)


@pytest.mark.parametrize("kind", ["connection", "timeout", "after_send", "too_large"])
def test_a_token_endpoint_that_does_not_answer_is_asked_again_later(kind: FailureKind) -> None:
    failure = refused(HttpFailure(kind))
    assert failure.outcome is Outcome.TRANSIENT
    assert (failure.reason, failure.status) == (f"token_{kind}", None)


def test_a_token_endpoint_that_must_not_be_called_is_a_matter_of_configuration() -> None:
    failure = refused(HttpFailure("refused"))
    assert (failure.outcome, failure.reason) == (Outcome.CONFIGURATION, "address_refused")


WAITS: dict[str, timedelta | None] = {
    "30": timedelta(seconds=30),
    "0": timedelta(),
    "Mon, 23 Nov 2026 12:01:00 GMT": timedelta(minutes=1),
    "Mon, 23 Nov 2026 11:00:00 GMT": timedelta(),
    "Mon, 23 Nov 2099 12:00:00 GMT": timedelta(days=1),
    "99999999999": timedelta(days=1),
    "Mon, 23 Nov 2026 12:01:00": None,
    "Mon, 23 Nov 2026 12:01:00 -0000": None,
    "Mon, 23 Nov 99999999999999999999 12:01:00 GMT": None,
    "Mon, 23 Nov 2026 12:01:00 +99999999999999": None,
    "soon": None,
    "-5": None,
    "²": None,
    "": None,
}


@pytest.mark.parametrize("told", WAITS)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_an_lms_asks_for_is_passed_on(told: str, status: int) -> None:
    failure = refused(answered(b"", status, {"Retry-After": told}))
    assert failure.retry_after == WAITS[told]


def test_a_refusal_can_be_logged() -> None:
    assert str(refused(answered(b"", 401))) == "configuration: client_unknown (401)"
