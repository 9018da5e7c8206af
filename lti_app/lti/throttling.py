"""What an LMS says when it is asked too much, or is not there for a while."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from lti_app.lti.http import Response

_LONGEST_WAIT = timedelta(days=1)
_THROTTLED = b"rate limit exceeded"
#: Canvas counts cost, and refuses when nothing is left. What is below this may be gone with the
#: calls of other tools that share the count; it fills up again by some ten a second.
_LOW = 100.0
_REST = timedelta(seconds=10)


def is_throttled(answer: Response) -> bool:
    """Tell whether an answer means "too much": 429, or Canvas's older 403."""
    return answer.status == 429 or (answer.status == 403 and _THROTTLED in answer.body.lower())


def retry_after(answer: Response, now: datetime) -> timedelta | None:
    """Return how long the LMS asks us to wait, a day at most, or None if it does not say.

    Args:
        answer: with a `Retry-After` of seconds or of a date.
        now: the moment of the answer.
    """
    value = answer.headers.get("Retry-After", "").strip()
    wait = _seconds(value) if value.isdecimal() and value.isascii() else _until(value, now)
    return None if wait is None else min(max(wait, timedelta()), _LONGEST_WAIT)


def rest(answer: Response) -> timedelta | None:
    """Return how long to leave an LMS alone that says how little it still allows, or None."""
    try:
        remaining = float(answer.headers.get("X-Rate-Limit-Remaining", ""))
    except ValueError:
        return None
    return _REST if remaining < _LOW else None


def lms_time(answer: Response) -> datetime | None:
    """Return what the LMS's clock showed when it answered, in whole seconds, or None."""
    return moment_of(answer.headers.get("Date", ""))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a header names, or None if it is no date with a zone."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        # A year or a zone of any number of digits is a date to the parser, and to nobody else.
        return None
    return None if moment.tzinfo is None else moment


def _seconds(value: str) -> timedelta:
    # So many digits are more than a day anyhow, and more would not fit a timedelta.
    return timedelta(seconds=int(value)) if len(value) < 9 else _LONGEST_WAIT


def _until(value: str, now: datetime) -> timedelta | None:
    moment = moment_of(value)
    return None if moment is None else moment - now
