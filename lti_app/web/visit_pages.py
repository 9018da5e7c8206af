"""The pages that belong to a visit as such: entering, first page, hat, leaving."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.activity import catalogue
from lti_app.domain.errors import MalformedRequest, NotFound, VisitRefused
from lti_app.domain.permissions import Action, Hat, Kind
from lti_app.services import choosing, visits, windows
from lti_app.store.session import transaction
from lti_app.web.cookies import delete_visit_cookie
from lti_app.web.evidence import evidence
from lti_app.web.guards import public, requires
from lti_app.web.review import review_address
from lti_app.web.runtime import runtime
from lti_app.web.visits import current_placement, current_visit
from lti_app.web.window_pages import keys

blueprint = Blueprint("visits", __name__, url_prefix="/v/<visit_token>")

#: Hats whose pages are the tool's own, and the first of these pages; the others go to the activity.
HOMES: Final[Mapping[Hat, str]] = {
    Hat.ADMINISTRATOR: "admin.overview",
    Hat.LEARNING_AND_DEVELOPMENT: "desk.programmes",
}


@blueprint.get("/enter")
@public("the first request after a launch; proves itself by one-time code and cookie")
def enter() -> ResponseReturnValue:
    """Use up the launch's one-time code and go to the first page (visits.md rule 4)."""
    token, shown = g.visit_token or "", evidence()
    if shown.is_prefetch:
        raise VisitRefused(detail="prefetch")
    address = review_address(request.args.get("review")) or url_for(".first_page")
    with transaction(runtime().database):
        entry = visits.enter_visit(token, request.args.get("code", ""), shown)
        if entry is visits.Entry.COOKIE:
            return redirect(address, 303)
        g.frame_ancestors = visits.ancestors_of(token)
        if entry is visits.Entry.ADDRESS:
            return render_template("launch/forward.html", url=address)
        code = windows.first_window_code(keys(), token)
    return render_template(
        "launch/new_window.html",
        action=url_for("window.open_page"),
        parameters=[("page", ""), ("code", code)],
    )


@blueprint.get("/")
@requires(Action.READ, Kind.VISIT)
def first_page() -> ResponseReturnValue:
    """Send each hat to its first page; a guest stays here and only reads (R-1.28)."""
    hat = current_visit().hat
    if hat in HOMES:
        return redirect(url_for(HOMES[hat]), 303)
    if current_visit().placement is None and choosing.find_question(current_visit().id):
        return redirect(url_for("place.start"), 303)
    activity = catalogue().get(current_placement().kind)
    if activity is None:
        raise NotFound(detail="plugin not installed")
    if hat is Hat.GUEST:
        return render_template(
            "launch/guest.html", title=current_placement().title, summary=activity.summary
        )
    is_staff = hat in {Hat.AUTHOR, Hat.REVIEWER}
    return redirect(
        url_for(activity.staff_endpoint if is_staff else activity.participant_endpoint), 303
    )


@blueprint.post("/me/hat")
@requires(Action.WRITE, Kind.VISIT)
def switch_hat() -> ResponseReturnValue:
    """Act under another hat of the visit (R-1.29)."""
    try:
        hat = Hat(request.form.get("hat", ""))
    except ValueError as error:
        raise MalformedRequest(detail="hat") from error
    visits.switch_hat(current_visit().id, hat)
    return redirect(url_for("visits.first_page"), 303)


@blueprint.post("/me/leave")
@requires(Action.WRITE, Kind.VISIT)
def leave() -> ResponseReturnValue:
    """End the visit, and say so."""
    visits.end_visit(current_visit().id)
    response = make_response(render_template("signin/left.html"))
    delete_visit_cookie(response, g.visit_token)
    return response
