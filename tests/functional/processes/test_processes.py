"""The tool as it is operated: gunicorn processes, which share nothing but the database."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from lti_app.settings import Settings
from lti_app.store.session import Database
from lti_app.testing.sandbox import Activity, Sandbox, SigningKey, serve
from lti_app.testing.tool import register
from tests.gunicorn import Browser, Process, started
from tests.proofs import rule

_ROOT = Path(__file__).parents[3]
#: The whole key fetch may take eight seconds; what comes before and after it needs a little more.
_LAUNCH_SECONDS = 15


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return an empty PostgreSQL database: several processes need a server."""
    return postgresql_url


@pytest.fixture
def lms(settings: Settings, lms_key: SigningKey) -> Iterator[Sandbox]:
    """Serve a sandbox LMS that the tool is registered in."""
    sandbox = Sandbox.demo("http://localhost:0", settings.public_url)
    sandbox.use_key(lms_key)
    database = Database(settings.database_url)
    with serve(sandbox):
        register(database, sandbox)
        database.dispose()
        yield sandbox


@rule("R-1.19", "R-8.4")
def test_login_and_launch_may_meet_different_processes_and_new_keys(
    settings: Settings, lms: Sandbox
) -> None:
    activity = lms.activities[101]
    with started(settings) as first, started(settings) as second:
        browser = Browser()
        begun = first.post("/lti/login", browser, **lms.make_login("alice", activity))
        asked = second.get(begun.headers["Location"], browser)
        lms.rotate_key()
        subprocess.run(
            [sys.executable, "-m", "lti_app", "keys", "rotate"],
            env=first.environment,
            cwd=_ROOT,
            check=True,
            capture_output=True,
        )
        form = lms.answer_login(asked.headers["Location"], "alice", activity)
        launched = second.post("/lti/launch", browser, **form)
        assert launched.status_code == 303
        entered = first.get(launched.headers["Location"], browser)
        page = second.get(entered.headers["Location"], browser)
        page = first.get(page.headers["Location"], browser)
        assert page.status_code == 200
        for process in (first, second):
            assert len(process.get("/lti/jwks.json", browser).json()["keys"]) == 2


@rule("R-1.15", "R-4.3")
def test_a_dripping_key_server_never_holds_both_workers(settings: Settings, lms: Sandbox) -> None:
    activity = lms.activities[101]
    lms.fail("jwks", "drip", seconds=1)
    with started(settings, workers=2) as process:
        forms = [_answered_login(process, lms, activity) for _ in range(4)]
        over = threading.Event()
        with ThreadPoolExecutor(5) as pool:
            watching = pool.submit(_ask_health_until, process, over)
            began = time.monotonic()
            launches = [pool.submit(_launch, process, *form) for form in forms]
            statuses = {launch.result().status_code for launch in launches}
            took = time.monotonic() - began
            over.set()
            healthy = watching.result()
        assert statuses == {503}
        assert took < _LAUNCH_SECONDS
        assert len(healthy) > 10
        assert set(healthy) == {200}


def _answered_login(
    process: Process, lms: Sandbox, activity: Activity
) -> tuple[requests.Session, dict[str, str]]:
    browser = Browser()
    begun = process.post("/lti/login", browser, **lms.make_login("alice", activity))
    asked = process.get(begun.headers["Location"], browser)
    return browser, lms.answer_login(asked.headers["Location"], "alice", activity)


def _launch(process: Process, browser: requests.Session, form: dict[str, str]) -> requests.Response:
    return process.post("/lti/launch", browser, **form)


def _ask_health_until(process: Process, over: threading.Event) -> list[int]:
    statuses = []
    while not over.wait(0.2):
        statuses.append(requests.get(f"{process.url}/healthz", timeout=7).status_code)
    return statuses
