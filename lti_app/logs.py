"""Logs: one line an event; ids, codes and numbers only.

An event is a name (`launch_verified`), never a sentence. Text under a key that is not on the list
is dropped on the way, so that a line written in haste cannot put a person's name, a page's address
or a token into a file that is kept for months. A trace shows where a fault was, without the
exception's message: that may quote what somebody wrote.

Each program calls `configure` once; `bind` puts ids on every later line of a request or a job.
"""

import re
import sys
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from traceback import StackSummary, walk_tb
from typing import TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

DROPPED = "[dropped]"
#: Where text is an id or a code, ours or the LMS's.
TEXT_KEYS = frozenset(
    "action activity attempt code correlation_id delivery deployment detail dropped_claims "
    "endpoint event family hat job kid kind lease level message_type method organisation outcome "
    "person placement reason registration status timestamp trace visit worker".split()
)
_EVENT = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_TEXT = 300
_MEASURES = (bool, int, float, UUID, datetime)

Value = object


def configure(stream: TextIO | None = None, *, json: bool | None = None) -> None:
    """Say where lines go and how they look.

    Args:
        stream: standard error where none is given.
        json: one JSON object a line; otherwise columns. Columns only if a person is watching,
            where nothing is given.
    """
    as_json = not (stream or sys.stderr).isatty() if json is None else json
    structlog.configure(
        processors=[*_processors(), _renderer(as_json=as_json)],
        logger_factory=_writer_to(stream),
        cache_logger_on_first_use=False,
    )


def bind(**ids: str | int | UUID) -> None:
    """Put ids on every line that follows in this request or job."""
    structlog.contextvars.bind_contextvars(**ids)


def forget() -> None:
    """Begin a new request or job: nothing is bound any more."""
    structlog.contextvars.clear_contextvars()


def keep_ids_only(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Drop whatever is neither an id, a code nor a number."""
    kept = {key: _kept(key, value) for key, value in line.items()}
    if not _EVENT.fullmatch(str(kept["event"])):
        kept["event"] = DROPPED
    return kept


def trace_without_messages(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace an exception by its class and the places that it passed, and so its causes."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["trace"] = tuple(_places(error))
    return line


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        trace_without_messages,
        keep_ids_only,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(*, as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(sort_keys=True)
    return structlog.dev.ConsoleRenderer(colors=False)


def _writer_to(stream: TextIO | None) -> Callable[..., structlog.WriteLogger]:
    # Looked up for each line: standard error may be replaced while the program runs.
    return lambda *_names: structlog.WriteLogger(stream or sys.stderr)


def _kept(key: str, value: Value) -> Value:
    if value is None or isinstance(value, _MEASURES):
        return str(value) if isinstance(value, UUID | datetime) else value
    if isinstance(value, Enum):
        return value.value
    if key not in TEXT_KEYS:
        return DROPPED
    if isinstance(value, list | tuple | frozenset | set):
        return [_kept(key, item) for item in value]
    return value[:_LONGEST_TEXT] if isinstance(value, str) else DROPPED


def _places(error: BaseException) -> list[str]:
    frames = StackSummary.extract(walk_tb(error.__traceback__), lookup_lines=False)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    places.append(f"{type(error).__module__}.{type(error).__qualname__}")
    cause = error.__cause__ or error.__context__
    return [*_places(cause), *places] if cause else places
