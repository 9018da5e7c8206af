"""The tool's periodic work: repairs every night, and deleting what has had its time."""

from datetime import timedelta
from threading import Event

from lti_app import clock
from lti_app.clock import real_now
from lti_app.services import imports, launch_outcomes
from lti_app.services.due_work import do_due_work
from lti_app.services.invites import purge_invites, purge_requests
from lti_app.services.jobs import Job, Run, every, nightly, run_due
from lti_app.services.linking import purge_unlinked
from lti_app.services.links import purge_tokens
from lti_app.services.logins import purge_logins
from lti_app.services.long_waits import tell_who_waits
from lti_app.services.mails import purge_mails
from lti_app.services.pair_clock import settle_pairs
from lti_app.services.repair import repair_completions
from lti_app.services.retention import (
    purge_attempts,
    purge_audit,
    purge_notices,
    purge_reconciliations,
)
from lti_app.services.rosters import ask_for_stale
from lti_app.services.runtime import Runtime
from lti_app.services.sign_in_links import purge_links
from lti_app.services.visits import purge_visits
from lti_app.services.waiting_grades import tell_of_waiting_grades
from lti_app.store.session import transaction
from lti_app.worker.mailing import send_mail, write_digests


def purge_short_lived(run: Run) -> int:
    """Delete logins, links and visits that are long over, and registrations never confirmed."""
    now = real_now()
    purges = (purge_logins, purge_links, purge_visits, purge_requests)
    with transaction(run.runtime.database):
        return sum(purge(now) for purge in purges) + launch_outcomes.trim()


def purge_history(run: Run) -> int:
    """Delete old attempts, readings, launches, notices and the like, by the rules of retention."""
    deleted = 0
    for purge, now in (
        (purge_attempts, real_now),
        (purge_reconciliations, real_now),
        (purge_invites, real_now),
        (launch_outcomes.purge, real_now),
        (purge_notices, clock.now),
        (purge_mails, clock.now),
        (purge_tokens, real_now),
        (purge_audit, clock.now),
        (purge_unlinked, clock.now),
        (imports.purge, clock.now),
    ):
        run.keep()
        with transaction(run.runtime.database):
            deleted += purge(now())
    return deleted


def refresh_rosters(run: Run) -> int:
    """Have the rosters of all courses in use read; the workers then do it page by page."""
    with transaction(run.runtime.database):
        return ask_for_stale()


JOBS = (
    Job("read_imports", every(timedelta(seconds=10)), imports.read_waiting),
    Job("send_mail", every(timedelta(seconds=30)), send_mail),
    Job("write_digests", every(timedelta(hours=1)), write_digests),
    Job("settle_pairs", every(timedelta(minutes=10)), settle_pairs),
    Job("do_due_work", every(timedelta(hours=1)), do_due_work),
    Job("purge_short_lived", every(timedelta(minutes=5)), purge_short_lived),
    Job("purge_history", nightly(1), purge_history),
    Job("repair_completions", nightly(2), repair_completions),
    Job("refresh_rosters", nightly(3), refresh_rosters),
    Job("tell_who_waits", nightly(4), tell_who_waits),
    Job("tell_of_waiting_grades", nightly(5), tell_of_waiting_grades),
)


def run_due_jobs(runtime: Runtime, stop: Event | None = None) -> int:
    """Do what is due and what nobody else is at, until `stop` is set; returns how many jobs ran."""
    return run_due(runtime, JOBS, stop)
