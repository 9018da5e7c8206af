"""The worker: sends grades as they come up, cleans up now and then, and stops politely."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from time import monotonic

import structlog

from lti_app.clock import real_now
from lti_app.services.logins import purge_logins
from lti_app.services.reconciliations import run_requested
from lti_app.services.runtime import Runtime
from lti_app.services.visits import purge_visits
from lti_app.store.session import transaction
from lti_app.worker.score_delivery import deliver_due

_IDLE_SECONDS = 0.7
#: A database that is just restarting is asked less often.
_TROUBLED_SECONDS = 5.0
_CLEAN_UP_EVERY = timedelta(minutes=5).total_seconds()
_log = structlog.get_logger()


def run(runtime: Runtime, stop: Event) -> None:
    """Work until `stop` is set; the round that is under way is finished first.

    Args:
        runtime: what the process holds.
        stop: set by a signal, or by whoever started the thread.
    """
    _log.info("worker_started")
    clean_at = monotonic()
    while not stop.is_set():
        if monotonic() >= clean_at:
            clean_at = monotonic() + _CLEAN_UP_EVERY
            _try(clean_up, runtime)
        taken = _try(deliver_due, runtime)
        if taken == 0:
            taken = _try(run_requested, runtime)
        if not taken:
            stop.wait(_TROUBLED_SECONDS if taken is None else _IDLE_SECONDS)
    _log.info("worker_stopped")


def clean_up(runtime: Runtime) -> int:
    """Delete logins and visits that are long over; returns how many."""
    with transaction(runtime.database):
        return purge_logins(real_now()) + purge_visits(real_now())


def _try(job: Callable[[Runtime], int], runtime: Runtime) -> int | None:
    """Do a job; None if it failed."""
    try:
        return job(runtime)
    except Exception:  # noqa: BLE001 (logged; the worker goes on)
        # A worker outlives what it depends on: a database that is away comes back.
        _log.exception("job_failed", job=job.__name__)
        return None
