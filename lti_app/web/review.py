"""One learner's work, as it is opened from an LMS's gradebook or from a list of learners."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.activity import HasReviewPage, catalogue
from lti_app.domain.errors import NotAllowed, NotFound
from lti_app.domain.permissions import Action, Kind, Reach, Thing, can
from lti_app.domain.progress import State
from lti_app.services import grade_cells
from lti_app.services.reviews import OTHERS_WORK, Asked
from lti_app.web.guards import requires
from lti_app.web.translation import lazy_gettext, shown_name
from lti_app.web.visits import current_placement, current_visit

blueprint = Blueprint("review", __name__)

_NOBODY = "nobody"
_HAS_NOT_COME = lazy_gettext("No work yet: has not opened this activity.")
#: How far somebody is → what an instructor reads.
PROGRESS: Final[Mapping[State, LazyString]] = {
    State.NOT_STARTED: lazy_gettext("No work yet."),
    State.STARTED: lazy_gettext("Has begun."),
    State.SUBMITTED: lazy_gettext("Has handed in."),
    State.COMPLETED: lazy_gettext("Has completed the activity."),
}


def review_parameter(asked: Asked | None) -> str | None:
    """Return how a launch tells the first page whose work to show; None: it is about no one."""
    if asked is None:
        return None
    return str(asked.person_id) if asked.person_id else _NOBODY


def review_address(parameter: str | None) -> str | None:
    """Return the page that a launch leads to; None where it is about no one.

    Anybody can write the parameter: it says where to go, and the page there who may see it.
    """
    if parameter is None:
        return None
    try:
        return url_for("review.learner", person_id=UUID(parameter))
    except ValueError:
        return url_for("review.nobody")


@blueprint.get("/")
@requires(Action.READ, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def nobody() -> ResponseReturnValue:
    """Say that somebody has no work here: the tool does not know them in this course."""
    return render_template("review/nobody.html")


@blueprint.get("/<uuid:person_id>")
@requires(Action.READ, Kind.GRADE_CELL)
def learner(person_id: UUID) -> ResponseReturnValue:
    """Lead to one learner's work: people to their own page, staff to the activity's page of it."""
    visit, placement = current_visit(), current_placement()
    thing = Thing(Kind.GRADE_CELL, visit.organisation_id, placement.activity_id, person_id)
    if not can(visit.viewer, Action.READ, thing):
        raise NotAllowed(OTHERS_WORK, "review of somebody else's work")
    activity = catalogue().get(placement.kind)
    if activity is None:
        raise NotFound(detail="plugin not installed")
    if person_id == visit.person.id:
        return redirect(url_for("visits.first_page"), 303)
    if not grade_cells.knows(placement.id, person_id):
        raise NotFound(detail="learner of another course")
    if isinstance(activity, HasReviewPage):
        return redirect(url_for(activity.review_endpoint, person_id=person_id), 303)
    found = grade_cells.learner(placement.id, person_id).cell
    return render_template(
        "review/learner.html",
        person_id=person_id,
        name=shown_name(found.name, person_id),
        progress=PROGRESS[found.progress] if found.has_come else _HAS_NOT_COME,
    )
