"""A browser that hangs ends all the same, and no test with it."""

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser import ending
from tests.browser.chromium import CookieMode, open_browser
from tests.browser.ending import processes_of
from tests.waiting import wait_for


def test_a_browser_that_does_not_close_is_killed(
    playwright: Playwright, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_CLOSING_SECONDS", 1.0)
    profile = tmp_path / "profile"
    with open_browser(playwright, profile, CookieMode.ALLOWED) as context:
        context.new_page()
        for process in processes_of(profile):
            os.kill(process, signal.SIGSTOP)
    wait_for(lambda: not processes_of(profile), "the end of all its processes", 30)
