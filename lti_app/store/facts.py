"""Facts that activities publish: dates, numbers and states, never words of a person."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain import facts as rules
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import count_changed, db


class Fact(Base):
    """What an activity last said of a programme, a pair, a person, or an object of theirs."""

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_fact_programme_id_kind", "programme_id", "kind"),
    )

    id: Mapped[Id]
    #: `<key of who says it>.<what>`.
    kind: Mapped[str] = mapped_column(String(80))
    #: What makes it the same fact when it is said again: the ids below, in one text.
    subject: Mapped[str] = mapped_column(String(140))
    programme_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE")
    )
    pair_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("pair.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    #: An id of whoever says it.
    about: Mapped[UUID | None]
    number: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    code: Mapped[str] = mapped_column(String(30), default="")
    at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


def find_fact(kind: str, subject: str) -> Fact | None:
    """Return a fact, or None while nobody has said it."""
    return db().scalar(select(Fact).where(Fact.kind == kind, Fact.subject == subject))


def delete_fact(kind: str, subject: str) -> int:
    """Forget a fact; returns how many that were."""
    return count_changed(delete(Fact).where(Fact.kind == kind, Fact.subject == subject))


def list_facts(
    kinds: Collection[str],
    programme_id: UUID | None,
    pair_ids: Collection[UUID] | None,
    person_ids: Collection[UUID] | None,
) -> list[Fact]:
    """Return facts of some kinds, the oldest first; None: of all programmes, pairs, people."""
    query = select(Fact).where(Fact.kind.in_(list(kinds)))
    if programme_id is not None:
        query = query.where(Fact.programme_id == programme_id)
    if pair_ids is not None:
        query = query.where(Fact.pair_id.in_(list(pair_ids)))
    if person_ids is not None:
        query = query.where(Fact.person_id.in_(list(person_ids)))
    return list(db().scalars(query.order_by(Fact.at, Fact.id)))


def list_of_pair(pair_id: UUID) -> list[Fact]:
    """Return all facts of a pair, by kind and then the oldest first."""
    query = select(Fact).where(Fact.pair_id == pair_id)
    return list(db().scalars(query.order_by(Fact.kind, Fact.at, Fact.id)))


def to_fact(row: Fact) -> rules.Fact:
    """Return a stored fact as a value."""
    return rules.Fact(
        kind=row.kind,
        programme_id=row.programme_id,
        pair_id=row.pair_id,
        person_id=row.person_id,
        about=row.about,
        number=row.number,
        code=row.code,
        at=row.at,
    )
