"""Sessions: what a coach logs, what the partner answers, and what is released."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.api import ActivityRecord, Base, Id, db, is_of_somebody
from plugins.coaching.log import Log, from_json


class PracticeSession(ActivityRecord, Base):
    """One conversation; its person is the coach, who alone reads it until it is handed over."""

    __tablename__ = "practice_session"
    __table_args__ = (
        # One a round, but for those that were given up.
        Index(
            "uq_practice_session_of_round",
            "activity_id",
            "person_id",
            "round",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
    )

    #: None where the partner is of the coach's team, and not of the course.
    group_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("practice_group.id", ondelete="SET NULL"), index=True
    )
    #: The partner; None as above, or if that person is gone.
    coachee_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    round: Mapped[int] = mapped_column(Integer)
    #: `rules.SessionState`.
    state: Mapped[str] = mapped_column(String(25))
    held_on: Mapped[date | None] = mapped_column(Date)
    minutes: Mapped[int | None] = mapped_column(Integer)
    #: `full` or `short`.
    form: Mapped[str] = mapped_column(String(5))
    #: As written, see `log.to_json`.
    log: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Rises with every saving, so that two windows do not overwrite each other unseen.
    revision: Mapped[int] = mapped_column(Integer, default=0)
    #: Names the page that saved last, so that no page takes its own saving for somebody else's.
    writer: Mapped[str] = mapped_column(String(32), default="")
    saved_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None] = mapped_column(index=True)
    #: When the partner was reminded; None: not yet.
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    #: When the coach's own part was granted, as nobody answered.
    lapsed_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def written(self) -> Log:
        """Return the log as a value."""
        return from_json(self.log)


class PracticeAnswer(ActivityRecord, Base):
    """What the partner says of a session, once; its person is the partner."""

    __tablename__ = "practice_answer"

    #: None once its coach was erased: what the partner did counts for the partner all the same.
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("practice_session.id", ondelete="SET NULL"), unique=True
    )
    #: For each summary in its order: `yes`, `partly` or `no`.
    verdicts: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: In the partner's words, empty where nothing is to be corrected.
    corrections: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: How much the coach talked: `less` than a quarter, `some` up to a half, `more`.
    talk_share: Mapped[str] = mapped_column(String(10))
    #: "I found my own next step": `yes`, `partly` or `no`.
    own_step: Mapped[str] = mapped_column(String(10))


class PracticeOutsideAnswer(Base):
    """What a team member without an account says of a session: two items, and nothing else."""

    __tablename__ = "practice_outside_answer"

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_session.id", ondelete="CASCADE"), primary_key=True
    )
    #: "I was listened to" and "I left with my own next step": `yes`, `partly` or `no`.
    listened: Mapped[str] = mapped_column(String(10))
    own_step: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime]


class PracticeRelease(Base):
    """A session as it was when its coach gave it to the instructor; it never changes."""

    __tablename__ = "practice_release"

    id: Mapped[Id]
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_session.id", ondelete="CASCADE"), unique=True
    )
    #: See `release.freeze`: the log and the partner's answer, without anybody's name.
    copy: Mapped[dict[str, Any]] = mapped_column(JSON)
    released_at: Mapped[datetime]


def list_sessions(activity_id: UUID, people: Collection[UUID]) -> Sequence[PracticeSession]:
    """Return the sessions that some people lead, the cancelled ones included, oldest first."""
    return (
        db()
        .scalars(
            select(PracticeSession)
            .where(
                PracticeSession.activity_id == activity_id,
                PracticeSession.person_id.in_(list(people)),
            )
            .order_by(PracticeSession.round, PracticeSession.created_at, PracticeSession.id)
        )
        .all()
    )


def count_answers(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how many sessions of others some people answered; who answered none is left out."""
    rows = db().execute(
        select(PracticeAnswer.person_id, func.count())
        .where(
            PracticeAnswer.activity_id == activity_id, PracticeAnswer.person_id.in_(list(people))
        )
        .group_by(PracticeAnswer.person_id)
    )
    return {row[0]: row[1] for row in rows}


def begun_groups(activity_id: UUID) -> set[UUID]:
    """Return the groups in which somebody has begun to write about a conversation."""
    found = db().scalars(
        select(PracticeSession.group_id).where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.group_id.is_not(None),
            PracticeSession.state != "cancelled",
        )
    )
    return {one for one in found if one is not None}


def who_has_begun(activity_id: UUID, round_: int) -> set[UUID]:
    """Return who leads or shares a conversation of a round that somebody has begun to write of."""
    rows = db().execute(
        select(PracticeSession.person_id, PracticeSession.coachee_id).where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.round == round_,
            PracticeSession.state != "cancelled",
        )
    )
    return {one for row in rows for one in row if one is not None}


def find_session(activity_id: UUID, session_id: UUID) -> PracticeSession | None:
    """Return a session of an activity, or None."""
    return db().scalar(
        select(PracticeSession).where(
            PracticeSession.id == session_id, PracticeSession.activity_id == activity_id
        )
    )


