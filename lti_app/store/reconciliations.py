"""Readings of a whole gradebook column: asked for on a page, done by the worker, shown later."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Integer, Numeric, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.courses import LineItem, Placement
from lti_app.store.people import Identity, Person
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import count_changed, db

_SEEN = Numeric(14, 4)


class Reconciliation(Base):
    """One reading of a column; unfinished until `finished_at`."""

    __tablename__ = "reconciliation"

    id: Mapped[Id]
    placement_id: Mapped[UUID] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), index=True
    )
    #: None: an operator at the command line.
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    #: Why the column could not be read, our short code; None if it could.
    reason: Mapped[str | None] = mapped_column(String(60))
    equal: Mapped[int] = mapped_column(Integer, default=0)
    #: Results of people whom the tool does not know.
    strangers: Mapped[int] = mapped_column(Integer, default=0)


class ReconciliationFinding(Base):
    """A cell in which tool and gradebook differed."""

    __tablename__ = "reconciliation_finding"

    id: Mapped[Id]
    reconciliation_id: Mapped[UUID] = mapped_column(
        ForeignKey("reconciliation.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: `domain.delivery.Finding`.
    kind: Mapped[str] = mapped_column(String(20))
    ours: Mapped[Decimal | None] = mapped_column(_SEEN)
    theirs: Mapped[Decimal | None] = mapped_column(_SEEN)
    maximum: Mapped[Decimal | None] = mapped_column(_SEEN)


def find_open(placement_id: UUID) -> Reconciliation | None:
    """Return a reading of a column that is not finished yet, or None."""
    return db().scalar(
        select(Reconciliation)
        .where(Reconciliation.placement_id == placement_id, Reconciliation.finished_at.is_(None))
        .limit(1)
    )


def find_latest(placement_id: UUID) -> Reconciliation | None:
    """Return the newest finished reading of a column, or None."""
    return db().scalar(
        select(Reconciliation)
        .where(Reconciliation.placement_id == placement_id, Reconciliation.finished_at.isnot(None))
        .order_by(Reconciliation.finished_at.desc())
        .limit(1)
    )


def lease_one(
    now: datetime, until: datetime, placement_id: UUID | None = None
) -> tuple[UUID, UUID] | None:
    """Take a reading that is asked for, of a column if one is named; returns it and the lease.

    Whatever an earlier runner had found before it died is found anew.
    """
    is_free = or_(Reconciliation.leased_until.is_(None), Reconciliation.leased_until < now)
    waiting = (
        select(Reconciliation.id)
        .where(Reconciliation.finished_at.is_(None), is_free)
        .order_by(Reconciliation.created_at)
        .limit(1)
    )
    if placement_id is not None:
        waiting = waiting.where(Reconciliation.placement_id == placement_id)
    if (found := db().scalar(waiting)) is None:
        return None
    lease = uuid4()
    take = update(Reconciliation).where(Reconciliation.id == found, is_free)
    if not count_changed(take.values(lease=lease, leased_until=until, equal=0, strangers=0)):
        return None
    earlier = delete(ReconciliationFinding)
    count_changed(earlier.where(ReconciliationFinding.reconciliation_id == found))
    return found, lease


def extend_lease(reconciliation_id: UUID, lease: UUID, until: datetime) -> bool:
    """Keep a lease for longer; False if somebody else has it."""
    keep = update(Reconciliation).where(
        Reconciliation.id == reconciliation_id, Reconciliation.lease == lease
    )
    return count_changed(keep.values(leased_until=until)) == 1


def find_target(placement_id: UUID) -> tuple[Registration, LineItem | None]:
    """Return the LMS and the column of a placement."""
    row = db().execute(
        select(Registration, LineItem)
        .select_from(Placement)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .outerjoin(LineItem, LineItem.placement_id == Placement.id)
        .where(Placement.id == placement_id)
    )
    registration, item = row.one()
    return registration, item


def list_columns() -> list[UUID]:
    """Return all placements that have a column, at LMSs that are switched on."""
    query = (
        select(LineItem.placement_id)
        .join(Placement, Placement.id == LineItem.placement_id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(LineItem.url.isnot(None), Deployment.status == "active", Registration.is_active)
        .order_by(Placement.created_at)
    )
    return list(db().scalars(query))


def subjects(registration: Registration, people: Collection[UUID]) -> dict[UUID, str]:
    """Return what an LMS calls people, for those it knows."""
    rows = db().execute(
        select(Identity.person_id, Identity.subject)
        .where(
            Identity.person_id.in_(list(people)),
            Identity.kind == "lti",
            Identity.issuer == registration.issuer,
            Identity.client_id.in_(("", registration.client_id)),
        )
        .order_by(Identity.client_id, Identity.created_at)
    )
    return {row[0]: row[1] for row in rows}


def list_findings(
    reconciliation_id: UUID, limit: int
) -> list[tuple[ReconciliationFinding, str | None]]:
    """Return differences with names, by name."""
    name = func.coalesce(Person.name, Person.own_name)
    rows = db().execute(
        select(ReconciliationFinding, name)
        .join(Person, Person.id == ReconciliationFinding.person_id)
        .where(ReconciliationFinding.reconciliation_id == reconciliation_id)
        .order_by(func.lower(func.coalesce(name, "")), Person.id)
        .limit(limit)
    )
    return [(finding, named) for finding, named in rows]
