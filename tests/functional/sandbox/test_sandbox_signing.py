"""The token factory: good messages, and those that a tool must refuse."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from lti_app.testing.sandbox import Activity, Sandbox


def _part(token: str, place: int) -> dict[str, Any]:
    return dict(json.loads(urlsafe_b64decode(token.split(".")[place] + "==")))


def _verify(token: str, key: RSAKey) -> dict[str, Any]:
    return dict(json.loads(jws.deserialize_compact(token, key, algorithms=["RS256"]).payload))


def test_an_edited_payload_is_signed_as_it_is(sandbox: Sandbox, activity: Activity) -> None:
    claims = sandbox.claims_for("alice", activity, "n")
    claims["aud"] = ["a", "b"]
    del claims["sub"]
    token = sandbox.sign(claims)
    assert _verify(token, sandbox.signing_key.key) == claims
    assert _part(token, 0) == {"typ": "JWT", "alg": "RS256", "kid": sandbox.signing_key.kid}


def test_the_kid_can_be_wrong_or_missing_and_the_header_is_free(sandbox: Sandbox) -> None:
    assert _part(sandbox.sign({}, kid="imstester_66067"), 0)["kid"] == "imstester_66067"
    assert "kid" not in _part(sandbox.sign({}, kid=None), 0)
    assert _part(sandbox.sign({}, header={"typ": "other", "jku": "http://x"}), 0)["jku"]


def test_another_key_can_sign_under_the_known_kid(sandbox: Sandbox) -> None:
    token = sandbox.sign({"a": 1}, key=RSAKey.generate_key(2048))
    assert _part(token, 0)["kid"] == sandbox.signing_key.kid
    with pytest.raises(BadSignatureError):
        _verify(token, sandbox.signing_key.key)


def test_a_token_can_be_unsigned(sandbox: Sandbox) -> None:
    token = sandbox.sign({"a": 1}, alg="none")
    assert token.endswith(".")
    assert _part(token, 0)["alg"] == "none"


def test_the_public_key_can_be_abused_as_a_secret(sandbox: Sandbox) -> None:
    token = sandbox.sign({"a": 1}, alg="HS256")
    signed, _, signature = token.rpartition(".")
    secret = sandbox.signing_key.public_pem()
    assert secret.startswith(b"-----BEGIN PUBLIC KEY-----")
    expected = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    assert urlsafe_b64decode(signature + "==") == expected


def test_a_curve_can_sign_under_the_kid_of_an_rsa_key(sandbox: Sandbox) -> None:
    header = _part(sandbox.sign({"a": 1}, alg="ES256"), 0)
    assert (header["alg"], header["kid"]) == ("ES256", sandbox.signing_key.kid)


def test_a_login_is_answered_as_a_good_lms_would(sandbox: Sandbox, activity: Activity) -> None:
    login = sandbox.make_login("bob", activity)
    assert login["login_hint"] == str(sandbox.people["bob"].id)
    form = sandbox.answer_login(
        "http://localhost:8000/mod/lti/auth.php?nonce=n-1&state=a%26b",
        "bob",
        activity,
        edit=lambda claims: claims.update(name="Bobby"),
    )
    assert form["state"] == "a&b"
    claims = _verify(form["id_token"], sandbox.signing_key.key)
    assert (claims["nonce"], claims["name"]) == ("n-1", "Bobby")


def test_two_sandboxes_share_nothing(sandbox: Sandbox, activity: Activity) -> None:
    other = Sandbox.demo("http://localhost:8001", "http://127.0.0.1:5000")
    assert other.signing_key.kid != sandbox.signing_key.kid
    assert other.tools[1].client_id != sandbox.tools[1].client_id
    assert other.cookie_name != sandbox.cookie_name
    other.people["alice"].given_name = "Other"
    assert sandbox.people["alice"].given_name == "Alice"
