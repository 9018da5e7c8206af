"""A learner's own page: what comes next, how far they are, with whom they practise."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.api import Action, Kind, Placement, current_placement, current_visit, requires
from plugins.coaching import rules, standing
from plugins.coaching.options import Terms
from plugins.coaching.rules import Facts
from plugins.coaching.views.blueprint import blueprint


@blueprint.get("/")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def home() -> ResponseReturnValue:
    """Show a learner where they are."""
    placement, person = current_placement(), current_visit().person
    found = standing.facts_of(placement.activity_id, [person.id])
    return _show(placement, found.get(person.id, Facts()), is_shown_only=False)


def preview(placement: Placement) -> str:
    """Return the first page as it will be, with nothing to send."""
    return _show(placement, Facts(), is_shown_only=True)


def _show(placement: Placement, facts: Facts, *, is_shown_only: bool) -> str:
    terms = Terms.of(placement.options)
    return render_template(
        "coaching/home.html",
        terms=terms,
        parts=rules.components(terms, facts),
        is_shown_only=is_shown_only,
    )
