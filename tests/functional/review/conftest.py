"""One learner's work, opened from a gradebook; rights are the same on every database."""

from collections.abc import Iterator

import pytest

from lti_app.testing.sandbox import LoopbackServer, Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def canvas(tool: ToolUnderTest, lms_key: SandboxKey) -> Iterator[Sandbox]:
    """Serve a Canvas that the tool is registered in."""
    sandbox = Sandbox.demo("http://localhost:0", tool.runtime.settings.public_url, profile="canvas")
    sandbox.use_key(lms_key)
    with serve(sandbox), LoopbackServer(tool.app.wsgi_app) as server:
        sandbox.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        tool.register(sandbox)
        yield sandbox


@pytest.fixture
def lms_fetches_keys(tool: ToolUnderTest, lms: Sandbox) -> Iterator[None]:
    """Let the Moodle reach the tool's keys, as its token service does."""
    with LoopbackServer(tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield
