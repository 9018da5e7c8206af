"""A first programme, from an empty database to pairs: the team, people of two LMSs, gradebooks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from playwright.sync_api import BrowserContext, FilePayload, FrameLocator, Page, Request, expect

from lti_app.clock import now
from lti_app.services import staff
from lti_app.store.session import transaction
from lti_app.testing.sandbox import Role
from lti_app.testing.stage import Stage
from tests.browser.chromium import CookieMode
from tests.browser.keyboard import Keyboard
from tests.browser.test_journeys import fill_sign_up, sign_in
from tests.browser.test_placing import expect_no_sideways_scrolling
from tests.functional.desk.people import add_person
from tests.functional.mentoring.visitors import NOONS, Visitor, read, visit

OpenBrowser = Callable[..., BrowserContext]
_MOST_FORMS: Final = 12
_TITLE: Final = "Lead and stay"
_WHY_NOT: Final = "The mentor is above the mentee in the reporting line."
#: Beside the noons, when Alice can meet.
_MONDAY_AT_NINE: Final = [18, 19]
_MENTOR: Final[dict[str, object]] = {
    "side": "mentor",
    "band": "5",
    "wish": None,
    "cells": NOONS + _MONDAY_AT_NINE,
}
#: Who signs up without a browser: in the second LMS or the first, and with which answers.
_OTHERS: Final[dict[str, tuple[bool, dict[str, object]]]] = {
    "bob": (False, {}),
    "charlie": (False, {}),
    "dora": (True, {}),
    "emil": (True, {}),
    "fay": (True, {}),
    "max": (True, _MENTOR),
    # One step ahead of the mentees, where the programme asks for two.
    "mia": (True, _MENTOR | {"band": "3"}),
}
#: Mona is above Alice.
_LINES: Final[FilePayload] = {
    "name": "reporting-lines.csv",
    "mimeType": "text/csv",
    "buffer": b"person,manager\nalice@example.org,mona@example.org\n",
}


@dataclass
class TeamDesk:
    """Dana's desk in the LMS's frame; `sent` are the forms that she submits in it."""

    frame: FrameLocator
    sent: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Count a form, and not what the LMS sends to launch."""
        if request.method == "POST" and "/v/" in request.url:
            self.sent.append(request.url)

    def show(self, page: str, heading: str = "") -> None:
        """Open another page of the programme."""
        sections = self.frame.get_by_role("navigation", name="Pages of this programme")
        sections.get_by_role("link", name=page, exact=True).click()
        expect(self.frame.get_by_role("heading", level=1)).to_have_text(heading or page)

    def press(self, button: str, then: str) -> None:
        """Submit a form, and wait for what the next page says."""
        self.frame.get_by_role("button", name=button).first.click()
        expect(self.frame.locator("main")).to_contain_text(then)

    def begin(self) -> None:
        """Make a programme with a purpose, let two courses in, and open it."""
        frame = self.frame
        self.press("View as L&D", "Programmes")
        frame.get_by_role("link", name="Make the first programme").click()
        frame.get_by_label("Title").fill(_TITLE)
        frame.locator("input[name=purpose_type][value=retain]").check()
        frame.get_by_label("Its purpose").fill("Keep the people whom we would miss the most.")
        frame.get_by_label("What is measured").first.fill("Mentees still with us")
        frame.get_by_label("Target").first.fill("9 in 10")
        frame.get_by_label("By when").first.fill(day_in(400))
        frame.get_by_label("First day").fill(day_in(30))
        frame.locator("#time_zone").select_option("Europe/Berlin")
        self.press("Make the programme", "What comes next")
        self.show("Courses")
        for count in ("1 course in", "2 courses in"):
            self.press("Link Leading People", count)
        self.show("Overview", _TITLE)
        self.press("Open for sign-up", "Begin matching")

    def send_reporting_lines(self) -> None:
        """Tell who is above whom, and come back to the programme."""
        self.frame.get_by_role("link", name="Programmes", exact=True).first.click()
        self.frame.get_by_role("link", name="Reporting lines").first.click()
        self.frame.locator("input[type=file]").set_input_files(files=[_LINES])
        self.press("Send the reporting lines", "1 added")
        self.frame.get_by_role("link", name="Programmes", exact=True).first.click()
        self.frame.get_by_role("link", name=_TITLE).click()

    def look_at(self, mentee: str, mentor: str) -> None:
        """Lay two people side by side."""
        self.show("Pairing")
        self.frame.get_by_role("link", name=f"Find a mentor {mentee}").click()
        self.frame.get_by_role("link", name=f"Side by side {mentor}").click()
        heading = self.frame.get_by_role("heading", level=1)
        expect(heading).to_have_text(f"{mentee} and {mentor}")

    def offer(self, mentee: str, mentor: str) -> None:
        """Offer two people to each other."""
        self.look_at(mentee, mentor)
        self.press("Offer it to both", "Offered: both are told")

    def expect_row(self, about: str, *words: str) -> None:
        """See what the list says of somebody, or of two."""
        row = self.frame.get_by_role("row").filter(has_text=about)
        for one in words:
            expect(row).to_contain_text(one)


