"""How to lead a good practice conversation, for everybody who comes to the activity."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.api import Action, Kind, Reach, requires
from plugins.coaching.guidance import CHANGES, STAGES
from plugins.coaching.views.blueprint import blueprint


@blueprint.get("/guide")
@requires(Action.READ, Kind.ACTIVITY, of=Reach.ACTIVITY)
def guide() -> ResponseReturnValue:
    """Show what opens a conversation, what listening is, and GROW in one page."""
    return render_template("coaching/guide.html", stages=STAGES, changes=CHANGES)
