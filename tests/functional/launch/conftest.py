"""Launches are the same on every database but for what is kept: one kind is enough for most."""

import pytest


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url