def lock_session(activity_id: UUID, session_id: UUID) -> PracticeSession | None:
    """Return a session as it is now, which nobody else changes until this transaction is over."""
    return db().scalar(
        select(PracticeSession)
        .where(PracticeSession.id == session_id, PracticeSession.activity_id == activity_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def list_shared(activity_id: UUID, person_id: UUID) -> Sequence[PracticeSession]:
    """Return the sessions that were handed to somebody as the partner, the newest first."""
    return (
        db()
        .scalars(
            select(PracticeSession)
            .where(
                PracticeSession.activity_id == activity_id,
                PracticeSession.coachee_id == person_id,
                PracticeSession.handed_at.is_not(None),
                PracticeSession.state != "cancelled",
            )
            .order_by(PracticeSession.handed_at.desc(), PracticeSession.id)
        )
        .all()
    )


def find_answer(session_id: UUID) -> PracticeAnswer | None:
    """Return what the partner said of a session, or None."""
    return db().scalar(select(PracticeAnswer).where(PracticeAnswer.session_id == session_id))


def find_outside_answer(session_id: UUID) -> PracticeOutsideAnswer | None:
    """Return what a team member said of a session, or None."""
    return db().get(PracticeOutsideAnswer, session_id)


def find_release(session_id: UUID) -> PracticeRelease | None:
    """Return what was released of a session, or None."""
    return db().scalar(select(PracticeRelease).where(PracticeRelease.session_id == session_id))


def find_of_round(activity_id: UUID, person_id: UUID, round_: int) -> PracticeSession | None:
    """Return the session that somebody leads in a round, unless they gave it up."""
    return db().scalar(
        select(PracticeSession).where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.person_id == person_id,
            PracticeSession.round == round_,
            PracticeSession.state != "cancelled",
        )
    )


def list_to_remind(handed_before: datetime, limit: int) -> Sequence[PracticeSession]:
    """Return sessions that have waited so long for an answer and of which nobody was reminded."""
    return _waiting(handed_before, limit, PracticeSession.reminded_at.is_(None))


def list_to_lapse(handed_before: datetime, limit: int) -> Sequence[PracticeSession]:
    """Return sessions that have waited so long although the partner was reminded."""
    return _waiting(handed_before, limit, PracticeSession.reminded_at.is_not(None))


def _waiting(
    handed_before: datetime, limit: int, more: ColumnElement[bool]
) -> Sequence[PracticeSession]:
    return (
        db()
        .scalars(
            select(PracticeSession)
            .where(
                PracticeSession.state == "awaiting_confirmation",
                PracticeSession.handed_at <= handed_before,
                more,
            )
            .order_by(PracticeSession.handed_at, PracticeSession.id)
            .limit(max(limit, 0))
            .with_for_update(key_share=True, skip_locked=True)
        )
        .all()
    )


def count_handed(activity_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return how many sessions were handed over, and of these answered, by activity."""
    rows = db().execute(
        select(
            PracticeSession.activity_id,
            func.count(),
            func.count(PracticeSession.answered_at),
        )
        .where(
            PracticeSession.activity_id.in_(list(activity_ids)),
            PracticeSession.handed_at.is_not(None),
            PracticeSession.state != "cancelled",
            is_of_somebody(PracticeSession.person_id),
        )
        .group_by(PracticeSession.activity_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def who_has_to_answer(activity_id: UUID) -> set[UUID]:
    """Return those to whom a session was handed that they have not answered."""
    found = db().scalars(
        select(PracticeSession.coachee_id).where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.handed_at.is_not(None),
            PracticeSession.answered_at.is_(None),
            PracticeSession.state != "cancelled",
        )
    )
    return {one for one in found if one is not None}


def who_coached(activity_id: UUID, coachee_id: UUID) -> set[tuple[UUID, int]]:
    """Return who handed somebody a session, each with its round."""
    rows = db().execute(
        select(PracticeSession.person_id, PracticeSession.round).where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.coachee_id == coachee_id,
            PracticeSession.handed_at.is_not(None),
            PracticeSession.state != "cancelled",
        )
    )
    return {(row[0], row[1]) for row in rows}


def list_led_with(coachee_id: UUID) -> Sequence[PracticeSession]:
    """Return all sessions in which somebody was the partner, wherever."""
    found = select(PracticeSession).where(PracticeSession.coachee_id == coachee_id)
    return db().scalars(found).all()


def list_answers_to(coach_id: UUID) -> Sequence[PracticeAnswer]:
    """Return what partners said of all sessions that somebody leads, wherever."""
    found = (
        select(PracticeAnswer)
        .join(PracticeSession, PracticeSession.id == PracticeAnswer.session_id)
        .where(PracticeSession.person_id == coach_id)
    )
    return db().scalars(found).all()


def find_by_id(session_id: UUID) -> PracticeSession | None:
    """Return a session of any activity, for work that is done outside of visits."""
    return db().get(PracticeSession, session_id)


def list_outside_answers(activity_id: UUID, person_id: UUID) -> Sequence[PracticeOutsideAnswer]:
    """Return what team members said of the sessions that somebody leads."""
    return (
        db()
        .scalars(
            select(PracticeOutsideAnswer)
            .join(PracticeSession, PracticeSession.id == PracticeOutsideAnswer.session_id)
            .where(
                PracticeSession.activity_id == activity_id,
                PracticeSession.person_id == person_id,
                PracticeSession.state != "cancelled",
            )
        )
        .all()
    )
