"""The worker's jobs as Celery tasks, for many hosts; needs the extra `scale` and a broker.

The outbox in the database is the only truth: a task says no more than "look whether something is
due". Beat says so every second, so a broker that loses everything delays a grade by a second.
"""

import os
from functools import cache

from celery import Celery
from celery.signals import setup_logging
from kombu.transport.redis import Channel as RedisChannel

from lti_app import logs
from lti_app.services.reconciliations import run_requested
from lti_app.services.rosters import read_due
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import SettingsError, from_environment
from lti_app.worker.jobs import run_due_jobs
from lti_app.worker.score_delivery import deliver_due

#: A task that finds work goes on until none is left, or this much is done.
_CELLS = 5_000
_PAGES = 20
_LOOK_SECONDS = 1.0
_JOBS_SECONDS = 30.0


def _broker_url() -> str:
    url = from_environment(os.environ).broker_url
    if url is None:
        raise SettingsError("THROUGHLINE_BROKER_URL is not set")
    return url


# When it loses a Redis, kombu tries to give back to it what waits here, has no connection to do so
# any more, and the worker ends ("Unrecoverable error"). Nothing has to be given back: the next task
# says the same.
RedisChannel.do_restore = False

app = Celery("throughline", broker=_broker_url())
app.conf.update(
    task_default_queue="throughline",
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    # In memory: what beat did before it was started again does not matter.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        # Nobody needs to be woken up twice: what was not taken in time is thrown away.
        "deliver": {
            "task": "throughline.deliver",
            "schedule": _LOOK_SECONDS,
            "options": {"expires": 10},
        },
        "jobs": {
            "task": "throughline.jobs",
            "schedule": _JOBS_SECONDS,
            "options": {"expires": _JOBS_SECONDS},
        },
    },
)


@setup_logging.connect
def _configure_logs(**_: object) -> None:
    logs.configure()


@cache
def _runtime() -> Runtime:
    # At the first task, so after Celery has forked: processes must not share connections.
    return open_runtime(from_environment(os.environ))


@app.task(name="throughline.deliver")
def deliver() -> None:
    """Send the grades that are due; with none left, read a gradebook or rosters."""
    if not deliver_due(_runtime(), _CELLS) and not run_requested(_runtime()):
        for _ in range(_PAGES):
            if not read_due(_runtime()):
                break


@app.task(name="throughline.jobs")
def jobs() -> None:
    """Do the periodic work that is due; a lease in the database keeps it to one host."""
    run_due_jobs(_runtime())
