"""Waiting for what another process does: looked for again and again, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
_PAUSE_SECONDS = 0.05


def wait_for(
    find: Callable[[], Found | None],
    what: str,
    seconds: float,
    *,
    pause_seconds: float = _PAUSE_SECONDS,
) -> Found:
    """Return what is found, as soon as it is.

    Args:
        find: returns it, or nothing (what counts as false is nothing).
        what: is waited for, in the words of the error.
        seconds: for how long at most.
        pause_seconds: between one look and the next; more where many look at once.

    Raises:
        TimeoutError: it was not found in time.
    """
    until = time.monotonic() + seconds
    while not (found := find()):
        if time.monotonic() > until:
            raise TimeoutError(what)
        # It tells nobody that it is there; without a pause, looking would slow it down.
        time.sleep(pause_seconds)
    return found
