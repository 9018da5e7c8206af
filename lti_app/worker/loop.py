"""The worker: sends grades as they come up, reads what is asked for, does what is due by the clock.

Grades come first, and wait for nothing else: gradebooks and rosters are read by threads of their
own, as an LMS may take a minute for each page, and so is done what is due by the clock, which may
wait for a mail server.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from lti_app.services.reconciliations import run_requested
from lti_app.services.rosters import read_due
from lti_app.services.runtime import Runtime
from lti_app.worker.jobs import run_due_jobs
from lti_app.worker.score_delivery import open_dispatcher

_IDLE_SECONDS = 0.7
#: How many gradebooks and rosters are read at a time: an LMS that drips keeps one reader for a
#: minute, and then it is left alone for a while.
_READERS = 4
#: Readers wait for grades that are on their way, but no longer than this for each page.
_COURTESY_SECONDS = 10.0
#: A database that is just restarting is asked less often.
_TROUBLED_SECONDS = 5.0
_LOOK_FOR_JOBS_EVERY = 15.0
_log = structlog.get_logger()


def run(runtime: Runtime, stop: Event) -> None:
    """Work until `stop` is set; what is under way is finished first.

    Args:
        runtime: what the process holds.
        stop: set by a signal, or by whoever started the thread.
    """
    _log.info("worker_started")
    is_quiet = Event()
    with (
        _doing_jobs(runtime),
        _reading(runtime, is_quiet),
        open_dispatcher(runtime) as dispatcher,
    ):
        while not stop.is_set():
            taken = _try(dispatcher.turn, "deliver")
            if taken is None:
                stop.wait(_TROUBLED_SECONDS)
            elif taken or dispatcher.is_busy:
                is_quiet.clear()
            else:
                is_quiet.set()
                stop.wait(_IDLE_SECONDS)
    _log.info("worker_stopped")


@contextmanager
def _reading(runtime: Runtime, is_quiet: Event) -> Iterator[None]:
    """Read gradebooks and rosters until the block ends, and finish what is being read.

    Args:
        runtime: what the process holds.
        is_quiet: set while no grade is on its way.
    """
    over = Event()

    def read(number: int) -> None:
        # Together they look as often as one alone would, one after the other.
        over.wait(_IDLE_SECONDS * number)
        while not over.is_set():
            is_quiet.wait(_COURTESY_SECONDS)
            taken = _try(lambda: run_requested(runtime), "reconcile")
            if not taken:
                taken = _try(lambda: read_due(runtime), "roster")
            if taken is None:
                over.wait(_TROUBLED_SECONDS)
            elif not taken:
                over.wait(_IDLE_SECONDS * _READERS)

    readers = [
        Thread(target=read, args=(number,), name=f"reader-{number}") for number in range(_READERS)
    ]
    for reader in readers:
        reader.start()
    try:
        yield
    finally:
        over.set()
        is_quiet.set()
        for reader in readers:
            reader.join()


@contextmanager
def _doing_jobs(runtime: Runtime) -> Iterator[None]:
    """Look for due jobs until the block ends, and finish the batch that is under way."""
    over = Event()

    def look() -> None:
        while not over.is_set():
            _try(lambda: run_due_jobs(runtime, over), "jobs")
            over.wait(_LOOK_FOR_JOBS_EVERY)

    thread = Thread(target=look, name="jobs")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _try(job: Callable[[], int], name: str) -> int | None:
    """Do a job; None if it failed."""
    try:
        return job()
    except Exception:  # noqa: BLE001 (logged; the worker goes on)
        # A worker outlives what it depends on: a database that is away comes back.
        _log.exception("job_failed", job=name)
        return None
