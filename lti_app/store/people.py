"""People, and the identities that a launch or a sign-in proves them by."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    cast,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

_CODE_LENGTH = 4


class Person(Base):
    """Somebody of one organisation, as the tool knows them."""

    __tablename__ = "person"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: What the LMS calls them; None where it does not say.
    name: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320))
    #: What they call themselves, where the LMS gave no name.
    own_name: Mapped[str | None] = mapped_column(String(255))
    locale: Mapped[str | None] = mapped_column(String(35))
    #: IANA name, as the person chose it.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    #: An instructor's "student view": never graded, matched or mailed.
    is_preview: Mapped[bool] = mapped_column(default=False)
    #: When all that names them was deleted; the row stays for the grade log, and for partners.
    erased_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


def by_name(person: type[Person] = Person) -> ColumnElement[str]:
    """Return what people are found and sorted by, in small letters: a name, or their code.

    The code is that of `domain.visit.code_of`.

    Args:
        person: the table, or an alias of it.
    """
    code = func.substr(cast(person.id, Text), 1, _CODE_LENGTH)
    return func.lower(func.coalesce(person.name, person.own_name, code))


class Identity(Base):
    """One proof of who a person is: an LMS account, later a sign-in."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "issuer", "client_id", "subject"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: `lti` or `oidc`.
    kind: Mapped[str] = mapped_column(String(10))
    issuer: Mapped[str] = mapped_column(String(255))
    #: Empty, unless the LMS names people anew for each client.
    client_id: Mapped[str] = mapped_column(String(255), default="")
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[CreatedAt]


def find_identity(
    organisation_id: UUID,
    kind: str,
    issuer: str,
    client_id: str,
    subject: str,
    *,
    holds: bool = False,
) -> Identity | None:
    """Return the identity, or None for somebody new.

    Args:
        organisation_id, kind, issuer, client_id, subject: whose.
        holds: it is not deleted before this transaction is over; others may hold it as well.
    """
    query = select(Identity).where(
        Identity.organisation_id == organisation_id,
        Identity.kind == kind,
        Identity.issuer == issuer,
        Identity.client_id == client_id,
        Identity.subject == subject,
    )
    return db().scalar(query.with_for_update(read=True, key_share=True) if holds else query)


def find_identities(
    organisation_id: UUID, issuer: str, client_id: str, subjects: Collection[str]
) -> dict[str, UUID]:
    """Return which of some people of an LMS are known, by subject."""
    rows = db().execute(
        select(Identity.subject, Identity.person_id).where(
            Identity.organisation_id == organisation_id,
            Identity.kind == "lti",
            Identity.issuer == issuer,
            Identity.client_id == client_id,
            Identity.subject.in_(subjects),
        )
    )
    return {row[0]: row[1] for row in rows}


def list_people(ids: Collection[UUID]) -> list[Person]:
    """Return some people, in no order."""
    return list(db().scalars(select(Person).where(Person.id.in_(list(ids)))))


def lock_people(ids: Collection[UUID]) -> dict[UUID, Person]:
    """Return some people, locked, in an order in which nobody waits for another in a ring."""
    query = select(Person).where(Person.id.in_(ids)).order_by(Person.id)
    locked = query.with_for_update(of=Person, key_share=True).execution_options(
        populate_existing=True
    )
    return {row.id: row for row in db().scalars(locked)}


def lti_subject(person_id: UUID, issuer: str) -> str | None:
    """Return what an LMS calls a person (`sub`, AGS `userId`), or None if it does not know them."""
    return db().scalar(
        select(Identity.subject).where(
            Identity.person_id == person_id, Identity.kind == "lti", Identity.issuer == issuer
        )
    )


def is_of_somebody(person_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return the condition that a row is of a person, and not of an LMS's preview of a student."""
    return person_id.not_in(select(Person.id).where(Person.is_preview))


def list_previews(people: Collection[UUID]) -> set[UUID]:
    """Return which of some people are an LMS's preview of a student."""
    previews = select(Person.id).where(Person.id.in_(list(people)), Person.is_preview)
    return set(db().scalars(previews))


def list_people_by_email(
    organisation_id: UUID, issuer: str, client_id: str, email: str
) -> list[Person]:
    """Return whom an LMS knows by an e-mail address, written in capitals or not."""
    return list(
        db().scalars(
            select(Person)
            .join(Identity, Identity.person_id == Person.id)
            .where(
                Identity.organisation_id == organisation_id,
                Identity.kind == "lti",
                Identity.issuer == issuer,
                Identity.client_id == client_id,
                func.lower(Person.email) == email.lower(),
            )
        )
    )
