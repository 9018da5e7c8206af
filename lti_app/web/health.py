"""For the operator's monitoring: is the process alive, and can it do its work?"""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_app.services.signing_keys import published
from lti_app.store.session import db, transaction
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
            db().execute(text("SELECT 1"))
            has_key = bool(published())
    except DatabaseError:
        return jsonify(status="unavailable", missing="database"), 503
    if not has_key:
        return jsonify(status="unavailable", missing="signing key"), 503
    return jsonify(status="ok"), 200
