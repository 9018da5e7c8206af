"""Goals that pairs have agreed on, and what is written about the way there."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.goals import GoalState
from lti_app.domain.pairs import PairState
from lti_app.store.base import Base, CreatedAt, Id, PairRecord
from lti_app.store.pairs import Pair
from lti_app.store.programmes import Programme
from lti_app.store.session import db


class Goal(PairRecord, Base):
    """A goal of a pair, as its charter in force has it."""

    __tablename__ = "goal"
    __table_args__ = (UniqueConstraint("pair_id", "key"),)

    #: Of the draft: what makes it the same goal in the next version of the charter.
    key: Mapped[UUID]
    #: Where it stands among the pair's goals.
    position: Mapped[int] = mapped_column(Integer)
    #: `domain.goals.GoalDraft` as agreed.
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_on: Mapped[date | None]
    #: open, met, partly or dropped.
    state: Mapped[str] = mapped_column(String(10), default="open")
    agreed_at: Mapped[datetime]
    #: When it was last marked; None while it never was.
    reviewed_at: Mapped[datetime | None]


class GoalUpdate(Base):
    """What one of the two wrote about a goal, or how they marked it."""

    __tablename__ = "goal_update"

    id: Mapped[Id]
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goal.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(String(600), default="")
    #: How far it is by now, in the goal's own unit; empty where nobody said.
    value: Mapped[str] = mapped_column(String(40), default="")
    #: As what it was marked; None: it was not.
    state: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[CreatedAt]


def list_goals(pair_id: UUID, *, lock: bool = False) -> list[Goal]:
    """Return the goals of a pair in their order; locked for whoever means to change them."""
    query = select(Goal).where(Goal.pair_id == pair_id).order_by(Goal.position, Goal.id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(db().scalars(query))


def find_goal(pair_id: UUID, goal_id: UUID, *, lock: bool = False) -> Goal | None:
    """Return a goal of a pair, or None; locked for whoever means to change it."""
    query = select(Goal).where(Goal.pair_id == pair_id, Goal.id == goal_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db().scalar(query)


def list_updates(goals: Collection[UUID]) -> list[GoalUpdate]:
    """Return what was written about some goals, the newest first."""
    query = select(GoalUpdate).where(GoalUpdate.goal_id.in_(list(goals)))
    return list(db().scalars(query.order_by(GoalUpdate.created_at.desc(), GoalUpdate.id)))


def list_due(
    zone: str, since: date, until: date, limit: int, after: UUID | None
) -> list[tuple[Goal, Pair]]:
    """Return open goals whose day has come, of pairs at work in programmes of a time zone, by id.

    Args:
        zone: of the programmes.
        since: not of days before this one.
        until: the last day that has come.
        limit: so many at most.
        after: only those behind this one.
    """
    query = (
        select(Goal, Pair)
        .join(Pair, Pair.id == Goal.pair_id)
        .join(Programme, Programme.id == Pair.programme_id)
        .where(
            Programme.time_zone == zone,
            Pair.state == PairState.ACTIVE.value,
            Goal.state == GoalState.OPEN.value,
            Goal.due_on.between(since, until),
        )
        .order_by(Goal.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Goal.id > after)
    return [(row[0], row[1]) for row in db().execute(query)]


def count_states(pairs: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """Return how many goals of some pairs are in which state."""
    query = (
        select(Goal.pair_id, Goal.state, func.count())
        .where(Goal.pair_id.in_(list(pairs)))
        .group_by(Goal.pair_id, Goal.state)
    )
    return {(row[0], row[1]): row[2] for row in db().execute(query)}
