"""The same sandbox with the profile `canvas`, and its services."""

import pytest
from flask.testing import FlaskClient

from lti_app.testing.sandbox import Sandbox
from tests.functional.sandbox.calls import TOOL_URL, Clock
from tests.functional.sandbox.canvas.canvas_calls import CanvasServices

SHARED_ISSUER = "https://canvas.example"


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox.demo(
        "http://localhost:8000", TOOL_URL, profile="canvas", issuer=SHARED_ISSUER, clock=clock
    )


@pytest.fixture
def canvas(sandbox: Sandbox, client: FlaskClient, clock: Clock) -> CanvasServices:
    return CanvasServices(sandbox, client, clock)
