"""`make bench`: grades sent by the tool beside the floor, as ratios of one and the same run."""

import gc
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks import floor, outbox
from lti_app import logs
from lti_app.domain.launch import Family
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.migrations import upgrade
from lti_app.worker.dispatcher import PARALLEL
from lti_app.worker.score_delivery import deliver_due

ANSWER_SECONDS = 0.02
ROUNDS = 5
GRADES = 1_000
CLASSES = 20


@dataclass(frozen=True)
class Case:
    """A kind of LMS, and how it is called.

    Attributes:
        connections: as many calls at a time the tool is allowed, and the floor too.
        looks: the rules want a look into the cell for each post: before it, or (a first post to
            Canvas) after it. Moodle's column is read once for all.
    """

    name: str
    family: Family
    connections: int
    looks: bool


#: The tool's own limits are lower (`worker.dispatcher`); the last case is Moodle as it is called.
CASES = (
    Case("Moodle, 32 at a time", Family.MOODLE, floor.CONNECTIONS, looks=False),
    Case("others, 32 at a time", Family.OTHER, floor.CONNECTIONS, looks=True),
    Case("Canvas, 32 at a time", Family.CANVAS, floor.CONNECTIONS, looks=True),
    Case("Moodle, 4 at a time", Family.MOODLE, PARALLEL[Family.MOODLE], looks=False),
)


def main() -> None:
    """Run everything and print it."""
    # The lines of the log are made, as always, and thrown away.
    logs.configure(_Nowhere(), json=True)
    # As `throughline worker` does.
    gc.freeze()
    with lms() as port:
        compare(port)
        grow(port)


def compare(port: int) -> None:
    """Send 1,000 grades by turns raw and through the tool, to each kind of LMS."""
    say(f"{GRADES:,} grades, an LMS that answers after {ANSWER_SECONDS * 1000:.0f} ms")
    say("posts: the floor that only posts; calls: the floor that makes the calls the rules want")
    with tool(port, 1) as runtime:
        for case in CASES:
            say(f"\n{case.name:22}  posts   calls    tool   tool/posts  tool/calls")
            rounds = [run_round(port, runtime, case, number) for number in range(ROUNDS)]
            for name, ratios in zip(("posts", "calls"), zip(*rounds, strict=True), strict=True):
                say(
                    f"  tool/{name}: min {min(ratios):.2f}, median {median(ratios):.2f},"
                    f" max {max(ratios):.2f}"
                )


def run_round(port: int, runtime: Runtime, case: Case, number: int) -> tuple[float, float]:
    """Let the floors and the tool send once each; returns the two ratios."""
    outbox.make_due(runtime, case.family)
    reset(port)
    posts = seconds_of(lambda: floor.call_all(port, GRADES, case.connections))
    calls = posts
    if case.looks:
        calls = seconds_of(lambda: floor.call_all(port, GRADES, case.connections, looks=True))
    reset(port)
    ours = seconds_of(lambda: send(runtime, GRADES, case.family, case.connections))
    counts = reset(port)
    say(
        f"  round {number + 1}             {posts:5.2f} s {calls:5.2f} s {ours:5.2f} s"
        f"  {ours / posts:9.2f}  {ours / calls:10.2f}"
        f"   ({counts['scores']} posts, {counts['results']} looks, {counts['token']} token)"
    )
    return ours / posts, ours / calls


def grow(port: int) -> None:
    """Send the grades of twenty classes, and look at time and memory after each."""
    say(f"\n{CLASSES * GRADES:,} grades: seconds, and processor and memory of each {GRADES:,}")
    with tool(port, CLASSES) as runtime:
        reset(port)
        first, base = 0.0, 0.0
        for number in range(CLASSES):
            before = process_time()
            took = seconds_of(lambda: send(runtime, GRADES, Family.MOODLE, floor.CONNECTIONS))
            # Others on the same machine change how long it takes, and hardly how much is done.
            work, memory = process_time() - before, resident_megabytes()
            first, base = first or work, base or memory
            say(
                f"{(number + 1) * GRADES:6,}  {took:5.2f} s"
                f"  {work:5.2f} s of processor ({work / first:4.2f} of the first)"
                f"  {memory:6.1f} MB ({memory - base:+.1f})"
            )
        if unsent := outbox.count_unsent(runtime):
            raise SystemExit(f"{unsent} grades were not sent")


def send(runtime: Runtime, count: int, family: Family, connections: int) -> None:
    """Let the tool send so many grades."""
    if deliver_due(runtime, count, {family: connections}) != count:
        raise SystemExit("the tool did not send everything")


def reset(port: int) -> Counter[str]:
    """Empty the gradebook; returns how often each service was called since the last time."""
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/reset")
        return Counter(json.loads(connection.getresponse().read()))


def seconds_of(job: Callable[[], None]) -> float:
    """Return how long a job takes."""
    began = perf_counter()
    job()
    return perf_counter() - began


def resident_megabytes() -> float:
    """Return how much memory this process occupies."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1_000_000


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def lms() -> Iterator[int]:
    """Run the LMS in a process of its own; yields its port."""
    command = [sys.executable, "-m", "benchmarks.lms", str(ANSWER_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (ours)
        try:
            if process.stdout is None:
                raise SystemExit("the LMS says nothing")
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def tool(port: int, classes: int) -> Iterator[Runtime]:
    """Open the tool on a database of its own where the grades of so many classes are due."""
    with outbox.new_database() as url:
        upgrade(url)
        settings = Settings(
            database_url=url,
            secret_keys=("only-for-the-bench-0123456789abcdefgh",),
            public_url="http://127.0.0.1:5000",
            allow_private_networks=True,
        )
        runtime = open_runtime(settings)
        try:
            outbox.fill(runtime, f"http://127.0.0.1:{port}", GRADES, classes)
            yield runtime
        finally:
            runtime.database.dispose()


class _Nowhere(StringIO):
    """Takes log lines and keeps none."""

    def write(self, text: str) -> int:
        """Forget a line."""
        return len(text)


if __name__ == "__main__":
    main()
