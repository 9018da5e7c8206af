"""The desk's first page: the programmes that somebody may run."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.programmes import list_programmes
from lti_app.web.desk.frame import STATES, blueprint
from lti_app.web.guards import requires
from lti_app.web.visits import current_visit


@blueprint.get("/")
@requires(Action.READ, Kind.PROGRAMME, of=Reach.PROGRAMME)
def programmes() -> ResponseReturnValue:
    """Show the programmes that the person may run, the newest first."""
    return render_template(
        "desk/programmes.html",
        programmes=list_programmes(current_visit().viewer),
        states=STATES,
    )
