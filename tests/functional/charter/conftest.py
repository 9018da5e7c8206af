"""A pair at work in a programme with a charter placed in its course, on one kind of database."""

import pytest

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.charter.two import Two, open_two


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def two(registered_tool: ToolUnderTest, lms: Sandbox) -> Two:
    """Return Alice, a mentee, and Mona, her mentor, each in a visit of their own."""
    return open_two(registered_tool, lms)
