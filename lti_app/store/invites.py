"""Invites to register an LMS, and registrations that are under way between two pages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import count_changed, db, delete_all_but_newest


class Invite(Base):
    """The right to register one LMS for an organisation, once (lti-rules.md R-7.1)."""

    __tablename__ = "invite"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: The registration that it updates; None: it makes a new one.
    registration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: A registration with it is under way until then; nobody else may use it meanwhile.
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]


class RegistrationRequest(Base):
    """What an administrator was asked to confirm; its code is good for one answer (R-7.4)."""

    __tablename__ = "registration_request"

    id: Mapped[Id]
    invite_id: Mapped[UUID] = mapped_column(ForeignKey("invite.id", ondelete="CASCADE"), index=True)
    #: Hash of the code in the page's form.
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: What the LMS said of itself, checked.
    configuration: Mapped[dict[str, object]] = mapped_column(JSON)
    #: The LMS's registration token, encrypted; None where it gave none.
    token: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]


def find_invite(token_hash: str) -> Invite | None:
    """Return the invite of a token, used or not."""
    return db().scalar(select(Invite).where(Invite.token_hash == token_hash))


def list_invites(organisation_id: UUID | None) -> list[Invite]:
    """Return the invites of an organisation, or of all of them, newest first."""
    query = select(Invite).order_by(Invite.created_at.desc())
    if organisation_id is not None:
        query = query.where(Invite.organisation_id == organisation_id)
    return list(db().scalars(query))


def lease_invite(invite_id: UUID, lease: UUID, now: datetime, until: datetime) -> bool:
    """Take the right to use an invite; False while somebody else has it, or it is over."""
    take = update(Invite).where(
        Invite.id == invite_id,
        Invite.used_at.is_(None),
        Invite.revoked_at.is_(None),
        Invite.expires_at > now,
        or_(Invite.leased_until.is_(None), Invite.leased_until <= now),
    )
    return count_changed(take.values(lease=lease, leased_until=until)) == 1


def end_invite_lease(invite_id: UUID, lease: UUID, used_at: datetime | None) -> bool:
    """Give the right back, the invite used up or not; False if the lease was lost."""
    give = update(Invite).where(Invite.id == invite_id, Invite.lease == lease)
    return count_changed(give.values(lease=None, leased_until=None, used_at=used_at)) == 1


def delete_invites(over_before: datetime) -> int:
    """Delete invites that nobody could use any more at a moment; returns how many."""
    is_over = or_(
        Invite.expires_at < over_before,
        Invite.used_at < over_before,
        Invite.revoked_at < over_before,
    )
    return count_changed(delete(Invite).where(is_over))


def find_request(code_hash: str) -> RegistrationRequest | None:
    """Return what a page's code stands for, expired or not."""
    return db().scalar(
        select(RegistrationRequest).where(RegistrationRequest.code_hash == code_hash)
    )


def delete_request(request_id: UUID) -> bool:
    """Use up a page's code; False if somebody was faster."""
    found = delete(RegistrationRequest).where(RegistrationRequest.id == request_id)
    return count_changed(found) == 1


def delete_requests_of(invite_id: UUID) -> int:
    """Delete what else was asked under an invite; returns how many pages that were."""
    found = delete(RegistrationRequest).where(RegistrationRequest.invite_id == invite_id)
    return count_changed(found)


def trim_requests(invite_id: UUID, kept: int) -> int:
    """Delete all but the newest pages that wait for an answer under an invite; returns how many."""
    of_it = RegistrationRequest.invite_id == invite_id
    return delete_all_but_newest(RegistrationRequest.created_at, kept, of_it)


def delete_requests(expired_before: datetime) -> int:
    """Delete pages that were never answered; returns how many."""
    old = delete(RegistrationRequest).where(RegistrationRequest.expires_at < expired_before)
    return count_changed(old)
