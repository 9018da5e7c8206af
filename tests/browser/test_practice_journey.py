"""A practice from its placing to two gradebooks: marked in a Canvas, and not marked in a Moodle.

What a browser is the point of runs in one: writing on a phone while the line drops, and answering
as the partner. The others do the same over HTTP.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from sqlalchemy import select

from lti_app import clock
from lti_app.api import HasDueWork
from lti_app.store.courses import Placement
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Activity
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.stage import Stage
from plugins.coaching.activity import activity as kind
from plugins.coaching.models import PracticeRelease, PracticeSession
from tests.browser.chromium import CookieMode
from tests.browser.test_journeys import open_activity
from tests.functional.coaching.people import ANSWER, FULL_LOG, Practice, enrol
from tests.functional.marking.released import LEVELS, shown
from tests.functional.mentoring.visitors import Visitor, visit

OpenBrowser = Callable[..., BrowserContext]
SEVEN: Final = ("alice", "bob", "charlie", "dora", "emil", "fay", "gus")
GOAL: Final = "I want to say no without feeling guilty."
TYPED_OFFLINE: Final = "I say yes to everything, and typed this while the line was dead."


@dataclass
class Placed(Practice):
    """A practice at a link of its own; who is led by whom is looked up in the database."""

    stage: Stage | None = None
    activity: Activity | None = None
    coachees: dict[str, str] = field(default_factory=dict)

    def come(self, *names: str) -> None:
        """Let people open the link."""
        assert self.activity is not None
        for name in names:
            self.people[name] = visit(self.tool, self.lms, name, activity=self.activity.cmid)

    def open(self, page: Page, name: str) -> FrameLocator:
        """Open the link in a browser, as somebody."""
        assert self.stage is not None
        assert self.activity is not None
        return open_activity(page, self.stage, name, activity=self.activity.cmid)

    def grade(self, name: str) -> float | None:
        """Return what the gradebook has, once the worker has nothing left to send."""
        assert self.stage is not None
        assert self.activity is not None
        self.stage.wait_until_delivered()
        found = self.lms.grade(self.activity, name).final
        return None if found is None else float(found)

    def partner_of(self, coach: str, session_id: str) -> str:
        """Return who is led in a session."""
        with transaction(self.tool.database, read_only=True):
            coachee = db().get_one(PracticeSession, UUID(session_id)).coachee_id
            assert coachee is not None
            name = str(db().get_one(Person, coachee).name)
        self.coachees[coach] = name.split(maxsplit=1)[0].lower()
        return self.coachees[coach]

    def session_of(self, name: str) -> str:
        """Return the id of the session that somebody leads."""
        activity_id = self._activity_id()
        first = self.lms.person(name).given_name
        with transaction(self.tool.database, read_only=True):
            rows = db().execute(
                select(PracticeSession.id, Person.name)
                .join(Person, Person.id == PracticeSession.person_id)
                .where(PracticeSession.activity_id == activity_id)
            )
            (found,) = [id_ for id_, full in rows if str(full).split()[0] == first]
            return str(found)

    def release_of(self, name: str) -> UUID:
        """Return the id of what somebody released."""
        first, activity_id = self.lms.person(name).given_name, self._activity_id()
        with transaction(self.tool.database, read_only=True):
            found = (
                select(PracticeRelease.id)
                .join(PracticeSession, PracticeSession.id == PracticeRelease.session_id)
                .join(Person, Person.id == PracticeSession.person_id)
                .where(PracticeSession.activity_id == activity_id, Person.name.startswith(first))
            )
            return db().scalars(found).one()

    def _activity_id(self) -> UUID:
        assert self.activity is not None
        with transaction(self.tool.database, read_only=True):
            titled = Placement.title == self.activity.title
            return db().scalars(select(Placement.activity_id).where(titled)).one()


@pytest.fixture(autouse=True)
def _the_clock_goes_right_again() -> Iterator[None]:
    yield
    clock.set_offset(timedelta())


def test_a_practice_is_placed_led_marked_and_marked_anew(
    stage: Stage, open_browser: OpenBrowser
) -> None:
    with stage.beside("canvas") as canvas:
        plain, marked = place(stage, "Coach each other", 0), place(canvas, "Coach, marked", 20)
        for practice in (plain, marked):
            practice.come("tina", *SEVEN)
            practice.join(*SEVEN)
        write_on_a_phone(marked, open_browser)
        lead_the_others(marked, SEVEN[1:])
        lead_the_others(plain, SEVEN)
        answer_on_a_phone(marked, open_browser, marked.coachees["alice"])
        late = answer_all_but_one(plain)
        answer_the_rest(marked)
        expect_plain_grades(plain, late)
        let_a_week_pass(stage)
        expect_own_part(plain, late)
        release_and_mark(marked)


def place(stage: Stage, title: str, rubric: int, sessions: int = 1) -> Placed:
    """Put a link into a course by hand, and seven learners."""
    enrol(stage.lms, *SEVEN[3:])
    custom = f"kind=practice\nsessions={sessions}\npreparation=no\nrubric={rubric}"
    link = stage.lms.add_activity(stage.lms.courses[2], stage.lms.tools[1], title, custom)
    return Placed(stage.tool, stage.lms, stage=stage, activity=link)


def write_on_a_phone(practice: Placed, open_browser: OpenBrowser) -> None:
    """Let Alice write a log, lose the line and the visit, and send it twice; nothing is lost."""
    context = open_browser(CookieMode.ALLOWED, width=360)
    frame = practice.open(context.new_page(), "alice")
    frame.get_by_role("button", name="Open the log").click()
    frame.locator("[name=goal]").fill(GOAL)
    expect_state(frame, "Saved")
    context.set_offline(True)
    frame.locator("[name=reality]").fill(TYPED_OFFLINE)
    expect_state(frame, "no connection")
    frame.get_by_role("button", name="Save, and hand over").click()
    # The page stays, with all that was typed in it.
    expect(frame.locator("[name=reality]")).to_have_value(TYPED_OFFLINE)
    context.set_offline(False)
    for name, value in FULL_LOG.items():
        if name not in {"goal", "reality", "who_knows"}:
            put(frame, name, value)
    expect_state(frame, "Saved")
    frame = lose_the_visit(practice, frame)
    frame.get_by_role("button", name="Save, and hand over").dblclick()
    expect(frame.get_by_text(TYPED_OFFLINE)).to_be_visible()
    frame.get_by_role("button", name=re.compile("^Hand")).dblclick()
    expect(frame.get_by_text("Your partner has it since")).to_be_visible()
    expect_no_overflow(frame)
    practice.partner_of("alice", practice.session_of("alice"))


def expect_state(frame: FrameLocator, words: str) -> None:
    """See what the page says of saving."""
    expect(frame.locator("[data-autosave-state]")).to_contain_text(words)


def expect_no_overflow(frame: FrameLocator) -> None:
    """See that nothing stands out of the page to the side."""
    narrow = "document.documentElement.scrollWidth <= window.innerWidth"
    assert frame.owner.page.evaluate(narrow)
    assert frame.locator("html").evaluate(f"() => {narrow}")


def lose_the_visit(practice: Placed, frame: FrameLocator) -> FrameLocator:
    """Let the visit end while Alice writes: the page keeps what it cannot save, and says so."""
    with transaction(practice.tool.database):
        newest = db().scalars(select(Visit).order_by(Visit.created_at.desc()).limit(1)).one()
        newest.ended_at = clock.real_now()
    frame.locator("[name=who_knows]").fill(FULL_LOG["who_knows"])
    expect_state(frame, "is not open here any more")
    expect(frame.locator("[name=who_knows]")).to_have_value(FULL_LOG["who_knows"])
    page = frame.owner.page
    page.once("dialog", lambda dialog: dialog.accept())
    frame = practice.open(page, "alice")
    frame.get_by_role("link", name="Go on writing").click()
    expect(frame.locator("[name=reality]")).to_have_value(TYPED_OFFLINE)
    frame.locator("[name=who_knows]").fill(FULL_LOG["who_knows"])
    return frame


def put(frame: FrameLocator, name: str, value: str) -> None:
    """Answer one question of the log, whatever control it has."""
    control = frame.locator(f"[name='{name}']")
    if control.first.evaluate("element => element.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)


def lead_the_others(practice: Placed, names: tuple[str, ...]) -> None:
    """Let everybody else lead a conversation, log it and hand it over."""
    for name in names:
        practice.partner_of(name, practice.hand_over(name))


def answer_on_a_phone(practice: Placed, open_browser: OpenBrowser, name: str) -> None:
    """Let the partner of Alice answer in a browser of another kind, and send it twice."""
    page = open_browser(CookieMode.THIRD_PARTY_BLOCKED, width=360).new_page()
    frame = practice.open(page, name)
    frame.get_by_role("link", name="Read and answer").click()
    for name_, value in ANSWER.items():
        if name_.startswith("correction"):
            frame.locator(f"[name={name_}]").fill(value)
        else:
            frame.locator(f"[name={name_}][value={value}]").check()
    frame.get_by_role("button", name="Send my answer").dblclick()
    expect(frame.get_by_text("is with your coach, and counts for you")).to_be_visible()
    expect_no_overflow(frame)


def answer_all_but_one(practice: Placed) -> str:
    """Let every partner answer but that of Gus; returns who never does."""
    for coach in SEVEN[:-1]:
        answer(practice, coach)
    return practice.coachees["gus"]


def answer_the_rest(practice: Placed) -> None:
    """Let every partner answer but that of Alice, who has."""
    for coach in SEVEN[1:]:
        answer(practice, coach)


def answer(practice: Placed, coach: str) -> None:
    """Let the partner of a coach answer."""
    done = practice.confirm(practice.coachees[coach], practice.session_of(coach))
    assert done.status_code == 303


def expect_plain_grades(practice: Placed, late: str) -> None:
    """See the grades of those who are done, and of nobody else."""
    for name in SEVEN:
        is_done = name not in {"gus", late}
        assert practice.grade(name) == (100 if is_done else None), name


def let_a_week_pass(stage: Stage) -> None:
    """Move the clock by seven days and a bit, and let what is due be done on the way."""
    for days in (4.1, 3):
        clock.set_offset(clock.now() - clock.real_now() + timedelta(days=days))
        with transaction(stage.tool.database):
            assert isinstance(kind, HasDueWork)
            while kind.due_work(clock.now(), 50) >= 50:
                pass


def expect_own_part(practice: Placed, late: str) -> None:
    """See that Gus has a grade without an answer, and that whoever never answered has none."""
    assert practice.grade("gus") == 100
    assert practice.grade(late) is None


def release_and_mark(practice: Placed) -> None:
    """Let three release, be marked and published, and one be marked anew, down."""
    practice.come("tina", *SEVEN)
    for name in ("alice", "bob", "charlie"):
        path = f"session/{practice.session_of(name)}/release"
        assert practice.post(name, path).status_code == 303
    tina = practice.people["tina"]
    for name in ("alice", "bob"):
        save_marks(tina, practice.release_of(name), **LEVELS)
    assert [practice.grade(name) for name in SEVEN] == [None] * 7
    publish(tina)
    expect_marked_grades(practice, {"alice": 95.33, "bob": 95.33})
    # Anew, and lower: nothing happens before it is published.
    save_marks(tina, practice.release_of("alice"), **{**LEVELS, "listening": "1"})
    expect_marked_grades(practice, {"alice": 95.33, "bob": 95.33})
    publish(tina)
    expect_marked_grades(practice, {"alice": 91.33, "bob": 95.33})


def save_marks(tina: Visitor, release: UUID, **levels: str) -> None:
    """Save the levels of one conversation."""
    path = f"practice/marking/{release}"
    assert tina.post(path, form_of=path, **levels).status_code == 303


def publish(tina: Visitor) -> None:
    """Publish all that is marked."""
    page = tina.get("practice/publish")
    done = tina.post("practice/publish", form_of="grades/reconcile", **shown(page))
    assert done.status_code == 303


def expect_marked_grades(practice: Placed, grades: dict[str, float]) -> None:
    """See these grades in the Canvas, no others, and one attempt of each."""
    assert practice.activity is not None
    assert {name: practice.grade(name) for name in SEVEN} == {
        name: grades.get(name) for name in SEVEN
    }
    for name in grades:
        cell = practice.lms.grade(practice.activity, name)
        assert isinstance(cell, CanvasCell)
        assert cell.attempts == 1
