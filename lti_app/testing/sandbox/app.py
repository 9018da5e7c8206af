"""The Flask application of one sandbox LMS."""

from __future__ import annotations

from copy import copy
from functools import cache

from flask import Flask, Response

from lti_app.testing.sandbox import authoring, control, gradebook_page, pages
from lti_app.testing.sandbox.canvas.profile import Canvas
from lti_app.testing.sandbox.gate import ServiceGate
from lti_app.testing.sandbox.moodle.profile import Moodle
from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.state import current_platform


def create_app(sandbox: Sandbox) -> Flask:
    """An application that serves this sandbox. Several may run in one process."""
    # mypy does not see that a class can be hashed.
    app = copy(_built(type(sandbox.profile)))  # type: ignore[arg-type]
    app.extensions = {**app.extensions, "sandbox": sandbox}
    # Flask's own way to put something around an application; mypy takes it for a method.
    app.wsgi_app = ServiceGate(sandbox, app.wsgi_app)  # type: ignore[method-assign]
    return app


@cache
def _built(profile: type[Moodle | Canvas]) -> Flask:
    """Return what all sandboxes of a profile share; building it takes longer than most tests."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in (
        pages.blueprint,
        gradebook_page.blueprint,
        authoring.blueprint,
        control.blueprint,
        *profile().blueprints(),
    ):
        app.register_blueprint(blueprint)

    @app.after_request
    def _tell_time(response: Response) -> Response:
        response.date = current_platform().now()
        return response

    return app
