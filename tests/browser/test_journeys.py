"""The journey of learners and instructors in a real browser, tool and LMS on two sites."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Locator, Page, expect

from lti_app.testing.sandbox import Role
from lti_app.testing.stage import Stage
from tests.browser.chromium import PROOF, CookieMode
from tests.browser.pictures import take_picture
from tests.browser.probe import probe

OpenBrowser = Callable[..., BrowserContext]
Where = Page | FrameLocator | Frame
_GRADE_TIMEOUT = 30_000
_ASK_EACH = """async addresses => {
  const opened = [];
  for (const address of addresses) opened.push((await fetch(address)).status === 200);
  return opened;
}"""
#: Puts more frames of an activity beside the one that is there.
_ADD_FRAMES = """count => {
  const first = document.querySelector("iframe");
  for (let number = 0; number < count; number += 1) first.after(first.cloneNode());
}"""
_AT_ONCE = 10
#: `make launches` is the long form.
_LAUNCHES = 200 if "LONG" in os.environ else 30
_STAY_OPEN = 100
#: Chromium keeps so many of a site in a frame; then the oldest go.
_COOKIES_OF_A_SITE = 180


@pytest.mark.parametrize("mode", CookieMode)
def test_the_cookie_mode_is_what_it_is_called(open_browser: OpenBrowser, mode: CookieMode) -> None:
    assert probe(open_browser(mode)) == PROOF[mode]


def test_the_driver_loses_no_frame_as_none_has_a_process_of_its_own(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.ALLOWED)
    page = context.new_page()
    expect(arrived(open_activity(page, stage, "alice"))).to_be_visible()
    found = context.new_cdp_session(page).send("Target.getTargets")["targetInfos"]
    assert {one["url"] for one in found if one["type"] == "page"} == {"about:blank", page.url}
    assert [one["url"] for one in found if one["type"] == "iframe"] == []


@pytest.mark.parametrize(
    ("mode", "width"), [(CookieMode.ALLOWED, 1280), (CookieMode.THIRD_PARTY_BLOCKED, 360)]
)
def test_a_learner_signs_up_in_the_frame_and_the_grade_arrives(
    stage: Stage, open_browser: OpenBrowser, mode: CookieMode, width: int
) -> None:
    page = open_browser(mode, width=width).new_page()
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    fill_sign_up(frame)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    expect_grade(page, stage, "alice", "100.00")


def test_where_the_frame_keeps_nothing_the_sign_up_opens_in_a_window(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.TOOL_BLOCKED)
    page = context.new_page()
    frame = open_activity(page, stage, "bob")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Open the activity in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    fill_sign_up(window)
    window.get_by_role("button", name="Sign up").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    window.reload()
    expect(window.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    expect_grade(page, stage, "bob", "100.00")


def test_what_was_typed_survives_an_error(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=360).new_page()
    frame = open_activity(page, stage, "alice")
    frame.get_by_label("Mentee:").check()
    go_on(frame, "Skills")
    frame.get_by_text("Step 2 of 9").click()
    frame.get_by_role("link", name="Goals").click()
    frame.get_by_label("What do you want from a mentor?").fill("Too short")
    frame.get_by_role("button", name="Save and go on").click()
    expect(frame.get_by_role("alert")).to_contain_text("2 answers need another look")
    expect(frame.get_by_label("What do you want from a mentor?")).to_have_value("Too short")


def test_a_week_is_ticked_by_keyboard_alone(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    frame = open_week(page, stage)
    frame.locator("summary", has_text="Early hours").focus()
    page.keyboard.press("Tab")
    expect(frame.get_by_label("Monday 07:00 to 07:30")).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "Space", "Shift+ArrowDown", "Tab"):
        page.keyboard.press(key)
    expect(frame.locator("summary", has_text="Late hours")).to_be_focused()
    expect_ticked(frame, "Tuesday 07:30 to 08:00", "Tuesday 08:00 to 08:30")


def test_a_week_is_drawn_with_a_mouse(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    frame = open_week(page, stage)
    drawn = ("Friday 10:00 to 10:30", "Friday 10:30 to 11:00", "Friday 11:00 to 11:30")
    frame.get_by_label(drawn[0]).hover()
    page.mouse.down()
    for box in drawn[1:]:
        frame.get_by_label(box).hover()
    page.mouse.up()
    frame.get_by_label("Sunday 12:00 to 12:30").click()
    frame.get_by_label("Sunday 13:00 to 13:30").dblclick()
    expect_ticked(frame, *drawn, "Sunday 12:00 to 12:30")


def open_week(page: Page, stage: Stage) -> FrameLocator:
    """Go to the step of the sign-up that asks for a week."""
    frame = open_activity(page, stage, "alice")
    frame.get_by_label("Mentee:").check()
    go_on(frame, "Skills")
    frame.get_by_text("Step 2 of 9").click()
    frame.get_by_role("link", name="When you can meet").click()
    frame.get_by_label("What is your time zone?").select_option("Europe/Vienna")
    # With its script: until that has come, the boxes are plain ones.
    expect(frame.locator("[data-week-help]")).to_be_visible()
    return frame


def expect_ticked(frame: FrameLocator, *boxes: str) -> None:
    """Save the week, come back, and find these half hours ticked and no others."""
    go_on(frame, "Private wishes")
    frame.get_by_role("link", name="Back").click()
    expect(frame.locator("input[name=cells]:checked")).to_have_count(len(boxes))
    for box in boxes:
        expect(frame.get_by_label(box)).to_be_checked()


def test_two_tabs_with_two_roles_of_one_person_do_not_mix(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    stage.lms.enrol(stage.lms.courses[3], "alice", Role.TEACHER)
    context = open_browser(CookieMode.THIRD_PARTY_BLOCKED)
    learning, teaching = context.new_page(), context.new_page()
    learner = open_activity(learning, stage, "alice", activity=101)
    teaching.goto(f"{stage.lms_url}/mod/lti/view.php?id={stage.lms.activities[104].cmid}")
    teacher = teaching.frame_locator("iframe:not([aria-hidden])")
    expect(teacher.get_by_role("heading", level=1)).to_have_text("Who has signed up")
    # A browser lets a tab that nobody sees draw late, so that clicks there can go astray.
    learning.bring_to_front()
    fill_sign_up(learner)
    learner.get_by_role("button", name="Sign up").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    teaching.bring_to_front()
    teacher.get_by_role("link", name="What reached the gradebook").click()
    expect(arrived(teacher)).to_be_visible()
    expect(teacher.locator("body")).not_to_contain_text("Alice Adams 100")


def test_three_frames_on_one_page_work_side_by_side(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    sign_in(page, stage, "charlie")
    page.goto(f"{stage.lms_url}/course/{stage.lms.courses[2].id}/three")
    for number in range(3):
        frame = page.frame_locator("iframe:not([aria-hidden])").nth(number)
        expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    for number in (2, 0):
        frame = page.frame_locator("iframe:not([aria-hidden])").nth(number)
        fill_sign_up(frame)
        frame.get_by_role("button", name="Sign up").click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    middle = page.frame_locator("iframe:not([aria-hidden])").nth(1)
    expect(middle.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    expect_grade(page, stage, "charlie", "100.00", activity=101)
    expect_grade(page, stage, "charlie", "", activity=102)
    expect_grade(page, stage, "charlie", "100.00", activity=103)


def test_back_reload_and_double_submit_send_one_grade(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    frame = open_activity(page, stage, "alice")
    fill_sign_up(frame)
    frame.get_by_role("button", name="Sign up").dblclick()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    inner = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    inner.evaluate("history.back()")
    expect(arrived(frame)).to_be_visible()
    inner = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    inner.evaluate("location.reload()")
    expect(arrived(frame)).to_be_visible()
    expect_grade(page, stage, "alice", "100.00")
    page.reload()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    assert stage.posts_of("alice") == 1


def test_another_persons_launch_in_the_browser_ends_the_first_ones_visit(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    context = open_browser(CookieMode.THIRD_PARTY_BLOCKED)
    first = context.new_page()
    frame = open_activity(first, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    second = context.new_page()
    expect(open_activity(second, stage, "bob").get_by_role("heading", level=1)).to_have_text(
        "Sign up for mentoring"
    )
    first.bring_to_front()
    frame.get_by_label("Mentee:").check()
    frame.get_by_role("button", name="Save and go on").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Please open this activity again")
    assert stage.posts_of("alice") == 0


def test_of_many_launches_the_newest_hundred_stay_open(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    """The long form launches more often than a browser keeps cookies for (visits.md)."""
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    sign_in(page, stage, "alice")
    addresses: list[str] = []
    page.on(
        "response",
        lambda answer: addresses.append(answer.url) if "/enter?" in answer.url else None,
    )
    statuses: set[int] = set()
    page.on("response", lambda answer: statuses.add(answer.status))
    for _ in range(0, _LAUNCHES, _AT_ONCE):
        page.goto(f"{stage.lms_url}/mod/lti/view.php?id={stage.lms.activities[101].cmid}")
        page.evaluate(_ADD_FRAMES, _AT_ONCE - 1)
        for frame in page.locator("iframe:not([aria-hidden])").all():
            expect(frame.content_frame.get_by_role("heading", level=1)).to_be_visible()
    assert len(addresses) == _LAUNCHES
    assert 431 not in statuses
    first_pages = [address.split("/enter")[0] + "/mentoring/" for address in addresses]
    # Asked from inside the frame: only there does the browser send the visits' cookies.
    inner = next(one for one in page.frames if one.url.startswith(stage.tool_url))
    opened = inner.evaluate(_ASK_EACH, first_pages)
    assert all(opened[-_STAY_OPEN:])
    assert all(opened) is (_LAUNCHES < _COOKIES_OF_A_SITE)


def test_an_instructor_sees_who_signed_up_and_what_the_lms_answered(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page()
    frame = open_activity(page, stage, "alice")
    fill_sign_up(frame)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    expect_grade(page, stage, "alice", "100.00")
    frame = open_activity(page, stage, "tina")
    expect(frame.get_by_role("row", name="Alice Adams")).to_be_visible()
    expect(frame.locator("body")).not_to_contain_text("delegate without")
    frame.get_by_role("link", name="What reached the gradebook").click()
    row = frame.get_by_role("row").filter(has_text="Alice Adams")
    expect(row).to_contain_text("100")


def test_the_picture_of_the_readme_shows_the_tool_inside_an_lms(
    stage: Stage, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign up for mentoring")
    take_picture(page, "sign-up-in-course", tmp_path)


def sign_in(page: Page, stage: Stage, username: str) -> None:
    """Become somebody in the LMS."""
    page.goto(f"{stage.lms_url}/as/{username}")


def open_activity(page: Page, stage: Stage, username: str, *, activity: int = 101) -> FrameLocator:
    """Open an activity's page in the LMS and return its frame."""
    sign_in(page, stage, username)
    page.goto(f"{stage.lms_url}/mod/lti/view.php?id={stage.lms.activities[activity].cmid}")
    return page.frame_locator("iframe:not([aria-hidden])")


