"""Periodic work: when each job is due, who is at it, and what its last run came to."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Integer, String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base
from lti_app.store.session import count_changed, db, find_or_add


class Job(Base):
    """One job of the tool; the lease makes one runner of many hosts."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: `done`, `failed` or `stopped`: of the last run that ended.
    outcome: Mapped[str | None] = mapped_column(String(10))
    #: Name of the fault that ended the last run, if one did; what it said is in the log.
    fault: Mapped[str | None] = mapped_column(String(80))
    #: How many rows it changed or deleted.
    changed: Mapped[int] = mapped_column(Integer, default=0)
    #: The product's time at the start of the last run that was done.
    covered_at: Mapped[datetime | None]


def claim(name: str, now: datetime, until: datetime) -> UUID | None:
    """Take a job that is due; None if it is not, or somebody else is at it.

    Compare-and-set in one statement: of many that come at once, one gets it.
    """
    find_or_add(lambda: find_job(name), lambda: Job(name=name, due_at=now))
    lease = uuid4()
    take = update(Job).where(
        Job.name == name,
        Job.due_at <= now,
        or_(Job.leased_until.is_(None), Job.leased_until <= now),
    )
    taken = count_changed(take.values(lease=lease, leased_until=until, started_at=now))
    return lease if taken else None


def keep(name: str, lease: UUID, until: datetime) -> bool:
    """Hold a job for longer; False if its lease went to somebody else."""
    hold = update(Job).where(Job.name == name, Job.lease == lease)
    return count_changed(hold.values(leased_until=until)) == 1


def finish(name: str, lease: UUID, **values: object) -> bool:
    """Note how a run ended and give the job back; False if somebody else has it."""
    end = update(Job).where(Job.name == name, Job.lease == lease)
    return count_changed(end.values(lease=None, leased_until=None, **values)) == 1


def find_job(name: str) -> Job | None:
    """Return a job, or None before its first run."""
    return db().scalar(select(Job).where(Job.name == name))


def list_jobs() -> list[Job]:
    """Return every job that ever ran, by name."""
    return list(db().scalars(select(Job).order_by(Job.name)))


def list_due(names: list[str], now: datetime) -> list[str]:
    """Return which of some jobs are worth claiming: those that are not known to be later."""
    later = select(Job.name).where(
        Job.name.in_(names), or_(Job.due_at > now, Job.leased_until > now)
    )
    known = set(db().scalars(later))
    return [name for name in names if name not in known]
