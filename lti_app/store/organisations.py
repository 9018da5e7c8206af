"""Organisations (the tenants) and the audit of what was done in them."""

from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

DEFAULT_NAME = "Default organisation"


class Organisation(Base):
    """A tenant; people and their work never cross from one to another."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[CreatedAt]


class Audit(Base):
    """One act of a person or of the command line that changes what others may do or see."""

    __tablename__ = "audit"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: None: an operator at the command line.
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    verb: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[str] = mapped_column(String(255))
    #: Facts of the change, without words from people.
    detail: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    at: Mapped[CreatedAt]


def find_organisation(name: str) -> Organisation | None:
    """Return the organisation of this name, or None."""
    return db().scalar(select(Organisation).where(Organisation.name == name))


def list_organisations() -> list[Organisation]:
    """Return all organisations by name."""
    return list(db().scalars(select(Organisation).order_by(Organisation.name)))


def record_audit(
    organisation_id: UUID,
    verb: str,
    object_kind: str,
    object_id: object,
    *,
    actor_id: UUID | None = None,
    detail: dict[str, str] | None = None,
) -> None:
    """Note who did what; part of the transaction that does it."""
    db().add(
        Audit(
            organisation_id=organisation_id,
            actor_id=actor_id,
            verb=verb,
            object_kind=object_kind,
            object_id=str(object_id),
            detail=detail or {},
        )
    )
