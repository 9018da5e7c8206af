"""Lets activities do what is due: what they have promised for a time that has come."""

import structlog

from lti_app import clock
from lti_app.activity import HasDueWork, catalogue
from lti_app.services.jobs import Run, RunOver
from lti_app.store.session import transaction

_AT_ONCE = 100
_log = structlog.get_logger()


class DueWorkFailed(Exception):
    """Some activities could not do what is due; the log says which."""


def do_due_work(run: Run) -> int:
    """Let every activity do what is due; returns how much was done.

    Raises:
        DueWorkFailed: after all the others were done.
    """
    done, failed = 0, False
    for key, activity in catalogue().items():
        if not isinstance(activity, HasDueWork):
            continue
        try:
            done += _do(run, activity)
        except RunOver:
            raise
        except Exception:  # noqa: BLE001 (a fault of one plugin must not stop the others)
            _log.exception("due_work_failed", activity=key)
            failed = True
    if failed:
        raise DueWorkFailed
    return done


def _do(run: Run, activity: HasDueWork) -> int:
    done = 0
    while True:
        run.keep()
        with transaction(run.runtime.database):
            count = activity.due_work(clock.now(), _AT_ONCE)
        done += count
        if count < _AT_ONCE:
            return done
