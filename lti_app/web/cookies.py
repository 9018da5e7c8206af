"""The three cookies, each set and deleted in one way (visits.md rules 1 and 3).

All are Secure, HttpOnly, SameSite=None and Partitioned: browsers that block third-party cookies
keep partitioned ones. Deleting needs the same attributes.
"""

from uuid import UUID

from flask import Request, Response

_MARKER = "__Host-seen"
_STATE_PREFIX = "__Host-st-"
_VISIT = "__Secure-v"
_STATE_SECONDS = 600
_VISIT_SECONDS = 12 * 3600
_MARKER_SECONDS = 400 * 24 * 3600
_LONGEST_MARKER = 100
#: Logins that a browser may have under way; the cookies of older ones are deleted, so that
#: abandoned logins never make a request header too long.
_MOST_STATES = 12


def marker_of(request: Request) -> str | None:
    """Return the random value that names this browser, if it has been here before.

    A longer one is none of ours, and is not given back: a browser would keep no such cookie.
    """
    value = request.cookies.get(_MARKER, "")
    return value if 0 < len(value) <= _LONGEST_MARKER else None


def set_marker(response: Response, value: str) -> None:
    """Name the browser, or keep its name alive."""
    _set(response, _MARKER, value, _MARKER_SECONDS)


def state_cookie_of(request: Request, login_id: UUID) -> str | None:
    """Return the secret of one login."""
    return request.cookies.get(_STATE_PREFIX + login_id.hex)


def set_state_cookie(request: Request, response: Response, login_id: UUID, value: str) -> None:
    """Bind a login to this browser."""
    states = [name for name in request.cookies if name.startswith(_STATE_PREFIX)]
    for name in states[: max(0, len(states) - _MOST_STATES + 1)]:
        _set(response, name, "", 0)
    _set(response, _STATE_PREFIX + login_id.hex, value, _STATE_SECONDS)


def delete_state_cookie(response: Response, login_id: UUID) -> None:
    """Forget a login that is over."""
    _set(response, _STATE_PREFIX + login_id.hex, "", 0)


def visit_cookie_of(request: Request) -> str | None:
    """Return the secret of the visit that the request's address belongs to."""
    return request.cookies.get(_VISIT)


def set_visit_cookie(response: Response, visit_token: str, value: str) -> None:
    """Let this browser into one visit; the cookie is sent to that visit's addresses only."""
    _set(response, _VISIT, value, _VISIT_SECONDS, path=f"/v/{visit_token}/")


def delete_visit_cookie(response: Response, visit_token: str) -> None:
    """Forget a visit that its person has ended."""
    _set(response, _VISIT, "", 0, path=f"/v/{visit_token}/")


def _set(response: Response, name: str, value: str, seconds: int, *, path: str = "/") -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
