"""A learner's own marks, once they are published."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.api import Action, Kind, current_placement, current_visit, requires
from plugins.coaching.models import marks as stored
from plugins.coaching.options import Terms
from plugins.coaching.rubric import WEIGHTS, WORDS, Row, percent_of, points_of
from plugins.coaching.views.blueprint import blueprint


@blueprint.get("/marks")
@requires(Action.READ, Kind.PRACTICE_MARK)
def marks() -> ResponseReturnValue:
    """Show what was published to the reader, and not what was saved since."""
    placement, person = current_placement(), current_visit().person
    found = stored.list_publications(placement.activity_id, [person.id]).get(person.id)
    released = {
        str(one.release.id): one for one in stored.list_released(placement.activity_id, [person.id])
    }
    terms = Terms.of(placement.options)
    told = (
        []
        if found is None
        else [
            (
                released[release_id].session,
                {Row(name): level for name, level in given["levels"].items()},
                given["remark"],
            )
            for release_id, given in found.marks.items()
            if release_id in released
        ]
    )
    return render_template(
        "coaching/marks.html",
        publication=found,
        told=[
            (session, levels, remark, percent_of(levels), points_of(levels, terms.rubric))
            for session, levels, remark in told
        ],
        rows=WORDS,
        weights=WEIGHTS,
        terms=terms,
    )
