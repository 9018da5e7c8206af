"""What both profiles need to register a tool: the administrator, the token, and errors as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, make_response, redirect, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lti_app.testing.sandbox.answers import error_page, page
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.signing import Claims, sign
from lti_app.testing.sandbox.state import Platform, current_platform

TOKEN_LIFE = 3600
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"


class NotAdministratorError(Exception):
    """Somebody else opened an administrator's page."""


def administrator() -> LmsSession:
    """The session of the site's administrator."""
    platform = current_platform()
    session = platform.sessions.find(request.cookies.get(platform.cookie_name))
    if session is None or not session.person.is_admin:
        raise NotAdministratorError
    return session


def tools_page(
    heading: str,
    start: str,
    parameter: str,
    states: Mapping[bool, str],
    *,
    reducible: bool = False,
) -> Response:
    """The administrator's list of tools; with the address of a new one, also its frame."""
    administrator()
    address = request.args.get("tool")
    frame = with_query(start, {parameter: address}) if address else None
    tools = current_platform().tools.values()
    return page(
        "tools.html",
        heading=heading,
        tools=tools,
        frame=frame,
        states=states,
        reducible=reducible,
    )


def refuse_others(_error: NotAdministratorError) -> Response:
    return error_page("Sorry, but you do not currently have permissions to do that.", 403)


def new_token(platform: Platform, claims: Claims) -> str:
    """A registration token, good for an hour."""
    key = platform.signing_key
    issued_at = int(platform.now().timestamp())
    times = {"iat": issued_at, "exp": issued_at + TOKEN_LIFE}
    header = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return sign(claims | times, key, header=header, alg="RS256")


def bearer() -> str | None:
    """The token in the request, if there is one."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme == "Bearer" else None


def read_token(platform: Platform, token: str) -> dict[str, Any] | None:
    """The claims of a token of this LMS that is still good."""
    try:
        keys = KeySet.import_key_set({"keys": [key.public_jwk() for key in platform.keys]})
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=["RS256"]).claims
    except (JoseError, KeyError, TypeError, ValueError):
        return None
    return claims if claims.get("exp", 0) > platform.now().timestamp() else None


def one_liner(text: str, status: int) -> Response:
    """An error as Moodle has them: a few words that say they are HTML."""
    answer = make_response(text, status)
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


def json_answer(body: object, status: int = 200) -> Response:
    answer = make_response(json.dumps(body), status)
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    return answer


def go(url: str) -> Response:
    answer = redirect(url)
    assert isinstance(answer, Response)
    return answer


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The address with parameters after those that it has."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return parts._replace(query=query).geturl()
