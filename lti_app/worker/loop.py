"""The worker: sends grades as they come up, reads what is asked for, does what is due by the clock.

Grades come first: gradebooks and rosters are read while nothing is to be sent.
"""

from collections.abc import Callable
from threading import Event
from time import monotonic

import structlog

from lti_app.services.reconciliations import run_requested
from lti_app.services.rosters import read_due
from lti_app.services.runtime import Runtime
from lti_app.worker.jobs import run_due_jobs
from lti_app.worker.score_delivery import open_dispatcher

_IDLE_SECONDS = 0.7
#: A database that is just restarting is asked less often.
_TROUBLED_SECONDS = 5.0
_LOOK_FOR_JOBS_EVERY = 30.0
_log = structlog.get_logger()


def run(runtime: Runtime, stop: Event) -> None:
    """Work until `stop` is set; what is under way is finished first.

    Args:
        runtime: what the process holds.
        stop: set by a signal, or by whoever started the thread.
    """
    _log.info("worker_started")
    look_at = monotonic()
    with open_dispatcher(runtime) as dispatcher:
        while not stop.is_set():
            if monotonic() >= look_at:
                look_at = monotonic() + _LOOK_FOR_JOBS_EVERY
                _try(lambda: run_due_jobs(runtime), "jobs")
            taken = _try(dispatcher.turn, "deliver")
            if taken == 0 and not dispatcher.is_busy:
                taken = _try(lambda: run_requested(runtime), "reconcile")
            if taken == 0 and not dispatcher.is_busy:
                taken = _try(lambda: read_due(runtime), "roster")
            if taken is None:
                stop.wait(_TROUBLED_SECONDS)
            elif not taken and not dispatcher.is_busy:
                stop.wait(_IDLE_SECONDS)
    _log.info("worker_stopped")


def _try(job: Callable[[], int], name: str) -> int | None:
    """Do a job; None if it failed."""
    try:
        return job()
    except Exception:  # noqa: BLE001 (logged; the worker goes on)
        # A worker outlives what it depends on: a database that is away comes back.
        _log.exception("job_failed", job=name)
        return None
