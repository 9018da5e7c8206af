"""Chaos: people sign up while programs are killed and the LMS fails; then every grade is counted.

Real programs on real ports: gunicorn, two workers, a sandbox LMS, learners with browsers. Programs
are killed with SIGKILL at named points of a grade's way, and at moments of chance. Afterwards the
LMS works again and time is let pass, and then for every completion that a learner saw accepted the
LMS's cell has to hold its grade, posted once.

    make chaos            two hundred learners, on both databases
    make chaos SHORT=1    a dozen; `make test` does that too
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import requests
from sqlalchemy import func, select, update

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState
from lti_app.store.lms_health import LmsHealth
from lti_app.store.progress import Delivery
from lti_app.store.session import Database, db, transaction
from lti_app.testing.browser import BrowserError, HttpBrowser
from lti_app.testing.demo import fill
from lti_app.testing.sandbox import Sandbox, SandboxServer, serve
from lti_app.testing.stage import LMS_HOST, TOOL_HOST, free_port
from lti_app.testing.tool import register

_ROOT = Path(__file__).parents[2]
_COURSE, _ACTIVITY = "Leading People", "Mentoring sign-up"
_PATIENCE_SECONDS = 240.0
#: Longer than any exchange with an LMS that works again.
_ROUND_SECONDS = 6.0
#: After this many tries a learner has lost patience with a tool that is killed all the time.
_MOST_TRIES = 60

#: Where a worker dies: what the LMS sees of a grade's way, in the order in which it happens.
KILL_POINTS: Sequence[tuple[str, str]] = (
    ("token", "arrived"),  # the cell is leased, nothing is sent
    ("scores", "arrived"),  # the attempt is written down, the score is on its way
    ("scores", "handled"),  # the LMS has it, no answer has left
    ("scores", "answered"),  # the answer is on its way, nothing is recorded
    ("results", "arrived"),  # the cell is being looked into
)


@dataclass(frozen=True)
class Plan:
    """How much happens.

    Attributes:
        learners: who sign up.
        fault_seconds: how long each fault of the LMS lasts.
        kills_per_point: of a worker at each of `KILL_POINTS`.
        web_kills: of the pages' processes, at moments of chance.
        restart_database: command that restarts the database server; none for none.
    """

    learners: int
    fault_seconds: float
    kills_per_point: int
    web_kills: int
    restart_database: tuple[str, ...] = ()


SHORT = Plan(learners=12, fault_seconds=1.0, kills_per_point=1, web_kills=2)
LONG = Plan(learners=200, fault_seconds=6.0, kills_per_point=4, web_kills=8)


@dataclass
class Count:
    """What came of it."""

    completed: int = 0
    posted: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Return whether every grade is where it belongs, once."""
        return not (self.lost or self.wrong or self.twice)

    def __str__(self) -> str:
        kills = ", ".join(f"{point} {count}" for point, count in sorted(self.kills.items()))
        return (
            f"faults     {len(self.faults)}: {', '.join(self.faults)}\n"
            f"kills      {sum(self.kills.values())}: {kills}\n"
            f"completed  {self.completed}\n"
            f"posted     {self.posted} scores that the LMS took\n"
            f"lost       {len(self.lost)} {' '.join(self.lost)}\n"
            f"wrong      {len(self.wrong)} {' '.join(self.wrong)}\n"
            f"twice      {len(self.twice)} {' '.join(self.twice)}"
        )


