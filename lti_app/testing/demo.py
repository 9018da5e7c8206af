"""The demo: the tool, its worker and a sandbox LMS on this machine, to click through or to watch.

The journey of `run_once` goes over HTTP as a browser does, and what it shows at the end is the
LMS's own gradebook page.
"""

import secrets
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from lti_app.settings import Settings
from lti_app.store.migrations import upgrade
from lti_app.testing.browser import Form, HttpBrowser, Page, Table
from lti_app.testing.sandbox import Activity
from lti_app.testing.stage import LMS_HOST, TOOL_HOST, Stage, open_stage

LMS_PORT, TOOL_PORT = 8080, 5000
_PATIENCE_SECONDS = 60.0
#: A broken LMS is not waited for: a few attempts are enough to see what the tool says.
_BROKEN_PATIENCE_SECONDS = 12.0
_POLL_SECONDS = 0.3
_COURSE = "Leading People"
_ACTIVITY = "Mentoring sign-up"
_TEACHER = "tina"


@dataclass(frozen=True)
class _Learner:
    """Who does the work in `run_once`, and what they choose where the form offers it."""

    username: str
    choices: dict[str, str]


_LEARNERS = (
    _Learner("alice", {"side": "mentee"}),
    _Learner("bob", {"side": "mentor"}),
)


def run_demo(*, is_broken: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM, and say what to open.

    Args:
        is_broken: the LMS answers 500 to every score.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _open(LMS_PORT, TOOL_PORT, is_broken=is_broken) as (stage, log):
        click.echo(
            f"""
  Open  {stage.lms_url}/

  Choose Alice Adams, open the course "{_COURSE}", then "{_ACTIVITY}", and sign up in the frame.
  A few seconds later the grade is in the course's "Grades", where Tina Torres sees everybody's.
  As Tina, open "{_ACTIVITY}" to see who has signed up, and where each grade is.
  Adam Abbott registered the tool by an invite; his front page has the list of tools.

  The tool itself runs at {stage.tool_url}, its log is {log}.
  Ctrl-C ends the demo; nothing is kept.
"""
        )
        stop.wait()


def run_once(*, is_broken: bool = False) -> int:
    """Walk through the whole journey alone; returns the exit code, 0 if every grade arrived.

    Args:
        is_broken: the LMS answers 500 to every score.
    """
    with _open(0, 0, is_broken=is_broken) as (stage, _):
        click.echo(f"The tool runs at {stage.tool_url}, the sandbox LMS at {stage.lms_url};")
        click.echo("Adam Abbott, its administrator, has registered the tool there by an invite.")
        click.echo("A worker is running.")
        journey = Journey(stage)
        journey.look_as_teacher()
        for learner in _LEARNERS:
            journey.sign_up(learner.username, learner.choices)
        patience = _BROKEN_PATIENCE_SECONDS if is_broken else _PATIENCE_SECONDS
        table = journey.wait_for_grades([one.username for one in _LEARNERS], patience)
        click.echo(f'\nThe gradebook of "{_COURSE}", from the page of the LMS:\n')
        click.echo(as_text(table))
        empty = journey.empty_cells(table, [one.username for one in _LEARNERS])
        for name in empty:
            click.echo(f"\nEmpty: {name}, {_ACTIVITY}. {journey.explanation(name)}", err=True)
        if not empty:
            click.echo("\nEvery grade arrived.")
        return 1 if empty else 0


class Journey:
    """The people of the demo in front of their browsers, one browser each."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._activity: Activity = stage.lms.activity(_ACTIVITY, _COURSE)
        self._teacher = self._sign_in(_TEACHER)

    def look_as_teacher(self) -> Page:
        """Open the activity as its teacher, in the frame of the LMS."""
        page = self._open_activity(self._teacher)
        click.echo(f"{self._name(_TEACHER)}, teacher, opens the activity: {_heading(page)}.")
        return page

    def sign_up(self, username: str, choices: dict[str, str]) -> None:
        """Do a learner's work: open the activity in its frame and fill in what the page asks.

        Raises:
            BrowserError: the page has no such form, or still shows it afterwards.
        """
        browser = self._sign_in(username)
        page = self._open_activity(browser)
        form = page.form(with_field="why")
        after = browser.submit(page, form, fill(form, choices))
        role = choices.get("side", "learner")
        click.echo(f"{self._name(username)} fills in the page as {role}: {_heading(after)}.")
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
        column = table.rows[0].index(_ACTIVITY)
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
        course = browser.click(home, _COURSE)
        return browser.open_frame(browser.click(course, _ACTIVITY))

    def _name(self, username: str) -> str:
        return self._stage.lms.person(username).name


def fill(form: Form, choices: dict[str, str]) -> dict[str, str | bool | Sequence[str]]:
    """Answer every question of a form that has no answer yet, reading only the form itself.

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
            answers[name] = same[0].value or next(value for value in offered if value)
        else:
            answers[name] = same[0].value or "I would like to lead my first project well."
    return answers


def _heading(page: Page) -> str:
    return page.title.removesuffix(" · Throughline")


def as_text(table: Table) -> str:
    """Write a table out in columns."""
    widths = [max(len(row[i]) for row in table.rows) for i in range(len(table.rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in table.rows
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


@contextmanager
def _open(lms_port: int, tool_port: int, *, is_broken: bool) -> Iterator[tuple[Stage, Path]]:
    with tempfile.TemporaryDirectory(prefix="throughline-demo-") as folder:
        log = Path(folder, "demo.log")
        url = f"sqlite:///{Path(folder, 'demo.sqlite3')}"
        upgrade(url)
        settings = Settings(
            database_url=url,
            secret_keys=(secrets.token_urlsafe(32),),
            public_url=f"http://{TOOL_HOST}",
            allow_private_networks=True,
        )
        with (
            log.open("w") as stream,
            open_stage(
                settings,
                lms_port=_free_or_any(LMS_HOST, lms_port),
                tool_port=_free_or_any(TOOL_HOST, tool_port),
                by_invite=True,
                log=stream,
            ) as stage,
        ):
            if is_broken:
                stage.lms.fail("scores", "500")
            yield stage, log


def _free_or_any(host: str, port: int) -> int:
    """Return a port if nobody listens on it, or else 0: then the system chooses one."""
    with socket.socket() as probe:
        if port and probe.connect_ex((host, port)) == 0:
            return 0
    return port
