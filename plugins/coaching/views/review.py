"""One learner's practice for those who teach: how far they are, and what they released."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    Kind,
    Reach,
    current_placement,
    find_learner,
    find_people,
    requires,
    shown_name,
)
from plugins.coaching import publishing, rules, standing
from plugins.coaching.models import marks
from plugins.coaching.options import Terms
from plugins.coaching.rubric import percent_of
from plugins.coaching.rules import Facts
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.board import MARKING


@blueprint.get("/review/<uuid:person_id>")
@requires(Action.READ, Kind.PRACTICE_FACT, of=Reach.ACTIVITY)
def review(person_id: UUID) -> ResponseReturnValue:
    """Show how far one learner is, with the way to what they released."""
    placement = current_placement()
    found = find_learner(placement, person_id)
    terms = Terms.of(placement.options)
    facts = standing.facts_of(placement.activity_id, [person_id]).get(person_id)
    result = publishing.results_of(placement.activity_id, [person_id]).get(person_id)
    publication = marks.list_publications(placement.activity_id, [person_id]).get(person_id)
    by = publication.published_by if publication else None
    return render_template(
        "coaching/review.html",
        person_id=person_id,
        name=shown_name(found.person.name, person_id),
        has_come=found.has_come,
        has_begun=facts is not None,
        terms=terms,
        parts=rules.components(terms, facts or Facts(), result),
        result=result,
        published_by=find_people([by]).get(by) if by else None,
        released=[
            (one, MARKING[one.session.state], percent_of(one.levels) if one.is_marked else None)
            for one in marks.list_released(placement.activity_id, [person_id])
        ],
    )
