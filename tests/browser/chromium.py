"""Debian's Chromium with its cookie settings decided, and what a probe has to say of them.

A Playwright browser that decides nothing blocks third-party cookies. What counts is the profile's
preference `cookie_controls_mode`, and content-setting exceptions for pairs of sites.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright

from tests.browser.ending import ended
from tests.browser.probe import LMS_HOST, TOOL_HOST

EXECUTABLE = os.environ.get("THROUGHLINE_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Sites share a process: Playwright 1.64 at times loses a frame whose page comes in another
    # process than the one before, and then waits without an end for what is on the screen (seen in
    # 30 of 520 launches whose state the LMS keeps; in none of 480 with this). What cookies are kept
    # does not depend on it: a test proves that first.
    "--disable-site-isolation-trials",
]
_BLOCK = 2


class CookieMode(StrEnum):
    """What the browser keeps of the tool in a frame of the LMS."""

    ALLOWED = "allowed"
    THIRD_PARTY_BLOCKED = "third-party blocked"
    TOOL_BLOCKED = "tool blocked in this LMS's frames"


#: What the probe has to read back in the frame and in a tab of its own.
PROOF = {
    CookieMode.ALLOWED: ({"plain", "partitioned"}, {"plain", "partitioned"}),
    CookieMode.THIRD_PARTY_BLOCKED: ({"partitioned"}, {"plain", "partitioned"}),
    CookieMode.TOOL_BLOCKED: (set[str](), {"plain", "partitioned"}),
}


@contextmanager
def open_browser(
    playwright: Playwright, profile: Path, mode: CookieMode, *, width: int = 1280
) -> Iterator[BrowserContext]:
    """Open a browser with a new profile in the given cookie mode."""
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(_preferences(mode)))
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=EXECUTABLE,
        headless=True,
        args=_ARGUMENTS,
        viewport={"width": width, "height": 900},
    )
    with ended(context, profile):
        yield context


def _preferences(mode: CookieMode) -> dict[str, object]:
    exceptions = (
        {f"{TOOL_HOST},{LMS_HOST}": {"setting": _BLOCK}} if mode is CookieMode.TOOL_BLOCKED else {}
    )
    return {
        "profile": {
            "cookie_controls_mode": int(mode is CookieMode.THIRD_PARTY_BLOCKED),
            "content_settings": {"exceptions": {"cookies": exceptions}},
        }
    }
