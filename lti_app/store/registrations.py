"""Where the tool is installed: registrations, deployments, and what is cached of their LMS."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db


class Registration(Base):
    """The tool at one LMS: an issuer and the client id that it gave us (lti-rules.md R-1.20)."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_url: Mapped[str] = mapped_column(String(2000))
    token_url: Mapped[str] = mapped_column(String(2000))
    jwks_url: Mapped[str] = mapped_column(String(2000))
    #: Audience of our token requests where it is not the token address.
    token_audience: Mapped[str | None] = mapped_column(String(2000))
    #: `moodle`, `canvas` or `other`.
    family: Mapped[str] = mapped_column(String(20), default="other")
    #: Subjects differ per client id, so identities carry it.
    subject_per_client: Mapped[bool] = mapped_column(default=False)
    #: Deployments that a launch makes known are active at once instead of pending.
    auto_approve: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]
    #: When the LMS last registered by an invite; None: it was entered by hand, and the rest of
    #: what follows is not known. The first deployment of one that registered needs no approval.
    registered_at: Mapped[datetime | None]
    #: What the LMS calls itself or the account, and its product and version.
    label: Mapped[str | None] = mapped_column(String(200))
    product: Mapped[str | None] = mapped_column(String(200))
    #: Scopes that were asked for and not refused; a launch says what is really granted.
    scopes: Mapped[list[str] | None] = mapped_column(JSON)
    #: Whether names and addresses of people were asked for.
    asks_identity: Mapped[bool | None]
    #: Origin of pages that show the tool, where it is neither the issuer's nor the sign-in's.
    frame_origin: Mapped[str | None] = mapped_column(String(300))


class Deployment(Base):
    """One installation of a registration; the key by which data are kept apart (R-1.22)."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[Id]
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    #: The LMS's own name for it.
    deployment_id: Mapped[str] = mapped_column(String(255))
    #: `pending`, `active` or `blocked`.
    status: Mapped[str] = mapped_column(String(10), default="pending")
    created_at: Mapped[CreatedAt]


class KeySet(Base):
    """The cached public keys of one LMS."""

    __tablename__ = "key_set"

    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: The document as fetched; None while no fetch has succeeded.
    document: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: When it was last fetched with success.
    fetched_at: Mapped[datetime | None]
    #: Fresh until then; stale copies serve for a day if the fetch fails.
    fresh_until: Mapped[datetime | None]
    #: The last attempt, successful or not: at most one forced attempt a minute (R-1.17).
    attempted_at: Mapped[datetime | None]


class AccessToken(Base):
    """A cached service token; its row is also the lock under which one process fetches it."""

    __tablename__ = "access_token"
    __table_args__ = (UniqueConstraint("registration_id", "scope"),)

    id: Mapped[Id]
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    #: Sorted scope list, as asked for.
    scope: Mapped[str] = mapped_column(String(1000))
    #: Encrypted; None while none is held.
    token: Mapped[str | None] = mapped_column(Text)
    granted_scope: Mapped[str | None] = mapped_column(String(1000))
    expires_at: Mapped[datetime | None]
    #: A process is fetching until then; the others wait for it.
    leased_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]


class SigningKey(Base):
    """One of the tool's own keys; its public half stays published after rotation (R-1.19)."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Encrypted JWK.
    private_key: Mapped[str] = mapped_column(Text)
    public_key: Mapped[dict[str, str]] = mapped_column(JSON)
    #: The one that signs.
    is_signing: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]
    #: When a newer key took over; published for a week from then on.
    replaced_at: Mapped[datetime | None]


def find_registrations(issuer: str, client_id: str | None) -> list[Registration]:
    """Return the active registrations of an issuer, narrowed to `client_id` if that is given."""
    query = select(Registration).where(Registration.issuer == issuer, Registration.is_active)
    if client_id is not None:
        query = query.where(Registration.client_id == client_id)
    return list(db().scalars(query))


def find_registration(issuer: str, client_id: str) -> Registration | None:
    """Return one registration, active or not."""
    return db().scalar(
        select(Registration).where(
            Registration.issuer == issuer, Registration.client_id == client_id
        )
    )


def lock_registration(registration_id: UUID) -> Registration:
    """Return a registration, and let no other transaction pass here until this one is over."""
    return (
        db()
        .scalars(
            select(Registration)
            .where(Registration.id == registration_id)
            .with_for_update(key_share=True)
        )
        .one()
    )


def forget_what_is_cached(registration_id: UUID) -> None:
    """Drop the keys and tokens of an LMS: they came from addresses that are not its any more."""
    for table in (KeySet, AccessToken):
        db().execute(delete(table).where(table.registration_id == registration_id))


def list_granted_scopes(registration_id: UUID) -> list[str]:
    """Return what an LMS granted with the tokens that it last gave, a text of scopes each."""
    query = select(AccessToken.granted_scope).where(
        AccessToken.registration_id == registration_id, AccessToken.granted_scope.is_not(None)
    )
    return [scopes for scopes in db().scalars(query) if scopes]


def list_signing_keys() -> list[SigningKey]:
    """Return the tool's own keys, newest first."""
    return list(db().scalars(select(SigningKey).order_by(SigningKey.created_at.desc())))


def list_registrations() -> list[Registration]:
    """Return all registrations by issuer."""
    return list(db().scalars(select(Registration).order_by(Registration.issuer)))


def find_deployment(registration_id: UUID, deployment_id: str) -> Deployment | None:
    """Return the deployment that an LMS calls `deployment_id`, or None."""
    return db().scalar(
        select(Deployment).where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == deployment_id,
        )
    )


def list_deployments(registration_id: UUID) -> list[Deployment]:
    """Return a registration's deployments, oldest first."""
    return list(
        db().scalars(
            select(Deployment)
            .where(Deployment.registration_id == registration_id)
            .order_by(Deployment.created_at)
        )
    )
