"""The pages are the same on every database: one kind is enough here."""

from collections.abc import Callable

import pytest

from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import Visitor


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def sign_in(tool: ToolUnderTest) -> Callable[..., Visitor]:
    """Return a function that signs an administrator in, in a browser of their own."""

    def sign_one_in(name: str = "Ada Admin") -> Visitor:
        browser = tool.browser()
        return Visitor(browser, tool.administer(browser, name))

    return sign_one_in


@pytest.fixture
def ada(sign_in: Callable[..., Visitor]) -> Visitor:
    """Return an administrator who is signed in."""
    return sign_in()
