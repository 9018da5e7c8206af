"""How the LMSs are doing, shared by all processes that send to them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.delivery import DeliveryState
from lti_app.store.base import Base
from lti_app.store.progress import Delivery
from lti_app.store.session import count_changed, db, find_or_add

#: States in which a cell is tried by itself, and soon.
_ON_THE_WAY = (DeliveryState.QUEUED.value, DeliveryState.WAITING.value)


class LmsHealth(Base):
    """What the last answers of one LMS amount to (`domain.lms_health.Health`)."""

    __tablename__ = "lms_health"

    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: In a row.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    #: In a row; while there are any, one cell at a time tries whether the LMS is back.
    pauses: Mapped[int] = mapped_column(Integer, default=0)
    #: Nothing goes to the LMS before, or a cell is trying until then.
    paused_until: Mapped[datetime | None]
    #: Code of the answer that led to the pause.
    reason: Mapped[str | None] = mapped_column(String(60))


def find_all(registration_ids: Collection[UUID]) -> dict[UUID, LmsHealth]:
    """Return what is known of some LMSs; of one that never failed nothing is."""
    query = select(LmsHealth).where(LmsHealth.registration_id.in_(registration_ids))
    return {row.registration_id: row for row in db().scalars(query)}


def count_on_the_way(registration_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return of some LMSs how many cells wait for their newest value; those with none left out."""
    query = (
        select(Delivery.registration_id, func.count())
        .where(Delivery.registration_id.in_(registration_ids), Delivery.state.in_(_ON_THE_WAY))
        .group_by(Delivery.registration_id)
    )
    return {row[0]: row[1] for row in db().execute(query)}


def find_or_add_locked(registration_id: UUID) -> LmsHealth:
    """Return the row of an LMS, to be changed by nobody else before this transaction ends."""
    row, _ = find_or_add(
        lambda: db().get(LmsHealth, registration_id),
        lambda: LmsHealth(registration_id=registration_id, failures=0, pauses=0),
    )
    db().refresh(row, with_for_update={"key_share": True})
    return row


def claim_probe(registration_id: UUID, now: datetime, until: datetime) -> bool:
    """Take the right to try whether an LMS is back; nobody else gets it until then."""
    claim = update(LmsHealth).where(
        LmsHealth.registration_id == registration_id, LmsHealth.paused_until <= now
    )
    return count_changed(claim.values(paused_until=until)) == 1
