"""The key server, and the endpoint where a tool gets an access token for its signed assertion."""

from __future__ import annotations

from typing import Any

import requests
from flask import Blueprint, Response, jsonify, make_response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Tool

blueprint = Blueprint("canvas_tokens", __name__)

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RefusedError(Exception):
    """Its text is the OAuth error, what follows is the description."""


@blueprint.get(addresses.CERTS)
def certs() -> Response:
    return jsonify(keys=[key.public_jwk() for key in current_platform().keys])


@blueprint.post(addresses.TOKEN)
def token() -> Response:
    platform = current_platform()
    try:
        tool = _authenticate(platform)
        scopes = _scopes(tool)
    except RefusedError as refused:
        error, description = refused.args
        return make_response(jsonify(error=error, error_description=description), 400)
    return jsonify(
        access_token=platform.issue_access_token(tool, scopes),
        token_type="Bearer",
        expires_in=platform.access_token_life,
        scope=" ".join(scopes),
    )


def _scopes(tool: Tool) -> list[str]:
    scopes = request.form.get("scope", "").split()
    if not scopes or not all(map(tool.grants, scopes)):
        raise RefusedError("invalid_scope", "A requested scope is invalid, unknown, malformed")
    return scopes


def _authenticate(platform: Platform) -> Tool:
    """Audience and jti count here: the token address, and never seen before."""
    form = request.form
    if form.get("grant_type") != "client_credentials":
        raise RefusedError("unsupported_grant_type", "The grant type is not supported")
    if form.get("client_assertion_type") != _JWT_BEARER:
        raise RefusedError("invalid_request", "assertion method not supported for this grant_type")
    claims, tool = _verified(platform, form.get("client_assertion", ""))
    _check(platform, claims)
    return tool


def _verified(platform: Platform, assertion: str) -> tuple[dict[str, Any], Tool]:
    for tool in platform.tools.values():
        try:
            claims = jwt.decode(assertion, keys_of(tool), algorithms=["RS256"]).claims
        except (JoseError, KeyError, TypeError, ValueError):
            continue
        if claims.get("sub") == tool.client_id:
            return claims, tool
    raise RefusedError("invalid_client", "unknown client, or the signature does not fit")


def keys_of(tool: Tool) -> KeySet:
    """The tool's keys, fetched anew."""
    try:
        answer = requests.get(tool.jwks_url, timeout=5, headers={"User-Agent": "Canvas"})
        answer.raise_for_status()
        return KeySet.import_key_set(answer.json())
    except (requests.RequestException, ValueError):
        raise RefusedError("invalid_client", "the keys could not be fetched") from None


def _check(platform: Platform, claims: dict[str, Any]) -> None:
    now = platform.now().timestamp()
    audience = claims.get("aud")
    if platform.url(addresses.TOKEN) not in (
        audience if isinstance(audience, list) else [audience]
    ):
        raise RefusedError("invalid_request", "the 'aud' is invalid")
    if not claims.get("exp", 0) > now or claims.get("iat", now + 1) > now + 30:
        raise RefusedError("invalid_request", "the JWT has expired or is not yet valid")
    jti = str(claims.get("jti") or "")
    with platform.lock:
        if not jti or jti in platform.seen_assertions:
            raise RefusedError("invalid_request", "the 'jti' is invalid")
        platform.seen_assertions.add(jti)
