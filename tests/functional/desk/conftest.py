"""People of the desk on one kind of database: the pages are the same on every one."""

import pytest

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import Desk, open_desk


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def desk(registered_tool: ToolUnderTest, lms: Sandbox) -> Desk:
    """Return Dana's desk: she runs all programmes of the organisation."""
    return open_desk(registered_tool, lms)
