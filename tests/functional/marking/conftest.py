"""Marking is the same on every database: one kind is enough here."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.marking.released import Practice, open_practice


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from noon, for tool and LMS alike."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def practice(
    clock: time_machine.Traveller, registered_tool: ToolUnderTest, lms: Sandbox
) -> Iterator[Practice]:
    """Return a practice with a rubric; Alice, Bob and Charlie have come, Tina teaches."""
    with LoopbackServer(registered_tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield open_practice(registered_tool, lms, clock)
