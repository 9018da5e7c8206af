"""The terms of organisations: skills, goal areas, job families, experience tags."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.taxonomy import DEFAULTS, TermKind
from lti_app.store.base import Base, Id
from lti_app.store.session import db


class Term(Base):
    """One word that profiles choose from."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "code"),)

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    #: `domain.taxonomy.TermKind`.
    kind: Mapped[str] = mapped_column(String(15))
    #: Stored by profiles; never changes.
    code: Mapped[str] = mapped_column(String(40))
    #: As long as it is the words of `domain.taxonomy.DEFAULTS` for the code, it is translated.
    label: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(Integer)
    #: Since when nobody can choose it any more; who has chosen it keeps it.
    retired_at: Mapped[datetime | None]


def list_terms(organisation_id: UUID, kind: TermKind | None = None) -> list[Term]:
    """Return the terms of an organisation, retired ones included, in their order."""
    query = select(Term).where(Term.organisation_id == organisation_id)
    if kind is not None:
        query = query.where(Term.kind == kind.value)
    return list(db().scalars(query.order_by(Term.kind, Term.position, Term.code)))


def has_terms(organisation_id: UUID) -> bool:
    """Return whether an organisation has any words of its own."""
    found = select(Term.id).where(Term.organisation_id == organisation_id).limit(1)
    return db().scalar(found) is not None


def find_term(organisation_id: UUID, kind: TermKind, code: str) -> Term | None:
    """Return one term, or None."""
    return db().scalar(
        select(Term).where(
            Term.organisation_id == organisation_id, Term.kind == kind.value, Term.code == code
        )
    )


def labels_of(organisation_id: UUID, kind: TermKind) -> Mapping[str, tuple[str, bool]]:
    """Return code → words and whether it can still be chosen, in order.

    An organisation that has no terms of a kind yet has the default ones.
    """
    stored = list_terms(organisation_id, kind)
    if not stored:
        return {code: (label, True) for code, label in DEFAULTS[kind].items()}
    return {term.code: (term.label, term.retired_at is None) for term in stored}
