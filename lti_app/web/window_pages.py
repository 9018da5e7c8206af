"""Buttons that open pages of a visit in a window, and a page with nothing else (rule 8)."""

from urllib.parse import urlsplit

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.activity import catalogue
from lti_app.domain.errors import NotAllowed
from lti_app.domain.permissions import OWN_WORK
from lti_app.domain.visit import Visit
from lti_app.services import windows
from lti_app.web.guards import Requires
from lti_app.web.runtime import runtime
from lti_app.web.visits import current_placement, current_visit

_SHOWING = frozenset({"GET", "HEAD"})


def window_fields(address: str) -> dict[str, str]:
    """Return what a button sends that opens a page of this visit in a window.

    Args:
        address: of the page, as `url_for` makes it.
    """
    parts = urlsplit(address)
    path = parts.path.removeprefix(f"/v/{g.visit_token}/")
    page = f"{path}?{parts.query}" if parts.query else path
    return {"page": page, "code": code_of(page)}


def code_of(page: str) -> str:
    """Return the code that opens a page of this visit in a window, once."""
    return windows.window_code(keys(), current_visit().id, page)


def keys() -> tuple[str, ...]:
    """Return the secrets that such codes are made of."""
    return tuple(runtime().settings.secret_keys)


def is_open_here(visit: Visit, guard: Requires) -> bool:
    """Tell whether a visit may show a page where it is, and not only in a window of its own."""
    return visit.storage is None or guard.kind in OWN_WORK


def offer_window() -> ResponseReturnValue:
    """Show a button that opens the page that was asked for in a window.

    Raises:
        NotAllowed: something was to be changed; no page that is open here sends that.
    """
    if request.method not in _SHOWING:
        raise NotAllowed("window_only", "not one's own work, without a cookie")
    query = request.query_string.decode("ascii", "replace")
    address = f"{request.path}?{query}" if query else request.path
    # The first page of an activity of pairs is itself shown in a window only.
    activity = catalogue().get(current_placement().kind)
    is_first = activity is not None and request.endpoint == activity.participant_endpoint
    back = None if is_first else url_for("visits.first_page")
    return render_template("launch/window_only.html", address=address, back=back)
