"""A browser's end, by force where its driver would wait for it for ever."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

from playwright.sync_api import BrowserContext, Error

_CLOSING_SECONDS = 15.0


@contextmanager
def ended(context: BrowserContext, profile: Path) -> Iterator[BrowserContext]:
    """Let a test use a browser, and end it.

    Playwright 1.64 at times waits without an end for a window to close whose page came in another
    process than the window began in (Cross-Origin-Opener-Policy does that). No call of it that
    closes something takes a time. So the processes are killed where it takes too long: nobody
    misses them then.

    Args:
        context: the browser.
        profile: its folder, which its processes name.
    """
    try:
        yield context
    finally:
        late = Timer(_CLOSING_SECONDS, _kill, [profile])
        late.start()
        try:
            context.close()
        except Error:
            # Of a browser that was killed; any other complaint is a fault.
            late.join(timeout=5)
            if not late.finished.is_set():
                raise
        finally:
            late.cancel()


def processes_of(profile: Path) -> list[int]:
    """Return the processes that name a profile."""
    found, name = [], os.fsencode(profile)
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        # Processes come and go.
        with suppress(OSError):
            if name in file.read_bytes():
                found.append(int(file.parent.name))
    return found


def _kill(profile: Path) -> None:
    for process in processes_of(profile):
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