def test_a_first_programme_brings_people_of_two_lmss_together(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    """Follow everybody through a first programme.

    What is counted are the forms that Dana, who runs it, submits from her first page to the last of
    four offers: to get to the desk, the programme, two courses, opening it, the file of reporting
    lines, the approval of nine people, the offers; what others submit, and links, are not.
    """
    with stage.beside("canvas") as other:
        desk = open_desk(stage, other, open_browser(CookieMode.THIRD_PARTY_BLOCKED).new_page())
        desk.begin()
        desk.send_reporting_lines()
        phone = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=360).new_page()
        alice = sign_up_on_a_phone(phone, stage)
        keys = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=1024).new_page()
        sign_up_by_keyboard(keys, stage)
        people = sign_up_the_others(stage, other)
        desk.show("People")
        desk.press("Approve all 9 people on this page", "Approved: all of them can be paired.")
        pair_by_hand(desk)
        assert len(desk.sent) <= _MOST_FORMS, desk.sent
        accept_on_a_phone(phone, stage, alice)
        answer(people["max"], "Alice Adams", "accepted")
        answer(people["bob"], "Mia Example", "accepted")
        answer(people["mia"], "Bob Brown", "accepted")
        answer(people["charlie"], "Max Example", "declined")
        answer(people["dora"], "Mona Example", "meet_first")
        expect_all_at_the_desk(desk)
        expect_grades(stage, other)


def day_in(days: int) -> str:
    """Return a day to come, as a form takes it."""
    return str((now() + timedelta(days=days)).date())


def open_desk(stage: Stage, other: Stage, page: Page) -> TeamDesk:
    """Let the tool know a course in each LMS, and Dana run programmes; open her activity."""
    for username in ("dora", "emil", "fay", "max", "mia"):
        add_person(other.lms, username, Role.STUDENT)
    add_person(stage.lms, "mona", Role.STUDENT)
    add_person(stage.lms, "dana")
    visit(other.tool, other.lms, "tina")
    visit(stage.tool, stage.lms, "dana")
    given = stage.lms.registration()
    with transaction(stage.tool.database):
        subject = stage.lms.subject("dana")
        staff.grant(staff.find_person(given.issuer, given.client_id, subject=subject), None)
    desk = TeamDesk(open_activity(page, stage, "dana"))
    page.on("request", desk.note)
    return desk


def open_activity(page: Page, stage: Stage, username: str) -> FrameLocator:
    """Open the first activity as somebody, whatever the LMS."""
    sign_in(page, stage, username)
    page.goto(stage.lms.url(stage.lms.profile.activity_path(stage.lms.activities[101])))
    return page.frame_locator("iframe:not([aria-hidden])")


