"""Who is where, for those who teach."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lti_app.api import Action, Kind, Reach, current_placement, requires, roster_page
from plugins.coaching import rules, standing
from plugins.coaching.options import Terms
from plugins.coaching.views.blueprint import blueprint


@blueprint.get("/board")
@requires(Action.READ, Kind.PRACTICE_FACT, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show every learner's progress, without a word of what anybody wrote."""
    placement = current_placement()
    terms = Terms.of(placement.options)
    page = roster_page(placement, request.args.get("page", 1, type=int))
    people = [entry.person.id for entry in page.entries]
    facts = standing.facts_of(placement.activity_id, people)
    states = {id_: rules.completion(terms, one) for id_, one in facts.items()}
    return render_template(
        "coaching/board.html", page=page, facts=facts, states=states, terms=terms
    )
