"""What PHP takes for a number or a date, as far as grades need it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?",
    re.IGNORECASE,
)


def is_numeric(value: object) -> bool:
    """A number, or a string that looks like one; true and false are none."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_date(value: object) -> datetime | None:
    """An ISO 8601 string; without a zone it is UTC. Anything else is None, numbers too."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
