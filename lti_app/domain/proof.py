"""What proves that a request belongs to a visit: a cookie, or for want of one the address itself.

The rules and their numbers are those of docs/visits.md.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lti_app.domain.secrets import matches

#: A visit that its address proves is over sooner: whoever learns the address has less of it.
URL_IDLE: Final = timedelta(minutes=20)
URL_LIFETIME: Final = timedelta(hours=4)


class Mode(StrEnum):
    """What proves the requests of a visit; fixed by the first one, and never loosened."""

    #: The visit's cookie, and nothing else.
    COOKIE = "cookie"
    #: Not decided yet: the LMS's storage proved the launch, as no cookie came.
    OPEN = "open"
    #: The address, asked for from one of the visit's own pages, by the browser of the launch.
    URL = "url"


@dataclass(frozen=True)
class PlatformStorage:
    """A place at the LMS for one small value of ours, reached by messages between frames.

    Attributes:
        frame: the name of the frame that answers, or `_parent`.
        auth_url: the LMS's OIDC address; its origin is the only one that is written to and
            believed (lti-rules.md R-8.2).
        key: the value's name.
    """

    frame: str
    auth_url: str
    key: str


@dataclass(frozen=True)
class Evidence:
    """What a request brings that tells where it comes from.

    Attributes:
        cookie: the one of the visit that its address names.
        marker: what names the browser, if it keeps our cookies.
        site: `Sec-Fetch-Site`: which site made the browser ask.
        agent: `User-Agent`, or empty.
        is_prefetch: a browser asks ahead, and nobody for the page.
    """

    cookie: str | None = None
    marker: str | None = None
    site: str | None = None
    agent: str = ""
    is_prefetch: bool = False


def why_not(mode: Mode, shown: Evidence, cookie_hash: str, agent_hash: str | None) -> str | None:
    """Return why a request does not belong to a visit, for the log; None if it does.

    Args:
        mode: of the visit.
        shown: what the request brings.
        cookie_hash: of the visit's cookie.
        agent_hash: of the User-Agent of its launch, if the address proves the visit.
    """
    if mode is Mode.URL:
        return _why_not_by_address(shown, agent_hash)
    if mode is Mode.OPEN:
        return "not entered yet"
    if not matches(shown.cookie, cookie_hash):
        return "another browser" if shown.cookie else "no visit cookie"
    return None


def _why_not_by_address(shown: Evidence, agent_hash: str | None) -> str | None:
    """Rule 6. A cookie of ours means another place than a frame that keeps none."""
    if shown.is_prefetch:
        return "prefetch"
    if shown.site != "same-origin":
        return "not asked for by a page of ours"
    if agent_hash is None or not matches(shown.agent, agent_hash):
        return "another User-Agent"
    if shown.cookie is not None or shown.marker is not None:
        return "a browser that keeps cookies"
    return None
