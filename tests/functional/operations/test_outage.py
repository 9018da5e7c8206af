"""What people see while the database is away, and that nothing is wrong with them afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import read, visit


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database: one that can be away."""
    return postgresql_url


@contextmanager
def away(url: str) -> Iterator[None]:
    """Let the server end all connections to a database and take no new ones for a while."""
    there = make_url(url).set(drivername="postgresql")
    name = sql.Identifier(there.database or "")
    server = there.set(database="postgres").render_as_string(hide_password=False)
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(change.format(name, sql.SQL("false")))
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user",
                [there.database],
            )
            yield
        finally:
            connection.execute(change.format(name, sql.SQL("true")))


def test_while_the_database_is_away_pages_say_so_and_ask_for_patience(
    registered_tool: ToolUnderTest, lms: Sandbox, database_url: str
) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert alice.get().status_code == 200
    with away(database_url):
        answers = [
            alice.get(),
            alice.browser.post(f"{alice.visit}me/hat", data={"hat": "learner"}),
            registered_tool.browser().post(
                "/lti/login", data=lms.make_login("bob", lms.activities[101])
            ),
        ]
        assert registered_tool.browser().get("/readyz").status_code == 503
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "cannot reach its data just now" in read(answer).text
    # The connections that had been kept are dead, and the first request finds that out.
    alice.get()
    assert alice.get().status_code == 200
