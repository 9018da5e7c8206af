"""Databases that tests keep from one to the next: only their rows are each test's own.

A new engine has to translate every query to SQL again, and a new connection to PostgreSQL has to
read its catalogue again. Both together took a third of most tests.
"""

from functools import cache

from lti_app.store.session import Database


@cache
def kept(url: str) -> Database:
    """Return the database at an address; whoever asks again in this process gets the same."""
    return Database(url)
