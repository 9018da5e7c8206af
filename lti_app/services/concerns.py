"""What needs an administrator's attention, the most urgent first; nothing when all is well."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lti_app.domain.delivery import DeliveryState
from lti_app.domain.lms_health import Condition
from lti_app.services import grade_sync, signing_keys
from lti_app.services.grade_sync import GradeSync
from lti_app.store import jobs
from lti_app.store import operation as store
from lti_app.store.encryption import Cipher
from lti_app.store.registrations import Registration

#: Some job is due every five minutes; when none has begun for so long, no worker runs.
_WORKER_SILENT_AFTER = timedelta(minutes=15)


class Matter(StrEnum):
    """What a concern is about."""

    NO_PLATFORM = "no_platform"
    KEY_UNREADABLE = "key_unreadable"
    NO_WORKER = "no_worker"
    JOB_FAILED = "job_failed"
    DEPLOYMENTS_PENDING = "deployments_pending"
    LMS_FAILING = "lms_failing"
    GRADES_REFUSED = "grades_refused"
    GRADES_LATE = "grades_late"
    NO_MAIL = "no_mail"


@dataclass(frozen=True)
class Concern:
    """One matter that does not settle itself.

    Attributes:
        registration: the LMS that it is about.
        job: name of the job that it is about.
        count: how many things it is about.
        reason: code of the last answer of an LMS.
        at: when the tool tries again by itself, or since when something waits.
    """

    matter: Matter
    registration: Registration | None = None
    job: str | None = None
    count: int = 1
    reason: str | None = None
    at: datetime | None = None


def find_concerns(cipher: Cipher, now: datetime, *, has_mail: bool) -> list[Concern]:
    """Return what needs attention.

    Args:
        cipher: of the tool; whether it opens the signing key is one of the questions.
        now: the moment.
        has_mail: the settings name a mail server.
    """
    mail = [] if has_mail else [Concern(Matter.NO_MAIL)]
    return [*_of_the_tool(cipher, now), *_of_jobs(), *_of_platforms(now), *mail]


def _of_the_tool(cipher: Cipher, now: datetime) -> Iterator[Concern]:
    if not any(key.is_signing and key.is_usable for key in signing_keys.facts(cipher)):
        yield Concern(Matter.KEY_UNREADABLE)
    begun = [job.started_at for job in jobs.list_jobs() if job.started_at is not None]
    if not begun or max(begun) < now - _WORKER_SILENT_AFTER:
        yield Concern(Matter.NO_WORKER, at=max(begun, default=None))
    if not store.count_registrations():
        yield Concern(Matter.NO_PLATFORM)


def _of_jobs() -> Iterator[Concern]:
    for job in jobs.list_jobs():
        if job.outcome == "failed":
            yield Concern(Matter.JOB_FAILED, job=job.name, reason=job.fault, at=job.finished_at)


def _of_platforms(now: datetime) -> Iterator[Concern]:
    for registration, count in store.count_pending_deployments():
        yield Concern(Matter.DEPLOYMENTS_PENDING, registration, count=count)
    for sync in grade_sync.grade_syncs(now):
        if sync.registration.is_active:
            yield from _of_grades(sync)


def _of_grades(sync: GradeSync) -> Iterator[Concern]:
    report = sync.report
    if report.condition is not Condition.WORKING and report.reason != "low_budget":
        yield Concern(
            Matter.LMS_FAILING, sync.registration, reason=report.reason, at=report.paused_until
        )
    refused = sync.cells.get(DeliveryState.CONFIGURATION, 0)
    if refused:
        reasons = {
            reason: count
            for (state, reason), count in sync.reasons.items()
            if state is DeliveryState.CONFIGURATION
        }
        most = max(reasons, key=lambda reason: reasons[reason], default=None)
        yield Concern(Matter.GRADES_REFUSED, sync.registration, count=refused, reason=most)
    if sync.late:
        yield Concern(Matter.GRADES_LATE, sync.registration, count=sync.late, at=sync.oldest_at)
