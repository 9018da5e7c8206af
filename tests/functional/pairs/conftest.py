"""A programme with people who can be paired, on one kind of database: the pages are the same."""

import pytest

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.pairs.people import Team, open_team


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def team(registered_tool: ToolUnderTest, lms: Sandbox) -> Team:
    """Return Dana's desk with Alice and Bob, mentees, and Mona, a mentor; all of them approved."""
    return open_team(registered_tool, lms)
