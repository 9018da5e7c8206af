"""Who takes part in a practice, and who sits with whom in which round."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.api import ActivityRecord, Base, Id, Person, Placement, db, find_or_add


class PracticeMember(ActivityRecord, Base):
    """Somebody who takes part: since when, until when, and how they prepared."""

    __tablename__ = "practice_member"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    #: When they wanted to be grouped; None: they have only prepared so far.
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    #: Questions that open, written before the first conversation; nobody else reads them.
    prepared: Mapped[list[str]] = mapped_column(JSON, default=list)
    prepared_at: Mapped[datetime | None]
    #: Since when they can do nothing but wait for a partner's session; None: they can do something.
    waits_since: Mapped[datetime | None]
    #: Answers that were granted to them, because nobody handed them a session.
    granted: Mapped[int] = mapped_column(Integer, default=0)


class PracticeGrouping(Base):
    """One row an activity, locked by whoever changes its groups."""

    __tablename__ = "practice_grouping"

    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True
    )
    changed_at: Mapped[datetime]


class PracticeGroup(Base):
    """Who practises together in one round; its people are its seats."""

    __tablename__ = "practice_group"

    id: Mapped[Id]
    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    round: Mapped[int] = mapped_column(Integer)
    #: `auto`, `hand` (by an instructor) or `chosen` (by learners).
    made_by: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    #: When it had fewer than two people left; None: it is there.
    closed_at: Mapped[datetime | None]


class PracticeSeat(ActivityRecord, Base):
    """One person in one group. In a pair and in a group of three everybody has the same role."""

    __tablename__ = "practice_seat"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        # Nobody sits in two groups of a round at once, whatever two requests do at one moment.
        Index(
            "uq_practice_seat_taken",
            "activity_id",
            "person_id",
            "round",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_group.id", ondelete="CASCADE"), index=True
    )
    #: That of the group, so that the database can see to it that nobody sits in two.
    round: Mapped[int] = mapped_column(Integer)
    #: `peer`: each coaches the next one by `position`, and the last one the first.
    role: Mapped[str] = mapped_column(String(10), default="peer")
    position: Mapped[int] = mapped_column(Integer)
    left_at: Mapped[datetime | None]


def find_member(placement: Placement, person: Person) -> PracticeMember | None:
    """Return somebody's part in a practice, or None."""
    return db().scalar(
        select(PracticeMember).where(
            PracticeMember.activity_id == placement.activity_id,
            PracticeMember.person_id == person.id,
        )
    )


def list_members(activity_id: UUID, people: Collection[UUID]) -> Sequence[PracticeMember]:
    """Return the parts of some people in a practice."""
    return (
        db()
        .scalars(
            select(PracticeMember).where(
                PracticeMember.activity_id == activity_id,
                PracticeMember.person_id.in_(list(people)),
            )
        )
        .all()
    )


def add_member(placement: Placement, person: Person) -> PracticeMember:
    """Return somebody's part in a practice, new or old, locked."""
    found = (
        select(PracticeMember)
        .where(
            PracticeMember.activity_id == placement.activity_id,
            PracticeMember.person_id == person.id,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    member, _ = find_or_add(
        lambda: db().scalar(found),
        lambda: PracticeMember(
            activity_id=placement.activity_id, person_id=person.id, prepared=[], granted=0
        ),
    )
    return member
