"""The ways into an activity in Firefox, which treats cookies in frames unlike Chromium."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from lti_app.testing.stage import Stage
from tests.browser.firefox import PROOF, CookieBehavior, open_firefox
from tests.browser.probe import probe
from tests.browser.test_journeys import Where, go_on, open_activity
from tests.browser.test_platform_storage import expect_back_and_reload, framed
from tests.browser.test_platform_storage import open_activity as open_in_canvas
from tests.proofs import rule

OpenFirefox = Callable[[CookieBehavior], BrowserContext]


@pytest.fixture
def open_browser(playwright: Playwright, tmp_path: Path) -> Iterator[OpenFirefox]:
    """Return a function that opens Firefox with one treatment of cookies."""
    with ExitStack() as stack:
        yield lambda behavior: stack.enter_context(
            open_firefox(playwright, tmp_path / behavior.name, behavior)
        )


def test_in_the_frame_a_partitioned_cookie_carries_the_visit(
    stage: Stage, open_browser: OpenFirefox
) -> None:
    context = open_browser(CookieBehavior.PARTITIONED)
    assert probe(context) == PROOF[CookieBehavior.PARTITIONED]
    page = context.new_page()
    frame = open_activity(page, stage, "alice")
    expect_to_save_and_come_back(frame)
    inside = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    inside.evaluate("location.reload()")
    expect(frame.get_by_label("Mentee:")).to_be_checked()


@pytest.mark.parametrize("profile", ["canvas"])
@rule("R-8.3")
def test_where_the_lms_keeps_the_proof_the_address_carries_the_visit(
    stage: Stage, open_browser: OpenFirefox
) -> None:
    """Firefox calls a reload, and Back, another site's where a launch's redirect led there."""
    page = open_browser(CookieBehavior.THIRD_PARTY_BLOCKED).new_page()
    frame = open_in_canvas(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    framed(page, stage).evaluate("location.reload()")
    expect_back_and_reload(page, stage, frame)


def test_where_the_frame_keeps_nothing_a_window_keeps_the_cookie(
    stage: Stage, open_browser: OpenFirefox
) -> None:
    context = open_browser(CookieBehavior.THIRD_PARTY_BLOCKED)
    assert probe(context) == PROOF[CookieBehavior.THIRD_PARTY_BLOCKED]
    frame = open_activity(context.new_page(), stage, "bob")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Open the activity in a new window").click()
    window = opened.value
    expect_to_save_and_come_back(window)
    window.reload()
    expect(window.get_by_label("Mentee:")).to_be_checked()


def test_where_nothing_is_kept_at_all_the_window_asks_to_allow_cookies(
    stage: Stage, open_browser: OpenFirefox
) -> None:
    context = open_browser(CookieBehavior.ALL_BLOCKED)
    assert probe(context) == PROOF[CookieBehavior.ALL_BLOCKED]
    # The LMS itself is nobody's without a cookie: what it would send is posted by hand.
    login = stage.lms.make_login("charlie", stage.lms.activities[101])
    page = context.new_page()
    page.goto(f"{stage.lms_url}/")
    page.set_content(_form_of(f"{stage.tool_url}/lti/login", login))
    page.get_by_role("button", name="Go").click()
    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("button").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text(
        "Please allow cookies for this site"
    )
    expect(opened.value.get_by_role("button")).to_have_count(0)


def expect_to_save_and_come_back(where: Where) -> None:
    """Save the first step of the sign-up, go back to it, and find what was said there."""
    expect(where.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    where.get_by_label("Mentee:").check()
    go_on(where, "Skills")
    where.get_by_role("link", name="Back").click()
    expect(where.get_by_label("Mentee:")).to_be_checked()


def _form_of(address: str, parameters: Mapping[str, str]) -> str:
    """Return a page with a frame that posts what an LMS would."""
    fields = "".join(
        f'<input name="{name}" value="{escape(value)}">' for name, value in parameters.items()
    )
    return (
        f"<form method=post action={address} target=frame>{fields}<button>Go</button></form>"
        "<iframe name=frame></iframe>"
    )
