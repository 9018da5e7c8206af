"""Axe finds nothing on the pages of a practice; marking needs no more than a keyboard."""

from typing import Final

from playwright.sync_api import expect

from lti_app.domain.permissions import Hat
from lti_app.testing.stage import Stage
from tests.browser.accessibility import Walk
from tests.browser.chromium import CookieMode
from tests.browser.keyboard import Keyboard
from tests.browser.test_accessibility import framed, unmet
from tests.browser.test_journeys import OpenBrowser, open_activity
from tests.browser.test_practice_journey import Placed, place, publish, save_marks
from tests.functional.marking.released import LEVELS, Practice, open_practice

#: Of one's own work alone: whoever teaches may read everybody's, and has none.
NOT_OF_STAFF: Final = frozenset({"practice.marks", "practice.ask_release"})


def test_the_pages_of_somebody_who_marks_a_practice(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    practice = release_three(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    frame = open_activity(page, stage, "tina", activity=practice.activity.cmid)
    expect(frame.get_by_role("heading", level=1)).to_have_text("Who is where")
    walk = Walk(page, framed(page, stage), stage.tool.app, not_pages=others(stage))
    walk.follow()
    walk.open("practice/marking?show=all")
    assert "\n".join(walk.faults) == ""
    assert {"practice.publishing_page"} <= set(walk.seen)
    assert unmet(walk, Hat.AUTHOR, "practice") - walk.not_pages <= NOT_OF_STAFF


def test_the_pages_of_somebody_who_practises(stage: Stage, open_browser: OpenBrowser) -> None:
    practice, draft = practise_three_rounds(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    frame = practice.open(page, "alice")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Coaching practice")
    walk = Walk(page, framed(page, stage), stage.tool.app, not_pages=others(stage))
    walk.follow()
    walk.open(f"practice/{draft}/hand")
    walk.open("practice/prepare")
    walk.frame.get_by_role("button").last.click()
    expect(walk.frame.get_by_role("alert")).to_be_visible()
    walk.look()
    assert "\n".join(walk.faults) == ""
    assert unmet(walk, Hat.LEARNER, "practice") - walk.not_pages == set()


def test_one_marks_and_publishes_by_keyboard_alone(stage: Stage, open_browser: OpenBrowser) -> None:
    practice = open_practice(stage.tool, stage.lms)
    practice.release(practice.lead("alice", "bob"))
    practice.lead("bob", "alice")
    page = open_browser(CookieMode.ALLOWED).new_page()
    frame = open_activity(page, stage, "tina", activity=practice.activity.cmid)
    keys = Keyboard(page, frame)
    keys.leave(frame.get_by_role("link", name="Marking: 1 learner waits"), "Marking")
    keys.leave(frame.get_by_role("link", name="Alice Adams"), "Alice Adams")
    for row, level in LEVELS.items():
        # Into the group at its first button, and down to the level.
        keys.press(frame.locator(f"#{row}-0"), "Space", *["ArrowDown"] * int(level))
    keys.reach(frame.get_by_label("To the learner"))
    page.keyboard.type("Wait a little longer.")
    keys.press(frame.get_by_role("button", name="Save", exact=True), "Enter")
    expect(frame.get_by_text("76.67 of 100, which is 15.33 of 20 points")).to_be_visible()
    keys.leave(frame.get_by_role("link", name="Publish …"), "Publish marks?")
    expect(frame.get_by_role("row", name="Alice Adams")).to_contain_text("new: 95.33")
    keys.press(frame.get_by_role("button", name="Yes, publish for 1 learner"), "Enter")
    expect(frame.get_by_role("status")).to_contain_text("Published.")


def release_three(stage: Stage) -> Practice:
    """Let three conversations be released: one is published, one marked, one waits."""
    practice = open_practice(stage.tool, stage.lms)
    releases = [
        practice.release(practice.lead(coach, coachee), minutes=number)
        for number, (coach, coachee) in enumerate(
            [("alice", "bob"), ("bob", "alice"), ("charlie", "bob")]
        )
    ]
    practice.lead("charlie", "alice", "awaiting_confirmation", number=2)
    tina = practice.visitors["tina"]
    for release in releases[:2]:
        path = f"practice/marking/{release}"
        done = tina.post(path, form_of=path, **LEVELS, remark="Wait a little longer.")
        assert done.status_code == 303
        if release == releases[0]:
            practice.publish()
    return practice


def practise_three_rounds(stage: Stage) -> tuple[Placed, str]:
    """Let Alice be in every state: marked, confirmed, writing, and asked for an answer.

    Returns:
        The practice, and the path of what she writes.
    """
    practice = place(stage, "Practise coaching", 20, sessions=3)
    practice.come("tina", "alice", "bob")
    practice.join("alice", "bob")
    first, second = practice.hand_over("alice"), practice.hand_over("alice", goal="To listen.")
    for session in (first, second):
        assert practice.confirm("bob", session).status_code == 303
    practice.hand_over("bob")
    assert practice.post("alice", f"session/{first}/release").status_code == 303
    tina = practice.people["tina"]
    save_marks(tina, practice.release_of("alice"), **LEVELS, remark="Wait a little longer.")
    publish(tina)
    draft = practice.begin("alice")
    practice.write("alice", draft, goal="")
    return practice, draft


def others(stage: Stage) -> frozenset[str]:
    """Return the pages that belong to no practice: they are looked at elsewhere."""
    return frozenset(
        rule.endpoint
        for rule in stage.tool.app.url_map.iter_rules()
        if not rule.endpoint.startswith("practice.")
    )
