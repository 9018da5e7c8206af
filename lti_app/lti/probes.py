"""Looking at an LMS, and at the tool from outside, to tell what is wrong between them.

Nothing here changes anything in the LMS.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lti_app.domain.delivery import Outcome
from lti_app.lti.addresses import add_to_query
from lti_app.lti.http import HttpClient, Response
from lti_app.lti.key_sets import ACCEPT, KeySetUnusable, parse_key_set, read_key_set
from lti_app.lti.line_items import LIST_TYPE, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_app.lti.rosters import ROSTER_TYPE, SCOPE_ROSTER
from lti_app.lti.throttling import moment_of
from lti_app.lti.tokens import IssuedToken, TokenRefused
from lti_app.lti.tool import Tool

#: What a cookie of ours carries, or it is not kept in an LMS's frame.
_COOKIE_MARKS: Final = ("secure", "httponly", "samesite=none", "partitioned", "path=/")
_COOKIES: Final = ("__Host-seen", "__Host-st-")

Ask = Callable[[frozenset[str]], IssuedToken]


@dataclass(frozen=True)
class KeysSeen:
    """What an LMS's key address answers.

    Attributes:
        status: of the answer.
        count: how many usable keys it holds.
        seconds_ahead: of the LMS's clock before ours, or None if it does not say.
    """

    status: int
    count: int
    seconds_ahead: int | None


@dataclass(frozen=True)
class Granted:
    """What an LMS grants: a token, and the scopes it is good for."""

    token: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Service:
    """A service of the LMS that can be read without side effects."""

    url: str
    media_type: str
    scopes: frozenset[str]


def column_service(url: str) -> Service:
    """Return the service that lists a course's columns; either of two scopes opens it."""
    return Service(url, LIST_TYPE, frozenset({SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ}))


def roster_service(url: str) -> Service:
    """Return the service that lists a course's people."""
    return Service(url, ROSTER_TYPE, frozenset({SCOPE_ROSTER}))


def look_at_keys(client: HttpClient, url: str, now: datetime, *, deadline: float) -> KeysSeen:
    """Fetch an LMS's keys.

    Raises:
        HttpFailure: no answer.
    """
    answer = client.get(url, ACCEPT, deadline)
    try:
        count = len(parse_key_set(read_key_set(answer).document))
    except KeySetUnusable:
        count = 0
    return KeysSeen(answer.status, count, seconds_ahead(answer, now))


def seconds_ahead(answer: Response, now: datetime) -> int | None:
    """Return by how much the clock of a server is ahead, by its answer's date; None without one.

    A cache in between keeps the date of when it asked, and says how long ago that was.
    """
    # A server behind another can say it twice; both then stand in one header.
    said = moment_of(", ".join(answer.headers.get("Date", "").split(", ")[:2]))
    if said is None:
        return None
    age = answer.headers.get("Age", "0")
    seconds = int(age) if age.isdecimal() and age.isascii() and len(age) < 9 else 0
    return round((said - now).total_seconds()) + seconds


def ask_for_scopes(ask: Ask, scopes: Collection[str]) -> Granted:
    """Find out which scopes an LMS grants; some refuse all of them for one that they do not.

    Args:
        ask: asks for a token that may be good for less.
        scopes: that the tool would like.

    Raises:
        TokenRefused: no scope is granted, or there is no token for another reason.
    """
    try:
        issued = ask(frozenset(scopes))
    except TokenRefused as refused:
        if refused.reason != "scope_missing":
            raise
        return _one_by_one(ask, scopes, refused)
    return Granted(issued.token, issued.granted_scopes)


def ask_service(client: HttpClient, token: str, service: Service, *, deadline: float) -> int:
    """Call a service as it is called for work; returns the status of the answer.

    Raises:
        HttpFailure: no answer.
    """
    headers = {"Authorization": f"Bearer {token}", "Accept": service.media_type}
    return client.get(service.url, headers, deadline).status


def own_keys(client: HttpClient, tool: Tool, *, deadline: float) -> set[str]:
    """Fetch the tool's own keys as an LMS does; returns their ids.

    Raises:
        HttpFailure: no answer.
        ValueError: the answer is no key set.
    """
    answer = client.get(tool.keys_url, ACCEPT, deadline)
    if answer.status != 200:
        raise ValueError(f"status {answer.status}")
    try:
        document = json.loads(answer.body)
        return {str(key["kid"]) for key in document["keys"]}
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no key set") from error


def begin_login(
    client: HttpClient, tool: Tool, issuer: str, client_id: str, *, deadline: float
) -> Response:
    """Begin a login as an LMS's frame does, to see what arrives of the tool's answer.

    Raises:
        HttpFailure: no answer.
    """
    parameters = {
        "iss": issuer,
        "client_id": client_id,
        "login_hint": "platform-check",
        "target_link_uri": tool.launch_url,
    }
    return client.get(add_to_query(tool.login_url, parameters), None, deadline)


def keeps_cookies(answer: Response) -> bool:
    """Tell whether the cookies of a login arrive as they were sent."""
    lines = answer.headers.get("Set-Cookie", "")
    cookies = [line.lower() for line in lines.split(", __Host-")]
    has_both = all(name in lines for name in _COOKIES)
    return has_both and all(mark in line for line in cookies for mark in _COOKIE_MARKS)


def may_be_framed(answer: Response) -> bool:
    """Tell whether a page's headers let an LMS show it; ours are checked elsewhere."""
    policies = answer.headers.get("Content-Security-Policy", "")
    return "X-Frame-Options" not in answer.headers and policies.count("frame-ancestors") == 1


def _one_by_one(ask: Ask, scopes: Collection[str], refused: TokenRefused) -> Granted:
    found: dict[str, IssuedToken] = {}
    for scope in scopes:
        try:
            found[scope] = ask(frozenset({scope}))
        except TokenRefused as error:
            if error.outcome is not Outcome.CONFIGURATION:
                raise
    if not found:
        raise refused
    granted = frozenset(found)
    return Granted(ask(granted).token, granted)
