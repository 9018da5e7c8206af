"""Work by the clock: when each job last ran, what came of it, and when it runs next."""

from collections.abc import Mapping
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.clock import real_now
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.store.jobs import list_jobs
from lti_app.web.admin.pages import blueprint
from lti_app.web.guards import requires
from lti_app.web.translation import lazy_gettext

#: Name of a job → what it does; the worker's list is compared with this one by a test.
JOBS: Final[Mapping[str, LazyString]] = {
    "send_mail": lazy_gettext("Sends the mail that is due"),
    "write_digests": lazy_gettext("Writes the weekly summaries that are due"),
    "do_due_work": lazy_gettext("Does what activities have promised for a time that has come"),
    "settle_pairs": lazy_gettext(
        "Ends offers and pauses whose time is over, and reminds of offers and goals"
    ),
    "tell_who_waits": lazy_gettext("Tells people who have waited for a pair for two weeks why"),
    "purge_short_lived": lazy_gettext("Deletes logins, links and visits that are over"),
    "purge_history": lazy_gettext("Deletes history that has had its time"),
    "refresh_rosters": lazy_gettext("Reads anew who is in the courses that are in use"),
    "repair_completions": lazy_gettext("Asks every activity again how far people are"),
    "read_imports": lazy_gettext("Reads long tables that the programme teams sent"),
    "tell_of_waiting_grades": lazy_gettext("Tells staff of grades that have waited for a day"),
}


def job_name(name: str) -> str:
    """Return what a job does, in words; by its name where there are none."""
    return str(JOBS.get(name, name))


@blueprint.get("/jobs")
@requires(Action.READ, Kind.OPERATION, of=Reach.TOOL)
def jobs() -> ResponseReturnValue:
    """List the jobs."""
    now = real_now()
    return render_template(
        "admin/jobs.html",
        jobs=[(job, job_name(job.name)) for job in list_jobs()],
        now=now,
    )
