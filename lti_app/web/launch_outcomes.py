"""Notes after each launch what it came to, whatever became of its own transactions."""

from uuid import UUID

import structlog
from flask import Blueprint, Response, g, request

from lti_app.services import launch_outcomes
from lti_app.services.launch_outcomes import Outcome
from lti_app.store.session import DatabaseError, transaction
from lti_app.web.limits import TOO_MANY
from lti_app.web.runtime import runtime

log = structlog.get_logger()

#: Where a launch can end.
_STEPS = frozenset({"lti.login", "lti.continue_login", "lti.launch", "lti.continue_launch"})


def note_outcomes(blueprint: Blueprint) -> None:
    """Note what comes of the requests of a blueprint that say so, or are refused."""

    @blueprint.after_request
    def note(response: Response) -> Response:
        code = g.get("refusal_code") or g.get("launch_outcome")
        if code and code != TOO_MANY and request.endpoint in _STEPS:
            _note(code)
        return response


def comes_from(registration_id: UUID) -> None:
    """Remember which LMS the request is about."""
    g.launch_registration = registration_id


def comes_to(outcome: Outcome) -> None:
    """Remember what the launch came to, for when the request is answered."""
    g.launch_outcome = outcome


def _note(code: str) -> None:
    try:
        with transaction(runtime().database):
            launch_outcomes.note(g.get("launch_registration"), code, g.correlation_id)
    except DatabaseError:
        # The person has an answer by now, and the log has the refusal.
        log.warning("launch_outcome_not_noted", code=code, exc_info=True)
