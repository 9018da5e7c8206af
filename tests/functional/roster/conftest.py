"""Rosters over HTTP; what SQL decides of them is tested in the unit tests, on both databases."""

from collections.abc import Iterator

import pytest

from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.tool import ToolUnderTest


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture(autouse=True)
def _the_lms_can_fetch_the_keys_of_the_tool(tool: ToolUnderTest, lms: Sandbox) -> Iterator[None]:
    with LoopbackServer(tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield
