"""How far people are in the activities of a programme's courses."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.completion import count_completions
from lti_app.services.programmes import find_programme
from lti_app.web.desk.frame import blueprint, programme_page
from lti_app.web.guards import requires


@blueprint.get("/programmes/<uuid:programme_id>/completion")
@requires(Action.READ, Kind.COMPLETION_COUNT, of=Reach.PROGRAMME)
def completion(programme_id: UUID) -> ResponseReturnValue:
    """Show how many people have begun and completed each activity."""
    return programme_page(
        "desk/completion.html",
        find_programme(programme_id),
        counts=count_completions(programme_id),
    )
