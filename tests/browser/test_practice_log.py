"""Learners practise in a real browser, on a phone: nothing that they type is lost."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from playwright.sync_api import FrameLocator, Page, Route, expect
from sqlalchemy import select, update

from lti_app import clock
from lti_app.store.session import db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.stage import Stage
from plugins.coaching.models import PracticeSession
from tests.browser.chromium import CookieMode
from tests.browser.keyboard import Keyboard
from tests.browser.slow_line import held
from tests.browser.test_journeys import OpenBrowser, open_activity
from tests.functional.coaching.people import Practice

CUSTOM: Final[Mapping[str, str]] = {"kind": "practice", "sessions": "3", "rubric": "20"}
GOAL: Final = "What does your partner want to reach?"
REALITY: Final = "What is happening now, and what have they tried?"
#: Longer than the script waits between two tries.
_PATIENCE: Final = 20_000
#: Longer than the script waits from the last key to saving.
_PAUSE: Final = 3_000


def open_practice(stage: Stage) -> Practice:
    """Place a practice; Alice and Bob are partners and have prepared."""
    custom = "\n".join(f"{name}={value}" for name, value in CUSTOM.items())
    link = stage.lms.add_activity(
        stage.lms.courses[2], stage.lms.tools[1], "Practise coaching", custom
    )
    practice = Practice(stage.tool, stage.lms, CUSTOM, link=link.cmid)
    for name in ("alice", "bob"):
        practice.come(name)
        questions = {f"questions-{at}": f"What is number {at}?" for at in range(3)}
        assert practice.post(name, "prepare", **questions).status_code == 303
        practice.join(name)
    return practice


def stored(stage: Stage) -> tuple[str, int]:
    """Return the goal as the tool has it, and how often it was saved."""
    with transaction(stage.tool.database, read_only=True):
        session = db().scalars(select(PracticeSession)).one()
        return session.written.goal, session.revision


def open_log(page: Page, stage: Stage, practice: Practice) -> FrameLocator:
    """Let Alice open the log of her first conversation in the LMS's frame."""
    frame = open_activity(page, stage, "alice", activity=practice.link)
    frame.get_by_role("button", name="Open the log").first.click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Your conversation with Bob Brown")
    return frame


def test_a_log_is_saved_while_it_is_typed_and_survives_a_dead_line(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = open_practice(stage)
    context = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=360)
    page = context.new_page()
    frame = open_log(page, stage, practice)
    state = frame.locator("[data-autosave-state]")
    frame.get_by_label(GOAL).fill("To say no at work.")
    expect(state).to_contain_text("Saved")
    assert stored(stage)[0] == "To say no at work."

    context.set_offline(True)
    frame.get_by_label(GOAL).fill("To say no, on a dead line.")
    expect(state).to_contain_text("Not saved: no connection")
    frame.get_by_role("button", name="Save, and hand over").click()
    expect(state).to_contain_text("Not saved: no connection")
    expect(frame.get_by_label(GOAL)).to_have_value("To say no, on a dead line.")
    context.set_offline(False)
    expect(state).to_contain_text("Saved", timeout=_PATIENCE)
    assert stored(stage)[0] == "To say no, on a dead line."


def test_what_is_typed_before_the_script_has_come_is_saved(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = open_practice(stage)
    context = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=360)
    page = context.new_page()
    script = "**/autosave.js"
    with held(page, script, Route.continue_):
        with page.expect_request(script):
            frame = open_log(page, stage, practice)
        frame.get_by_label(GOAL).fill("To say no on a slow line.")
    expect(frame.locator("[data-autosave-state]")).to_contain_text("Saved")
    assert stored(stage)[0] == "To say no on a slow line."


def test_what_a_browser_puts_back_into_a_page_is_called_unsaved_and_replaces_nothing(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = open_practice(stage)
    page = open_browser(CookieMode.ALLOWED, width=360).new_page()
    frame = open_log(page, stage, practice)
    state = frame.locator("[data-autosave-state]")
    frame.get_by_label(GOAL).fill("Older.")
    expect(state).to_contain_text("Saved")
    frame.get_by_role("link", name="Back to the practice").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Coaching practice")
    with transaction(stage.tool.database, read_only=True):
        path = f"session/{db().scalars(select(PracticeSession.id)).one()}"
    assert practice.write("alice", path, goal="Newer, from another window.").status_code == 303

    page.evaluate("history.back()")
    expect(frame.get_by_label(GOAL)).to_have_value("Older.")
    expect(state).to_have_text("Not saved yet.")
    page.wait_for_timeout(_PAUSE)
    expect(state).to_have_text("Not saved yet.")
    assert stored(stage)[0] == "Newer, from another window."


def test_two_clicks_save_once_and_what_is_typed_after_the_end_of_a_visit_stays_in_the_page(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = open_practice(stage)
    page = open_browser(CookieMode.ALLOWED, width=360).new_page()
    frame = open_log(page, stage, practice)
    frame.get_by_label(REALITY).fill("Too much of it.")
    frame.get_by_role("button", name="Save for later").dblclick()
    expect(frame.get_by_role("status").first).to_contain_text("Saved. You can go on")
    frame.get_by_role("link", name="Go on writing").click()
    expect(frame.get_by_label(REALITY)).to_have_value("Too much of it.")

    with transaction(stage.tool.database):
        db().execute(update(Visit).values(used_at=clock.real_now() - timedelta(hours=3)))
    frame.get_by_label(GOAL).fill("To say no after the end.")
    expect(frame.locator("[data-autosave-state]")).to_contain_text("not open here any more")
    frame.get_by_role("button", name="Save for later").click()
    expect(frame.get_by_label(GOAL)).to_have_value("To say no after the end.")
    assert stored(stage)[0] == ""


def test_where_no_script_runs_the_way_back_from_a_dead_line_leads_to_what_was_typed(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = open_practice(stage)
    context = open_browser(CookieMode.ALLOWED, width=360)
    context.route("**/autosave.js", lambda route: route.abort())
    page = context.new_page()
    frame = open_log(page, stage, practice)
    keys = Keyboard(page, frame)
    keys.press(frame.get_by_label(GOAL))
    page.keyboard.type("To say no, by keyboard.")
    context.set_offline(True)
    keys.press(frame.get_by_role("button", name="Save for later"), "Enter")
    expect(frame.locator("#main-frame-error")).to_be_attached()
    assert stored(stage)[0] == ""

    context.set_offline(False)
    page.evaluate("history.back()")
    expect(frame.get_by_label(GOAL)).to_have_value("To say no, by keyboard.")
    frame.get_by_role("button", name="Save for later").dblclick()
    expect(frame.get_by_role("status").first).to_contain_text("Saved. You can go on")
    assert stored(stage)[0] == "To say no, by keyboard."
