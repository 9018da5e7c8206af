"""The key server, and the endpoint where a tool gets an access token for its signed assertion."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, make_response, request
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lti_app.testing.sandbox.answers import error_page
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Tool

blueprint = Blueprint("moodle_tokens", __name__)

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_NO_KEYSET = "fix_jwks_alg(): Argument #1 must be of type array, null given"


class RefusedError(Exception):
    """Its text is the OAuth error: Moodle puts the texts of exceptions there, too."""


class NoKeysetError(Exception):
    """The tool's keys could not be fetched."""


@blueprint.get(addresses.CERTS)
def certs() -> Response:
    return jsonify(keys=[key.public_jwk() for key in current_platform().keys])


@blueprint.route(addresses.TOKEN, methods=["GET", "POST"])
def token() -> Response:
    platform = current_platform()
    try:
        tool = _authenticate(platform)
    except NoKeysetError:
        return error_page(_NO_KEYSET)
    except RefusedError as refused:
        return _answer(400, {"error": str(refused)})
    granted = [scope for scope in request.form["scope"].split(" ") if tool.grants(scope)]
    if not granted:
        return _answer(400, {"error": "invalid_scope"})
    body = {
        "access_token": platform.issue_access_token(tool, granted),
        "token_type": "Bearer",
        "expires_in": platform.access_token_life,
        "scope": " ".join(granted),
    }
    return _answer(200, body)


def _answer(status: int, body: dict[str, Any]) -> Response:
    """JSON that says it is HTML, as Moodle's does."""
    answer = make_response(json.dumps(body, indent=2), status)
    answer.headers["Content-Type"] = "text/html; charset=UTF-8"
    return answer


def _authenticate(platform: Platform) -> Tool:
    """Audience, jti and issuer of the assertion are not looked at: Moodle does not either."""
    form = request.form
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        raise RefusedError("invalid_request")
    if not all(form.get(name) for name in ("client_assertion", "scope", "grant_type")):
        raise RefusedError("invalid_request")
    if (
        form.get("client_assertion_type") != _JWT_BEARER
        or form["grant_type"] != "client_credentials"
    ):
        raise RefusedError("unsupported_grant_type")
    tool = platform.tool_of(_unverified_subject(form["client_assertion"]))
    if tool is None:
        raise RefusedError("invalid_client")
    claims = verify(platform, tool, form["client_assertion"])
    check_times(claims, platform.now())
    return tool


def _unverified_subject(assertion: str) -> object:
    parts = assertion.split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        subject: object = payload["sub"]
    except (IndexError, KeyError, TypeError, ValueError):
        raise RefusedError("invalid_request") from None
    return subject


def verify(platform: Platform, tool: Tool, assertion: str) -> dict[str, Any]:
    """The keys are kept without end, and fetched again whenever a signature does not fit."""
    kept = platform.keysets.get(tool.client_id)
    if kept is not None:
        try:
            return _claims(assertion, kept)
        except RefusedError:
            pass
    fresh = _fetch(tool)
    platform.keysets[tool.client_id] = fresh
    return _claims(assertion, fresh)


def _fetch(tool: Tool) -> object:
    try:
        answer = requests.get(tool.jwks_url, timeout=5, headers={"User-Agent": "MoodleBot/4.5"})
        answer.raise_for_status()
        keyset: object = answer.json()
    except (requests.RequestException, ValueError):
        raise NoKeysetError from None
    if not isinstance(keyset, dict):
        raise NoKeysetError
    return keyset


def _claims(assertion: str, keyset: object) -> dict[str, Any]:
    try:
        keys = KeySet.import_key_set(keyset)  # type: ignore[arg-type]
        verified = jws.deserialize_compact(assertion, keys, algorithms=["RS256"])
        claims: dict[str, Any] = json.loads(verified.payload)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise RefusedError(str(error) or "Signature verification failed") from None
    return claims


def check_times(claims: dict[str, Any], now: datetime) -> None:
    """No leeway at all: an assertion of a second ahead is refused."""
    seconds = now.timestamp()
    for name in ("nbf", "iat"):
        if claims.get(name, 0) > seconds:
            moment = datetime.fromtimestamp(claims[name], UTC).strftime("%Y-%m-%dT%H:%M:%S%z")
            raise RefusedError(f"Cannot handle token with {name} prior to {moment}")
    if "exp" in claims and seconds >= claims["exp"]:
        raise RefusedError("Expired token")
