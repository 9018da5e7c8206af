"""Transactions: returning commits, raising rolls back, here and nowhere else.

`transaction()` opens a session in a context variable, `db()` hands it out. A second one inside the
first is an error, so that nobody half-commits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from sqlite3 import SQLITE_ERROR
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Update,
    create_engine,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

__all__ = [
    "Database",
    "DatabaseError",
    "OperationalError",
    "add_together",
    "add_unless_there",
    "count_changed",
    "db",
    "delete_all_but_newest",
    "find_or_add",
    "is_outage",
    "transaction",
]

Row = TypeVar("Row")

_BUSY_TIMEOUT_SECONDS = 15
_ADDED_AT_ONCE = 500
_current: ContextVar[Session | None] = ContextVar("session", default=None)


class Database:
    """One database: an engine, and sessions that write or only read.

    On SQLite every transaction that may write begins as `BEGIN IMMEDIATE`: two writers queue up
    instead of failing when the second one turns from reading to writing.
    """

    def __init__(self, url: str) -> None:
        self.engine = _create_engine(url)
        reading = self.engine.execution_options(read_only=True)
        if self.engine.dialect.name == "postgresql":
            reading = reading.execution_options(postgresql_readonly=True)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = sessionmaker(reading, expire_on_commit=False)

    def session(self, *, read_only: bool = False) -> Session:
        """Return a new session; use `transaction()` instead wherever possible."""
        return self._reading() if read_only else self._writing()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def transaction(database: Database, *, read_only: bool = False) -> Iterator[Session]:
    """Run a block as one transaction.

    Args:
        database: where.
        read_only: promise not to write; PostgreSQL enforces it.

    Raises:
        RuntimeError: a transaction is already open.
    """
    if _current.get() is not None:
        raise RuntimeError("a transaction is already open")
    session = database.session(read_only=read_only)
    token = _current.set(session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _current.reset(token)
        session.close()


def is_outage(error: OperationalError) -> bool:
    """Tell whether the database is away or too busy, rather than asked for what it does not have.

    SQLite tells both by the same exception; its code for the second is `SQLITE_ERROR`.
    """
    return getattr(error.orig, "sqlite_errorcode", None) != SQLITE_ERROR


def db() -> Session:
    """Return the session of the open transaction.

    Raises:
        RuntimeError: no transaction is open.
    """
    session = _current.get()
    if session is None:
        raise RuntimeError("no transaction is open")
    return session


def find_or_add(find: Callable[[], Row | None], make: Callable[[], Row]) -> tuple[Row, bool]:
    """Return the row that `find` finds, or else the one that `make` builds, and whether it is new.

    Safe against another transaction that adds the same row at the same moment, as long as a unique
    constraint forbids two of them: `make` runs in a savepoint, and may add further rows.
    """
    if (found := find()) is not None:
        return found, False
    try:
        with db().begin_nested():
            made = make()
            db().add(made)
            db().flush()
    except IntegrityError:
        if (found := find()) is None:
            raise
        return found, False
    return made, True


def add_together(*groups: Sequence[object]) -> bool:
    """Add rows, one group after the other; False, and nothing is added, if one is there already.

    Of one kind many rows go in few statements. The groups are in the order in which their tables
    need each other.
    """
    try:
        with db().begin_nested():
            for rows in groups:
                db().add_all(rows)
                db().flush()
    except IntegrityError:
        return False
    return True


def add_unless_there(
    unique: Sequence[InstrumentedAttribute[Any]], rows: Sequence[Mapping[str, object]]
) -> None:
    """Add rows, a few statements for many; where one is there already, that one stays.

    Args:
        unique: the columns of one table that no two rows share.
        rows: their values; what they do not name has no default but `id`.
    """
    is_postgresql = db().get_bind().dialect.name == "postgresql"
    insert = postgresql_insert if is_postgresql else sqlite_insert
    statement = insert(unique[0].class_).on_conflict_do_nothing(index_elements=list(unique))
    for start in range(0, len(rows), _ADDED_AT_ONCE):
        batch = rows[start : start + _ADDED_AT_ONCE]
        db().execute(statement.values([{"id": uuid4(), **row} for row in batch]))


def delete_all_but_newest(
    moment: InstrumentedAttribute[datetime], kept: int, *of: ColumnElement[bool]
) -> int:
    """Delete the rows that `of` finds but for so many, and those of the last one's moment.

    Args:
        moment: the column that tells which are the newest; its table is the one deleted from.
        kept: how many stay.
        of: which rows.

    Returns:
        How many were deleted.
    """
    newest = select(moment).where(*of).order_by(moment.desc())
    oldest_kept = db().scalar(newest.offset(kept - 1).limit(1))
    if oldest_kept is None:
        return 0
    return count_changed(delete(moment.class_).where(*of, moment < oldest_kept))


def count_changed(statement: Update | Delete) -> int:
    """Run a statement that changes rows directly; returns how many it changed."""
    result = db().execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _create_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    # None turns the driver's own transaction handling off; `_begin_sqlite` begins instead.
    connection.isolation_level = None
    # FULL: what was answered survives a power cut, too; in WAL mode less would not.
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
