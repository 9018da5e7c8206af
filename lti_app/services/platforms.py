"""LMSs: registering one by hand, approving and blocking its deployments, switching it off."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from lti_app.domain.errors import AppError, Conflict, NotFound
from lti_app.domain.launch import Family
from lti_app.lti.addresses import origin
from lti_app.services.organisations import organisation_called
from lti_app.services.visits import end_visits_of_deployment
from lti_app.store.audit import record_audit
from lti_app.store.registrations import (
    Deployment,
    Registration,
    find_deployment,
    find_registration,
)
from lti_app.store.session import db

_LONGEST_ID = 255
_LONGEST_URL = 2000
#: Names as DNS has them (others in their xn-- form), and IP addresses.
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


@dataclass(frozen=True)
class NewPlatform:
    """What an administrator copies from their LMS.

    Attributes:
        deployment_ids: active from the start; others become pending at their first launch.
        token_audience: audience of token requests where it is not `token_url`.
        organisation: its name; None for the default one.
    """

    issuer: str
    client_id: str
    auth_url: str
    token_url: str
    jwks_url: str
    deployment_ids: Sequence[str] = ()
    token_audience: str | None = None
    family: str = Family.OTHER.value
    organisation: str | None = None


class InvalidPlatform(AppError):
    """What was typed cannot be an LMS.

    Attributes:
        faults: one sentence per field, for the person who typed.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("invalid_platform", "; ".join(f"{k} {v}" for k, v in faults.items()))


def add_platform(
    given: NewPlatform, *, allow_private_networks: bool, by: UUID | None = None
) -> Registration:
    """Register an LMS.

    Args:
        given: what was typed.
        allow_private_networks: its addresses may be http.
        by: who does it; None for the command line.

    Raises:
        InvalidPlatform: naming every wrong field.
        NotFound: there is no organisation of this name.
        Conflict: issuer and client id are registered already.
    """
    if faults := find_faults(given, allow_private_networks=allow_private_networks):
        raise InvalidPlatform(faults)
    organisation = organisation_called(given.organisation)
    if find_registration(given.issuer, given.client_id):
        raise Conflict(detail="this issuer and client id are registered already")
    registration = Registration(
        organisation_id=organisation.id,
        issuer=given.issuer,
        client_id=given.client_id,
        auth_url=given.auth_url,
        token_url=given.token_url,
        jwks_url=given.jwks_url,
        token_audience=given.token_audience,
        family=given.family,
    )
    db().add(registration)
    db().flush()
    for deployment_id in dict.fromkeys(given.deployment_ids):
        db().add(
            Deployment(
                registration_id=registration.id, deployment_id=deployment_id, status="active"
            )
        )
    _note("add", "registration", registration, registration.id, by)
    return registration


def find_faults(given: NewPlatform, *, allow_private_networks: bool) -> dict[str, str]:
    """Return what is wrong with which field; empty where all is well (lti-rules.md R-7.9)."""
    addresses = {
        "issuer": given.issuer,
        "auth-url": given.auth_url,
        "token-url": given.token_url,
        "jwks-url": given.jwks_url,
    }
    found = {
        name: _address_fault(value, allow_private_networks=allow_private_networks)
        for name, value in addresses.items()
    }
    found["issuer"] = found["issuer"] or _issuer_fault(given.issuer)
    found["client-id"] = _id_fault(given.client_id)
    found["deployment"] = next(filter(None, map(_id_fault, given.deployment_ids)), None)
    if given.token_audience is not None and not given.token_audience.strip():
        found["audience"] = "is empty; leave it out to use the token address"
    if given.family not in set(Family):
        found["family"] = f"must be one of {', '.join(Family)}"
    return {name: fault for name, fault in found.items() if fault}


def set_deployment(
    issuer: str,
    client_id: str,
    deployment_id: str,
    *,
    is_active: bool,
    by: UUID | None = None,
) -> None:
    """Approve or block a deployment; blocking ends what is open in it.

    What is so already is not done again.

    Raises:
        NotFound: no such registration, or the deployment has neither been added nor launched.
    """
    registration = _get(issuer, client_id)
    deployment = find_deployment(registration.id, deployment_id)
    if deployment is None:
        raise NotFound(detail=f"deployment {deployment_id!r} has neither been added nor launched")
    status = "active" if is_active else "blocked"
    if deployment.status == status:
        return
    deployment.status = status
    if not is_active:
        end_visits_of_deployment(deployment.id)
    verb = "approve" if is_active else "block"
    _note(verb, "deployment", registration, deployment.id, by, deployment=deployment_id)


def set_platform(issuer: str, client_id: str, *, is_active: bool, by: UUID | None = None) -> None:
    """Switch a registration on or off; while off nobody gets in through it.

    What is so already is not done again.

    Raises:
        NotFound: no such registration.
    """
    registration = _get(issuer, client_id)
    if registration.is_active == is_active:
        return
    registration.is_active = is_active
    verb = "enable" if is_active else "disable"
    _note(verb, "registration", registration, registration.id, by)


def _note(
    verb: str,
    kind: str,
    registration: Registration,
    object_id: UUID,
    by: UUID | None,
    **facts: str,
) -> None:
    record_audit(
        registration.organisation_id,
        verb,
        kind,
        object_id,
        actor_id=by,
        detail={"issuer": registration.issuer, "client_id": registration.client_id, **facts},
    )


def _get(issuer: str, client_id: str) -> Registration:
    found = find_registration(issuer, client_id)
    if found is None:
        raise NotFound(detail="no LMS is registered with this issuer and client id")
    return found


def _address_fault(value: str, *, allow_private_networks: bool) -> str | None:
    if value != value.strip() or not value.isprintable() or len(value) > _LONGEST_URL:
        return "has blanks around it, control characters, or more than 2000 characters"
    if "#" in value:
        return "must have no fragment (#)"
    parts = urlsplit(value) if origin(value) else None
    if parts is None or not _HOST.fullmatch(parts.hostname or ""):
        return "is not a web address"
    if parts.scheme == "http" and not allow_private_networks:
        return "must be https (THROUGHLINE_ALLOW_PRIVATE_NETWORKS=1 allows http)"
    return None


def _issuer_fault(value: str) -> str | None:
    if urlsplit(value).query or len(value) > _LONGEST_ID:
        return "must have no query, and at most 255 characters"
    return None


def _id_fault(value: str) -> str | None:
    if not value or len(value) > _LONGEST_ID or not value.isprintable() or value != value.strip():
        return "must have 1 to 255 characters and no blanks around them"
    return None
