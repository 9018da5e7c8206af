"""The page that compares the tool's grades with the gradebook; the worker does the reading."""

from collections.abc import Mapping
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.domain.delivery import Finding
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.services import reconciliations as service
from lti_app.store import reconciliations as store
from lti_app.web.grade_decisions import blueprint
from lti_app.web.grades import REASONS, in_words
from lti_app.web.guards import requires
from lti_app.web.translation import lazy_gettext
from lti_app.web.visits import current_placement, current_visit

__all__ = ["blueprint"]

_SHOWN = 200
FINDINGS: Final[Mapping[Finding, LazyString]] = {
    Finding.NOT_THERE: lazy_gettext("The gradebook has nothing. Ours is sent again."),
    Finding.OLDER: lazy_gettext("The gradebook has an earlier grade of ours. The newest is sent."),
    Finding.UNDER_WAY: lazy_gettext("Ours is still on its way; the list of grades says more."),
    Finding.CHANGED: lazy_gettext(
        "Somebody has written there in the gradebook. It stays as they left it."
    ),
    Finding.NOT_OURS: lazy_gettext(
        "The gradebook has a grade that this tool did not send. It stays."
    ),
}
#: Why a column could not be read, beside what the grade page knows.
UNREADABLE: Final[Mapping[str, LazyString]] = {
    "endless_pages": lazy_gettext("The LMS's list of results does not end."),
    "lease_lost": lazy_gettext("Reading took too long and was stopped."),
    "answer_too_large": lazy_gettext("The LMS's list of results is too long to be read at once."),
}


@blueprint.get("/reconcile")
@requires(Action.READ, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def reconciling() -> ResponseReturnValue:
    """Show what the latest reading of the column has found."""
    placement_id = current_placement().id
    latest = store.find_latest(placement_id)
    found = store.list_findings(latest.id, _SHOWN + 1) if latest else []
    reason = latest.reason if latest else None
    return render_template(
        "grades/reconcile.html",
        latest=latest,
        is_asked=store.find_open(placement_id) is not None,
        fault=UNREADABLE.get(reason, REASONS.get(reason, reason)) if reason else None,
        has_more=len(found) > _SHOWN,
        lines=[
            (
                finding.person_id,
                name,
                None if finding.ours is None else in_words(finding.ours),
                None
                if finding.theirs is None
                else in_words(finding.theirs, finding.maximum or SCORE_MAXIMUM),
                FINDINGS[Finding(finding.kind)],
            )
            for finding, name in found[:_SHOWN]
        ],
    )


@blueprint.post("/reconcile")
@requires(Action.WRITE, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def reconcile() -> ResponseReturnValue:
    """Have the worker read the column."""
    service.request(current_placement().id, by=current_visit().person.id)
    return redirect(url_for(".reconciling"), 303)
