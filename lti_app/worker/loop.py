"""The worker: sends grades as they come up, does what is due by the clock, stops politely."""

from collections.abc import Callable
from threading import Event
from time import monotonic

import structlog

from lti_app.services.reconciliations import run_requested
from lti_app.services.runtime import Runtime
from lti_app.worker.jobs import run_due_jobs
from lti_app.worker.score_delivery import deliver_due

_IDLE_SECONDS = 0.7
#: A database that is just restarting is asked less often.
_TROUBLED_SECONDS = 5.0
_LOOK_FOR_JOBS_EVERY = 30.0
_log = structlog.get_logger()


def run(runtime: Runtime, stop: Event) -> None:
    """Work until `stop` is set; the round that is under way is finished first.

    Args:
        runtime: what the process holds.
        stop: set by a signal, or by whoever started the thread.
    """
    _log.info("worker_started")
    look_at = monotonic()
    while not stop.is_set():
        if monotonic() >= look_at:
            look_at = monotonic() + _LOOK_FOR_JOBS_EVERY
            _try(run_due_jobs, runtime)
        taken = _try(deliver_due, runtime)
        if taken == 0:
            taken = _try(run_requested, runtime)
        if not taken:
            stop.wait(_TROUBLED_SECONDS if taken is None else _IDLE_SECONDS)
    _log.info("worker_stopped")


def _try(job: Callable[[Runtime], int], runtime: Runtime) -> int | None:
    """Do a job; None if it failed."""
    try:
        return job(runtime)
    except Exception:  # noqa: BLE001 (logged; the worker goes on)
        # A worker outlives what it depends on: a database that is away comes back.
        _log.exception("job_failed", job=job.__name__)
        return None