@dataclass
class Programs:
    """The tool's programs, each a process group that can be killed and comes up again."""

    environment: dict[str, str]
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def commands(self) -> dict[str, list[str]]:
        """Return what each program is started with."""
        python = [sys.executable, "-m"]
        web = [*python, "gunicorn", "wsgi:app", "--workers", "1", "--threads", "4"]
        web += ["--bind", f"{TOOL_HOST}:{self.port}", "--log-level", "critical"]
        worker = [*python, "lti_app", "worker"]
        return {"web": web, "worker 1": worker, "worker 2": worker}

    def start(self, name: str) -> None:
        """Start a program."""
        with self.lock:
            self.running[name] = subprocess.Popen(  # noqa: S603 (our own words only)
                self.commands()[name],
                env=self.environment,
                cwd=_ROOT,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def kill(self, *kinds: str) -> None:
        """End programs as a power cut would, and start them anew."""
        with self.lock:
            names = [name for name in self.running if name.split()[0] in kinds]
            for name in names:
                self._end(name, signal.SIGKILL)
            for name in names:
                self.start(name)

    def stop(self) -> None:
        """End everything."""
        with self.lock:
            for name in list(self.running):
                self._end(name, signal.SIGTERM)

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait(timeout=60)


@dataclass
class Chaos:
    """One run: everything that happens, and to what."""

    plan: Plan
    lms: Sandbox
    programs: Programs
    database: Database
    count: Count = field(default_factory=Count)
    over: threading.Event = field(default_factory=threading.Event)
    to_kill: Counter[tuple[str, str]] = field(default_factory=Counter)
    server: SandboxServer | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311

    def run(self) -> Count:
        """Let everything happen at once, then let time pass and count."""
        self.to_kill.update(dict.fromkeys(KILL_POINTS, self.plan.kills_per_point))
        self.lms.watch = self.watch
        trouble = [
            threading.Thread(target=self.cause_faults, daemon=True),
            threading.Thread(target=self.kill_web, daemon=True),
        ]
        for thread in trouble:
            thread.start()
        usernames = [f"learner{number}" for number in range(self.plan.learners)]
        with ThreadPoolExecutor(4) as pool:
            completed = [name for name in pool.map(self.sign_up, usernames) if name]
        for thread in trouble:
            thread.join()
        self.let_time_pass()
        self.lms.watch = lambda _family, _stage: None
        self.count_cells(completed)
        return self.count

    def watch(self, family: str, stage: str) -> None:
        """Kill the workers at a named point, as often as planned."""
        point = (family, stage)
        with self.programs.lock:
            if self.to_kill[point] <= 0 or self.chance.random() < 0.3:
                return
            self.to_kill[point] -= 1
            self.count.kills[" ".join(point)] += 1
            self.programs.kill("worker")

    def kill_web(self) -> None:
        """Kill the pages' process at moments of chance; the workers with it every other time."""
        for number in range(self.plan.web_kills):
            if self.over.wait(self.chance.uniform(2, 5)):
                return
            kinds = ("web", "worker") if number % 2 else ("web",)
            self.count.kills[" and ".join(kinds)] += 1
            self.programs.kill(*kinds)

    def cause_faults(self) -> None:
        """Let the LMS fail in every way, one after another."""
        for name, begin in self.faults().items():
            self.count.faults.append(name)
            begin()
            self.over.wait(self.plan.fault_seconds)
            self.mend()
            self.over.wait(self.plan.fault_seconds / 2)

    def faults(self) -> dict[str, Callable[[], object]]:
        """Return the faults by name."""
        faults: dict[str, Callable[[], object]] = {
            "scores 500": lambda: self.lms.fail("scores", "500"),
            "scores 503": lambda: self.lms.fail("scores", "503"),
            "scores 429": lambda: self.lms.fail("scores", "429", seconds=1),
            "scores slow": lambda: self.lms.fail("scores", "slow", seconds=2),
            "scores dripping": lambda: self.lms.fail("scores", "drip", seconds=0.2),
            "dropped before": lambda: self.lms.fail("scores", "drop-before"),
            "dropped after": lambda: self.lms.fail("scores", "drop-after"),
            "tokens 503": lambda: self.lms.fail("token", "503"),
            "tokens revoked": self.lms.revoke_tokens,
            "read-back 500": lambda: self.lms.fail("results", "500"),
            "keys 500": lambda: self.lms.fail("jwks", "500"),
            "clock a minute off": lambda: setattr(self.lms, "clock_skew", 59),
            "LMS down": self._stop_lms,
        }
        if self.plan.restart_database:
            faults["database restarted"] = self._restart_database
        return faults

    def mend(self) -> None:
        """Let the LMS work again."""
        self.lms.switches.mend()
        self.lms.clock_skew = 0
        if self.server is None:
            self.server = serve(self.lms)

    def sign_up(self, username: str) -> str | None:
        """Do a learner's work, again and again until the tool has said that it is done.

        Returns:
            The name, or None if the learner gave up: then nothing was promised.
        """
        for _ in range(_MOST_TRIES):
            browser = HttpBrowser()
            with suppress(requests.RequestException, BrowserError, OSError):
                page = browser.get(f"{self.lms.base_url}/as/{username}?next=/")
                page = browser.click(browser.click(page, _COURSE), _ACTIVITY)
                page = browser.open_frame(page)
                if page.status == 200 and "You are signed up" in page.text:
                    return username
                form = page.form(with_field="why")
                after = browser.submit(page, form, fill(form, {"side": "mentee"}))
                if after.status == 200 and "You are signed up" in after.text:
                    return username
            browser.close()
            time.sleep(self.chance.uniform(0.2, 1.0))
        return None

    def let_time_pass(self) -> None:
        """Wait until nothing is under way, taking hours of waiting out in between."""
        until = time.monotonic() + _PATIENCE_SECONDS
        former: set[UUID] = set()
        while time.monotonic() < until:
            with transaction(self.database):
                held = db().scalars(select(Delivery.lease).where(Delivery.lease.is_not(None)))
                leases = set(filter(None, held))
                # Nothing takes this long any more: whoever holds such a lease was killed.
                self._end_leases(leases & former)
                # An LMS that failed is left alone for minutes, which are over now.
                db().execute(update(LmsHealth).values(paused_until=real_now()))
                if not self._make_waiting_due():
                    return
            former = leases
            time.sleep(_ROUND_SECONDS)

    def _end_leases(self, leases: set[UUID]) -> None:
        db().execute(
            update(Delivery).where(Delivery.lease.in_(leases)).values(leased_until=real_now())
        )

    def _make_waiting_due(self) -> int:
        unsent = Delivery.state != DeliveryState.SENT.value
        db().execute(
            update(Delivery)
            .where(unsent, Delivery.due_at.is_not(None), Delivery.lease.is_(None))
            .values(due_at=real_now())
        )
        return db().scalar(select(func.count()).select_from(Delivery).where(unsent)) or 0

    def count_cells(self, completed: Sequence[str]) -> None:
        """Compare the LMS's gradebook with what learners were told."""
        activity = self.lms.activity(_ACTIVITY, _COURSE)
        accepted = Counter(
            entry.json()["userId"] for entry in self.lms.log.of("scores") if entry.took_effect
        )
        self.count.completed = len(completed)
        self.count.posted = sum(accepted.values())
        for username in completed:
            cell = self.lms.grade(activity, username)
            person = str(self.lms.person(username).id)
            if cell.final is None:
                self.count.lost.append(username)
            elif Decimal(str(cell.final)) != 100:
                self.count.wrong.append(username)
            if accepted[person] > 1:
                self.count.twice.append(username)

    def _stop_lms(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None

    def _restart_database(self) -> None:
        subprocess.run(self.plan.restart_database, check=True)  # noqa: S603


@contextmanager
def open_chaos(database_url: str, plan: Plan) -> Iterator[Chaos]:
    """Start everything that chaos happens to.

    Args:
        database_url: migrated and empty.
        plan: how much happens.
    """
    port = free_port()
    tool_url = f"http://{TOOL_HOST}:{port}"
    lms = Sandbox.demo(f"http://{LMS_HOST}:0", tool_url)
    course = next(one for one in lms.courses.values() if one.full_name == _COURSE)
    for number in range(plan.learners):
        lms.add_person(f"learner{number}", "Learner", str(number))
        lms.enrol(course, f"learner{number}")
    environment = os.environ | {
        "THROUGHLINE_DATABASE_URL": database_url,
        "THROUGHLINE_SECRET_KEY": secrets.token_urlsafe(32),
        "THROUGHLINE_PUBLIC_URL": tool_url,
        "THROUGHLINE_ALLOW_PRIVATE_NETWORKS": "1",
    }
    database = Database(database_url)
    programs = Programs(environment, port)
    chaos = Chaos(plan, lms, programs, database, server=serve(lms))
    register(database, lms)
    try:
        for name in programs.commands():
            programs.start(name)
        yield chaos
    finally:
        programs.stop()
        if chaos.server:
            chaos.server.stop()
        database.dispose()
