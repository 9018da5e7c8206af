"""The people of the demo in front of their browsers: one places, the others learn.

Everything goes over HTTP as in a browser without scripts, from the pages of the sandbox LMS into
the tool's in its frame, and back.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations

import click

from lti_app.clock import now
from lti_app.testing import pairing
from lti_app.testing.browser import BrowserError, Form, HttpBrowser, Page, Table
from lti_app.testing.stage import Stage

COURSE = "Leading People"


@dataclass(frozen=True)
class Work:
    """An activity as the teacher of the demo places it.

    Attributes:
        kind: key of its plugin.
        options: what its author answers, by the name of the field.
    """

    kind: str
    title: str
    options: Mapping[str, str | bool] = field(default_factory=dict)


SIGN_UP = Work("mentoring", "Mentoring sign-up")
PRACTICE = Work(
    "practice",
    "Coaching practice",
    {"option-sessions": "1", "option-rubric": "0", "option-preparation": False},
)
CHARTER = Work("charter", "Charter of your pair")
#: What is placed, each with a column of its own.
WORKS = (SIGN_UP, PRACTICE, CHARTER)
#: Buttons that lead through the pages of a sign-up, the last one included.
_ONWARD = frozenset({"Save and go on", "Sign up"})
_MOST_PAGES = 20
_POLL_SECONDS = 0.3
_THOUGHT = "I waited after each question until more came, and gave no advice."
#: What a learner writes of a quick conversation of today.
_LOG = {
    "minutes": "15",
    "goal": "I want to lead my first project well.",
    "action": "Talk to the team on Monday.",
    "questions-0-text": "What have you tried so far?",
    "summaries-0": "You know what to do, and want to begin with the people.",
    "next_time": _THOUGHT,
}
_TEACHER = "tina"
#: Where in a course an LMS asks for one activity to add.
_PLACEMENT = {"moodle": "", "canvas": "assignment_selection"}


class Journey:
    """The people of one LMS, one browser each; the methods are called in their order here."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._family = stage.lms.profile.family
        self._teacher = self._sign_in(_TEACHER)

    def place(self, work: Work) -> None:
        """Add an activity to the course by the LMS's own dialogue, as its teacher."""
        (tool,) = self._stage.lms.tools.values()
        (course,) = (one for one in self._stage.lms.courses.values() if one.full_name == COURSE)
        picker = self._teacher.open_frame(
            self._teacher.get(
                f"{self._stage.lms_url}/course/{course.id}/select/{tool.id}"
                f"?placement={_PLACEMENT[self._family]}"
            )
        )
        kinds = next(link for link in picker.links if link.url.endswith(f"/place/new/{work.kind}"))
        settings = self._teacher.click(picker, kinds)
        answer = self._teacher.submit(
            settings,
            settings.form(with_field="title"),
            {"title": work.title, **work.options},
            button="add",
        )
        selected = self._teacher.submit(answer, answer.form(with_field="JWT"))
        following = self._teacher.click(selected, "Continue")
        for form in following.forms:
            if "picked" in form.action:
                self._teacher.submit(following, form)
        click.echo(f'{self._name(_TEACHER)}, teacher, places "{work.title}" in the course.')

    def look_as_teacher(self, work: Work) -> Page:
        """Open an activity as its teacher, in the frame of the LMS."""
        page = self._open_activity(self._teacher, work)
        click.echo(f'{self._name(_TEACHER)}, teacher, opens "{work.title}": {_heading(page)}.')
        return page

    def sign_up(self, username: str, choices: dict[str, str]) -> None:
        """Do a learner's work: open the activity in its frame and fill in what its pages ask.

        Raises:
            BrowserError: a page has no such form, or the pages have no end.
        """
        browser = self._sign_in(username)
        after = walk(browser, self._open_activity(browser, SIGN_UP), choices)
        role = choices.get("side", "learner")
        click.echo(f"{self._name(username)} fills in the pages as {role}: {_heading(after)}.")
        browser.close()

    def practise(self, usernames: Sequence[str]) -> None:
        """Let two learners coach each other: get a partner, log what was said, confirm it.

        Raises:
            BrowserError: a page lacks what it should lead on with.
        """
        browsers = {name: self._sign_in(name) for name in usernames}
        for browser in browsers.values():
            home = self._open_activity(browser, PRACTICE)
            browser.submit(home, home.form(action="/join"))
        for coach, partner in permutations(usernames, 2):
            self._lead(browsers[coach])
            home = self._open_activity(browsers[partner], PRACTICE)
            asked = browsers[partner].click(home, "Read and answer")
            form = asked.form(with_field="own_step")
            browsers[partner].submit(asked, form, fill(form, {}))
            names = self._name(coach), self._name(partner)
            click.echo(f"{names[0]} leads a conversation, and {names[1]} confirms it.")
        for browser in browsers.values():
            browser.close()

    def pair_up(self, mentee: str, mentor: str) -> None:
        """Let the course join a programme, whose team makes two of its people a pair."""
        pairing.pair_up(self._stage, COURSE, mentee, mentor)
        names = self._name(mentee), self._name(mentor)
        click.echo(f"The team of a programme pairs {names[0]} with {names[1]}; both accept.")

    def write_charter(self, mentee: str, mentor: str) -> None:
        """Let a pair answer apart, propose, agree, and both sign.

        Raises:
            BrowserError: a page lacks what it should lead on with.
        """
        browsers = {name: self._sign_in(name) for name in (mentee, mentor)}
        for who, act in (
            (mentee, pairing.answer_apart),
            (mentor, pairing.answer_apart),
            (mentee, pairing.propose),
            (mentor, pairing.agree),
            (mentor, pairing.sign),
            (mentee, pairing.sign),
        ):
            act(browsers[who], self._open_activity(browsers[who], CHARTER))
        for browser in browsers.values():
            browser.close()
        names = self._name(mentee), self._name(mentor)
        click.echo(f"{names[0]} and {names[1]} answer apart, agree on a charter, and both sign it.")

    def _lead(self, browser: HttpBrowser) -> None:
        home = self._open_activity(browser, PRACTICE)
        log = browser.submit(home, home.form(action="/session/begin"), button="short")
        checked = browser.submit(log, log.form(with_field="goal"), _log_of_today(), button="hand")
        browser.submit(checked, checked.form(action="/hand"))

    def wait_for_grades(self, usernames: Sequence[str], patience: float) -> Table:
        """Look at the LMS's gradebook until the cells are filled or patience is over."""
        give_up_at = time.monotonic() + patience
        while True:
            table = self._gradebook()
            if not self.empty_cells(table, usernames) or time.monotonic() > give_up_at:
                return table
            time.sleep(_POLL_SECONDS)

    def empty_cells(self, table: Table, usernames: Sequence[str]) -> list[tuple[str, Work]]:
        """Return whose cell of which activity holds no number."""
        return [
            (name, work)
            for work in WORKS
            for name in map(self._name, usernames)
            if name not in _filled(table, work)
        ]

    def explanation(self, name: str, work: Work) -> str:
        """Return what the tool's own page of grades tells the teacher about a learner."""
        board = self._open_activity(self._teacher, work)
        page = self._teacher.click(board, next(one for one in board.links if "/grades/" in one.url))
        for row in page.tables[0].rows if page.tables else []:
            if row[0] == name:
                return " ".join(row[2:4])
        return "The tool knows of no grade for this person."

    def _gradebook(self) -> Table:
        course = self._stage.lms.activity(SIGN_UP.title, COURSE).course.id
        page = self._teacher.get(f"{self._stage.lms_url}/course/{course}")
        grades = self._teacher.click(page, "Grades")
        return next(table for table in grades.tables if table.id == "gradebook")

    def _sign_in(self, username: str) -> HttpBrowser:
        browser = HttpBrowser()
        home = browser.get(f"{self._stage.lms_url}/")
        browser.submit(home, home.form(action=f"/as/{username}"))
        return browser

    def _open_activity(self, browser: HttpBrowser, work: Work) -> Page:
        home = browser.get(f"{self._stage.lms_url}/")
        course = browser.click(home, COURSE)
        return browser.open_frame(browser.click(course, work.title))

    def _name(self, username: str) -> str:
        return self._stage.lms.person(username).name


