"""What the tool depends on, as servers of this run's own that may break: databases and a broker."""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from lti_app.testing.stage import free_port

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 30.0
#: Debian keeps the server's own programs out of the path.
_DEBIAN = Path("/usr/lib/postgresql")
#: PostgreSQL refuses to be run by root.
_POSTGRESQL_USER = "postgres"


class MissingProgram(Exception):
    """A server cannot be started, because its program is not installed."""


class DatabaseServer(Protocol):
    """Where the tool's data live in this run."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def trouble(self) -> str:
        """What `interrupt` does, in words."""

    def interrupt(self, seconds: float) -> None:
        """Keep everybody from writing for so long, without a warning."""


@dataclass(frozen=True)
class PostgresqlCluster:
    """A PostgreSQL server with a folder of its own.

    It does not wait for the disk, which outlives its processes; it does wait until a commit is
    written to the log (`synchronous_commit`), without which its death would undo what was answered.
    """

    folder: Path
    programs: Path
    port: int

    trouble = "database restarted"

    @property
    def url(self) -> str:
        """Its address."""
        return f"postgresql+psycopg://throughline@{HOST}:{self.port}/postgres"

    def make(self) -> None:
        """Write an empty cluster into its folder."""
        self._run(
            "initdb", "--auth=trust", "--username=throughline", "--encoding=UTF8", "--no-sync"
        )

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        options = f"-p {self.port} -c listen_addresses={HOST} -k {self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={log}", f"--options={options}")

    def die(self) -> None:
        """End it at once: no transaction is finished, nothing is written to the disk any more."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait", "--silent")

    def interrupt(self, seconds: float) -> None:
        """Let it die, be away, and come back by way of its log."""
        self.die()
        time.sleep(seconds)
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        is_root = os.geteuid() == 0
        user = _POSTGRESQL_USER
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        command = [str(self.programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        subprocess.run(  # noqa: S603 (our own words and a folder that we made)
            [*become, *command] if is_root else command,
            cwd="/",
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@dataclass(frozen=True)
class SqliteFile:
    """An SQLite file."""

    file: Path

    trouble = "database locked"

    @property
    def url(self) -> str:
        """Its address."""
        return f"sqlite:///{self.file}"

    def interrupt(self, seconds: float) -> None:
        """Hold its only lock for writers, as a backup or a long statement may."""
        holder = sqlite3.connect(self.file, timeout=_PATIENCE_SECONDS, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            holder.execute("ROLLBACK")
        finally:
            holder.close()


@dataclass
class Broker:
    """A Redis that remembers nothing when it is started again."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        command = ["redis-server", "--port", str(self.port), "--bind", HOST]
        self.process = subprocess.Popen(  # noqa: S603 (our own words only)
            [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        _wait_for(self.port)

    def wipe(self) -> None:
        """Let it forget everything: tasks, and who waits for them."""
        with socket.create_connection((HOST, self.port), _PATIENCE_SECONDS) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            if not connection.recv(100).startswith(b"+OK"):
                raise RuntimeError("the broker was not wiped")

    def interrupt(self, seconds: float) -> None:
        """Kill it, let it be away, and start an empty one in its place."""
        self.die()
        time.sleep(seconds)
        self.start()

    def die(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def open_postgresql(_folder: Path) -> Iterator[PostgresqlCluster]:
    """Make and start a PostgreSQL server; end and delete it afterwards.

    Raises:
        MissingProgram: PostgreSQL is not installed here.
    """
    # Another user has to get at it, so it cannot lie in a folder that only we may enter.
    with tempfile.TemporaryDirectory(
        prefix="throughline-chaos-postgresql-", ignore_cleanup_errors=True
    ) as own:
        if os.geteuid() == 0:
            shutil.chown(own, _POSTGRESQL_USER, _POSTGRESQL_USER)
        cluster = PostgresqlCluster(Path(own), postgresql_programs(), free_port())
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(subprocess.CalledProcessError):
                cluster.die()


@contextmanager
def open_sqlite(folder: Path) -> Iterator[SqliteFile]:
    """Return an SQLite file that does not exist yet."""
    yield SqliteFile(folder / "chaos.sqlite3")


@contextmanager
def open_broker() -> Iterator[Broker]:
    """Start a broker; end it afterwards.

    Raises:
        MissingProgram: Redis is not installed here.
    """
    if shutil.which("redis-server") is None:
        raise MissingProgram("redis-server")
    broker = Broker(free_port())
    broker.start()
    try:
        yield broker
    finally:
        broker.die()


DATABASES: Final[Mapping[str, Callable[[Path], AbstractContextManager[DatabaseServer]]]] = {
    "postgresql": open_postgresql,
    "sqlite": open_sqlite,
}


def postgresql_programs() -> Path:
    """Return the folder of the newest `initdb` and `pg_ctl`.

    Raises:
        MissingProgram: there is none.
    """
    found: Sequence[Path] = sorted(
        _DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parents[1].name)
    )
    program = str(found[-1]) if found else shutil.which("initdb")
    if program is None:
        raise MissingProgram("initdb (of PostgreSQL)")
    return Path(program).parent


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        if time.monotonic() > until:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.05)
