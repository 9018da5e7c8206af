"""The pictures of the guides for programme teams and instructors: what pages show today."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from sqlalchemy import select

from lti_app.domain.programmes import ProgrammeRules
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme, from_rules
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role
from lti_app.testing.stage import Stage
from tests.browser.chromium import CookieMode
from tests.browser.pictures import take_picture
from tests.browser.test_journeys import open_activity
from tests.browser.test_programme import answer
from tests.functional.desk.people import Desk, open_desk
from tests.functional.desk.test_courses import link
from tests.functional.mentoring.visitors import visit

OpenBrowser = Callable[..., BrowserContext]
_SKILLS = ["feedback", "listening"]
_ANSWERS: dict[str, dict[str, object]] = {
    "alice": {"skills": _SKILLS, "goal_areas": ["team"]},
    "bob": {},
    "charlie": {},
    "mona": {"side": "mentor", "skills": _SKILLS, "band": "5", "wish": None, "level": "5"},
    "max": {"side": "mentor", "band": "2", "wish": None},
}


def test_the_pictures_of_the_guides_show_pairing_and_the_list_of_learners(
    stage: Stage, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    desk, programme_id = begin(stage)
    page = open_browser(CookieMode.ALLOWED).new_page()
    frame = open_activity(page, stage, "dana")
    frame.get_by_role("button", name="View as L&D").click()
    for following in ("Lead and stay", "Pairing", "Find a mentor Alice Adams"):
        frame.get_by_role("link", name=following).first.click()
    show_from_top(page, frame, "A mentor for Alice Adams")
    take_picture(frame.locator("main"), "pairing-by-hand", tmp_path)
    pair_two(stage, desk, programme_id)
    frame = open_activity(page, stage, "tina")
    show_from_top(page, frame, "Who has signed up")
    expect(frame.get_by_role("row", name=re.compile("^Bob Brown"))).to_contain_text(
        "with Mona Meyer"
    )
    take_picture(frame.locator("body"), "list-of-learners", tmp_path)


def begin(stage: Stage) -> tuple[Desk, UUID]:
    """Open a programme that lets instructors see pairs, with five people who are approved."""
    for username, family_name in (("mona", "Meyer"), ("max", "Murphy")):
        stage.lms.add_person(username, username.title(), family_name)
        stage.lms.enrol(stage.lms.courses[2], username, Role.STUDENT)
    desk = open_desk(stage.tool, stage.lms)
    programme_id = desk.open()
    link(desk, programme_id)
    with transaction(stage.tool.database):
        rules = from_rules(ProgrammeRules(instructors_see_pairs=True))
        db().get_one(Programme, programme_id).rules = rules
    for username, answers in _ANSWERS.items():
        assert visit(stage.tool, stage.lms, username).sign_up(**answers).status_code == 303
    people = [str(one) for one in ids_by_name(stage).values()]
    assert desk.post(f"programmes/{programme_id}/people", person=people).status_code == 303
    return desk, programme_id


def pair_two(stage: Stage, desk: Desk, programme_id: UUID) -> None:
    """Let Bob and Mona be a pair, and offer Alice to her, too."""
    ids = ids_by_name(stage)
    for mentee in ("Bob Brown", "Alice Adams"):
        path = f"programmes/{programme_id}/pairing/{ids[mentee]}/{ids['Mona Meyer']}"
        assert desk.post(path, act="offer").status_code == 303
    answer(visit(stage.tool, stage.lms, "bob"), "Mona Meyer", "accepted")
    answer(visit(stage.tool, stage.lms, "mona"), "Bob Brown", "accepted")


def ids_by_name(stage: Stage) -> dict[str | None, UUID]:
    """Return who takes part."""
    with transaction(stage.tool.database, read_only=True):
        people = db().scalars(select(Person).join(Participant, Participant.person_id == Person.id))
        return {person.name: person.id for person in people}


def show_from_top(page: Page, frame: FrameLocator, heading: str) -> None:
    """Wait for a page, all of it in sight and nothing marked by the mouse."""
    expect(frame.get_by_role("heading", level=1)).to_have_text(heading)
    page.set_viewport_size({"width": 1100, "height": 1400})
    page.mouse.move(0, 0)
