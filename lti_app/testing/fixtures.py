"""Fixtures for tests of the tool and of plugins: a sandbox LMS on loopback, the tool, a launch.

They build on `database_url` and `settings`, which the test suite itself provides.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lti_app.lti.keys import new_signing_key
from lti_app.settings import Settings
from lti_app.store.encryption import Cipher
from lti_app.store.registrations import SigningKey
from lti_app.store.session import db, transaction
from lti_app.testing.databases import kept
from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest, open_tool


@pytest.fixture(scope="session")
def lms_key() -> SandboxKey:
    """Return one key for all sandboxes: making one takes longer than most tests."""
    return SandboxKey()


@pytest.fixture
def lms(settings: Settings, lms_key: SandboxKey) -> Iterator[Sandbox]:
    """Serve a sandbox LMS with courses, people, and sign-up links to the tool."""
    sandbox = Sandbox.demo("http://localhost:0", settings.public_url)
    sandbox.use_key(lms_key)
    with serve(sandbox):
        yield sandbox


@pytest.fixture(scope="session")
def tool_key() -> tuple[str, str, dict[str, str]]:
    """Return one signing key for all tools: kid, private and public half."""
    return new_signing_key()


@pytest.fixture
def tool(
    settings: Settings, database_url: str, tool_key: tuple[str, str, dict[str, str]]
) -> ToolUnderTest:
    """Start the tool on an empty database."""
    kid, private, public = tool_key
    with transaction(kept(database_url)):
        encrypted = Cipher(settings.secret_keys).encrypt(private)
        db().add(SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True))
    return open_tool(replace(settings, database_url=database_url))


@pytest.fixture
def registered_tool(tool: ToolUnderTest, lms: Sandbox) -> ToolUnderTest:
    """Return the tool, registered in the sandbox LMS."""
    tool.register(lms)
    return tool
