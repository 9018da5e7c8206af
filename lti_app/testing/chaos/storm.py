"""One run: everything happens at once, then all is mended, time passes, and cells are counted."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lti_app.store.migrations import upgrade
from lti_app.store.session import Database
from lti_app.testing.chaos import killable
from lti_app.testing.chaos.clock import PassingTime
from lti_app.testing.chaos.faults import Fault, Surroundings, faults_for
from lti_app.testing.chaos.killer import Killer
from lti_app.testing.chaos.learners import ACTIVITY, COURSE, Learners
from lti_app.testing.chaos.plan import KILL_POINTS, Combination, Plan, dice
from lti_app.testing.chaos.programs import Programs, commands
from lti_app.testing.chaos.report import Report
from lti_app.testing.chaos.servers import DATABASES, open_broker
from lti_app.testing.chaos.verdict import SETTLED, Verdict, read_cells
from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.stage import LMS_HOST, TOOL_HOST, free_port
from lti_app.testing.tool import register

_PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.5
_GLANCE_SECONDS = 0.1
_HANDS = 4
Say = Callable[[str], object]


@dataclass
class Storm:
    """Everything that happens in one run, and to what."""

    plan: Plan
    combination: Combination
    seed: int
    around: Surroundings
    programs: Programs
    killer: Killer
    time: PassingTime
    learners: Learners
    usernames: Sequence[str]
    say: Say
    met: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def run(self) -> Report:
        """Let it rage, mend everything, and judge."""
        began = time.monotonic()
        lms = self.around.lms
        lms.watch = self.killer.watch
        self._wait_for_pages()
        part, parts = self._part()
        faults = faults_for(self.around, dice(self.seed, "faults"), part, parts)
        points = [*KILL_POINTS[part::parts]] * self.plan.kills_per_point
        arming = self.killer.schedule(points, len(faults))
        with ThreadPoolExecutor(_HANDS) as hands:
            work: list[Future[None]] = []
            for number, fault in enumerate(faults):
                few = self.usernames[number :: len(faults)]
                work += [hands.submit(self.learners.sign_up, username) for username in few]
                self.killer.arm(arming[number])
                self._suffer(fault)
            for one in work:
                one.result()
        self.say("all is mended")
        self.killer.disarm()
        self._calm_down()
        return Report(
            combination=self.combination,
            seed=self.seed,
            seconds=time.monotonic() - began,
            faults=self.met,
            kills=self.killer.kills,
            surprises=self.programs.surprises,
            asked=self.asked,
            verdict=self._judge(),
        )

    def _suffer(self, fault: Fault) -> None:
        """Let one fault happen until somebody has met it, while hours pass that the tool waits."""
        log = self.around.lms.log
        before = len(log.of())
        began = time.monotonic()
        fault.begin(self.around)
        self.killer.cut_power()
        while True:
            self.time.pass_by()
            spoilt = sum(entry.fault != "ok" for entry in log.of()[before:])
            if time.monotonic() - began >= self._enough(spoilt):
                break
            time.sleep(_LOOK_SECONDS)
        self.around.mend()
        self.met[fault.name] = spoilt
        told, kills = len(self.learners.told), self.killer.kills.total()
        self.say(f"{fault.name}: {spoilt} requests spoilt; {told} learners told, {kills} kills")
        # No hours pass here: what failed meets the next fault, too.
        time.sleep(self.plan.calm_seconds)

    def _enough(self, spoilt: int) -> float:
        """Return how long the present fault has to last."""
        if not self.around.lms.switches.are_set:
            return self.plan.fault_seconds
        return self.plan.least_seconds if spoilt else self.plan.most_seconds

    def _part(self) -> tuple[int, int]:
        """Return which part of what happens to all happens here, and how many parts there are."""
        combinations = self.plan.combinations
        if not self.plan.is_dealt_out or self.combination not in combinations:
            return 0, 1
        return combinations.index(self.combination), len(combinations)

    def _wait_for_pages(self) -> None:
        """Return once somebody answers."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self.learners.can_see(self.programs.environment["THROUGHLINE_PUBLIC_URL"]):
            if time.monotonic() > until:
                raise TimeoutError("the tool's pages do not come up")
            time.sleep(_GLANCE_SECONDS)

    def _calm_down(self) -> None:
        """Let time pass until every cell is sent; where the tool waits for a person, be one."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while unsent := [one for one in self.time.states().values() if one[0] != SETTLED]:
            if time.monotonic() > until:
                return
            if all(state == "held" for state, _ in unsent):
                if self.asked:
                    return
                self.asked.update(reason for _, reason in unsent)
                self._ask_again()
            self.time.pass_by()
            time.sleep(_LOOK_SECONDS)

    def _ask_again(self) -> None:
        """Do what an operator does about grades that are held."""
        self.say(f"held, so an operator runs `throughline grades retry`: {dict(self.asked)}")
        subprocess.run(
            [sys.executable, "-m", "lti_app", "grades", "retry"],
            env=self.programs.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _judge(self) -> Verdict:
        lms = self.around.lms
        known = self.time.states()
        states = {
            name: known[lms.subject(name)] for name in self.usernames if lms.subject(name) in known
        }
        return read_cells(
            lms,
            lms.activity(ACTIVITY, COURSE),
            self.usernames,
            self.learners.told,
            {name: " ".join(filter(None, state)) for name, state in states.items()},
        )


@contextmanager
def open_storm(
    plan: Plan, combination: Combination, seed: int, say: Say, logs: Path
) -> Iterator[Storm]:
    """Start everything that chaos happens to, and end it afterwards.

    Args:
        plan: how much happens.
        combination: with which LMS and database.
        seed: of chance.
        say: is told what happens.
        logs: folder where the programs write theirs.

    Raises:
        MissingProgram: the database's or the broker's program is not installed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="throughline-chaos-")))
        server = stack.enter_context(DATABASES[combination.database](folder))
        # SQLite wants one worker on one machine: there is nobody to wake by a broker.
        has_broker = plan.has_celery and combination.database != "sqlite"
        broker = stack.enter_context(open_broker()) if has_broker else None
        port = free_port()
        lms = Sandbox.demo(
            f"http://{LMS_HOST}:0", f"http://{TOOL_HOST}:{port}", profile=combination.lms
        )
        usernames = _enrol(lms, plan.learners)
        around = Surroundings(lms, serve(lms), server, broker, plan.away_seconds)
        stack.callback(around.stop_lms)
        _prepare(server.url, lms)
        kill_folder = folder / "kill"
        kill_folder.mkdir()
        environment = os.environ | {
            "THROUGHLINE_DATABASE_URL": server.url,
            "THROUGHLINE_SECRET_KEY": secrets.token_urlsafe(32),
            "THROUGHLINE_PUBLIC_URL": f"http://{TOOL_HOST}:{port}",
            "THROUGHLINE_ALLOW_PRIVATE_NETWORKS": "1",
            killable.FOLDER_VARIABLE: str(kill_folder),
        }
        if broker:
            environment["THROUGHLINE_BROKER_URL"] = broker.url
        programs = Programs(commands(port, with_celery=has_broker), environment, logs)
        passing_time = PassingTime(server.url, lms)
        killer = Killer(programs, passing_time, server, kill_folder, dice(seed, "kills"))
        stack.enter_context(programs.running())
        learners = Learners(lms, dice(seed, "learners"))
        yield Storm(
            plan,
            combination,
            seed,
            around=around,
            programs=programs,
            killer=killer,
            time=passing_time,
            learners=learners,
            usernames=usernames,
            say=say,
        )


def _enrol(lms: Sandbox, count: int) -> list[str]:
    course = next(one for one in lms.courses.values() if one.full_name == COURSE)
    usernames = [f"learner{number}" for number in range(1, count + 1)]
    for number, username in enumerate(usernames, 1):
        lms.add_person(username, "Learner", str(number))
        lms.enrol(course, username)
    return usernames


def _prepare(database_url: str, lms: Sandbox) -> None:
    upgrade(database_url)
    database = Database(database_url)
    register(database, lms)
    database.dispose()
