"""What the current request brings that tells where it comes from (visits.md rules 4 to 7)."""

from flask import request

from lti_app.domain.errors import VisitRefused
from lti_app.domain.proof import Evidence
from lti_app.web.cookies import marker_of, visit_cookie_of
from lti_app.web.runtime import runtime

_PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Moz")


def evidence() -> Evidence:
    """Return what the visits judge a request by."""
    return Evidence(
        cookie=visit_cookie_of(request),
        marker=marker_of(request),
        site=request.headers.get("Sec-Fetch-Site"),
        agent=request.headers.get("User-Agent", ""),
        is_prefetch=any(name in request.headers for name in _PREFETCH_HEADERS),
    )


def check_origin() -> None:
    """Refuse an unsafe request of another site (visits.md rule 7).

    Raises:
        VisitRefused: code `form_expired`.
    """
    if not has_own_origin():
        raise VisitRefused("form_expired", "foreign origin")


def has_own_origin() -> bool:
    """Tell whether a request was made from one of the tool's own pages, as far as it says."""
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return origin == runtime().settings.public_origin


def is_framed() -> bool:
    """Tell whether the answer is for a frame; browsers that do not say so get no storage page."""
    return request.headers.get("Sec-Fetch-Dest") == "iframe"
