"""Everything at once on loopback: the tool, its worker, and a sandbox LMS on another site.

The LMS is at `localhost`, the tool at `127.0.0.1`: two hosts are two sites for a browser, two ports
of one host are not. Chromium keeps Secure cookies on both without https.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TextIO

from sqlalchemy import Select, func, select

from lti_app import logs
from lti_app.domain.delivery import DeliveryState
from lti_app.settings import Settings
from lti_app.store.progress import Delivery
from lti_app.store.rosters import Roster
from lti_app.store.session import db, transaction
from lti_app.testing.administrator import register_by_invite
from lti_app.testing.sandbox import LoopbackServer, Sandbox, SigningKey, serve
from lti_app.testing.tool import ToolUnderTest, open_tool
from lti_app.worker.loop import run

TOOL_HOST, LMS_HOST = "127.0.0.1", "localhost"
_PATIENCE_SECONDS = 30


@dataclass
class Stage:
    """A running tool and the LMS that it is registered in."""

    lms: Sandbox
    lms_url: str
    tool: ToolUnderTest
    tool_url: str

    @contextmanager
    def beside(self, profile: str) -> Iterator["Stage"]:
        """Serve one more LMS, and register the same tool in it; the organisation is the same.

        Args:
            profile: which product it plays.

        Returns:
            The stage as seen from that LMS.
        """
        lms = Sandbox.demo(f"http://{LMS_HOST}:0", self.tool_url, profile=profile)
        with serve(lms) as server:
            self.tool.register(lms)
            yield replace(self, lms=lms, lms_url=server.url)

    def wait_until_delivered(self) -> None:
        """Return once the worker has nothing left to send.

        Raises:
            TimeoutError: it still has after half a minute.
        """
        unsent = Delivery.state != DeliveryState.SENT.value
        self._wait_until_none(select(func.count()).select_from(Delivery).where(unsent), "grades")

    def wait_until_read(self) -> None:
        """Return once the worker has read who is in each course that was opened.

        Raises:
            TimeoutError: it still has not after half a minute.
        """
        unread = Roster.url.is_not(None), Roster.read_at.is_(None)
        self._wait_until_none(select(func.count()).select_from(Roster).where(*unread), "rosters")

    def posts_of(self, username: str) -> int:
        """Return how many scores of a person the LMS has received."""
        user = self.lms.subject(username)
        return sum(entry.json()["userId"] == user for entry in self.lms.log.of("scores"))

    def _wait_until_none(self, counting: Select[int], what: str) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            with transaction(self.tool.database, read_only=True):
                left = db().scalar(counting) or 0
            if not left:
                return
            if time.monotonic() > until:
                raise TimeoutError(f"{left} {what} are left")
            # The worker tells nobody when it is done; asking without a pause would slow it down.
            time.sleep(0.05)


def free_port(host: str = TOOL_HOST) -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def open_stage(
    settings: Settings,
    key: SigningKey | None = None,
    *,
    lms_port: int = 0,
    tool_port: int = 0,
    profile: str = "moodle",
    by_invite: bool = False,
    is_linked: bool = True,
    log: TextIO | None = None,
) -> Iterator[Stage]:
    """Start everything, register the tool, and stop everything afterwards.

    Args:
        settings: of the tool; its public address is replaced by one on this machine.
        key: of the LMS; a new one if none is given.
        lms_port: where the LMS listens; 0 for a free port.
        tool_port: where the tool listens; 0 for a free port.
        profile: which product the LMS plays, `moodle` or `canvas`.
        by_invite: the LMS's administrator registers the tool by its pages, instead of both being
            told of one another; that takes a second.
        is_linked: the courses have links to the tool; only what is registered by invite may lack
            them.
        log: where log lines go instead of standard error.
    """
    port = tool_port or free_port()
    tool_url = f"http://{TOOL_HOST}:{port}"
    lms = _new_lms(f"http://{LMS_HOST}:{lms_port}", None if by_invite else tool_url, profile)
    if key:
        lms.use_key(key)
    tool = open_tool(replace(settings, public_url=tool_url))
    if log:
        logs.configure(log, json=True)
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(tool.runtime, stop), daemon=True)
    with serve(lms) as lms_server, LoopbackServer(tool.app.wsgi_app, TOOL_HOST, port):
        _introduce(tool, lms, by_invite=by_invite, is_linked=is_linked)
        worker.start()
        try:
            yield Stage(lms, lms_server.url, tool, tool_url)
        finally:
            stop.set()
            worker.join()


def _new_lms(url: str, tool_url: str | None, profile: str) -> Sandbox:
    """Return an LMS that knows the tool at an address, or no tool."""
    if tool_url is None:
        return Sandbox.empty(url, profile=profile)
    return Sandbox.demo(url, tool_url, profile=profile)


def _introduce(tool: ToolUnderTest, lms: Sandbox, *, by_invite: bool, is_linked: bool) -> None:
    """Let tool and LMS know one another; both are served."""
    if by_invite:
        registered = register_by_invite(tool, lms)
        if is_linked:
            lms.link_demo(registered)
    else:
        tool.register(lms)
