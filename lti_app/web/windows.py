"""Open a page of a visit in a window of its own: to print it, or to keep a document (rule 8)."""

from collections.abc import Mapping

from flask import Blueprint, g, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind
from lti_app.services import windows
from lti_app.store.session import transaction
from lti_app.web.cookies import set_visit_cookie
from lti_app.web.evidence import check_origin
from lti_app.web.guards import public, requires, takes_at_most
from lti_app.web.runtime import runtime
from lti_app.web.window_pages import code_of, keys

blueprint = Blueprint("window", __name__)
_LARGEST_FORM = 16 * 1024


@blueprint.post("/")
@public("a new window carries no cookie of the frame; proves itself by a one-time code")
@takes_at_most(_LARGEST_FORM)
def open_page() -> ResponseReturnValue:
    """Use up the code of a page, and lead a window of its own there."""
    check_origin()
    page = _page_in(request.form)
    code = request.form.get("code", "")
    with transaction(runtime().database):
        opened = windows.open_window(
            keys(), g.visit_token or "", page, code, request.form.get("stored")
        )
    response = make_response(redirect(f"/v/{opened.token}/{page}", 303))
    set_visit_cookie(response, opened.token, opened.cookie)
    return response


@blueprint.get("/code")
@requires(Action.READ, Kind.VISIT)
def next_code() -> ResponseReturnValue:
    """Give a page that is still open the next code, so that its button works again."""
    page = _page_in(request.args)
    if not page:
        raise MalformedRequest(detail="no page")
    return jsonify(code=code_of(page))


def _page_in(given: Mapping[str, str]) -> str:
    """Return the address of a page as it was sent; a redirect leads there."""
    page = given.get("page", "")
    if not page.isprintable():
        raise MalformedRequest(detail="page of a window")
    return page
