"""What came of launches: exact counts by day, and the newest of each kind one by one.

Nothing of a person is kept, and nothing that a stranger sends is: a kind is one of our own codes at
one of our own registrations. So whoever sends rubbish fills no more than a fixed number of rows.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, Integer, Row, String, case, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, Id
from lti_app.store.session import count_changed, db, delete_all_but_newest, find_or_add

#: Where no registration is known yet.
NOWHERE = ""


class LaunchCount(Base):
    """How many launches of one LMS came to the same thing on one day."""

    __tablename__ = "launch_count"

    #: In UTC.
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    #: Id of the registration in hexadecimal, or empty; no reference, so that nothing is looked up.
    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    #: Code of the refusal, or `opened` and the like.
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    #: The minute of the newest one, and how many there were in it.
    minute: Mapped[datetime]
    in_minute: Mapped[int] = mapped_column(Integer)


class LaunchOutcome(Base):
    """One launch, as it is found by the number on its page."""

    __tablename__ = "launch_outcome"
    __table_args__ = (Index("ix_launch_outcome_source_code_at", "source", "code", "at"),)

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(40))
    #: The number on the page and in the log.
    correlation_id: Mapped[str] = mapped_column(String(12), index=True)


def count_one(source: str, code: str, now: datetime) -> int:
    """Count a launch; returns how many of its kind there were in this minute, itself included."""
    key = {"day": now.date(), "source": source, "code": code}
    minute = now.replace(second=0, microsecond=0)
    find_or_add(
        lambda: db().get(LaunchCount, key),
        lambda: LaunchCount(**key, count=0, minute=minute, in_minute=0),
    )
    same_minute = LaunchCount.minute == minute
    counted = (
        update(LaunchCount)
        .where(
            LaunchCount.day == now.date(), LaunchCount.source == source, LaunchCount.code == code
        )
        .values(
            count=LaunchCount.count + 1,
            in_minute=case((same_minute, LaunchCount.in_minute + 1), else_=1),
            minute=minute,
        )
        .returning(LaunchCount.in_minute)
        .execution_options(synchronize_session=False)
    )
    return db().scalars(counted).one()


def add_one(source: str, code: str, correlation_id: str, now: datetime) -> None:
    """Keep one launch by its number."""
    db().add(LaunchOutcome(at=now, source=source, code=code, correlation_id=correlation_id))


def count_by_day(since: date, source: str | None) -> Sequence[Row[str, date, int]]:
    """Return code, day and count since a day, of one LMS or of all."""
    query = select(LaunchCount.code, LaunchCount.day, func.sum(LaunchCount.count)).where(
        LaunchCount.day >= since
    )
    if source is not None:
        query = query.where(LaunchCount.source == source)
    return db().execute(query.group_by(LaunchCount.code, LaunchCount.day)).all()


def count_since(since: date, codes_left_out: Sequence[str]) -> int:
    """Return how many launches there were since a day that came to none of some things."""
    query = select(func.sum(LaunchCount.count)).where(
        LaunchCount.day >= since, LaunchCount.code.not_in(codes_left_out)
    )
    return db().scalar(query) or 0


def list_latest(
    limit: int, *, source: str | None, code: str | None, correlation_id: str | None
) -> list[LaunchOutcome]:
    """Return single launches, newest first, narrowed by what is given."""
    query = select(LaunchOutcome).order_by(LaunchOutcome.at.desc(), LaunchOutcome.id).limit(limit)
    given = {"source": source, "code": code, "correlation_id": correlation_id}
    return list(db().scalars(query.filter_by(**{k: v for k, v in given.items() if v is not None})))


def trim(kept_of_each: int) -> int:
    """Delete all but the newest single launches of each LMS and code; returns how many."""
    groups = (
        select(LaunchOutcome.source, LaunchOutcome.code)
        .group_by(LaunchOutcome.source, LaunchOutcome.code)
        .having(func.count() > kept_of_each)
    )
    return sum(_trim_one(source, code, kept_of_each) for source, code in db().execute(groups).all())


def delete_old(before: datetime) -> int:
    """Delete counts and single launches by age; returns how many rows."""
    counts = delete(LaunchCount).where(LaunchCount.day < before.date())
    outcomes = delete(LaunchOutcome).where(LaunchOutcome.at < before)
    return count_changed(counts) + count_changed(outcomes)


def _trim_one(source: str, code: str, kept: int) -> int:
    of_group = (LaunchOutcome.source == source, LaunchOutcome.code == code)
    return delete_all_but_newest(LaunchOutcome.at, kept, *of_group)


def source_of(registration_id: UUID | None) -> str:
    """Return what a registration is called here."""
    return registration_id.hex if registration_id else NOWHERE
