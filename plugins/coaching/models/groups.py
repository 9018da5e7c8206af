"""Who takes part in a practice, and who sits with whom in which round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.api import ActivityRecord, Base, Id, Person, Placement, db, find_or_add, now


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


def lock_groups(activity_id: UUID) -> None:
    """Let nobody else change the groups of an activity until this transaction is over."""
    found = (
        select(PracticeGrouping)
        .where(PracticeGrouping.activity_id == activity_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row, _ = find_or_add(
        lambda: db().scalar(found),
        lambda: PracticeGrouping(activity_id=activity_id, changed_at=now()),
    )
    row.changed_at = now()
    db().flush()


def list_joined(activity_id: UUID) -> Sequence[PracticeMember]:
    """Return those who want to be grouped, in the order in which they came."""
    return (
        db()
        .scalars(
            select(PracticeMember)
            .where(
                PracticeMember.activity_id == activity_id,
                PracticeMember.joined_at.is_not(None),
                PracticeMember.left_at.is_(None),
            )
            .order_by(PracticeMember.joined_at, PracticeMember.id)
        )
        .all()
    )


@dataclass(frozen=True)
class SeatedGroup:
    """A group with who sits in it, in the order in which they coach each other."""

    id: UUID
    round: int
    made_by: str
    people: tuple[UUID, ...]


def list_groups(activity_id: UUID, round_: int | None = None) -> list[SeatedGroup]:
    """Return the groups of an activity, or of one round, that are not closed."""
    question = (
        select(PracticeGroup, PracticeSeat.person_id)
        .join(PracticeSeat, PracticeSeat.group_id == PracticeGroup.id)
        .where(
            PracticeGroup.activity_id == activity_id,
            PracticeGroup.closed_at.is_(None),
            PracticeSeat.left_at.is_(None),
        )
        .order_by(
            PracticeGroup.round, PracticeGroup.created_at, PracticeGroup.id, PracticeSeat.position
        )
    )
    if round_ is not None:
        question = question.where(PracticeGroup.round == round_)
    people: dict[UUID, list[UUID]] = {}
    groups: dict[UUID, PracticeGroup] = {}
    for group, person_id in db().execute(question):
        groups[group.id] = group
        people.setdefault(group.id, []).append(person_id)
    return [
        SeatedGroup(group.id, group.round, group.made_by, tuple(people[group.id]))
        for group in groups.values()
    ]


def find_group(activity_id: UUID, person_id: UUID, round_: int) -> SeatedGroup | None:
    """Return the group that somebody sits in, in a round, or None."""
    found = (one for one in list_groups(activity_id, round_) if person_id in one.people)
    return next(found, None)


def add_group(activity_id: UUID, round_: int, made_by: str, people: Sequence[UUID]) -> UUID:
    """Make a group of people who sit in no other one of the round; returns its id."""
    group = PracticeGroup(activity_id=activity_id, round=round_, made_by=made_by, created_at=now())
    db().add(group)
    db().flush()
    seat_people(activity_id, group.id, round_, people)
    return group.id


def seat_people(activity_id: UUID, group_id: UUID, round_: int, people: Sequence[UUID]) -> None:
    """Let people sit in a group, in this order; who sat there before comes back to their seat."""
    seats = {
        seat.person_id: seat
        for seat in db().scalars(select(PracticeSeat).where(PracticeSeat.group_id == group_id))
    }
    for position, person_id in enumerate(people):
        seat = seats.get(person_id)
        if seat is None:
            seat = PracticeSeat(
                activity_id=activity_id, group_id=group_id, person_id=person_id, round=round_
            )
            db().add(seat)
        seat.position, seat.left_at = position, None
    db().flush()


def leave_seats(group_id: UUID, people: Collection[UUID]) -> None:
    """Let people leave a group; one with fewer than two is closed."""
    seats = db().scalars(
        select(PracticeSeat).where(
            PracticeSeat.group_id == group_id, PracticeSeat.left_at.is_(None)
        )
    )
    staying = 0
    for seat in seats:
        if seat.person_id in people:
            seat.left_at = now()
        else:
            staying += 1
    if staying < 2:
        close_group(group_id)
    db().flush()


def close_group(group_id: UUID) -> None:
    """End a group; nobody sits in it any more."""
    group = db().get_one(PracticeGroup, group_id)
    group.closed_at = now()
    for seat in db().scalars(
        select(PracticeSeat).where(
            PracticeSeat.group_id == group_id, PracticeSeat.left_at.is_(None)
        )
    ):
        seat.left_at = now()
    db().flush()


def who_sat(group_id: UUID) -> Sequence[UUID]:
    """Return everybody who ever sat in a group."""
    return (
        db().scalars(select(PracticeSeat.person_id).where(PracticeSeat.group_id == group_id)).all()
    )


def list_activities_with_members() -> Sequence[UUID]:
    """Return the activities in which somebody takes part."""
    return (
        db()
        .scalars(
            select(PracticeMember.activity_id)
            .where(PracticeMember.joined_at.is_not(None), PracticeMember.left_at.is_(None))
            .distinct()
            .order_by(PracticeMember.activity_id)
        )
        .all()
    )


def list_seats(person_id: UUID) -> Sequence[PracticeSeat]:
    """Return where somebody sits, in every practice."""
    found = select(PracticeSeat).where(
        PracticeSeat.person_id == person_id, PracticeSeat.left_at.is_(None)
    )
    return db().scalars(found).all()
