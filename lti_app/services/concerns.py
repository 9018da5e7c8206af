"""What needs an administrator's attention, the most urgent first; nothing when all is well."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lti_app.store import operation as store
from lti_app.store.registrations import Registration


class Matter(StrEnum):
    """What a concern is about."""

    NO_PLATFORM = "no_platform"
    DEPLOYMENTS_PENDING = "deployments_pending"
    LMS_FAILING = "lms_failing"


@dataclass(frozen=True)
class Lms:
    """An LMS as administration names it."""

    id: UUID
    issuer: str
    client_id: str


@dataclass(frozen=True)
class Concern:
    """One matter that does not settle itself.

    Attributes:
        count: how many things it is about.
        reason: code of the last answer of an LMS.
        until: when the tool tries again by itself.
    """

    matter: Matter
    lms: Lms | None = None
    count: int = 1
    reason: str | None = None
    until: datetime | None = None


def find_concerns() -> list[Concern]:
    """Return what needs attention."""
    if not store.count_registrations():
        return [Concern(Matter.NO_PLATFORM)]
    pending = [
        Concern(Matter.DEPLOYMENTS_PENDING, name_of(registration), count)
        for registration, count in store.count_pending_deployments()
    ]
    failing = [
        Concern(
            Matter.LMS_FAILING,
            name_of(registration),
            reason=health.reason,
            until=health.paused_until,
        )
        for registration, health in store.list_failing()
    ]
    return [*pending, *failing]


def name_of(registration: Registration) -> Lms:
    """Return what administration calls a registration."""
    return Lms(registration.id, registration.issuer, registration.client_id)
