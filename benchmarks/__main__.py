"""`make bench`: grades sent by the tool beside the floor, as ratios of one and the same run."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import floor, outbox
from lti_app import logs
from lti_app.domain.launch import Family
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.migrations import upgrade
from lti_app.worker.score_delivery import deliver_due

ANSWER_SECONDS = 0.02
ROUNDS = 5
GRADES = 1_000
MANY = 20_000
#: As many as the floor has connections; what a real LMS gets is less (`worker.dispatcher`).
PARALLEL = dict.fromkeys(Family, floor.CONNECTIONS)


def main() -> None:
    """Run everything and print it."""
    # The lines of the log are made, as always, and thrown away.
    logs.configure(_Nowhere(), json=True)
    with lms() as port:
        compare(port)
        grow(port)


def compare(port: int) -> None:
    """Send 1,000 grades by turns raw and through the tool."""
    say(f"{GRADES:,} grades, an LMS that answers after {ANSWER_SECONDS * 1000:.0f} ms")
    say("round   floor    tool   ratio")
    ratios = []
    with tool(port, GRADES) as runtime:
        for number in range(ROUNDS):
            outbox.make_due(runtime)
            raw = seconds_of(lambda: floor.post_all(port, GRADES))
            ours = seconds_of(lambda: send(runtime, GRADES))
            ratios.append(ours / raw)
            say(f"{number + 1:5}  {raw:5.2f} s {ours:5.2f} s  {ours / raw:5.2f}")
    say(f"ratio: min {min(ratios):.2f}, median {median(ratios):.2f}, max {max(ratios):.2f}")


def grow(port: int) -> None:
    """Send 20,000 grades in one go, and look at time and memory after each twentieth."""
    part = MANY // 20
    say(f"\n{MANY:,} grades: seconds and memory of each {part:,}")
    with tool(port, MANY) as runtime:
        first, base = 0.0, 0.0
        for number in range(20):
            took = seconds_of(lambda: send(runtime, part))
            memory = resident_megabytes()
            first, base = first or took, base or memory
            say(
                f"{(number + 1) * part:6,}  {took:5.2f} s ({took / first:4.2f} of the first)"
                f"  {memory:6.1f} MB ({memory - base:+.1f})"
            )
        if unsent := outbox.count_unsent(runtime):
            raise SystemExit(f"{unsent} grades were not sent")


def send(runtime: Runtime, count: int) -> None:
    """Let the tool send so many grades."""
    if deliver_due(runtime, count, PARALLEL) != count:
        raise SystemExit("the tool did not send everything")


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
def tool(port: int, learners: int) -> Iterator[Runtime]:
    """Open the tool on a database of its own where so many grades are due."""
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
            outbox.fill(runtime, f"http://127.0.0.1:{port}", learners)
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
