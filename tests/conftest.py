"""What every test can ask for: settings, and an empty database with all tables, of either kind.

A test that asks for `database` runs twice, on SQLite and on PostgreSQL; `sqlite_database` and
`postgresql_database` are for those that need the one. Commits are real.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from shutil import copyfile
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import URL, Connection, make_url

from lti_app import clock
from lti_app.settings import Settings
from lti_app.store.migrations import metadata, upgrade
from lti_app.store.session import Database
from lti_app.testing.databases import kept

SECRET = "only-for-tests-0123456789abcdefghijklmn"
PUBLIC_URL = "http://127.0.0.1:5000"
_POSTGRESQL = make_url(
    os.environ.get("THROUGHLINE_TEST_POSTGRESQL")
    or "postgresql+psycopg://throughline_test:throughline_test@localhost:5432/postgres"
)

# A busy machine makes no property false. In CI the examples are the same each time, so that what
# fails there fails for the next one, too; elsewhere they are new ones each time.
hypothesis_settings.register_profile(
    "throughline",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis_settings.load_profile("throughline")

pytest_plugins = ["pytester", "tests.strictness", "tests.proofs", "lti_app.testing.fixtures"]


#: Where tests take many seconds each.
_LONG = ("browser", "chaos", "demo", "privacy", "processes")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: a long test at the end keeps one of the processes waiting."""
    items.sort(key=lambda item: not set(_LONG) & set(item.path.parts))


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return settings of a tool on this machine that may call this machine.

    Without limits: tests fail at one thing from one address more often than people do.
    `functional/limits` and `denial` have them.
    """
    return Settings(
        database_url=database_url,
        secret_keys=(SECRET,),
        public_url=PUBLIC_URL,
        allow_private_networks=True,
        rate_limits=False,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database, of each kind in turn.

    A folder whose tests need only one kind overrides this fixture in a conftest of its own.
    """
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Database:
    """Return an empty database, of each kind in turn."""
    return kept(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Database:
    """Return an empty SQLite database."""
    return kept(sqlite_url)


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Database:
    """Return an empty PostgreSQL database."""
    return kept(postgresql_url)


@pytest.fixture
def sqlite_url(sqlite_folder: Path, sqlite_template: Path) -> Iterator[str]:
    """Return the address of an empty SQLite file; the address is the same for every test."""
    file = sqlite_folder / "throughline.sqlite3"
    copyfile(sqlite_template, file)
    url = f"sqlite:///{file}"
    yield url
    kept(url).dispose()
    for left in sqlite_folder.glob(f"{file.name}*"):
        left.unlink()


@pytest.fixture(scope="session")
def sqlite_template(sqlite_folder: Path) -> Path:
    """Return a file with all tables, made once; copying it is faster than migrating."""
    file = sqlite_folder / "template.sqlite3"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """Return a folder, in memory if possible: every commit waits until it is written."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def postgresql_url(postgresql_own_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    with closing(kept(postgresql_own_url).engine.connect()) as connection, connection.begin():
        _empty(connection)
    return postgresql_own_url


@pytest.fixture(scope="session")
def postgresql_own_url() -> Iterator[str]:
    """Return a database with all tables that only this process uses, made once."""
    with new_postgresql() as url:
        upgrade(url)
        yield url
        kept(url).dispose()


@pytest.fixture
def bare_postgresql_url() -> Iterator[str]:
    """Return the address of a new PostgreSQL database without tables."""
    with new_postgresql() as url:
        yield url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """Return the address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'bare.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database without tables, of each kind in turn."""
    return str(request.getfixturevalue(f"bare_{request.param}_url"))


@pytest.fixture(autouse=True)
def _clock_runs_true() -> Iterator[None]:
    yield
    clock.set_offset(timedelta())


@contextmanager
def new_postgresql() -> Iterator[str]:
    """Make a database with a name of its own, and drop it afterwards."""
    name = f"throughline_test_{token_hex(6)}"
    with _connected(_POSTGRESQL) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _POSTGRESQL.set(database=name).render_as_string(hide_password=False)
        finally:
            _drop(server, name)


def _drop(server: psycopg.Connection, name: str) -> None:
    """Drop a database that somebody may still be connected to.

    `WITH (FORCE)` fails while the server itself vacuums there, whom only a superuser may end.
    Without it, the server sees to that.
    """
    mine = "datname = %s AND usename = current_user"
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}", [name])
    server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def _connected(url: URL) -> Iterator[psycopg.Connection]:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        pytest.skip("PostgreSQL does not answer: run `make test-setup`")
    with connection:
        yield connection


def _empty(connection: Connection) -> None:
    """Delete what the last test left; emptying every table anew takes longer than most tests."""
    # A transaction that an earlier test left open would make this wait for ever.
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    filled = {name for (name,) in connection.exec_driver_sql(_looks())}
    names = [table.name for table in reversed(metadata().sorted_tables) if table.name in filled]
    if names:
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{name}"' for name in names))


@cache
def _looks() -> str:
    """Return a query for the names of tables that have rows."""
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in metadata().tables
    )
