"""One programme with everybody in it, on one kind of database: the pages are the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lti_app.settings import Settings
from lti_app.testing.sandbox import LoopbackServer, Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest
from tests.functional.privacy.world import World, open_world
from tests.post_office import PostOffice, open_post_office


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Return a mail server that keeps what it is handed."""
    with open_post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    """Return settings of a tool that sends mail."""
    return replace(settings, mail_server=office.server(), mail_from="mentoring@tool.example")


@pytest.fixture
def elsewhere(lms_key: SandboxKey) -> Iterator[Sandbox]:
    """Serve the LMS of another organisation, another product."""
    here, tool = "http://localhost:0", "http://127.0.0.1:5000"
    other = Sandbox.demo(here, tool, name="Elsewhere", profile="canvas")
    other.use_key(lms_key)
    with serve(other):
        yield other


@pytest.fixture
def world(registered_tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> Iterator[World]:
    """Return the programme, with a grade book that the tool can write to."""
    with LoopbackServer(registered_tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield open_world(registered_tool, lms, elsewhere)
