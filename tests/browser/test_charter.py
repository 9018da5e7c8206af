"""Two people of two LMSs write their charter, each in a browser of their own, at the same time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from sqlalchemy import select

from lti_app import clock
from lti_app.clock import now
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Role
from lti_app.testing.stage import Stage
from plugins.charter import due
from tests.browser.accessibility import Walk
from tests.browser.chromium import CookieMode
from tests.browser.keyboard import Keyboard
from tests.browser.test_accessibility import framed
from tests.browser.test_journeys import arrived, open_activity, sign_in
from tests.browser.test_placing import expect_no_sideways_scrolling
from tests.functional.charter.two import Two, open_two, pair_up

OpenBrowser = Callable[..., BrowserContext]
_TITLE = "Create a strategic plan for my team"


@dataclass
class Side:
    """One of the two in front of a browser."""

    page: Page
    stage: Stage
    activity: Activity
    username: str

    @property
    def frame(self) -> FrameLocator:
        """Return the tool in the LMS's frame."""
        return self.page.frame_locator("iframe:not([aria-hidden])")

    def launch(self) -> None:
        """Open the charter in the course."""
        self.page.bring_to_front()
        path = self.stage.lms.profile.activity_path(self.activity)
        self.page.goto(self.stage.lms.url(path))
        expect(arrived(self.frame)).to_be_visible()

    def click(self, name: str, then: str) -> None:
        """Press a button or follow a link, and wait for what the next page says."""
        self.page.bring_to_front()
        either = self.frame.get_by_role("button", name=name, exact=True).or_(
            self.frame.get_by_role("link", name=name, exact=True)
        )
        either.first.click()
        expect(self.frame.locator("main")).to_contain_text(then)

    def answer(self, why: str) -> None:
        """Answer what every charter holds, and mark it as ready."""
        self.click("Answer for your charter", "Your own answers")
        self.click("Answer: Why we do this", "Why do the two of you do this?")
        self.frame.get_by_label("Why do the two of you do this?").fill(why)
        self.click("Save and go on", "Add a goal")
        self.click("Add a goal", "What do you want to reach?")
        self.write_goal(_TITLE)
        self.click("Go on", "How often?")
        for label, value in (
            ("How often?", "2"),
            ("How long?", "60"),
            ("In which way, as a rule?", "video"),
            ("Who finds the dates?", "mentee"),
        ):
            self.frame.get_by_label(label).select_option(value)
        self.click("Save and go on", "How will you know")
        success = self.frame.get_by_label("How will you know at the end that it was worth it?")
        success.fill("The plan is there, and my team works by it.")
        self.click("Save and go on", "Who says what a meeting is about?")
        self.click("Your charter", "My answers are ready")
        self.click("My answers are ready", "You are ready.")

    def write_goal(self, title: str) -> None:
        """Fill in a goal, as the article has it."""
        frame = self.frame
        frame.get_by_label("What do you want to reach?").fill(title)
        frame.get_by_label("By something that will be there").check()
        frame.get_by_label("What will be there?").fill("The strategic plan, in writing")
        frame.get_by_label("By when?", exact=True).fill("Q2 2027")
        frame.get_by_label("In a few words, or its address").fill("The plan, as my manager has it")
        self.click("Save", "Saved.")

    def sign(self) -> None:
        """Read the text as a whole, and sign it."""
        self.click("Read it as a whole, and sign", "Each goal once more")
        for box in self.frame.get_by_role("checkbox").all():
            box.check()
        self.click("Sign", "You have signed.")


