"""For the operator's monitoring: whether the process is alive, and whether it can work."""

from flask import Blueprint, Response, jsonify

from lti_app.services.signing_keys import published
from lti_app.store.session import DatabaseError, transaction
from lti_app.web.guards import public
from lti_app.web.runtime import runtime

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public("monitoring: says only that the process answers")
def alive() -> Response:
    """Answer without touching anything else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public("monitoring: says only whether database and signing key are there")
def ready() -> tuple[Response, int]:
    """Answer 200 when database and signing key are usable, else 503 with what is missing."""
    try:
        with transaction(runtime().database, read_only=True):
            has_key = bool(published())
    except DatabaseError:
        return jsonify(status="unavailable", missing="database"), 503
    if not has_key:
        return jsonify(status="unavailable", missing="signing key"), 503
    return jsonify(status="ok"), 200
