"""How far people are, and the outbox that carries it to gradebooks."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.clock import now, real_now
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.people import Person
from lti_app.store.session import add_unless_there, db

_SCORE = Numeric(7, 4)
_SEEN = Numeric(14, 4)


class Progress(Base):
    """What an activity's rule last said of one person."""

    __tablename__ = "progress"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    id: Mapped[Id]
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: `domain.progress.State`.
    state: Mapped[str] = mapped_column(String(20))
    score: Mapped[Decimal | None] = mapped_column(_SCORE)
    is_excused: Mapped[bool] = mapped_column(default=False)
    needs_marking: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None]
    #: When their activity last said something else, and it did not count, as it was closed.
    late_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Delivery(Base):
    """The outbox of one gradebook cell: its newest value, and what the LMS last said of it.

    A newer value overwrites the older one and raises `version`; an attempt's answer is recorded
    against the version that was posted.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("placement_id", "person_id"),
        Index("ix_delivery_registration_id_due_at", "registration_id", "due_at"),
        Index(
            "ix_delivery_stuck",
            "stuck_since",
            postgresql_where=text("stuck_since IS NOT NULL"),
            sqlite_where=text("stuck_since IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    #: The placement's LMS, which never changes: cells are leased LMS by LMS.
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Whose score it is; None: the placement's. Where the link has been pointed at another
    #: activity since, nothing more is sent of this one (R-3.9).
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer, default=1)
    #: When this version came: for so long the LMS could have had it.
    valued_at: Mapped[datetime] = mapped_column(default=real_now)
    score: Mapped[Decimal] = mapped_column(_SCORE)
    #: `domain.delivery.DeliveryState`.
    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    #: When the worker takes it next; None: only a launch or a person changes anything.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    #: Failed attempts in a row.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    #: An attempt was made whose answer never arrived: read before sending again (R-4.12).
    is_unanswered: Mapped[bool] = mapped_column(default=False)
    #: The `timestamp` of the last post; the next one is at least a second later.
    posted_at: Mapped[datetime | None]
    #: What the LMS last accepted.
    acknowledged_score: Mapped[Decimal | None] = mapped_column(_SCORE)
    acknowledged_version: Mapped[int | None]
    acknowledged_at: Mapped[datetime | None]
    #: The LMS's last answer: HTTP status and our short code for it.
    answer_status: Mapped[int | None]
    answer_reason: Mapped[str | None] = mapped_column(String(60))
    answered_at: Mapped[datetime | None]
    #: What was in the cell when it was last found to hold what is not ours.
    seen_score: Mapped[Decimal | None] = mapped_column(_SEEN)
    seen_maximum: Mapped[Decimal | None] = mapped_column(_SEEN)
    #: Since when nothing but somebody's doing helps; None again once the LMS has taken a value.
    stuck_since: Mapped[datetime | None]
    #: What somebody decided about the next post; `domain.delivery.Mandate`.
    mandate: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class DeliveryAttempt(Base):
    """One post of a cell: the log beside the outbox."""

    __tablename__ = "delivery_attempt"

    id: Mapped[Id]
    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("delivery.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    score: Mapped[Decimal] = mapped_column(_SCORE)
    #: `domain.delivery.Outcome`; None while the answer is awaited, or never came.
    outcome: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(60))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Ruling(Base):
    """A person's word on one learner's part in an activity; each can be undone."""

    __tablename__ = "ruling"

    id: Mapped[Id]
    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: `domain.rulings.RulingKind`.
    kind: Mapped[str] = mapped_column(String(10))
    until: Mapped[datetime | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


def find_progress(activity_id: UUID, person_id: UUID) -> Progress | None:
    """Return how far somebody is, or None if nothing was ever stored."""
    return db().scalar(
        select(Progress).where(Progress.activity_id == activity_id, Progress.person_id == person_id)
    )


def lock_progress(
    activity_id: UUID, people: Collection[UUID], *, add: Collection[UUID] = ()
) -> Mapping[UUID, Progress]:
    """Return how far people are as it is now, which nobody else changes until this request is over.

    Who asks an activity how far somebody is does this first: of two who ask at the same moment the
    second one then sees what the first has stored.

    Args:
        activity_id: where.
        people: whose; of whom nothing is stored is left out.
        add: those of them of whom something is stored from now on.
    """
    # In one order, so that nobody waits for another in a ring.
    add_unless_there(
        [Progress.activity_id, Progress.person_id],
        [_nothing_done(activity_id, person_id) for person_id in sorted(add)],
    )
    rows = db().scalars(
        select(Progress)
        .where(Progress.activity_id == activity_id, Progress.person_id.in_(list(people)))
        .order_by(Progress.person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.person_id: row for row in rows}


def _nothing_done(activity_id: UUID, person_id: UUID) -> Mapping[str, object]:
    return {
        "activity_id": activity_id,
        "person_id": person_id,
        "state": "not_started",
        "is_excused": False,
        "needs_marking": False,
        "updated_at": now(),
    }


def list_delivery_states(placement_id: UUID, people: Collection[UUID]) -> dict[UUID, str]:
    """Return how far the cells of some people are, by person; nobody without a grade is in it."""
    rows = db().execute(
        select(Delivery.person_id, Delivery.state).where(
            Delivery.placement_id == placement_id, Delivery.person_id.in_(people)
        )
    )
    return {row[0]: row[1] for row in rows}


def find_delivery(placement_id: UUID, person_id: UUID) -> Delivery | None:
    """Return the outbox of one cell, or None while nothing was ever due there."""
    return db().scalar(
        select(Delivery).where(
            Delivery.placement_id == placement_id, Delivery.person_id == person_id
        )
    )


def count_deliveries() -> dict[str, int]:
    """Return how many cells are in which state."""
    counted = select(Delivery.state, func.count()).group_by(Delivery.state)
    rows = db().execute(counted.order_by(Delivery.state)).all()
    return {row[0]: row[1] for row in rows}


def list_people_at(activity_id: UUID) -> list[Person]:
    """Return who has begun an activity, by name; student-view users left out."""
    people = (
        select(Person)
        .join(Progress, Progress.person_id == Person.id)
        .where(Progress.activity_id == activity_id, Person.is_preview.is_(False))
        .order_by(Person.name, Person.id)
    )
    return list(db().scalars(people))
