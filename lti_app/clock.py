"""The one source of the time.

Lifetimes of tokens and leases use `real_now`; what people experience uses `now`, which the demo
and the tests can move so that weeks pass in minutes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class _Offset:
    value: timedelta = timedelta()


_offset = _Offset()


def real_now() -> datetime:
    """Return this machine's time, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the product's time, aware, in UTC."""
    return real_now() + _offset.value


def set_offset(offset: timedelta) -> None:
    """Move the product's time against the machine's; for the demo and the tests only."""
    _offset.value = offset
