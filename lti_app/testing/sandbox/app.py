"""The Flask application of one sandbox LMS."""

from __future__ import annotations

from flask import Flask, Response

from lti_app.testing.sandbox import authoring, control, gradebook_page, pages
from lti_app.testing.sandbox.gate import ServiceGate
from lti_app.testing.sandbox.sandbox import Sandbox


def create_app(sandbox: Sandbox) -> Flask:
    """An application that serves this sandbox. Several may run in one process."""
    app = Flask(__name__)
    app.extensions["sandbox"] = sandbox
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in (
        pages.blueprint,
        gradebook_page.blueprint,
        authoring.blueprint,
        control.blueprint,
        *sandbox.profile.blueprints(),
    ):
        app.register_blueprint(blueprint)

    @app.after_request
    def _tell_time(response: Response) -> Response:
        response.date = sandbox.now()
        return response

    app.wsgi_app = ServiceGate(sandbox, app.wsgi_app)  # type: ignore[method-assign]
    return app
