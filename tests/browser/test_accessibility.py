"""Axe finds nothing on any page that people come to by links, each under their own hat.

Who can open a page but meets no link to it would never see it either: a page that is not met fails.
"""

from collections.abc import Mapping
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Frame, Page, expect
from sqlalchemy import select

from lti_app.activity import catalogue
from lti_app.clock import now
from lti_app.domain.goals import EvidenceKind, GoalDraft, GoalMeasure
from lti_app.domain.permissions import Action, Hat, reach_of
from lti_app.domain.programmes import ProgrammeRules
from lti_app.services.goals import agree_goals
from lti_app.store.courses import Activity
from lti_app.store.pairs import Pair
from lti_app.store.programmes import Programme, from_rules
from lti_app.store.session import db, transaction
from lti_app.testing.stage import Stage
from lti_app.web.guards import Requires, guard_of
from lti_app.web.pair_visits import pair_blueprints
from plugins.mentoring.rules import Step
from tests.browser.accessibility import Walk
from tests.browser.chromium import CookieMode
from tests.browser.programmes import stage_programme
from tests.browser.test_journeys import OpenBrowser, arrived, fill_sign_up, sign_in
from tests.browser.test_placing import open_picker
from tests.days import in_days

#: Endpoint → why no link in a visit leads there.
UNLINKED: Final[Mapping[str, str]] = {
    "visits.first_page": "leads on to the page of the hat",
    "review.learner": "leads on to the page of the activity",
    "place.show_answer": "leaves for the LMS by itself",
    "window.next_code": "answers a script, with a code",
    "pairs.mine": "on top for who takes part in a programme, and looked at there",
    **dict.fromkeys(
        ("place.start", "place.new", "place.change"), "has a launch and a walk of its own"
    ),
}
#: A cycle and a formula, and columns of another table.
_FAULTY: Final[FilePayload] = {
    "name": "table.csv",
    "mimeType": "text/csv",
    "buffer": b"person,manager\na,b\nb,a\n=1,b\n",
}


