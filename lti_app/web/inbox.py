"""The inbox: what somebody was told, by the tool and not by another person."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.domain.errors import MalformedRequest, NotAllowed
from lti_app.domain.notices import pair_of
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import notices as service
from lti_app.services.notice_kinds import notice_kinds
from lti_app.web.guards import Requires, guard_of, requires
from lti_app.web.visits import current_visit

blueprint = Blueprint("me", __name__)


@blueprint.get("/inbox")
@requires(Action.READ, Kind.NOTICE, of=Reach.SELF)
def inbox() -> ResponseReturnValue:
    """Show what the reader was told, the newest first."""
    person = current_visit().person
    page = service.inbox(person.id, request.args.get("page", 1, type=int), person.time_zone)
    return render_template(
        "notices/inbox.html",
        page=page,
        can_be_opened={
            notice.id: _can_be_opened(notice.leads_to, notice.activity_id)
            for notice in page.notices
        },
    )


@blueprint.post("/inbox/<uuid:notice_id>")
@requires(Action.WRITE, Kind.NOTICE, of=Reach.SELF)
def read(notice_id: UUID) -> ResponseReturnValue:
    """Mark a notice as read; with `open`, go on to the page where something can be done."""
    notice = service.read(current_visit().person.id, notice_id)
    kind = notice_kinds()[notice.key]
    leads_to = kind.leads_to
    if "open" in request.form and leads_to and _can_be_opened(leads_to, notice.activity_id):
        pair_id = pair_of(kind, notice.about)
        return redirect(url_for(leads_to, pair_id=pair_id), 303)
    return _back()


@blueprint.post("/inbox/all")
@requires(Action.WRITE, Kind.NOTICE, of=Reach.SELF)
def read_all() -> ResponseReturnValue:
    """Mark as read everything up to the newest notice that the reader was shown."""
    try:
        newest = UUID(request.form.get("newest", ""))
    except ValueError as error:
        raise MalformedRequest(detail="newest notice") from error
    service.read_all(current_visit().person.id, newest)
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for(".inbox", page=request.form.get("page", None, type=int)), 303)


def _can_be_opened(leads_to: str | None, activity_id: UUID | None) -> bool:
    """Tell whether a page is one of this visit's, and open to the hat that is worn now."""
    visit = current_visit()
    if leads_to is None:
        return False
    if activity_id is not None and activity_id != visit.viewer.activity_id:
        return False
    guard = guard_of(current_app.view_functions[leads_to])
    try:
        if isinstance(guard, Requires):
            guard.check(visit)
    except NotAllowed:
        return False
    return True
