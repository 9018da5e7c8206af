"""Tells a course's staff of grades that wait for them: once, and again only if there are more.

A grade is told of when it has waited for a day: what an LMS refuses in the evening and takes in the
morning is nobody's business. An older notice of the same activity goes when a newer one comes, or
when nothing waits any more.
"""

from datetime import timedelta
from uuid import UUID

from lti_app.clock import now, real_now
from lti_app.services.jobs import Run
from lti_app.services.notice_kinds import GRADES_WAIT
from lti_app.services.notices import notify
from lti_app.store import waiting_grades as store
from lti_app.store.session import transaction
from lti_app.store.waiting_grades import WaitingRow

PATIENCE = timedelta(days=1)
_AT_ONCE = 100


def tell_of_waiting_grades(run: Run) -> int:
    """Write a notice to everybody for whom more grades wait than they know of; returns how many."""
    with transaction(run.runtime.database, read_only=True):
        waiting = store.list_waiting(real_now() - PATIENCE)
        unread = store.list_unread(GRADES_WAIT.key)
    told: set[tuple[UUID, UUID]] = set()
    for start in range(0, len(waiting), _AT_ONCE):
        run.keep()
        with transaction(run.runtime.database):
            batch = waiting[start : start + _AT_ONCE]
            told |= {(row[0], row[1]) for row in batch if _tell(row)}
    still = {(row[0], row[1]) for row in waiting} - told
    out_of_date = [one.id for one in unread if (one.activity_id, one.person_id) not in still]
    with transaction(run.runtime.database):
        store.delete_unread(out_of_date)
    return len(told)


def _tell(row: WaitingRow) -> bool:
    activity_id, person_id, count, newest = row
    last = store.last_told(person_id, GRADES_WAIT.key, activity_id)
    if last is not None and newest + PATIENCE <= last:
        return False
    today = now().date()
    return notify(
        person_id,
        GRADES_WAIT.key,
        about=(activity_id, today),
        activity_id=activity_id,
        count=count,
    )
