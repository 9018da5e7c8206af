"""An administrator registers the tool in a real browser, in the frame of the LMS."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from lti_app.services.invites import invite_for
from lti_app.settings import Settings
from lti_app.store.registrations import list_registrations
from lti_app.store.session import transaction
from lti_app.testing.sandbox import LoopbackServer, Sandbox, SigningKey, serve
from lti_app.testing.stage import LMS_HOST, TOOL_HOST, free_port
from lti_app.testing.tool import ToolUnderTest, open_tool
from tests.browser.chromium import CookieMode
from tests.proofs import rule

OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture
def tool(settings: Settings) -> Iterator[ToolUnderTest]:
    """Serve a tool that no LMS knows."""
    port = free_port()
    url = f"http://{TOOL_HOST}:{port}"
    opened = open_tool(
        Settings(
            database_url=settings.database_url,
            secret_keys=settings.secret_keys,
            public_url=url,
            allow_private_networks=True,
        )
    )
    with LoopbackServer(opened.app.wsgi_app, TOOL_HOST, port):
        yield opened
    opened.database.dispose()


@rule("R-7.5")
@pytest.mark.parametrize(
    ("profile", "name", "width"),
    [("moodle", "Moodle", 1280), ("canvas", "Canvas", 360)],
)
def test_an_administrator_registers_the_tool_and_its_link_opens(
    tool: ToolUnderTest,
    open_browser: OpenBrowser,
    lms_key: SigningKey,
    profile: str,
    name: str,
    width: int,
) -> None:
    lms = Sandbox.empty(f"http://{LMS_HOST}:0", profile=profile)
    lms.use_key(lms_key)
    with serve(lms):
        page = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=width).new_page()
        frame = enter(page, lms, new_address(tool))
        expect(heading(frame)).to_have_text(f"Add Throughline to {name}")
        inner = next(one for one in page.frames if "/lti/register" in one.url)
        assert inner.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        frame.get_by_role("button", name="Register").click()
        # The tool's last page asks the LMS to close the frame, and the LMS shows its list anew.
        expect(page.get_by_role("button", name="Activate")).to_be_visible()
        expect(page.locator("iframe:not([aria-hidden])")).to_have_count(0)
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_role("button", name="Activate")).to_have_count(0)

        (made,) = lms.tools.values()
        activity = lms.add_activity(lms.courses[2], made, "Sign-up", "kind=mentoring")
        page.goto(f"{lms.base_url}/as/alice")
        page.goto(lms.url(lms.profile.activity_path(activity)))
        expect(heading(page.frame_locator("iframe:not([aria-hidden])"))).to_have_text(
            "Sign up for mentoring"
        )


@rule("R-7.3")
def test_an_update_goes_through_moodles_choice(
    tool: ToolUnderTest, open_browser: OpenBrowser, lms_key: SigningKey
) -> None:
    lms = Sandbox.empty(f"http://{LMS_HOST}:0")
    lms.use_key(lms_key)
    with serve(lms):
        page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
        enter(page, lms, new_address(tool)).get_by_role("button", name="Register").click()
        expect(page.get_by_role("button", name="Activate")).to_be_visible()
        with transaction(tool.database):
            (kept,) = list_registrations()
            address = invite_for(None, kept.id).url(tool.runtime.settings.public_url)
        frame = enter(page, lms, address)
        frame.get_by_role("button", name="Update").click()
        expect(heading(frame)).to_have_text("Update Throughline in Moodle")
        frame.get_by_label("Neither").check()
        frame.get_by_role("button", name="Update").click()
        expect(page.locator("iframe:not([aria-hidden])")).to_have_count(0)
        (made,) = lms.tools.values()
        assert (made.sends_name, made.sends_email) == (False, False)


@rule("R-7.5")
def test_where_the_lms_does_not_listen_the_last_page_says_what_to_do(
    tool: ToolUnderTest, open_browser: OpenBrowser, lms_key: SigningKey
) -> None:
    lms = Sandbox.empty(f"http://{LMS_HOST}:0")
    lms.use_key(lms_key)
    with serve(lms):
        page = open_browser(CookieMode.ALLOWED, width=360).new_page()
        enter(page, lms, new_address(tool))
        # The frame's address in a window of its own: nobody is around it who could close it.
        page.goto(next(one.url for one in page.frames if "/lti/register" in one.url))
        page.get_by_role("button", name="Register").click()
        expect(heading(page)).to_have_text("Throughline is registered in Moodle")
        expect(page.get_by_text("If nothing closes")).to_be_visible()
        expect(page.get_by_role("button", name="Back to the LMS")).to_have_count(0)


def test_a_value_is_copied_by_its_button(tool: ToolUnderTest, open_browser: OpenBrowser) -> None:
    context = open_browser(CookieMode.ALLOWED, width=360)
    public_url = tool.runtime.settings.public_url
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=public_url)
    page = context.new_page()
    page.goto(f"{public_url}/lti/setup")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Copy: Public keyset").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{public_url}/lti/jwks.json"


def new_address(tool: ToolUnderTest) -> str:
    """Return the address of a new invite."""
    with transaction(tool.database):
        return invite_for(None, None).url(tool.runtime.settings.public_url)


def enter(page: Page, lms: Sandbox, address: str) -> FrameLocator:
    """Enter an address as the LMS's administrator; returns the frame that opens."""
    page.goto(f"{lms.base_url}/as/adam")
    page.goto(lms.url(lms.profile.tools_path))
    page.get_by_label("Tool URL").fill(address)
    page.get_by_role("button", name="Register a tool").click()
    frame = page.frame_locator("iframe:not([aria-hidden])")
    expect(heading(frame)).to_be_visible()
    return frame


def heading(where: Page | FrameLocator) -> Locator:
    """Return a page's heading."""
    return where.get_by_role("heading", level=1)
