"""Runs periodic work under a lease in the database: one runner, however many hosts there are.

A job that was due while nothing ran is done once as soon as something runs. A runner that dies
loses its lease, and the next one begins again: so a job does its work in short transactions, each
of which may be repeated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import structlog

from lti_app import clock
from lti_app.clock import real_now
from lti_app.services.runtime import Runtime
from lti_app.store import jobs as store
from lti_app.store.session import transaction

#: Outlasts one batch of any job.
LEASE = timedelta(minutes=5)
_LONGEST_FAULT = 80
_AFTER_A_FAILURE = timedelta(minutes=10)
_log = structlog.get_logger()


class RunOver(Exception):
    """Nothing more is to be done in this run; whoever meets this stops."""


class LeaseLost(RunOver):
    """Somebody else does the job by now."""


class RunStopped(RunOver):
    """The process is to end; the job is due again at once, for whoever runs then."""


@dataclass(frozen=True)
class Run:
    """One run of a job, as its work sees it.

    Attributes:
        covered_at: the product's time at the start of the last run that was done, or None.
        stop: set when the process is to end.
    """

    runtime: Runtime
    name: str
    lease: UUID
    covered_at: datetime | None
    stop: Event | None = None

    def keep(self) -> None:
        """Say that the run is alive; to be called between batches, outside transactions.

        Raises:
            LeaseLost: it took too long, and somebody else has begun.
            RunStopped: the process is to end.
        """
        if self.stop is not None and self.stop.is_set():
            raise RunStopped
        with transaction(self.runtime.database):
            if not store.keep(self.name, self.lease, real_now() + LEASE):
                raise LeaseLost


@dataclass(frozen=True)
class Job:
    """Periodic work.

    Attributes:
        name: under which its state is kept.
        next_due: from the moment of a run, when the next one is due.
        work: does it, outside transactions; returns how many rows it changed.
    """

    name: str
    next_due: Callable[[datetime], datetime]
    work: Callable[[Run], int]


def every(pause: timedelta) -> Callable[[datetime], datetime]:
    """Return the rule "this long after the last run"."""
    return lambda now: now + pause


def nightly(hour: int) -> Callable[[datetime], datetime]:
    """Return the rule "once a day, at this hour in UTC"."""

    def next_due(now: datetime) -> datetime:
        today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)

    return next_due


def run_due(runtime: Runtime, jobs: Sequence[Job], stop: Event | None = None) -> int:
    """Do the jobs that are due and that nobody else is at; returns how many ran.

    Args:
        runtime: what the process holds.
        jobs: in the order in which they are done.
        stop: set when the process is to end; a run stops at the end of its batch.
    """
    with transaction(runtime.database, read_only=True):
        due = store.list_due([job.name for job in jobs], real_now())
    return sum(_run(runtime, job, stop) for job in jobs if job.name in due)


def _run(runtime: Runtime, job: Job, stop: Event | None) -> bool:
    if stop is not None and stop.is_set():
        return False
    now = real_now()
    with transaction(runtime.database):
        lease = store.claim(job.name, now, now + LEASE)
        row = store.find_job(job.name)
        covered_at = row.covered_at if row else None
    if lease is None:
        return False
    begun_at = clock.now()
    try:
        changed = job.work(Run(runtime, job.name, lease, covered_at, stop))
    except LeaseLost:
        _log.warning("job_lost", job=job.name)
        return True
    except RunStopped:
        _break_off(runtime, job, lease, outcome="stopped", due_at=real_now())
        return True
    except Exception as fault:  # noqa: BLE001 (logged and noted; the others are not to blame)
        _log.exception("job_failed", job=job.name)
        name = type(fault).__name__[:_LONGEST_FAULT]
        due_at = real_now() + _AFTER_A_FAILURE
        _break_off(runtime, job, lease, outcome="failed", fault=name, due_at=due_at)
        return True
    with transaction(runtime.database):
        store.finish(
            job.name,
            lease,
            outcome="done",
            fault=None,
            finished_at=real_now(),
            changed=changed,
            covered_at=begun_at,
            due_at=job.next_due(real_now()),
        )
    if changed:
        _log.info("job_done", job=job.name, changed=changed)
    return True


def _break_off(runtime: Runtime, job: Job, lease: UUID, **values: object) -> None:
    with transaction(runtime.database):
        store.finish(job.name, lease, finished_at=real_now(), **values)
