"""The key server and the token endpoint."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox
from tests.functional.sandbox.calls import Clock, ToolKeys

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINEITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"

Ask = Callable[..., TestResponse]


def _body(answer: TestResponse) -> dict[str, Any]:
    return dict(json.loads(answer.text))


def test_the_key_server_publishes_public_keys_only(client: FlaskClient, sandbox: Sandbox) -> None:
    (jwk,) = client.get("/mod/lti/certs.php").get_json()["keys"]
    assert jwk["kid"] == sandbox.signing_key.kid
    assert (jwk["kty"], jwk["alg"], jwk["use"]) == ("RSA", "RS256", "sig")
    assert "d" not in jwk


def test_a_rotated_key_replaces_the_old_one(client: FlaskClient, sandbox: Sandbox) -> None:
    old = sandbox.signing_key.kid
    new = sandbox.rotate_key()
    assert new != old
    assert [key["kid"] for key in client.get("/mod/lti/certs.php").get_json()["keys"]] == [new]
    sandbox.rotate_key(keep_old=True)
    assert len(client.get("/mod/lti/certs.php").get_json()["keys"]) == 2


def test_a_good_assertion_gets_a_token_that_says_it_is_html(
    ask_for_token: Ask, sandbox: Sandbox
) -> None:
    answer = ask_for_token(SCORE)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    body = _body(answer)
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, SCORE)
    assert sandbox.access_token(body["access_token"])
    assert sandbox.tokens_issued == 1


def test_a_token_is_good_for_as_long_as_it_says(
    ask_for_token: Ask, sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.access_token_life = 5
    body = _body(ask_for_token(SCORE))
    assert body["expires_in"] == 5
    clock.pass_by(4)
    assert sandbox.access_token(body["access_token"])
    clock.pass_by(2)
    assert sandbox.access_token(body["access_token"]) is None


def test_scopes_are_cut_to_what_is_granted(ask_for_token: Ask, sandbox: Sandbox) -> None:
    sandbox.tools[1].scopes = (SCORE,)
    assert _body(ask_for_token(f"{LINEITEM} {SCORE}"))["scope"] == SCORE
    answer = ask_for_token(LINEITEM)
    assert answer.status_code == 400
    assert _body(answer) == {"error": "invalid_scope"}


def test_an_assertion_of_the_future_fails_without_leeway(ask_for_token: Ask, clock: Clock) -> None:
    now = int(clock().timestamp())
    answer = ask_for_token(SCORE, claims={"iat": now + 30, "exp": now + 90})
    assert answer.status_code == 400
    assert _body(answer)["error"].startswith("Cannot handle token with iat prior to 2030-01-07T")
    assert ask_for_token(SCORE, claims={"iat": now}).status_code == 200


def test_an_assertion_past_its_end_fails(ask_for_token: Ask, clock: Clock) -> None:
    now = int(clock().timestamp())
    assert _body(ask_for_token(SCORE, claims={"exp": now}))["error"] == "Expired token"


def test_audience_and_issuer_are_not_looked_at(ask_for_token: Ask) -> None:
    claims = {"aud": "https://elsewhere.example", "iss": "nobody"}
    assert ask_for_token(SCORE, claims=claims).status_code == 200


def test_unknown_clients_and_grants_are_refused(ask_for_token: Ask) -> None:
    assert _body(ask_for_token(SCORE, claims={"sub": "x"})) == {"error": "invalid_client"}
    assert _body(ask_for_token(SCORE, grant_type="password")) == {"error": "unsupported_grant_type"}
    assert _body(ask_for_token(SCORE, client_assertion="x")) == {"error": "invalid_request"}


def test_only_forms_are_read(client: FlaskClient) -> None:
    for answer in (
        client.get("/mod/lti/token.php"),
        client.post("/mod/lti/token.php", json={"grant_type": "client_credentials"}),
    ):
        assert answer.status_code == 400
        assert _body(answer) == {"error": "invalid_request"}


def test_the_tools_keys_are_kept_and_fetched_again_when_a_signature_does_not_fit(
    ask_for_token: Ask, tool_keys: ToolKeys
) -> None:
    ask_for_token(SCORE)
    ask_for_token(SCORE)
    assert tool_keys.fetched == 1
    new_key = RSAKey.generate_key(2048, {"kid": "second"})
    assert ask_for_token(SCORE, key=new_key).status_code == 400
    assert tool_keys.fetched == 2
    tool_keys.keys = [new_key]
    assert ask_for_token(SCORE, key=new_key).status_code == 200


@pytest.mark.parametrize("status", [200, 500])
def test_a_keyset_that_cannot_be_fetched_shows_a_page(
    ask_for_token: Ask, tool_keys: ToolKeys, status: int
) -> None:
    tool_keys.answer = lambda: Response("<html>", status)
    answer = ask_for_token(SCORE)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "fix_jwks_alg(): Argument #1 must be of type array, null given" in answer.text


def test_a_key_server_that_is_gone_shows_the_same_page(
    ask_for_token: Ask, tool_keys: ToolKeys
) -> None:
    tool_keys.server.stop()
    assert ask_for_token(SCORE).status_code == 404
