"""A browser that keeps nothing of the tool in frames: the LMS keeps it, or a window opens."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Frame, FrameLocator, Page, Response, expect

from lti_app.testing.sandbox import LoopbackServer
from lti_app.testing.stage import Stage
from tests.browser.accessibility import Walk
from tests.browser.chromium import CookieMode
from tests.browser.keyboard import Keyboard
from tests.browser.slow_line import held
from tests.browser.test_journeys import (
    OpenBrowser,
    check_sign_up,
    expect_grade,
    fill_steps,
    go_on,
    sign_in,
)
from tests.proofs import rule

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: Another site than tool and LMS, on this machine.
EVIL_HOST = "127.0.0.2"
ACTIVITY = 101
_PATIENCE = 10_000
WINDOW_HEADING = "This activity opens in a new window"
REFUSED = "Please open this activity again"
#: What a page of another site can do to an address, each in its own way. What a browser fetches
#: ahead it does not show; that is refused in tests/functional/launch/test_url_mode.py.
_WAYS = {
    "link": """address => {
      const link = Object.assign(document.createElement("a"), { href: address });
      document.body.append(link); link.click(); }""",
    "form": """address => {
      const form = Object.assign(document.createElement("form"), { action: address });
      document.body.append(form); form.submit(); }""",
    "posted form": """address => {
      const form = document.createElement("form");
      Object.assign(form, { action: address, method: "post" });
      document.body.append(form); form.submit(); }""",
    "window": "address => { window.open(address); }",
    "frame": """address => {
      document.body.append(Object.assign(document.createElement("iframe"), { src: address })); }""",
    "script": "address => { fetch(address, { mode: 'no-cors', credentials: 'include' }); }",
}
#: Those after which another page stands in the same tab.
_LEADING_AWAY = frozenset({"link", "form", "posted form"})


@pytest.fixture
def profile() -> str:
    """Canvas has a storage for tools."""
    return "canvas"


@rule("R-8.1", "R-8.2", "R-8.3")
def test_a_learner_works_in_the_frame_and_what_is_private_opens_in_a_window(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    expect_back_and_reload(page, stage, frame)
    fill_steps(frame)
    go_on(frame, "This page opens in a new window")
    with context.expect_page() as opened, page.expect_response(_is_code):
        frame.get_by_role("button", name="Open the page").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_have_text("Private wishes")
    # A second click sends a code of its own, and what the LMS keeps is still there.
    page.bring_to_front()
    with context.expect_page() as again:
        frame.get_by_role("button", name="Open the page").click()
    expect(again.value.get_by_role("heading", level=1)).to_have_text("Private wishes")
    window.bring_to_front()
    check_sign_up(window)
    window.get_by_role("button", name="Sign up").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    expect_grade_in_canvas(page, stage, "alice", "100.00")
    # The LMS's page anew is a new launch, in the frame again.
    page.reload()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")


def _is_code(answer: Response) -> bool:
    return "/window/code?" in answer.url


def expect_back_and_reload(page: Page, stage: Stage, frame: FrameLocator) -> None:
    """Send a form, go back and forward, reload: all of it stays in the visit."""
    frame.get_by_label("Mentee:").check()
    go_on(frame, "Skills")
    framed(page, stage).evaluate("location.reload()")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Skills")
    framed(page, stage).evaluate("history.back()")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    framed(page, stage).evaluate("location.reload()")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    framed(page, stage).evaluate("history.forward()")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Skills")
    # Where a link of the list of steps leads.
    framed(page, stage).evaluate("location.href = new URL('part', location).href")
    expect(frame.get_by_label("Mentee:")).to_be_checked()


@rule("R-8.3")
def test_a_leaked_address_opens_nothing_elsewhere(stage: Stage, open_browser: OpenBrowser) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    address = framed(page, stage).url + "step/part"
    pasted = context.new_page()
    for answer in (pasted.goto(address), pasted.reload()):
        assert answer is not None
        assert answer.status == 403
    expect(pasted.get_by_role("heading", level=1)).to_have_text(REFUSED)
    assert pasted.locator("form, script, main a").count() == 0
    other = context.new_page()
    with LoopbackServer(_evil, EVIL_HOST) as evil:
        for way, script in _WAYS.items():
            other.goto(evil.url)
            with context.expect_event(
                "response", lambda one: one.url.startswith(address), timeout=_PATIENCE
            ) as asked:
                # Once this call is over: it might wait for ever for a page that is left meanwhile.
                other.evaluate(f"address => {{ setTimeout({script}, 0, address); }}", address)
            assert asked.value.status == 403, way
            # A page that is still on its way is not led on.
            if way in _LEADING_AWAY:
                expect(other.locator("main h1")).to_be_visible()
    frame.get_by_label("Mentee:").check()
    go_on(frame, "Skills")


@rule("R-8.3")
def test_staff_get_a_window_that_works(stage: Stage, open_browser: OpenBrowser) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    frame = open_activity(page, stage, "tina")
    expect(frame.get_by_role("heading", level=1)).to_have_text(WINDOW_HEADING)
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Open the activity in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_have_text("Who has signed up")
    window.get_by_role("link", name="Grades", exact=True).click()
    window.wait_for_url("**/grades/")
    window.reload()
    expect(window.get_by_role("heading", level=1)).to_contain_text("Grades")


@rule("R-8.2")
def test_where_the_storage_does_not_answer_or_lies_a_window_opens(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    pages = {}
    sign_in(context.new_page(), stage, "alice")
    for mode in ("silent", "wrong-origin", "wrong-frame", "wrong-number", "none", "parent"):
        stage.lms.storage_mode = mode
        pages[mode] = open_activity(context.new_page(), stage)
    headings = {mode: frame.get_by_role("heading", level=1) for mode, frame in pages.items()}
    expect(headings.pop("parent")).to_have_text("Sign up for mentoring")
    for heading in headings.values():
        expect(heading).to_have_text(WINDOW_HEADING)
    with context.expect_page() as opened:
        pages["silent"].get_by_role("button").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")


def test_a_browser_that_keeps_cookies_needs_no_storage(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    stage.lms.storage_mode = "silent"
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    frame = open_activity(page, stage, "tina")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Who has signed up")


def test_everybody_can_use_the_pages_on_the_way(stage: Stage, open_browser: OpenBrowser) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    looked = []
    for address in ("**/lti/login/continue?*", "**/lti/launch/continue"):
        with held(page, address):
            # Each of the two pages says the same: it is the one that asks for this.
            with page.expect_request(address):
                frame = open_activity(page, stage, "alice")
            expect(frame.get_by_role("heading", level=1)).to_have_text("One moment")
            looked.append(look(page, stage))
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    framed(page, stage).evaluate("location.href = new URL('../me/inbox', location).href")
    expect(frame.get_by_role("heading", level=1)).to_have_text("This page opens in a new window")
    looked.append(look(page, stage))
    with context.expect_page() as opened:
        Keyboard(page, frame).press(frame.get_by_role("button", name="Open the page"), "Enter")
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Inbox")
    page.bring_to_front()
    frame = open_activity(page, stage, "tina")
    expect(frame.get_by_role("heading", level=1)).to_have_text(WINDOW_HEADING)
    looked.append(look(page, stage))
    button = frame.get_by_role("button", name="Open the activity in a new window")
    with context.expect_page() as opened:
        Keyboard(page, frame).press(button, "Space")
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Who has signed up")
    assert "\n".join(fault for walk in looked for fault in walk.faults) == ""


@pytest.mark.parametrize("profile", ["moodle"])
def test_where_the_lms_has_no_storage_the_window_opens_by_keyboard(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text(WINDOW_HEADING)
    assert look(page, stage).faults == []
    button = frame.get_by_role("button", name="Open the activity in a new window")
    with context.expect_page() as opened:
        Keyboard(page, frame).press(button, "Enter")
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")


def open_activity(page: Page, stage: Stage, username: str | None = None) -> FrameLocator:
    """Open an activity's page in the LMS, as somebody or who one is; return the tool's frame."""
    if username:
        sign_in(page, stage, username)
    activity = stage.lms.activities[ACTIVITY]
    page.goto(stage.lms_url + stage.lms.profile.activity_path(activity))
    return page.frame_locator("iframe.tool")


def framed(page: Page, stage: Stage) -> Frame:
    """Return the LMS's frame with the tool."""
    return next(one for one in page.frames if one.url.startswith(stage.tool_url))


def look(page: Page, stage: Stage) -> Walk:
    """Let axe look at what the tool's frame shows."""
    walk = Walk(page, framed(page, stage), stage.tool.app)
    walk.look()
    return walk


def expect_grade_in_canvas(page: Page, stage: Stage, username: str, grade: str) -> None:
    """Wait until the LMS's own gradebook shows a grade."""
    expect_grade(page, stage, username, grade, activity=ACTIVITY)


def _evil(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!DOCTYPE html><title>Evil</title><h1>Evil</h1>"]
