"""The demo: the tool, its worker and a sandbox LMS on this machine, to click through or to watch.

The journey of `run_once` goes over HTTP as a browser does, and what it shows at the end is the
LMS's own gradebook page.
"""

import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from lti_app.settings import Settings
from lti_app.store.migrations import upgrade
from lti_app.testing.browser import Table
from lti_app.testing.journey import COURSE, SIGN_UP, WORKS, Journey
from lti_app.testing.stage import LMS_HOST, TOOL_HOST, Stage, open_stage

LMS_PORT, TOOL_PORT = 8080, 5000
_PATIENCE_SECONDS = 60.0
#: A broken LMS is not waited for: a few attempts are enough to see what the tool says.
_BROKEN_PATIENCE_SECONDS = 12.0


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

  Choose Alice Adams, open the course "{COURSE}", then "{SIGN_UP.title}", and sign up in the frame.
  A few seconds later the grade is in the course's "Grades", where Tina Torres sees everybody's.
  As Tina, open "{SIGN_UP.title}" to see who has signed up, and where each grade is.

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
    codes = [_walk(profile, is_broken=is_broken) for profile in ("moodle", "canvas")]
    return max(codes)


def _walk(profile: str, *, is_broken: bool) -> int:
    """Walk through one LMS, from nothing to its gradebook; returns the exit code."""
    with _open(0, 0, is_broken=is_broken, profile=profile, is_linked=False) as (stage, _):
        name = profile.capitalize()
        click.echo(f"The tool runs at {stage.tool_url}, and {stage.lms_url} does as {name} does.")
        click.echo(f"The administrator of {name} has registered the tool there by an invite.")
        journey = Journey(stage)
        for work in WORKS:
            journey.place(work)
            journey.look_as_teacher(work)
        for learner in _LEARNERS:
            journey.sign_up(learner.username, learner.choices)
        journey.practise([one.username for one in _LEARNERS])
        mentee, mentor = (one.username for one in _LEARNERS)
        journey.pair_up(mentee, mentor)
        journey.write_charter(mentee, mentor)
        patience = _BROKEN_PATIENCE_SECONDS if is_broken else _PATIENCE_SECONDS
        table = journey.wait_for_grades([one.username for one in _LEARNERS], patience)
        click.echo(f'\nThe gradebook of "{COURSE}", from the page of the LMS:\n')
        click.echo(as_text(table))
        empty = journey.empty_cells(table, [one.username for one in _LEARNERS])
        for learner_name, work in empty:
            told = journey.explanation(learner_name, work)
            click.echo(f"\nEmpty: {learner_name}, {work.title}. {told}", err=True)
        click.echo("" if empty else "\nEvery grade arrived.\n")
        return 1 if empty else 0


def as_text(table: Table) -> str:
    """Write a table out in columns."""
    widths = [max(len(row[i]) for row in table.rows) for i in range(len(table.rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in table.rows
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


@contextmanager
def _open(
    lms_port: int,
    tool_port: int,
    *,
    is_broken: bool,
    profile: str = "moodle",
    is_linked: bool = True,
) -> Iterator[tuple[Stage, Path]]:
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
                profile=profile,
                by_invite=True,
                is_linked=is_linked,
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