def arrived(where: Where) -> Locator:
    """Return the heading of a page of the tool, and not that of the pages on the way there."""
    return where.get_by_role("heading", level=1).filter(has_not_text="One moment")


def fill_sign_up(where: Where) -> None:
    """Answer every step of the sign-up, up to the button that sends it."""
    fill_steps(where)
    go_on(where, "Private wishes")
    check_sign_up(where)


def check_sign_up(where: Where) -> None:
    """Go from the last step to the button that sends everything, and consent."""
    go_on(where, "Check and send")
    where.locator("input[name=consent]").check()


def fill_steps(where: Where) -> None:
    """Answer the steps that are about oneself, and stay at the last of them."""
    where.get_by_label("Mentee:").check()
    go_on(where, "Skills")
    where.locator("input[name=skills]").first.check()
    go_on(where, "How far you are")
    where.get_by_label("How important to you?").select_option("3")
    where.get_by_label("Where are you now?").select_option("1")
    go_on(where, "Goals")
    where.locator("input[name=goal_areas]").first.check()
    where.get_by_label("What do you want from a mentor?").fill(
        "I lead a team for the first time and want to delegate without losing sight of it."
    )
    go_on(where, "You and your work")
    where.get_by_label("Where do you stand in your work?").select_option("2")
    go_on(where, "How you meet")
    where.get_by_label("Video call").check()
    where.locator("#language_1").select_option("en")
    where.locator("#language_level_1").select_option("C1")
    go_on(where, "When you can meet")
    where.get_by_label("What is your time zone?").select_option("Europe/Vienna")
    for half_hour in ("09:00 to 09:30", "09:30 to 10:00"):
        where.get_by_label(f"Monday {half_hour}").check()


def go_on(where: Where, to: str) -> None:
    """Save a step, and wait for the next one."""
    where.get_by_role("button", name="Save and go on").click()
    expect(where.get_by_role("heading", level=1)).to_have_text(to)


def expect_grade(
    page: Page, stage: Stage, username: str, grade: str, *, activity: int = 101
) -> None:
    """Wait until the LMS's own gradebook page shows a grade."""
    item = stage.lms.activities[activity].column_id
    reader = page.context.new_page()
    course = stage.lms.activities[activity].course.id
    cell = reader.locator(f"td[data-username={username}][data-item='{item}']")
    address = f"{stage.lms_url}/grade/report/grader/index.php?id={course}"
    stage.wait_until_delivered()
    reader.goto(address)
    expect(cell).to_have_attribute("data-grade", grade, timeout=_GRADE_TIMEOUT)
    reader.close()
