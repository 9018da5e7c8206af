"""An instructor places, changes, copies and reviews, in a real browser without foreign cookies."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_app.testing.sandbox import Activity, Course
from lti_app.testing.stage import Stage
from tests.browser.chromium import CookieMode
from tests.browser.test_journeys import fill_sign_up, sign_in
from tests.functional.placing.people import ONE, SEVERAL
from tests.proofs import rule

OpenBrowser = Callable[..., BrowserContext]
_TEACHER = "tina"


@rule("R-3.7", "R-3.13", "R-6.5", "R-6.7", "R-9.1", "R-9.2", "R-9.3")
@pytest.mark.parametrize(("profile", "width"), [("moodle", 1280), ("canvas", 360)])
def test_two_are_placed_at_once_one_is_changed_the_course_is_copied_and_work_in_it_is_reviewed(
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
    frame = page.frame_locator("iframe:not([aria-hidden])")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    fill_sign_up(frame)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    stage.wait_until_delivered()
    assert stage.lms.grade(copied, "alice").final == 100
    assert stage.lms.grade(placed, "alice").final is None
    review(page, stage, copied, "alice")
    refuse_review(page, stage, copied, "alice")


def review(page: Page, stage: Stage, activity: Activity, about: str) -> None:
    """Open somebody's work from the LMS's gradebook, and the page where its grade is decided."""
    sign_in(page, stage, _TEACHER)
    page.goto(f"{stage.lms_url}/grade/report/grader/index.php?id={activity.course.id}")
    cell = page.locator(f"td[data-username={about}][data-item='{activity.column_id}']")
    cell.get_by_role("link", name="Review").click()
    frame = page.frame_locator("iframe:not([aria-hidden])")
    expect(frame.get_by_role("heading", level=1)).to_have_text(stage.lms.person(about).name)
    expect(frame.locator("main")).to_contain_text("Signed up on")
    expect(frame.locator("main")).to_contain_text("The gradebook has it")
    expect(frame.locator("main")).not_to_contain_text("I lead a team")
    expect_no_sideways_scrolling(page, stage)
    frame.get_by_role("link", name="Decide about this grade").click()
    expect(frame.get_by_role("link", name="What this learner has done")).to_be_visible()
    expect_no_sideways_scrolling(page, stage)


def refuse_review(page: Page, stage: Stage, activity: Activity, about: str) -> None:
    """Launch the review of somebody's work as another learner, past the LMS's own pages."""
    sign_in(page, stage, "bob")
    launched = stage.lms.profile.frame_path(stage.lms.review(activity, about))
    page.goto(stage.lms.url(launched))
    expect(page.get_by_role("heading", level=1)).to_have_text("This is somebody else's work")
    expect(page.locator("body")).not_to_contain_text("Adams")


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
    place = (ONE if again else SEVERAL)[stage.lms.profile.family]
    query = f"?placement={place}" + (f"&update={again.cmid}" if again else "")
    page.goto(f"{stage.lms_url}/course/{course.id}/select/1{query}")
    frame = page.frame_locator("iframe:not([aria-hidden])")
    expect(frame.get_by_role("heading", name="New activity")).to_be_visible()
    expect_no_sideways_scrolling(page, stage)
    return frame


def expect_no_sideways_scrolling(page: Page, stage: Stage) -> None:
    """See that what the tool shows in the LMS's frame is no wider than the frame."""
    inner = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    assert inner.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def choose(frame: FrameLocator, title: str, button: str) -> None:
    """Choose a new sign-up, and press a button of its settings."""
    frame.get_by_role("link", name="Mentoring sign-up").click()
    frame.get_by_label("Title").fill(title)
    frame.get_by_role("button", name=button).click()
