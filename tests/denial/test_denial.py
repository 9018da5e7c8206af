"""Ten thousand failures a minute from one address do not keep a class behind it out.

Gunicorn as `gunicorn.conf.py` has it, on PostgreSQL; attacker and class come from 127.0.0.1. The
short form has a class of 16; `make denial` one of 200, and sends at least 10,000 requests.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import func, select

from lti_app.services import launch_outcomes
from lti_app.settings import Settings
from lti_app.store.launch_outcomes import LaunchOutcome
from lti_app.store.migrations import upgrade
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import LoginTransaction, Visit
from lti_app.testing.databases import kept
from lti_app.testing.sandbox import Role, Sandbox, SigningKey, serve
from lti_app.testing.tool import register
from lti_app.web.limits import FAILURES
from tests.conftest import PUBLIC_URL, SECRET, new_postgresql
from tests.denial.flood import BLOWS
from tests.gunicorn import Browser, Process, started
from tests.proofs import rule
from tests.waiting import wait_for

_IS_LONG: Final = bool(os.environ.get("DENIAL"))
LEARNERS: Final = 200 if _IS_LONG else 16
LEAST: Final = 10_000 if _IS_LONG else 300
PER_MINUTE: Final = 10_000
WORKERS: Final = 2
_ROOT: Final = Path(__file__).parents[2]
_AT_ONCE: Final = 10
#: Nobody waits for longer, and the test ends.
_SECONDS: Final = 300


@dataclass
class Besieged:
    """A tool that is attacked, and the LMS of a class."""

    process: Process
    lms: Sandbox
    database: Database
    log: Path

    def launch(self, person: str) -> int:
        """Let somebody in from their course; returns the status of the first page."""
        browser, activity = Browser(), self.lms.activities[101]
        begun = self.process.post("/lti/login", browser, **self.lms.make_login(person, activity))
        asked = self.process.get(begun.headers["Location"], browser)
        form = self.lms.answer_login(asked.headers["Location"], person, activity)
        answer = self.process.post("/lti/launch", browser, **form)
        while answer.status_code == 303:
            answer = self.process.get(answer.headers["Location"], browser)
        return answer.status_code

    def count(self, table: type) -> int:
        """Return how many rows a table has."""
        with transaction(self.database, read_only=True):
            return db().scalar(select(func.count()).select_from(table)) or 0

    def lines(self, event: str) -> int:
        """Return how many lines of an event were logged."""
        return self.log.read_text().count(f'"event": "{event}"')


@pytest.fixture
def besieged(lms_key: SigningKey, tmp_path: Path) -> Iterator[Besieged]:
    """Start gunicorn with two workers, and an LMS with a class."""
    lms, log = Sandbox.demo("http://localhost:0", PUBLIC_URL), tmp_path / "log"
    lms.use_key(lms_key)
    with new_postgresql() as url, serve(lms), log.open("w") as file:
        upgrade(url)
        register(kept(url), lms)
        for number in range(LEARNERS):
            lms.add_person(f"learner{number}", "Learner", str(number))
            lms.enrol(lms.activities[101].course, f"learner{number}", Role.STUDENT)
        settings = Settings(
            database_url=url,
            secret_keys=(SECRET,),
            public_url=PUBLIC_URL,
            allow_private_networks=True,
        )
        with started(settings, workers=WORKERS, log=file) as process:
            yield Besieged(process, lms, kept(url), log)
        kept(url).dispose()


@contextmanager
def flood(address: str) -> Iterator["subprocess.Popen[str]"]:
    """Attack an address until the block ends."""
    pace = [str(PER_MINUTE), str(LEAST)]
    command = [sys.executable, "-m", "tests.denial.flood", address, *pace]
    attacker = subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield attacker
    finally:
        attacker.kill()
        attacker.communicate()


@rule("R-1.10")
def test_a_class_gets_in_while_an_attacker_behind_its_address_fails_without_pause(
    besieged: Besieged,
) -> None:
    with flood(besieged.process.url) as attacker:
        if _IS_LONG:
            wait_for(lambda: besieged.lines("limit_reached") > 0, "the limit", _SECONDS)
        began = time.monotonic()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            names = [f"learner{number}" for number in range(LEARNERS)]
            statuses = list(pool.map(besieged.launch, names, timeout=_SECONDS))
        took = time.monotonic() - began
        assert attacker.poll() is None, "the attack went on all the while"
        said = json.loads(attacker.communicate(timeout=_SECONDS)[0])
    assert statuses == [200] * LEARNERS
    answers = {int(status): number for status, number in said["answers"].items()}
    assert set(answers) <= {400, 401, 403, 404, 429}
    assert besieged.count(Visit) == LEARNERS
    assert besieged.count(LoginTransaction) == LEARNERS
    # What the attacker left: some launches by number, and a line for each failure up to the limit.
    minutes = said["seconds"] / 60 + 1
    kinds = len(BLOWS)
    assert besieged.count(LaunchOutcome) <= (kinds + 1) * launch_outcomes.PER_MINUTE * (minutes + 1)
    assert besieged.lines("refused") <= FAILURES * WORKERS * kinds * (minutes + 1)
    if _IS_LONG:
        assert sum(answers.values()) >= LEAST
        assert answers[429] > LEAST / 2
        rate = sum(answers.values()) / said["seconds"] * 60
        sys.stdout.write(f"\n{sum(answers.values())} failures, {rate:.0f} a minute: {answers}\n")
        sys.stdout.write(f"{LEARNERS} launches beside them took {took:.0f} seconds\n")
