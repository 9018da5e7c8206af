"""Fixtures for tests of the tool and of plugins: a sandbox LMS on loopback, the tool, a launch.

They build on `database_url` and `settings`, which the test suite itself provides.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lti_app.settings import Settings
from lti_app.testing.sandbox import Sandbox, SigningKey, serve
from lti_app.testing.tool import ToolUnderTest, open_tool


@pytest.fixture(scope="session")
def lms_key() -> SigningKey:
    """Return one key for all sandboxes: making one takes longer than most tests."""
    return SigningKey()


@pytest.fixture
def lms(settings: Settings, lms_key: SigningKey) -> Iterator[Sandbox]:
    """Serve a sandbox LMS with courses, people, and sign-up links to the tool."""
    sandbox = Sandbox.demo("http://localhost:0", settings.public_url)
    sandbox.use_key(lms_key)
    with serve(sandbox):
        yield sandbox


@pytest.fixture
def tool(settings: Settings, database_url: str) -> Iterator[ToolUnderTest]:
    """Start the tool on an empty database."""
    started = open_tool(replace(settings, database_url=database_url))
    yield started
    started.database.dispose()


@pytest.fixture
def registered_tool(tool: ToolUnderTest, lms: Sandbox) -> ToolUnderTest:
    """Return the tool, registered in the sandbox LMS."""
    tool.register(lms)
    return tool
