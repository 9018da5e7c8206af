"""The pages are the same on every database: one kind is enough here."""

import pytest


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url
