"""Browser tests run on PostgreSQL, with everything real: tool, worker, sandbox LMS, Chromium."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect, sync_playwright

from lti_app.settings import Settings
from lti_app.testing.sandbox import SigningKey
from lti_app.testing.stage import Stage, open_stage
from tests.browser.chromium import CookieMode
from tests.browser.chromium import open_browser as open_chromium

#: A browser that has just been started beside another test takes its time for the first pages.
_PATIENCE = 20_000


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return an empty PostgreSQL database: the reference is what browsers are tried on."""
    return postgresql_url


@pytest.fixture
def profile() -> str:
    """Return which LMS is played; a test that is parametrised with it runs in others."""
    return "moodle"


@pytest.fixture
def stage(settings: Settings, lms_key: SigningKey, profile: str) -> Iterator[Stage]:
    """Start tool, worker and LMS."""
    with open_stage(settings, lms_key, profile=profile) as opened:
        yield opened


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start the driver of the browser once."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture
def open_browser(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a browser in a cookie mode, `width` pixels wide."""
    with ExitStack() as stack:

        def open_one(mode: CookieMode, *, width: int = 1280) -> BrowserContext:
            profile = tmp_path / f"profile-{mode.name}-{width}"
            return stack.enter_context(open_chromium(playwright, profile, mode, width=width))

        yield open_one
