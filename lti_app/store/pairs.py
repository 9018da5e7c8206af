"""Pairs of a mentor and a mentee, and the offers that make them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

_LIVE = text("state IN ('proposed', 'offered', 'active', 'paused')")


class Pair(Base):
    """A mentor and a mentee in one programme, from the proposal to the end."""

    __tablename__ = "pair"
    __table_args__ = (
        Index("ix_pair_programme_id_state", "programme_id", "state"),
        # The same two people are at most once on their way to each other, or together.
        Index(
            "uq_pair_live",
            "programme_id",
            "mentor_id",
            "mentee_id",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
    )

    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: proposed, offered, active, paused, declined or ended.
    state: Mapped[str] = mapped_column(String(10))
    #: no_fault, completed or by_programme; None while it has not ended.
    end_kind: Mapped[str | None] = mapped_column(String(15))
    end_reason: Mapped[str | None] = mapped_column(String(30))
    #: Why L&D paired people whom a rule would have kept apart.
    override_code: Mapped[str | None] = mapped_column(String(30))
    override_note: Mapped[str] = mapped_column(String(400), default="")
    #: The two wanted to meet before they decided.
    meets_first: Mapped[bool] = mapped_column(default=False)
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    offered_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Until when the two are not paired again, unless both ask for it.
    excluded_until: Mapped[datetime | None]


class PairOffer(Base):
    """What one of the two has answered to an offer."""

    __tablename__ = "pair_offer"

    pair_id: Mapped[UUID] = mapped_column(
        ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    #: none, accepted, declined or meet_first.
    answer: Mapped[str] = mapped_column(String(10), default="none")
    answered_at: Mapped[datetime | None]


def count_pairs(programme_id: UUID) -> dict[str, int]:
    """Return how many pairs of a programme are in which state."""
    counted = select(Pair.state, func.count()).where(Pair.programme_id == programme_id)
    rows = db().execute(counted.group_by(Pair.state)).all()
    return {row[0]: row[1] for row in rows}
