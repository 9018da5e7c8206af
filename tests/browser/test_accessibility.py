"""Axe finds nothing on any page that people come to by links, each under their own hat.

Who can open a page but meets no link to it would never see it either: a page that is not met fails.
"""

from collections.abc import Mapping
from typing import Final

from playwright.sync_api import Frame, Page, expect

from lti_app.domain.permissions import Action, Hat, reach_of
from lti_app.testing.stage import Stage
from lti_app.web.guards import Requires, guard_of
from tests.browser.accessibility import Walk
from tests.browser.chromium import CookieMode
from tests.browser.test_journeys import OpenBrowser, sign_in
from tests.browser.test_placing import open_picker

#: Endpoint → why no link in a visit leads there.
UNLINKED: Final[Mapping[str, str]] = {
    "visits.first_page": "leads on to the page of the hat",
    "review.learner": "leads on to the page of the activity",
    "place.show_answer": "leaves for the LMS by itself",
    **dict.fromkeys(
        ("place.start", "place.new", "place.change"), "has a launch and a walk of its own"
    ),
}


def test_the_pages_of_an_instructor(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    walk = open_activity(page, stage, "tina")
    walk.follow()
    # Where the LMS asks for the work of somebody who has none.
    walk.open("review/")
    assert walk.faults == []
    assert unmet(walk, Hat.AUTHOR) == set()


def test_the_pages_of_administration(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    page.goto(stage.tool_url + stage.tool.administrator_link("Ada Admin"))
    walk = Walk(page, page.main_frame, stage.tool.app)
    walk.look()
    page.get_by_role("button").click()
    walk.follow()
    assert walk.faults == []
    assert unmet(walk, Hat.ADMINISTRATOR) == set()


def test_the_pages_of_choosing_activities(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    # An activity that was opened once can be chosen again.
    open_activity(page, stage, "tina")
    open_picker(page, stage, stage.lms.courses[2])
    walk = Walk(page, framed(page, stage), stage.tool.app)
    walk.follow()
    assert walk.faults == []
    assert {"place.start", "place.new", "place.change"} <= set(walk.seen)


def test_a_page_with_faults_is_told_of(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    page.set_content(
        "<html lang='en'><title>Faults</title><h1>Faults</h1><input>"
        "<p style='width: 40em; color: #999; background: #fff'>Pale and wide</p></html>"
    )
    walk = Walk(page, page.main_frame, stage.tool.app)
    walk.look()
    found = " ".join(walk.faults)
    for fault in ("label at <input>", "light: color-contrast at <p", "is wider than 320 pixels"):
        assert fault in found


def open_activity(page: Page, stage: Stage, username: str) -> Walk:
    """Let somebody open the first activity in the LMS's frame."""
    sign_in(page, stage, username)
    page.goto(f"{stage.lms_url}/mod/lti/view.php?id={stage.lms.activities[101].cmid}")
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    return Walk(page, framed(page, stage), stage.tool.app)


def framed(page: Page, stage: Stage) -> Frame:
    """Return the LMS's frame with the tool."""
    return next(one for one in page.frames if one.url.startswith(stage.tool_url))


def unmet(walk: Walk, hat: Hat) -> set[str]:
    """Return the pages that a hat opens and the walk did not meet."""
    opened = set()
    for rule in walk.app.url_map.iter_rules():
        guard = guard_of(walk.app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or not isinstance(guard, Requires):
            continue
        if guard.action is Action.READ and reach_of(hat, guard.action, guard.kind).covers(guard.of):
            opened.add(rule.endpoint)
    return opened - set(walk.seen) - set(UNLINKED)