def _filled(table: Table, work: Work) -> set[str]:
    """Return the names of those whose cell of an activity holds a number."""
    column = table.rows[0].index(work.title)
    return {row[0] for row in table.rows[1:] if row[column][:1].isdigit()}


def _log_of_today() -> dict[str, str]:
    today = now().date()
    return {**_LOG, "held_on": str(today), "by_when": str(today + timedelta(days=7))}


def walk(
    browser: HttpBrowser, page: Page, choices: dict[str, str], *, until_sent: bool = False
) -> Page:
    """Fill in one page of a sign-up after the other, from wherever it stands to its end.

    Args:
        browser: of who signs up.
        page: any page of the sign-up.
        choices: answers by name, taken where a form offers them.
        until_sent: stop at the answer to the last page, wherever it leads.

    Raises:
        BrowserError: a page has no form that leads on, or there is no end of pages.
    """
    for _ in range(_MOST_PAGES):
        form = _onward(page)
        is_last = form.buttons[0].label == "Sign up"
        follow = not (is_last and until_sent)
        page = browser.submit(page, form, fill(form, choices), follow=follow)
        if is_last:
            return page
    raise BrowserError(f"no end of pages at {page}")


def _onward(page: Page) -> Form:
    for form in page.forms:
        if form.buttons and form.buttons[0].label in _ONWARD:
            return form
    raise BrowserError(f"no way on from {page}")


def fill(form: Form, choices: dict[str, str]) -> dict[str, str | bool | Sequence[str]]:
    """Answer every question of a form that needs an answer, reading only the form itself.

    Args:
        form: as the page has it.
        choices: answers by name, taken where the form offers them.
    """
    answers: dict[str, str | bool | Sequence[str]] = {}
    for name in form.names():
        same = [one for one in form.fields if one.name == name]
        offered = [one.value for one in same] + [value for value, _ in same[0].options]
        if same[0].kind in {"checkbox", "radio"}:
            wanted = choices.get(name)
            several = offered[:2] if same[0].kind == "checkbox" else offered[:1]
            answers[name] = [wanted] if wanted in offered and wanted else several
        elif same[0].kind == "select":
            answers[name] = same[0].value or _first(offered, is_needed=same[0].is_required)
        else:
            text = "I would like to lead my first project well." if same[0].is_required else ""
            answers[name] = same[0].value or text
    return answers


def _first(offered: Sequence[str], *, is_needed: bool) -> str:
    return next(value for value in offered if value) if is_needed else ""


def _heading(page: Page) -> str:
    return page.title.removesuffix(" · Throughline")
