"""The people of the demo in front of their browsers: one places, the others learn.

Everything goes over HTTP as in a browser without scripts, from the pages of the sandbox LMS into
the tool's in its frame, and back.
"""

import time
from collections.abc import Sequence

import click

from lti_app.testing.browser import BrowserError, Form, HttpBrowser, Page, Table
from lti_app.testing.sandbox import Activity
from lti_app.testing.stage import Stage

COURSE = "Leading People"
ACTIVITY = "Mentoring sign-up"
#: Buttons that lead through the pages of a sign-up, the last one included.
_ONWARD = frozenset({"Save and go on", "Sign up"})
_MOST_PAGES = 20
_POLL_SECONDS = 0.3
_TEACHER = "tina"
#: Where in a course an LMS asks for one activity to add.
_PLACEMENT = {"moodle": "", "canvas": "assignment_selection"}


class Journey:
    """The people of one LMS, one browser each; the methods are called in their order here."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._family = stage.lms.profile.family
        self._teacher = self._sign_in(_TEACHER)

    def place(self) -> None:
        """Add the activity to the course by the LMS's own dialogue, as its teacher."""
        (tool,) = self._stage.lms.tools.values()
        (course,) = (one for one in self._stage.lms.courses.values() if one.full_name == COURSE)
        picker = self._teacher.open_frame(
            self._teacher.get(
                f"{self._stage.lms_url}/course/{course.id}/select/{tool.id}"
                f"?placement={_PLACEMENT[self._family]}"
            )
        )
        kinds = next(link for link in picker.links if link.url.endswith("/place/new/mentoring"))
        settings = self._teacher.click(picker, kinds)
        answer = self._teacher.submit(
            settings, settings.form(with_field="title"), {"title": ACTIVITY}, button="add"
        )
        selected = self._teacher.submit(answer, answer.form(with_field="JWT"))
        following = self._teacher.click(selected, "Continue")
        for form in following.forms:
            if "picked" in form.action:
                self._teacher.submit(following, form)
        click.echo(f'{self._name(_TEACHER)}, teacher, places "{ACTIVITY}" in the course.')

    @property
    def _activity(self) -> Activity:
        return self._stage.lms.activity(ACTIVITY, COURSE)

    def look_as_teacher(self) -> Page:
        """Open the activity as its teacher, in the frame of the LMS."""
        page = self._open_activity(self._teacher)
        click.echo(f"{self._name(_TEACHER)}, teacher, opens the activity: {_heading(page)}.")
        return page

    def sign_up(self, username: str, choices: dict[str, str]) -> None:
        """Do a learner's work: open the activity in its frame and fill in what its pages ask.

        Raises:
            BrowserError: a page has no such form, or the pages have no end.
        """
        browser = self._sign_in(username)
        after = walk(browser, self._open_activity(browser), choices)
        role = choices.get("side", "learner")
        click.echo(f"{self._name(username)} fills in the pages as {role}: {_heading(after)}.")
        browser.close()

    def wait_for_grades(self, usernames: Sequence[str], patience: float) -> Table:
        """Look at the LMS's gradebook until the cells are filled or patience is over."""
        give_up_at = time.monotonic() + patience
        while True:
            table = self._gradebook()
            if not self.empty_cells(table, usernames) or time.monotonic() > give_up_at:
                return table
            time.sleep(_POLL_SECONDS)

    def empty_cells(self, table: Table, usernames: Sequence[str]) -> list[str]:
        """Return the names of those whose cell of the activity holds no number."""
        column = table.rows[0].index(ACTIVITY)
        filled = {row[0] for row in table.rows[1:] if row[column][:1].isdigit()}
        return [name for name in map(self._name, usernames) if name not in filled]

    def explanation(self, name: str) -> str:
        """Return what the tool's own page of grades tells the teacher about a learner."""
        board = self._open_activity(self._teacher)
        page = self._teacher.click(board, next(one for one in board.links if "/grades/" in one.url))
        for row in page.tables[0].rows if page.tables else []:
            if row[0] == name:
                return " ".join(row[2:4])
        return "The tool knows of no grade for this person."

    def _gradebook(self) -> Table:
        course = self._activity.course.id
        page = self._teacher.get(f"{self._stage.lms_url}/course/{course}")
        grades = self._teacher.click(page, "Grades")
        return next(table for table in grades.tables if table.id == "gradebook")

    def _sign_in(self, username: str) -> HttpBrowser:
        browser = HttpBrowser()
        home = browser.get(f"{self._stage.lms_url}/")
        browser.submit(home, home.form(action=f"/as/{username}"))
        return browser

    def _open_activity(self, browser: HttpBrowser) -> Page:
        home = browser.get(f"{self._stage.lms_url}/")
        course = browser.click(home, COURSE)
        return browser.open_frame(browser.click(course, ACTIVITY))

    def _name(self, username: str) -> str:
        return self._stage.lms.person(username).name


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
