"""Invites: who holds one may register one LMS for its organisation, once (lti-rules.md R-7.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from lti_app.clock import real_now
from lti_app.domain.errors import Conflict, NotFound, RegistrationRefused
from lti_app.domain.secrets import hash_secret, new_secret
from lti_app.lti.addresses import REGISTRATION_PATH, add_to_query
from lti_app.services.organisations import organisation_called
from lti_app.store import invites as store
from lti_app.store.audit import record_audit
from lti_app.store.invites import Invite
from lti_app.store.registrations import Registration
from lti_app.store.session import db

LIFETIME = timedelta(days=7)
#: Outlasts the call to the LMS, whose deadline is 8 s.
_LEASE = timedelta(seconds=60)
#: Pages that may wait for an answer under one invite.
MOST_REQUESTS = 10
_KEPT_AFTER_END = timedelta(days=90)


@dataclass(frozen=True)
class NewInvite:
    """An invite that has just been made; `token` is nowhere else in plain text."""

    id: UUID
    organisation_id: UUID
    token: str
    expires_at: datetime

    def url(self, public_url: str) -> str:
        """Return the address to enter in the LMS."""
        return add_to_query(public_url + REGISTRATION_PATH, {"invite": self.token})


def invite_for(
    organisation_name: str | None,
    registration_id: UUID | None,
    *,
    lifetime: timedelta = LIFETIME,
) -> NewInvite:
    """Make an invite for an organisation by its name, as the command line has it.

    Args:
        organisation_name: None: the registration's organisation, or the default one.
        registration_id: the registration that the invite updates; None: it makes a new one.
        lifetime: for how long the invite is good.

    Raises:
        NotFound: there is no such organisation or registration.
        Conflict: the registration belongs to another organisation.
    """
    if organisation_name is None and registration_id is not None:
        organisation_id = _registration(registration_id).organisation_id
    else:
        organisation_id = organisation_called(organisation_name).id
    return create_invite(organisation_id, registration_id, lifetime=lifetime)


def create_invite(
    organisation_id: UUID,
    registration_id: UUID | None = None,
    *,
    lifetime: timedelta = LIFETIME,
    by: UUID | None = None,
) -> NewInvite:
    """Make an invite.

    Args:
        organisation_id: to whom the LMS will belong.
        registration_id: the registration that the invite updates; None: it makes a new one.
        lifetime: for how long the invite is good.
        by: who makes it; None for the command line.

    Raises:
        NotFound: there is no such registration.
        Conflict: the registration belongs to another organisation.
    """
    if registration_id and _registration(registration_id).organisation_id != organisation_id:
        raise Conflict(detail="this registration belongs to another organisation")
    token = new_secret()
    now = real_now()
    invite = Invite(
        organisation_id=organisation_id,
        registration_id=registration_id,
        token_hash=hash_secret(token),
        created_at=now,
        expires_at=now + lifetime,
    )
    db().add(invite)
    db().flush()
    record_audit(organisation_id, "add", "invite", invite.id, actor_id=by)
    return NewInvite(invite.id, organisation_id, token, invite.expires_at)


def revoke_invite(
    invite_id: UUID, *, organisation_id: UUID | None = None, by: UUID | None = None
) -> None:
    """Make an invite worthless; one that is over already stays as it is.

    Args:
        invite_id: which.
        organisation_id: the only organisation whose invites may be revoked; None: any.
        by: who revokes it; None for the command line.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    invite = db().get(Invite, invite_id)
    if invite is None or organisation_id not in {None, invite.organisation_id}:
        raise NotFound(detail="there is no such invite")
    if state_of(invite) == "open":
        invite.revoked_at = real_now()
        record_audit(invite.organisation_id, "revoke", "invite", invite.id, actor_id=by)


def state_of(invite: Invite) -> str:
    """Return what has become of an invite: `open`, `used`, `revoked` or `expired`."""
    if invite.used_at is not None:
        return "used"
    if invite.revoked_at is not None:
        return "revoked"
    return "open" if real_now() < invite.expires_at else "expired"


def open_invite(token: str | None) -> Invite:
    """Return the invite that somebody presents.

    Raises:
        RegistrationRefused: `invite_missing`, `invite_unknown`, or `invite_` and its state.
    """
    if not token:
        raise RegistrationRefused("invite_missing")
    invite = store.find_invite(hash_secret(token))
    if invite is None:
        raise RegistrationRefused("invite_unknown")
    check_open(invite)
    return invite


def check_open(invite: Invite) -> None:
    """Refuse an invite that is over.

    Raises:
        RegistrationRefused: `invite_` and its state.
    """
    if (state := state_of(invite)) != "open":
        raise RegistrationRefused(f"invite_{state}")


def lease_invite(invite: Invite) -> UUID:
    """Keep an invite from everybody else while a registration with it is under way.

    Raises:
        RegistrationRefused: `invite_busy` (status 409), or `invite_` and its state.
    """
    lease, now = uuid4(), real_now()
    if not store.lease_invite(invite.id, lease, now, now + _LEASE):
        db().refresh(invite)
        check_open(invite)
        raise RegistrationRefused("invite_busy", status=409)
    return lease


def release_invite(invite_id: UUID, lease: UUID) -> None:
    """Let others use an invite again: the registration came to nothing."""
    store.end_invite_lease(invite_id, lease, None)


def use_up_invite(invite_id: UUID, lease: UUID) -> None:
    """End an invite's life: it has done what it was made for.

    Raises:
        RegistrationRefused: `invite_busy`: it took so long that somebody else uses the invite.
    """
    if not store.end_invite_lease(invite_id, lease, real_now()):
        raise RegistrationRefused("invite_busy", status=409)


def purge_invites(now: datetime) -> int:
    """Delete invites that have been over for long; returns how many."""
    return store.delete_invites(now - _KEPT_AFTER_END)


def purge_requests(now: datetime) -> int:
    """Delete what was never confirmed, and the LMS's token with it; returns how many."""
    return store.delete_requests(now)


def _registration(registration_id: UUID) -> Registration:
    found = db().get(Registration, registration_id)
    if found is None:
        raise NotFound(detail="there is no registration of this id; `throughline platform list`")
    return found
