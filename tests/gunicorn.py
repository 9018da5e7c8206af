"""The tool as it is operated: gunicorn, and browsers that talk to it over the network."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import requests

from lti_app.settings import Settings
from lti_app.testing.stage import free_port

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 90


@dataclass
class Process:
    """One gunicorn."""

    url: str
    environment: dict[str, str]
    #: Starts it, and returns when it answers.
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End it, and wait until it has."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def restart(self) -> None:
        """End it, and start it anew at the same address: it remembers nothing but its database."""
        self.stop()
        self.process = self.start()

    def post(self, path: str, browser: requests.Session, **data: str) -> requests.Response:
        """Post a form, as a browser that does not follow redirects."""
        return browser.post(self.url + path, data=data, allow_redirects=False, timeout=30)

    def get(self, path: str, browser: requests.Session) -> requests.Response:
        """Get a page, likewise."""
        return browser.get(self.url + path, allow_redirects=False, timeout=30)


class Browser(requests.Session):
    """Keeps Secure cookies on http://127.0.0.1, and sends them to every port, as browsers do."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self._kept: dict[str, str] = {}

    def copies(self, count: int) -> list["Browser"]:
        """Return browsers with the same cookies, for what is sent at the same moment."""
        made = [Browser() for _ in range(count)]
        for one in made:
            one._kept = dict(self._kept)
        return made

    # The parent names thirty parameters; what is handed on to it is only what tests send.
    def request(  # type: ignore[override]
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **options: object
    ) -> requests.Response:
        own = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._kept.items())}
        answer = super().request(method, url, headers={**own, **(headers or {})}, **options)  # type: ignore[arg-type]
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self._kept[name] = value
        self.cookies.clear()
        return answer


@contextmanager
def started(
    settings: Settings, *, workers: int = 1, log: TextIO | None = None
) -> Iterator[Process]:
    """Run gunicorn until the block ends.

    Args:
        settings: of the tool; what is not about addresses, keys and the database is not told.
        workers: how many processes answer.
        log: where log lines go instead of standard error.
    """
    port = free_port()
    environment = os.environ | {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_SECRET_KEY": ",".join(settings.secret_keys),
        "THROUGHLINE_PUBLIC_URL": settings.public_url,
        "THROUGHLINE_ALLOW_PRIVATE_NETWORKS": "1" if settings.allow_private_networks else "",
        "THROUGHLINE_RATE_LIMITS": "on" if settings.rate_limits else "off",
        "NO_PROXY": "*",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--workers", str(workers)]
    url = f"http://127.0.0.1:{port}"

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"],
            env=environment,
            cwd=_ROOT,
            stderr=log,
        )
        try:
            _wait_until_ready(url, process)
        except BaseException:
            process.terminate()
            raise
        return process

    running = Process(url, environment, start)
    running.restart()
    try:
        yield running
    finally:
        running.stop()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "gunicorn ended"
        try:
            if requests.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            # Not listening yet, or listening without a worker that answers.
            time.sleep(0.1)
    raise TimeoutError("gunicorn did not get ready")
