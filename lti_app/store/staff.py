"""Who runs programmes: grants that the tool gives, which no LMS role implies."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Row, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.organisations import Organisation
from lti_app.store.people import Person
from lti_app.store.programmes import Programme
from lti_app.store.session import db


class StaffGrant(Base):
    """One person may run one programme, or all programmes of their organisation."""

    __tablename__ = "staff_grant"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: None: all programmes of the organisation, new ones as well.
    programme_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), index=True
    )
    #: None: an operator at the command line.
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]


def list_grants(person_id: UUID) -> list[StaffGrant]:
    """Return what somebody may run now."""
    return list(
        db().scalars(
            select(StaffGrant).where(
                StaffGrant.person_id == person_id, StaffGrant.revoked_at.is_(None)
            )
        )
    )


def lock_grant(grant_id: UUID) -> StaffGrant | None:
    """Return a grant, in force or not, for revoking it."""
    return db().scalar(
        select(StaffGrant).where(StaffGrant.id == grant_id).with_for_update(key_share=True)
    )


def list_in_force(
    organisation: str | None,
) -> Sequence[Row[StaffGrant, Person, Organisation, Programme | None]]:
    """Return grants with whom and what they are about, by organisation and person.

    Args:
        organisation: name of one; None for all.
    """
    query = (
        select(StaffGrant, Person, Organisation, Programme)
        .join(Person, Person.id == StaffGrant.person_id)
        .join(Organisation, Organisation.id == StaffGrant.organisation_id)
        .outerjoin(Programme, Programme.id == StaffGrant.programme_id)
        .where(StaffGrant.revoked_at.is_(None))
        .order_by(Organisation.name, Person.name, StaffGrant.created_at)
    )
    if organisation is not None:
        query = query.where(Organisation.name == organisation)
    return db().execute(query).all()
