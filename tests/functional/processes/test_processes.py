"""The tool as it is operated: gunicorn processes, which share nothing but the database."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from lti_app.settings import Settings
from lti_app.store.session import Database
from lti_app.testing.sandbox import Activity, Sandbox, SigningKey, serve
from lti_app.testing.stage import free_port
from lti_app.testing.tool import register
from tests.proofs import rule

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 90
#: The whole key fetch may take eight seconds; what comes before and after it needs a little more.
_LAUNCH_SECONDS = 15


@dataclass
class Process:
    """One gunicorn."""

    url: str
    environment: dict[str, str]

    def post(self, path: str, browser: requests.Session, **data: str) -> requests.Response:
        """Post a form, as a browser that does not follow redirects."""
        return browser.post(self.url + path, data=data, allow_redirects=False, timeout=30)

    def get(self, path: str, browser: requests.Session) -> requests.Response:
        """Get a page, likewise."""
        return browser.get(self.url + path, allow_redirects=False, timeout=30)


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
        browser = _Browser()
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


class _Browser(requests.Session):
    """Keeps Secure cookies on http://127.0.0.1, and sends them to every port, as browsers do."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self._kept: dict[str, str] = {}

    def request(self, method: str, url: str, **options: object) -> requests.Response:  # type: ignore[override]
        header = "; ".join(f"{name}={value}" for name, value in self._kept.items())
        answer = super().request(method, url, headers={"Cookie": header}, **options)  # type: ignore[arg-type]
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self._kept[name] = value
        self.cookies.clear()
        return answer


def _answered_login(
    process: Process, lms: Sandbox, activity: Activity
) -> tuple[requests.Session, dict[str, str]]:
    browser = _Browser()
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


@contextmanager
def started(settings: Settings, *, workers: int = 1) -> Iterator[Process]:
    """Run gunicorn until the block ends."""
    port = free_port()
    environment = os.environ | {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_SECRET_KEY": ",".join(settings.secret_keys),
        "THROUGHLINE_PUBLIC_URL": settings.public_url,
        "THROUGHLINE_ALLOW_PRIVATE_NETWORKS": "1",
        "NO_PROXY": "*",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--workers", str(workers)]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"],
        env=environment,
        cwd=_ROOT,
    )
    try:
        running = Process(f"http://127.0.0.1:{port}", environment)
        _wait_until_ready(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(running: Process, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "gunicorn ended"
        try:
            if requests.get(f"{running.url}/readyz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            # Not listening yet, or listening without a worker that answers.
            time.sleep(0.1)
    raise TimeoutError("gunicorn did not get ready")