def test_the_pages_of_an_instructor(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    open_activity(page, stage, "tina")
    stage.wait_until_read()
    walk = open_activity(page, stage, "tina")
    walk.follow()
    # Where the LMS asks for the work of somebody who has none.
    walk.open("review/")
    assert "\n".join(walk.faults) == ""
    assert unmet(walk, Hat.AUTHOR) == set()


def test_the_pages_of_administration(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    page.goto(stage.tool_url + stage.tool.administrator_link("Ada Admin"))
    walk = Walk(page, page.main_frame, stage.tool.app)
    walk.look()
    page.get_by_role("button").click()
    walk.follow()
    assert "\n".join(walk.faults) == ""
    assert unmet(walk, Hat.ADMINISTRATOR) == set()


def test_the_pages_of_choosing_activities(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    # An activity that was opened once can be chosen again.
    open_activity(page, stage, "tina")
    open_picker(page, stage, stage.lms.courses[2])
    walk = Walk(page, framed(page, stage), stage.tool.app)
    walk.follow()
    assert "\n".join(walk.faults) == ""
    assert {"place.start", "place.new", "place.change"} <= set(walk.seen)


def test_the_pages_of_somebody_who_signs_up(stage: Stage, open_browser: OpenBrowser) -> None:
    page = open_browser(CookieMode.ALLOWED).new_page()
    open_activity(page, stage, "alice")
    let_course_join_a_programme(stage)
    walk = open_activity(page, stage, "alice")
    walk.look()
    walk.frame.get_by_role("button", name="Save and go on").click()
    expect(walk.frame.get_by_role("alert")).to_be_visible()
    walk.look()
    fill_sign_up(walk.frame)
    for step in Step:
        walk.open("mentoring/private" if step is Step.PRIVATE else f"mentoring/step/{step}")
    walk.open("mentoring/check")
    walk.frame.locator("input[name=consent]").check()
    walk.frame.get_by_role("button", name="Sign up").click()
    expect(walk.frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    walk.follow()
    assert "\n".join(walk.faults) == ""
    assert {"mentoring.step", "mentoring.check", "mentoring.private", "mentoring.groups"} <= set(
        walk.seen
    )


def let_course_join_a_programme(stage: Stage) -> None:
    """Let every activity that was opened by now belong to a programme that is open."""
    with transaction(stage.tool.database):
        activity = db().scalars(select(Activity)).one()
        programme = Programme(
            organisation_id=activity.organisation_id,
            title="Lead and stay",
            relationship_kind="mentoring",
            state="open",
            purpose_type="retain",
            purpose="Keep the people whom we would miss the most.",
            time_zone="Europe/Berlin",
            consent_text="I agree.",
            rules=from_rules(ProgrammeRules()),
        )
        db().add(programme)
        db().flush()
        activity.programme_id = programme.id


def test_the_pages_of_the_desk(stage: Stage, open_browser: OpenBrowser) -> None:
    programme_id, ids = stage_programme(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    walk = open_activity(page, stage, "dana")
    walk.frame.get_by_role("button", name="View as L&D").click()
    walk.frame.get_by_role("heading", name="Programmes").wait_for()
    walk.follow()
    walk.open(f"desk/programmes/{programme_id}/pairing/{ids['charlie']}/{ids['mona']}")
    for table in ("reporting-lines", "taxonomy"):
        walk.open(f"desk/{table}")
        walk.frame.locator("input[type=file]").set_input_files(files=[_FAULTY])
        walk.frame.get_by_role("button", name="Send the").click()
        expect(walk.frame.get_by_role("alert")).to_be_visible()
        walk.look()
    assert "\n".join(walk.faults) == ""
    assert unmet(walk, Hat.LEARNING_AND_DEVELOPMENT) == set()


@pytest.mark.parametrize("username", ["alice", "max"])
def test_the_pages_of_somebody_who_is_offered_or_paired(
    stage: Stage, open_browser: OpenBrowser, username: str
) -> None:
    stage_programme(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    walk = open_activity(page, stage, username)
    walk.open("pairs/")
    for summary in walk.frame.locator("summary").all():
        summary.click()
    walk.look()
    assert "\n".join(walk.faults) == ""


def test_the_room_of_a_pair_and_its_goals(stage: Stage, open_browser: OpenBrowser) -> None:
    stage_programme(stage)
    agree_on_goals(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    walk = open_activity(page, stage, "max")
    walk.open("pairs/")
    walk.frame.get_by_role("link", name="Open your room").click()
    expect(walk.frame.get_by_role("heading", name="Goals")).to_be_visible()
    walk.look()
    walk.frame.get_by_role("link", name="Open the 2 goals").click()
    expect(walk.frame.get_by_role("heading", name="Your goals")).to_be_visible()
    walk.look()
    walk.frame.get_by_role("link", name="A strategic plan for my team").click()
    walk.frame.get_by_role("button", name="Save the note").click()
    expect(walk.frame.get_by_role("alert")).to_be_visible()
    walk.frame.locator("summary").click()
    walk.look()
    assert "\n".join(walk.faults) == ""
    assert set(walk.seen) >= {"room.page", "goals.page"}


def agree_on_goals(stage: Stage) -> None:
    """Let the pair of the programme have two goals."""
    goals = (
        GoalDraft(
            title="A strategic plan for my team",
            measure=GoalMeasure.DELIVERABLE,
            artefact="Strategic plan for my team, twelve months",
            due_on=in_days(396),
        ),
        GoalDraft(
            title="Talk with three people of sales about how they sell",
            measure=GoalMeasure.NUMBER,
            baseline="0",
            target="3",
            unit="people",
            due_on=in_days(212),
            evidence_kind=EvidenceKind.LINK,
            evidence="https://wiki.example/a-long-address/that-does-not-break/anywhere/at-all",
        ),
    )
    with transaction(stage.tool.database):
        pair = db().scalars(select(Pair).where(Pair.state == "active")).one()
        agree_goals(pair.id, goals, now())


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
    expect(arrived(page.frame_locator("iframe:not([aria-hidden])"))).to_be_visible()
    return Walk(page, framed(page, stage), stage.tool.app)


def framed(page: Page, stage: Stage) -> Frame:
    """Return the LMS's frame with the tool."""
    return next(one for one in page.frames if one.url.startswith(stage.tool_url))


def unmet(walk: Walk, hat: Hat, activity: str = "mentoring") -> set[str]:
    """Return the pages that a hat opens and the walk did not meet.

    Pages of another activity than the one that was opened are met from a link to that one, and
    those of a pair from its room.
    """
    opened, others = set(), (pair_blueprints() | set(catalogue())) - {activity}
    for rule in walk.app.url_map.iter_rules():
        guard = guard_of(walk.app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or not isinstance(guard, Requires):
            continue
        if rule.endpoint.split(".")[0] in others:
            continue
        if guard.action is Action.READ and reach_of(hat, guard.action, guard.kind).covers(guard.of):
            opened.add(rule.endpoint)
    return opened - set(walk.seen) - set(UNLINKED)