def test_two_people_of_two_lmss_agree_sign_change_review_and_close(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    with stage.beside("canvas") as other:
        alice, mona = open_both(stage, other, open_browser)
        alice.answer("I want to lead my first project.")
        expect(mona.frame.locator("main")).not_to_contain_text("I want to lead")
        mona.launch()
        mona.answer("Alice is to lead her first project.")
        expect(mona.frame.locator("main")).to_contain_text("I want to lead my first project.")
        expect_no_sideways_scrolling(mona.page, other)
        write_together(mona, alice)
        sign_both(alice, mona)
        stage.wait_until_delivered()
        assert stage.lms.grade(alice.activity, "alice").final == 100
        assert other.lms.grade(mona.activity, "mona").final == 100
        amend(alice, mona)
        review_and_close(alice, mona)


def test_nobodys_grade_waits_for_a_mentor_who_never_answers(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    with stage.beside("canvas") as other:
        alice, mona = open_both(stage, other, open_browser)
        alice.answer("I want to lead my first project.")
        pass_days(stage, 7)
        alice.launch()
        alice.click("Write your charter together", "no answer yet")
        for section in ("Why we do this", "How often we meet", "What success looks like"):
            alice.click(f"Write {section}", "You answered")
            alice.click("Take this into the text", "Saved.")
        alice.click("Write Goals", "From your answers")
        alice.click(_TITLE, "What do you want to reach?")
        alice.click("Save", "Saved.")
        alice.click("Your charter", "Propose this text")
        alice.click("Propose this text", "Your proposal lies before Mona Mentor")
        for days in (5, 7, 2):
            pass_days(stage, days)
        stage.wait_until_delivered()
        assert stage.lms.grade(alice.activity, "alice").final == 100
        assert other.lms.grade(mona.activity, "mona").final is None


#: How far the two are → the pages that are looked at there.
_WALK: tuple[tuple[Callable[[Two], object], tuple[str, ...]], ...] = (
    (lambda two: two.answer("alice"), ("", "answers/why", "answers/goals", "answers/goals/new")),
    (lambda two: two.do("alice", "ready", act="ready"), ("", "guide")),
    (lambda two: two.get_ready("mona"), ("", "text/why", "text/reviews", "text/goals")),
    (lambda two: two.lay_before("mona"), ("", "text/contact")),
    (lambda two: two.step("alice", "accept"), ("", "sign")),
    (lambda two: (two.sign("alice"), two.sign("mona")), ("", "versions/1", "versions/1/print")),
    (lambda two: two.step("mona", "amend"), ("",)),
    (lambda two: two.leave("mona"), ("",)),
)


def test_axe_finds_nothing_on_the_pages_of_a_charter(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    two = open_two(stage.tool, stage.lms)
    page = open_browser(CookieMode.ALLOWED).new_page()
    open_activity(page, stage, "alice", activity=two.charter.cmid)
    walk = Walk(page, framed(page, stage), stage.tool.app)
    walk.look()
    for go_on, paths in _WALK:
        go_on(two)
        for path in paths:
            walk.open(two.path(path))
    open_activity(page, stage, "tina", activity=two.charter.cmid)
    walk = Walk(page, framed(page, stage), stage.tool.app, faults=walk.faults)
    for path in ("board", f"review/{two.id_of('alice')}", "guide?side=mentor"):
        walk.open(f"charter/{path}")
    assert "\n".join(walk.faults) == ""


def open_both(stage: Stage, other: Stage, open_browser: OpenBrowser) -> tuple[Side, Side]:
    """Place a charter in each LMS, let two people open it, and make them a pair."""
    other.lms.add_person("mona", "Mona", "Mentor")
    sides = []
    for at, username, width in ((stage, "alice", 1280), (other, "mona", 360)):
        first = at.lms.activities[101]
        if username == "mona":
            at.lms.enrol(first.course, username, Role.STUDENT)
        charter = at.lms.add_activity(first.course, first.tool, "Charter", "kind=charter")
        page = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=width).new_page()
        sign_in(page, at, username)
        sides.append(Side(page, at, charter, username))
        sides[-1].launch()
    alice, mona = sides
    pair_up(stage.tool.database, mentee_id=id_of(stage, "Alice"), mentor_id=id_of(stage, "Mona"))
    for side in sides:
        side.launch()
    return alice, mona


def id_of(stage: Stage, name: str) -> UUID:
    """Return the id of somebody by their first name."""
    with transaction(stage.tool.database, read_only=True):
        return db().scalars(select(Person.id).where(Person.name.startswith(name))).one()


def pass_days(stage: Stage, days: int) -> None:
    """Let days pass, and let what is due by then be done."""
    clock.set_offset(now() - clock.real_now() + timedelta(days=days))
    with transaction(stage.tool.database):
        due.do(now(), 100)


def write_together(mona: Side, alice: Side) -> None:
    """Let Mona write the text and propose it, Alice counter it, and Mona agree."""
    mona.click("Write Why we do this", "You answered")
    mona.frame.get_by_label("Why do the two of you do this?").fill("Alice leads a first project.")
    mona.click("Save", "Saved.")
    mona.click("Write Goals", "From your answers")
    mona.frame.get_by_role("link", name=_TITLE).first.click()
    mona.click("Save", "Saved.")
    mona.click("Your charter", "Propose this text")
    mona.click("Propose this text", "Your proposal lies before Alice Adams")
    alice.launch()
    alice.click("Read the proposal", "Mona Mentor proposes this text.")
    alice.click("Propose something else here Why we do this", "Why do the two of you do this?")
    alice.frame.get_by_label("Why do the two of you do this?").fill(
        "Alice leads a first big project."
    )
    alice.click("Save", "Mona Mentor does not see it yet")
    alice.click("Propose this instead", "Your proposal lies before Mona Mentor")
    mona.launch()
    mona.click("Read the proposal", "What is different is marked word by word.")
    expect(mona.frame.locator("ins")).to_contain_text("big")
    mona.click("Agree to this text", "You agree on this text.")


def sign_both(alice: Side, mona: Side) -> None:
    """Let both sign, the mentor first."""
    mona.sign()
    alice.launch()
    alice.click("Sign your charter", "Each goal once more")
    for box in alice.frame.get_by_role("checkbox").all():
        box.check()
    alice.click("Sign", "both of you have signed it.")


def amend(alice: Side, mona: Side) -> None:
    """Let Alice change one thing, while what was signed holds."""
    alice.click("Change something", "Version 1 holds until both of you have signed the next one.")
    alice.click("Write What success looks like", "How will you know")
    success = alice.frame.get_by_label("How will you know at the end that it was worth it?")
    success.fill("The plan is there, and my whole team works by it.")
    alice.click("Save", "Saved.")
    alice.click("Propose this text", "Your proposal lies before Mona Mentor")
    mona.launch()
    mona.click("Read the proposal", "Version 1 holds")
    expect(mona.frame.locator("ins")).to_contain_text("whole")
    mona.click("Agree to this text", "You agree on this text.")
    mona.sign()
    alice.launch()
    alice.click("Sign your charter", "Each goal once more")
    for box in alice.frame.get_by_role("checkbox").all():
        box.check()
    alice.click("Sign", "Version 2 holds")


def review_and_close(alice: Side, mona: Side) -> None:
    """Let Alice mark the goal in the room and close the charter, and Mona read it."""
    alice.click("Your pair", "Your charter")
    alice.frame.get_by_role("link", name=_TITLE).first.click()
    alice.frame.get_by_text("Say how it ended …").click()
    alice.frame.get_by_label("Met", exact=True).check()
    alice.click("Save how it ended", "What you two wrote")
    alice.launch()
    alice.click("Open the charter", "Close the charter")
    alice.click("Close the charter", "Hold your closing conversation first.")
    alice.frame.get_by_label("What came out of it, in one line?").fill("The plan is there.")
    alice.click("Close", "Your charter is closed.")
    mona.launch()
    mona.click("Open the charter", "The plan is there.")


def test_a_charter_is_answered_and_signed_by_keyboard_alone(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    two = open_two(stage.tool, stage.lms)
    two.get_ready("mona")
    page = open_browser(CookieMode.ALLOWED, width=360).new_page()
    frame = open_activity(page, stage, "alice", activity=two.charter.cmid)
    keys = Keyboard(page, frame)
    keys.leave(frame.get_by_role("link", name="Answer for your charter"), "Your charter")
    keys.leave(frame.get_by_role("link", name="Answer: Why we do this"), "Why we do this")
    why = frame.get_by_label("Why do the two of you do this?")
    keys.reach(why)
    page.keyboard.type("I want to lead my first project.")
    keys.press(frame.get_by_role("button", name="Save and go on"), "Enter")
    expect(frame.get_by_role("link", name="Add a goal")).to_be_visible()
    two.get_ready("alice")
    two.lay_before("alice")
    for act in (two.step("mona", "accept"), two.sign("mona")):
        assert act.status_code == 303
    open_activity(page, stage, "alice", activity=two.charter.cmid)
    keys.leave(frame.get_by_role("link", name="Sign your charter"), "Sign your charter")
    expect(frame.locator("main")).to_contain_text("Each goal once more")
    for box in frame.get_by_role("checkbox").all():
        keys.press(box, "Space")
    keys.press(frame.get_by_role("button", name="Sign", exact=True), "Enter")
    expect(frame.locator("main")).to_contain_text("both of you have signed it.")
    assert two.row().stage == "active"
