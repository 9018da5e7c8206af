"""Pairs of a mentor and a mentee, and the offers that make them."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Select, String, func, or_, select, text, union_all
from sqlalchemy.orm import Mapped, aliased, mapped_column

from lti_app.domain.pairs import LIVE, TAKING, WORKING, Answer, PairState
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.courses import Enrolment
from lti_app.store.programmes import Programme
from lti_app.store.roles import has_role
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


def find_pair(pair_id: UUID) -> Pair | None:
    """Return a pair, or None."""
    return db().get(Pair, pair_id)


def lock_pair(pair_id: UUID) -> Pair | None:
    """Return a pair as it is now, for changing it; others wait, or None.

    The places of its two people are locked before it (`lock_participants`), so that whoever moves
    a pair comes one after the other.
    """
    query = select(Pair).where(Pair.id == pair_id).with_for_update(key_share=True)
    return db().scalar(query.execution_options(populate_existing=True))


def list_offers(pair_id: UUID) -> dict[UUID, PairOffer]:
    """Return the offers of a pair, locked, by person."""
    query = select(PairOffer).where(PairOffer.pair_id == pair_id).order_by(PairOffer.person_id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.person_id: row for row in db().scalars(locked)}


def count_by_person(
    programme_id: UUID, people: Collection[UUID], states: Collection[PairState] = TAKING
) -> dict[UUID, int]:
    """Return how many pairs in some states people have in a programme; who has none is left out."""
    chosen = Pair.programme_id == programme_id, Pair.state.in_([one.value for one in states])
    sides = union_all(
        *(
            select(side.label("person_id")).where(*chosen, side.in_(list(people)))
            for side in (Pair.mentor_id, Pair.mentee_id)
        )
    ).subquery()
    rows = db().execute(select(sides.c.person_id, func.count()).group_by(sides.c.person_id))
    return {row[0]: row[1] for row in rows}


def list_together(programme_id: UUID, people: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Return who of some people is paired with whom, or on the way: (mentor, mentee)."""
    rows = db().execute(
        select(Pair.mentor_id, Pair.mentee_id).where(
            Pair.programme_id == programme_id,
            Pair.state.in_([one.value for one in LIVE]),
            or_(Pair.mentor_id.in_(list(people)), Pair.mentee_id.in_(list(people))),
        )
    )
    return {(row[0], row[1]) for row in rows}


def list_parted(people: Collection[UUID], at: datetime) -> set[tuple[UUID, UUID]]:
    """Return who of some people is not to be paired with whom again yet: (mentor, mentee).

    Asked of all programmes: people never cross an organisation.
    """
    rows = db().execute(
        select(Pair.mentor_id, Pair.mentee_id).where(
            Pair.excluded_until > at,
            or_(Pair.mentor_id.in_(list(people)), Pair.mentee_id.in_(list(people))),
        )
    )
    return {(row[0], row[1]) for row in rows}


def list_graders(mentees: Collection[UUID], mentors: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Return which mentors may mark which mentees in a course they share: (mentor, mentee)."""
    marks, learns = aliased(Enrolment), aliased(Enrolment)
    rows = db().execute(
        select(marks.person_id, learns.person_id)
        .join(learns, learns.course_id == marks.course_id)
        .where(
            marks.person_id.in_(list(mentors)),
            learns.person_id.in_(list(mentees)),
            marks.person_id != learns.person_id,
            marks.is_active,
            learns.is_active,
            or_(has_role("can_author", marks), has_role("can_review", marks)),
            has_role("is_learner", learns),
        )
        .distinct()
    )
    return {(row[0], row[1]) for row in rows}


def list_expired(at: datetime, limit: int) -> list[UUID]:
    """Return offers whose time is over, the oldest first."""
    return _ids(
        select(Pair.id)
        .where(Pair.state == PairState.OFFERED.value, Pair.expires_at <= at)
        .order_by(Pair.expires_at, Pair.id)
        .limit(limit)
    )


def list_rested(at: datetime, limit: int) -> list[UUID]:
    """Return pairs whose pause is over."""
    return _ids(
        select(Pair.id)
        .where(Pair.state == PairState.PAUSED.value, Pair.paused_until <= at)
        .order_by(Pair.paused_until, Pair.id)
        .limit(limit)
    )


def list_zones_of_work() -> list[str]:
    """Return the time zones of programmes that have pairs at work."""
    query = (
        select(Programme.time_zone)
        .join(Pair, Pair.programme_id == Programme.id)
        .where(Pair.state.in_([one.value for one in WORKING]))
    )
    return list(db().scalars(query.distinct()))


def list_over(zone: str, today: date, limit: int) -> list[UUID]:
    """Return pairs at work in programmes of a time zone whose last day was before today."""
    return _ids(
        select(Pair.id)
        .join(Programme, Programme.id == Pair.programme_id)
        .where(
            Programme.time_zone == zone,
            Programme.ends_on < today,
            Pair.state.in_([one.value for one in WORKING]),
        )
        .order_by(Pair.id)
        .limit(limit)
    )


def list_unanswered(until: datetime, limit: int, after: UUID | None) -> list[tuple[UUID, UUID]]:
    """Return who has not answered offers that end soon: (pair, person), by pair.

    Args:
        until: offers that end before it.
        limit: so many at most.
        after: of pairs from this one on.
    """
    query = (
        select(PairOffer.pair_id, PairOffer.person_id)
        .join(Pair, Pair.id == PairOffer.pair_id)
        .where(
            Pair.state == PairState.OFFERED.value,
            Pair.expires_at <= until,
            PairOffer.answer.in_([Answer.NONE.value, Answer.MEET_FIRST.value]),
        )
        .order_by(PairOffer.pair_id, PairOffer.person_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(PairOffer.pair_id >= after)
    return [(row[0], row[1]) for row in db().execute(query)]


def _ids(query: Select[UUID]) -> list[UUID]:
    return list(db().scalars(query))
