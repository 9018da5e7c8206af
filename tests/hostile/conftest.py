"""The arena is opened once for all attacks: each of them has to leave it as it was."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.settings import Settings
from lti_app.store.migrations import upgrade
from lti_app.testing.databases import kept
from lti_app.testing.sandbox import Sandbox, SigningKey, serve
from lti_app.testing.tool import register
from tests.conftest import PUBLIC_URL, SECRET, new_postgresql
from tests.gunicorn import started
from tests.hostile.arena import Arena


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Return an empty database for what runs beside the arena, of the kind that it has."""
    kind = "sqlite" if os.environ.get("DATABASE") == "sqlite" else "postgresql"
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture(scope="session")
def arena(lms_key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Start gunicorn with two workers on PostgreSQL, and two LMSs of one organisation."""
    log: Path = tmp_path_factory.mktemp("hostile") / "log"
    lms = Sandbox.demo("http://localhost:0", PUBLIC_URL)
    other = Sandbox.demo("http://localhost:0", PUBLIC_URL)
    lms.use_key(lms_key)
    # Appended to: the worker of `test_services` writes there, too.
    with _new_database(log.parent) as url, serve(lms), serve(other), log.open("a") as file:
        upgrade(url)
        settings = Settings(
            database_url=url,
            secret_keys=(SECRET,),
            public_url=PUBLIC_URL,
            allow_private_networks=True,
            # More attacks a minute come from here than an address may fail at.
            rate_limits=False,
        )
        register(kept(url), lms)
        register(kept(url), other)
        with started(settings, workers=2, log=file) as process:
            yield Arena(process, lms, other, kept(url), log, bool(os.environ.get("RESTART")))
        kept(url).dispose()


@pytest.fixture(scope="session")
def guarded(arena: Arena) -> Iterator[Arena]:
    """Start a second gunicorn on the arena's database, which must not call private networks."""
    log = arena.log.with_name("guarded.log")
    settings = Settings(
        database_url=arena.database.engine.url.render_as_string(hide_password=False),
        secret_keys=(SECRET,),
        public_url=PUBLIC_URL,
        rate_limits=False,
    )
    with log.open("w") as file, started(settings, log=file) as process:
        yield replace(arena, process=process, log=log, begun={})


def _new_database(folder: Path) -> AbstractContextManager[str]:
    """Return a database without tables: PostgreSQL, unless the environment asks for the other."""
    if os.environ.get("DATABASE") == "sqlite":
        return nullcontext(f"sqlite:///{folder / 'hostile.sqlite3'}")
    return new_postgresql()
