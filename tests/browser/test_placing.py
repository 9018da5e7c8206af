"""An instructor places, changes and copies in a real browser that blocks third-party cookies."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_app.testing.sandbox import Activity, Course
from lti_app.testing.stage import Stage
from tests.browser.chromium import CookieMode
from tests.browser.test_journeys import fill_sign_up, sign_in
from tests.proofs import rule

OpenBrowser = Callable[..., BrowserContext]
_TEACHER = "tina"


@rule("R-3.7", "R-3.13", "R-6.5", "R-6.7")
@pytest.mark.parametrize("width", [1280, 360])
def test_two_are_placed_at_once_one_is_changed_and_the_course_is_copied(
    stage: Stage, open_browser: OpenBrowser, width: int
) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=width).new_page()
    course = stage.lms.courses[2]
    sign_in(page, stage, _TEACHER)
    placed = place_two(page, stage, course)
    change(page, stage, placed, "Find a mentor this spring")
    page.get_by_role("button", name="Copy this course").click()
    copy = max(stage.lms.courses.values(), key=lambda one: one.id)
    copied = stage.lms.activity("Find a mentor this spring", copy.full_name)
    assert copied.column_id != placed.column_id
    sign_in(page, stage, "alice")
    page.goto(stage.lms.url(stage.lms.profile.activity_path(copied)))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    fill_sign_up(frame)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    stage.wait_until_delivered()
    assert stage.lms.grade(copied, "alice").final == 100
    assert stage.lms.grade(placed, "alice").final is None


def place_two(page: Page, stage: Stage, course: Course) -> Activity:
    """Place two sign-ups at once; returns the first one's link."""
    frame = open_picker(page, stage, course)
    choose(frame, "Find a mentor", "Choose a further one")
    choose(frame, "Be a mentor", "Add it and the other one to the course")
    # The tool's last page leaves for the LMS by itself, out of the frame.
    page.get_by_role("button", name="Save and return to course").click()
    expect(page.get_by_role("link", name="Find a mentor", exact=True)).to_be_visible()
    assert stage.lms.activity("Be a mentor", course.full_name).column_id
    return stage.lms.activity("Find a mentor", course.full_name)


def change(page: Page, stage: Stage, placed: Activity, title: str) -> None:
    """Pick again for a link, and give its activity another title."""
    frame = open_picker(page, stage, placed.course, again=placed)
    frame.get_by_role("link", name=f"Change {placed.title}").click()
    frame.get_by_label("Title").fill(title)
    frame.get_by_role("button", name="Add to the course").click()
    page.get_by_role("button", name="Save and return to course").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def open_picker(
    page: Page, stage: Stage, course: Course, *, again: Activity | None = None
) -> FrameLocator:
    """Let the LMS ask the tool for links, for a course or once more for one of them."""
    query = f"?update={again.cmid}" if again else ""
    page.goto(f"{stage.lms_url}/course/{course.id}/select/1{query}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="New activity")).to_be_visible()
    inner = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    assert inner.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return frame


def choose(frame: FrameLocator, title: str, button: str) -> None:
    """Choose a new sign-up, and press a button of its settings."""
    frame.get_by_role("link", name="Mentoring sign-up").click()
    frame.get_by_label("Title").fill(title)
    frame.get_by_role("button", name=button).click()
