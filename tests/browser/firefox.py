"""Debian's Firefox ESR with its cookie settings decided, and what a probe has to say of them.

Playwright drives a Firefox as its makers ship it by WebDriver BiDi, under the name of a channel.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright

from tests.browser.ending import ended

EXECUTABLE = os.environ.get("THROUGHLINE_TEST_FIREFOX", "/usr/bin/firefox-esr")
_CHANNEL = "moz-firefox"
#: Whatever a new profile asks at home: there is no network but loopback.
_QUIET: dict[str, str | float | bool] = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}
#: A click is sent to the process of the window, and is lost where a frame's page runs in another.
#: What cookies are kept does not depend on it: a test proves that first.
_CLICKS_REACH_FRAMES: dict[str, str | float | bool] = {"fission.webContentIsolationStrategy": 0}


class CookieBehavior(IntEnum):
    """The preference `network.cookie.cookieBehavior`, as its page of settings offers it."""

    #: "Standard": every site of its own frames keeps its cookies apart.
    PARTITIONED = 5
    #: "All cross-site cookies": in a frame not even partitioned ones are kept.
    THIRD_PARTY_BLOCKED = 1
    ALL_BLOCKED = 2


#: What the probe has to read back in the frame and in a tab of its own.
PROOF = {
    CookieBehavior.PARTITIONED: ({"plain", "partitioned"}, {"plain", "partitioned"}),
    CookieBehavior.THIRD_PARTY_BLOCKED: (set[str](), {"plain", "partitioned"}),
    CookieBehavior.ALL_BLOCKED: (set[str](), set[str]()),
}


@contextmanager
def open_firefox(
    playwright: Playwright, profile: Path, behavior: CookieBehavior
) -> Iterator[BrowserContext]:
    """Open a browser with a new profile that treats cookies in the given way."""
    context = playwright.firefox.launch_persistent_context(
        str(profile),
        channel=_CHANNEL,
        executable_path=EXECUTABLE,
        headless=True,
        firefox_user_prefs=_QUIET
        | _CLICKS_REACH_FRAMES
        | {"network.cookie.cookieBehavior": behavior.value},
        viewport={"width": 1280, "height": 900},
    )
    with ended(context, profile):
        yield context
