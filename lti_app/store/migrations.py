"""Brings a database to the shape that the code expects, and says where the two differ.

The steps are in the top-level folder `migrations`; its README says how to write one.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from lti_app.activity import catalogue
from lti_app.store.session import Database, db, transaction
from lti_app.store.tables import load_tables

_ROOT = Path(__file__).parents[2]
#: Any number that nobody else locks: two processes that upgrade at once take turns.
_LOCK = 7_411_020_611


class BrokenReferences(Exception):
    """A step left rows that point at nothing; it was rolled back."""


def metadata() -> MetaData:
    """Return all tables, the tool's own and those of every installed activity."""
    catalogue()
    return load_tables()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database forward, as one transaction: all steps or none.

    Args:
        url: SQLAlchemy address; a missing SQLite file is made.
        revision: how far.
    """
    run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take a database back; `base` removes everything."""
    run(url, lambda config: command.downgrade(config, revision))


def check(url: str) -> list[str]:
    """Return how a database differs from the code, one sentence each; none when all is well."""
    database = Database(url)
    try:
        with transaction(database, read_only=True) as session:
            return _differences(session.connection())
    finally:
        database.dispose()


def is_current() -> bool:
    """Say whether the database has had every step; cheap enough for a readiness probe."""
    return _applied(db().connection()) == _newest()


def scripts() -> ScriptDirectory:
    """Return the steps as Alembic knows them."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    return Config(toml_file=_ROOT / "pyproject.toml")


@cache
def _newest() -> str | None:
    return scripts().get_current_head()


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _differences(connection: Connection) -> list[str]:
    applied, newest = _applied(connection), _newest()
    if applied != newest:
        return [f"the database is at revision {applied}, the code at {newest}"]
    context = MigrationContext.configure(connection)
    return [f"the tables differ: {found}" for found in compare_metadata(context, metadata())]


def run(url: str, step: Callable[[Config], None]) -> None:
    """Do one thing with Alembic on one database, as one transaction.

    Args:
        url: SQLAlchemy address.
        step: gets Alembic's configuration, with the open connection in its attributes.

    Raises:
        BrokenReferences: rows point at nothing afterwards.
    """
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            _suspend_references(connection)
            with connection.begin():
                _take_turns(connection)
                config = _config()
                config.attributes["connection"] = connection
                step(config)
                _check_references(connection)
    finally:
        database.dispose()


def _suspend_references(connection: Connection) -> None:
    """Keep SQLite from deleting rows.

    It changes a table by copying and dropping it, and dropping a table deletes its rows, with
    all that hangs on them. Must happen before the transaction begins, or does nothing.
    """
    driver_connection = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver_connection is not None:
        driver_connection.execute("PRAGMA foreign_keys=OFF")


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
        raise BrokenReferences(f"{len(broken)} in {sorted({row[0] for row in broken})}")
