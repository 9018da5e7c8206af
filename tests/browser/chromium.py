"""Debian's Chromium with its cookie settings decided, and a probe page that proves them.

A Playwright browser that decides nothing blocks third-party cookies. What counts is the profile's
preference `cookie_controls_mode`, and content-setting exceptions for pairs of sites.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import BrowserContext, Playwright

from lti_app.testing.sandbox import LoopbackServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXECUTABLE = os.environ.get("THROUGHLINE_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_BLOCK = 2
TOOL_HOST, LMS_HOST = "127.0.0.1", "localhost"


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
    try:
        yield context
    finally:
        context.close()


def probe(context: BrowserContext) -> tuple[set[str], set[str]]:
    """Return which cookies the tool's site gets back in a frame of the LMS's, and in a tab."""
    with (
        LoopbackServer(_echo, TOOL_HOST) as tool,
        LoopbackServer(_frame(tool.url), LMS_HOST) as lms,
    ):
        page = context.new_page()
        page.goto(lms.url)
        framed = page.frame_locator("iframe").locator("#kept").inner_text()
        page.goto(f"{tool.url}/set")
        top = page.locator("#kept").inner_text()
        page.close()
    return set(framed.split()), set(top.split())


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


def _echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Set two cookies at /set; elsewhere say which of them came back."""
    if environ["PATH_INFO"] == "/set":
        cookies = [
            ("Set-Cookie", "plain=1; Secure; SameSite=None"),
            ("Set-Cookie", "partitioned=1; Secure; SameSite=None; Partitioned"),
        ]
        start_response("302 Found", [("Location", "/read"), *cookies])
        return [b""]
    start_response("200 OK", [("Content-Type", "text/html")])
    names = [pair.split("=")[0] for pair in environ.get("HTTP_COOKIE", "").split("; ")]
    return [f"<p id=kept>{' '.join(names)}</p>".encode()]


def _frame(url: str) -> "WSGIApplication":
    def page(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [f'<iframe src="{url}/set"></iframe>'.encode()]

    return page
