"""The doors that make a visit without a launch: so far the one-time link from the command line.

The address of a link holds its code, so nothing there is written down by us, and opening it does
nothing: mail programs and chats open addresses by themselves. Its button does.
"""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.domain.errors import VisitRefused
from lti_app.domain.secrets import hash_secret, new_secret
from lti_app.services import sign_in_links
from lti_app.store.session import transaction
from lti_app.web import cookies
from lti_app.web.evidence import check_origin
from lti_app.web.guards import public, takes_at_most
from lti_app.web.runtime import runtime

blueprint = Blueprint("signin", __name__)
_LARGEST_FORM = 4 * 1024


@blueprint.get("/admin/")
@public("says how an administrator gets in, to anybody")
def administration() -> ResponseReturnValue:
    """Say how to get into administration."""
    return render_template("signin/administration.html")


@blueprint.get("/signin/link/<code>")
@public("the code in the address is the proof; nothing is used up or shown")
def show_link(code: str) -> ResponseReturnValue:
    """Show the button that uses the link, and learn whether the browser keeps cookies."""
    with transaction(runtime().database, read_only=True):
        sign_in_links.check_link(code)
    response = make_response(render_template("signin/link.html", code=code))
    cookies.set_marker(response, cookies.marker_of(request) or new_secret())
    return response


@blueprint.post("/signin/link/<code>")
@public("the code in the address is the proof; only our own page may send it")
@takes_at_most(_LARGEST_FORM)
def use_link(code: str) -> ResponseReturnValue:
    """Use the link up, and go on into the visit."""
    check_origin()
    browser = cookies.marker_of(request)
    if browser is None:
        raise VisitRefused("no_cookies", "no marker cookie")
    with transaction(runtime().database):
        opened = sign_in_links.use_link(code, hash_secret(browser))
    first_page = url_for("visits.first_page", visit_token=opened.token)
    response = make_response(redirect(first_page, 303))
    cookies.set_visit_cookie(response, opened.token, opened.cookie)
    return response
