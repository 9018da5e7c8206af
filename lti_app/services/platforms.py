"""LMSs: registering one by hand, approving and blocking its deployments, switching it off."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from lti_app.domain.errors import AppError, Conflict, NotFound
from lti_app.domain.launch import Family
from lti_app.lti.addresses import origin
from lti_app.services.organisations import organisation_called
from lti_app.services.visits import end_visits_of_deployment
from lti_app.store.audit import record_audit
from lti_app.store.checks import latest_launch_scopes
from lti_app.store.registrations import (
    Deployment,
    Registration,
    find_deployment,
    find_registration,
    forget_what_is_cached,
    list_granted_scopes,
)
from lti_app.store.session import db, find_or_add

_LONGEST_ID = 255
#: What keys and tokens come from.
_ADDRESSES = frozenset({"auth_url", "token_url", "jwks_url", "token_audience"})
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


@dataclass(frozen=True)
class PlatformChange:
    """What may become different of a registration; issuer and client id are what it is."""

    auth_url: str
    token_url: str
    jwks_url: str
    token_audience: str | None
    family: str
    label: str | None
    auto_approve: bool


class Fault(StrEnum):
    """What can be wrong with one field, as the command line says it after the field's name."""

    BLANKS = "has blanks around it, control characters, or more than 2000 characters"
    FRAGMENT = "must have no fragment (#)"
    NO_ADDRESS = "is not a web address"
    NOT_HTTPS = "must be https (THROUGHLINE_ALLOW_PRIVATE_NETWORKS=1 allows http)"
    QUERY = "must have no query, and at most 255 characters"
    ID = "must have 1 to 255 characters and no blanks around them"
    EMPTY = "is empty; leave it out to use the token address"
    FAMILY = "must be one of moodle, canvas, other"


class InvalidPlatform(AppError):
    """What was typed cannot be an LMS.

    Attributes:
        faults: one per field.
    """

    def __init__(self, faults: Mapping[str, Fault]) -> None:
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
    registration, is_new = find_or_add(
        lambda: find_registration(given.issuer, given.client_id),
        lambda: Registration(
            organisation_id=organisation.id,
            issuer=given.issuer,
            client_id=given.client_id,
            auth_url=given.auth_url,
            token_url=given.token_url,
            jwks_url=given.jwks_url,
            token_audience=given.token_audience,
            family=given.family,
        ),
    )
    if not is_new:
        raise Conflict(detail="this issuer and client id are registered already")
    for deployment_id in dict.fromkeys(given.deployment_ids):
        db().add(
            Deployment(
                registration_id=registration.id, deployment_id=deployment_id, status="active"
            )
        )
    _note("add", "registration", registration, registration.id, by)
    return registration


def find_faults(given: NewPlatform, *, allow_private_networks: bool) -> dict[str, Fault]:
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
        found["audience"] = Fault.EMPTY
    if given.family not in set(Family):
        found["family"] = Fault.FAMILY
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


def change_platform(
    registration_id: UUID,
    change: PlatformChange,
    *,
    allow_private_networks: bool,
    by: UUID | None = None,
) -> None:
    """Change what was typed of a registration; keys and tokens of former addresses are forgotten.

    Raises:
        NotFound: no such registration.
        InvalidPlatform: naming every wrong field.
    """
    registration = get_platform(registration_id)
    typed = NewPlatform(
        issuer=registration.issuer,
        client_id=registration.client_id,
        auth_url=change.auth_url,
        token_url=change.token_url,
        jwks_url=change.jwks_url,
        token_audience=change.token_audience,
        family=change.family,
    )
    if faults := find_faults(typed, allow_private_networks=allow_private_networks):
        raise InvalidPlatform(faults)
    before = {
        name: getattr(registration, name)
        for name in vars(change)
        if getattr(registration, name) != getattr(change, name)
    }
    for name in before:
        setattr(registration, name, getattr(change, name))
    if before.keys() & _ADDRESSES:
        forget_what_is_cached(registration_id)
    if before:
        facts = {name: str(value) for name, value in before.items() if value is not None}
        _note("change", "registration", registration, registration_id, by, **facts)


def get_platform(registration_id: UUID) -> Registration:
    """Return a registration by its id.

    Raises:
        NotFound: there is none.
    """
    found = db().get(Registration, registration_id)
    if found is None:
        raise NotFound(detail="no such registration")
    return found


def granted_scopes(registration_id: UUID) -> frozenset[str]:
    """Return what the LMS last granted: with its tokens; before there is any, by its launches."""
    by_tokens = list_granted_scopes(registration_id)
    return frozenset(scope for scopes in by_tokens for scope in scopes.split()) or frozenset(
        latest_launch_scopes(registration_id)
    )


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


def _address_fault(value: str, *, allow_private_networks: bool) -> Fault | None:
    if value != value.strip() or not value.isprintable() or len(value) > _LONGEST_URL:
        return Fault.BLANKS
    if "#" in value:
        return Fault.FRAGMENT
    parts = urlsplit(value) if origin(value) else None
    if parts is None or not _HOST.fullmatch(parts.hostname or ""):
        return Fault.NO_ADDRESS
    if parts.scheme == "http" and not allow_private_networks:
        return Fault.NOT_HTTPS
    return None


def _issuer_fault(value: str) -> Fault | None:
    if urlsplit(value).query or len(value) > _LONGEST_ID:
        return Fault.QUERY
    return None


def _id_fault(value: str) -> Fault | None:
    if not value or len(value) > _LONGEST_ID or not value.isprintable() or value != value.strip():
        return Fault.ID
    return None
