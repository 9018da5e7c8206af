"""Tokens for an LMS's services: asked for with a signed assertion instead of a password.

Authlib builds assertion and request. Its own client is not used for the call itself: it knows no
deadline for the whole answer, and our `HttpClient` does.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from authlib.common.urls import add_params_to_qs
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from joserfc.jwk import RSAKey

from lti_app.domain.delivery import Outcome
from lti_app.lti.claims import DEPLOYMENT_ID
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.keys import ALGORITHM
from lti_app.lti.throttling import is_throttled, retry_after

#: Moodle knows no leeway: an assertion from its future is refused, so ours says it is older. The
#: whole still spans no more than the five minutes that some servers allow.
_BACKDATED = timedelta(seconds=60)
_LIFETIME = timedelta(minutes=5)
_DEFAULT_EXPIRY = timedelta(hours=1)
_LONGEST_EXPIRY = timedelta(days=1)
_LONGEST_TOKEN = 8000
#: PHP's own words when Moodle could not fetch our keys; they come on a page with status 404.
_KEYS_UNREACHABLE = b"fix_jwks_alg"


class TokenRefused(Exception):
    """There is no token.

    Attributes:
        outcome: how the delivery that wanted it goes on: `TRANSIENT`, `CONFIGURATION`, or
            `NOT_ASKED` where the LMS was not called at all.
        reason: short code for the page and the log.
        status: of the LMS's answer, or None when none arrived.
        retry_after: how long the LMS asked us to wait, or None.
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        self.outcome = outcome
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        super().__init__(f"{outcome}: {reason} ({status})")


@dataclass(frozen=True)
class IssuedToken:
    """A token, which of the scopes that were asked for it is good for, and for how long."""

    token: str
    granted_scopes: frozenset[str]
    expires_in: timedelta


def request_token(
    client: HttpClient,
    *,
    token_url: str,
    audience: str | None,
    client_id: str,
    deployment_id: str | None,
    scopes: Collection[str],
    needed: Collection[str] | None = None,
    key: RSAKey,
    kid: str,
    now: datetime,
    deadline: float = 25.0,
) -> IssuedToken:
    """Ask an LMS for a token.

    Args:
        client: makes the call.
        token_url: the registered token address.
        audience: whom the assertion is for, where that is not `token_url`.
        client_id: ours at this LMS.
        deployment_id: the installation, where it is known.
        scopes: what to ask for.
        needed: what of it must be granted; all, unless it is given.
        key: the tool's signing key.
        kid: its id, under which the LMS finds the public half.
        now: the moment of the request.
        deadline: seconds for the whole call.

    Raises:
        TokenRefused: there is none, and why.
    """
    assertion = private_key_jwt_sign(
        key,
        client_id,
        audience or token_url,
        alg=ALGORITHM,
        claims={} if deployment_id is None else {DEPLOYMENT_ID: deployment_id},
        header={"kid": kid, "typ": "JWT"},
        issued_at=int((now - _BACKDATED).timestamp()),
        expires_in=int(_LIFETIME.total_seconds()),
    )
    form = prepare_token_request("client_credentials", scope=" ".join(sorted(scopes)))
    body = add_params_to_qs(
        form, [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]
    )
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    try:
        answer = client.post(token_url, body.encode(), headers, deadline)
    except HttpFailure as failure:
        if failure.kind == "refused":
            raise TokenRefused(Outcome.CONFIGURATION, "address_refused") from failure
        raise TokenRefused(Outcome.TRANSIENT, f"token_{failure.kind}") from failure
    if not 200 <= answer.status < 300:
        raise _refusal(answer, now)
    return _read(answer, scopes, scopes if needed is None else needed)


def _refusal(answer: Response, now: datetime) -> TokenRefused:
    """Class an answer that holds no token (lti-rules.md R-4.14)."""
    wait = retry_after(answer, now)
    if is_throttled(answer):
        return TokenRefused(Outcome.TRANSIENT, "throttled", answer.status, wait)
    error = str(_json_object(answer.body).get("error"))
    if error == "invalid_scope":
        return TokenRefused(Outcome.CONFIGURATION, "scope_missing", answer.status)
    if error in {"invalid_client", "unauthorized_client"} or answer.status == 401:
        return TokenRefused(Outcome.CONFIGURATION, "client_unknown", answer.status)
    if _KEYS_UNREACHABLE in answer.body:
        return TokenRefused(Outcome.TRANSIENT, "keys_unreachable", answer.status, wait)
    if answer.status in {400, 403}:
        return TokenRefused(Outcome.CONFIGURATION, "token_refused", answer.status)
    # 404 included: it may be a wrong address, or an LMS half-way through an upgrade.
    return TokenRefused(Outcome.TRANSIENT, "token_unavailable", answer.status, wait)


def _read(answer: Response, scopes: Collection[str], needed: Collection[str]) -> IssuedToken:
    """Read a good answer, whatever its content type: Moodle calls it text/html."""
    document = _json_object(answer.body)
    token = document.get("access_token")
    is_bearer = str(document.get("token_type", "bearer")).lower() == "bearer"
    if not is_bearer or not _fits_a_header(token):
        raise TokenRefused(Outcome.TRANSIENT, "token_unreadable", answer.status)
    granted = document.get("scope")
    # Without a word about it, everything asked for is granted (RFC 6749, 5.1).
    granted_scopes = set(scopes) & set(granted.split() if isinstance(granted, str) else scopes)
    if not set(needed) <= granted_scopes:
        raise TokenRefused(Outcome.CONFIGURATION, "scope_missing", answer.status)
    return IssuedToken(str(token), frozenset(granted_scopes), _expiry(document.get("expires_in")))


def _json_object(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _fits_a_header(token: object) -> bool:
    return (
        isinstance(token, str)
        and 0 < len(token) <= _LONGEST_TOKEN
        and all("!" <= character <= "~" for character in token)
    )


def _expiry(value: object) -> timedelta:
    """Return for how long a token is good; some servers write the number as a string."""
    text = str(value)
    if not text.isdecimal() or not text.isascii():
        return _DEFAULT_EXPIRY
    return min(timedelta(seconds=int(text[:9])), _LONGEST_EXPIRY)
