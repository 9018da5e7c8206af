"""An LMS without the tool, an invite, and the administrator who brings both together."""

from collections.abc import Iterator

import pytest

from lti_app.services.invites import invite_for
from lti_app.store.session import transaction
from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest
from tests.functional.registration.administrator import Administrator


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return a PostgreSQL database; what differs between databases is tested with the services."""
    return postgresql_url


@pytest.fixture
def moodle(lms_key: SandboxKey) -> Iterator[Sandbox]:
    """Serve a Moodle that does not know the tool."""
    sandbox = Sandbox.empty("http://localhost:0")
    sandbox.use_key(lms_key)
    with serve(sandbox):
        yield sandbox


@pytest.fixture
def canvas(lms_key: SandboxKey) -> Iterator[Sandbox]:
    """Serve a Canvas that does not know the tool."""
    sandbox = Sandbox.empty("http://localhost:0", profile="canvas", name="Example University")
    sandbox.use_key(lms_key)
    with serve(sandbox):
        yield sandbox


@pytest.fixture
def invite(tool: ToolUnderTest) -> str:
    """Return the token of an invite for the default organisation."""
    with transaction(tool.database):
        return invite_for(None, None).token


@pytest.fixture
def adam(tool: ToolUnderTest, moodle: Sandbox) -> Administrator:
    """Return the administrator of the Moodle."""
    return Administrator(tool, moodle)