def sign_up_on_a_phone(page: Page, stage: Stage) -> FrameLocator:
    """Let Alice sign up as a mentee."""
    frame = open_activity(page, stage, "alice")
    expect(frame.get_by_label("Programme")).to_contain_text("Keep the people whom we would miss")
    fill_sign_up(frame)
    expect_no_sideways_scrolling(page, stage)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed up as a mentee")
    return frame


def sign_up_by_keyboard(page: Page, stage: Stage) -> None:
    """Let Mona sign up as a mentor, by keyboard alone."""
    frame = open_activity(page, stage, "mona")
    Keyboard(page, frame).sign_up_as_mentor()


def sign_up_the_others(stage: Stage, other: Stage) -> dict[str, Visitor]:
    """Let everybody else sign up over HTTP; returns their visits."""
    people = {}
    for username, (is_elsewhere, answers) in _OTHERS.items():
        where = other if is_elsewhere else stage
        people[username] = visit(where.tool, where.lms, username)
        assert people[username].sign_up(**answers).status_code == 303
    return people


def pair_by_hand(desk: TeamDesk) -> None:
    """Offer four pairs: one rule is heeded, and one overridden with a reason."""
    desk.look_at("Alice Adams", "Mona Example")
    expect(desk.frame.locator("main")).to_contain_text(_WHY_NOT)
    desk.offer("Alice Adams", "Max Example")
    desk.look_at("Bob Brown", "Mia Example")
    desk.frame.get_by_label("Why pair them all the same?").select_option("knows_both")
    desk.press("Offer it to both", "Offered: both are told")
    desk.offer("Charlie Clark", "Max Example")
    desk.offer("Dora Example", "Mona Example")


def accept_on_a_phone(page: Page, stage: Stage, frame: FrameLocator) -> None:
    """Let Alice read who is offered to her, and accept."""
    frame.get_by_role("link", name="Pairs").click()
    expect(frame.locator("main")).to_contain_text("An offer: Max Example as your mentor")
    expect_no_sideways_scrolling(page, stage)
    frame.get_by_role("button", name="Accept Max Example").click()
    expect(frame.get_by_role("status")).to_have_text("You have accepted.")


def answer(visitor: Visitor, other: str, given: str) -> None:
    """Answer the offer of somebody by the button that names them."""
    [action] = {
        form.action
        for form in read(visitor.get("pairs/")).forms
        for button in form.buttons
        if button.value == given and other in button.label
    }
    path = action.partition(visitor.visit)[2]
    assert visitor.post(path, form_of="pairs/", answer=given).status_code == 303


def expect_all_at_the_desk(desk: TeamDesk) -> None:
    """See at the desk how far everybody is."""
    desk.show("Pairs")
    desk.expect_row("Alice Adams", "Max Example", "At work")
    desk.expect_row("Bob Brown", "Mia Example", "At work")
    desk.expect_row("Charlie Clark", "Max Example", "Not made")
    desk.expect_row("Dora Example", "Mona Example", "Offered", "would like to meet first")
    row = desk.frame.get_by_role("row").filter(has_text="Bob Brown")
    row.get_by_role("link").click()
    expect(desk.frame.locator("main")).to_contain_text("I know both, and it will work")
    desk.show("Waiting list")
    expect(desk.frame.get_by_role("row").nth(1)).to_contain_text("Charlie Clark")
    for name in ("Emil Example", "Fay Example"):
        desk.expect_row(name)


def expect_grades(stage: Stage, other: Stage) -> None:
    """See that both gradebooks hold the full grade of everybody who signed up there."""
    stage.wait_until_delivered()
    signed_up = {"alice": False, "mona": False} | {name: one[0] for name, one in _OTHERS.items()}
    for username, is_elsewhere in signed_up.items():
        lms = (other if is_elsewhere else stage).lms
        assert lms.grade(lms.activities[101], username).final == 100, username
