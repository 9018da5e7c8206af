"""The audit trail: who decided what about grades, and when. Rows are only ever added."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app import clock
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

Details = dict[str, str | int | None]


class AuditEntry(Base):
    """One decision of a person; `details` hold ids, numbers and dates, never words."""

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    #: Who decided; None: an operator at the command line, or somebody who was erased since.
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    #: Such as `ruling.hold` or `grade.replace`.
    action: Mapped[str] = mapped_column(String(40))
    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    #: Whom it is about; None: everybody in the activity.
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    details: Mapped[Details] = mapped_column(JSON, default=dict)
    created_at: Mapped[CreatedAt]


def note(
    action: str,
    activity_id: UUID,
    *,
    by: UUID | None,
    person_id: UUID | None = None,
    until: datetime | None = None,
    count: int | None = None,
) -> None:
    """Add an entry, as part of the transaction of the decision itself."""
    details: Details = {}
    if until is not None:
        details["until"] = until.isoformat()
    if count is not None:
        details["count"] = count
    db().add(
        AuditEntry(
            actor_id=by,
            action=action,
            activity_id=activity_id,
            person_id=person_id,
            details=details,
            created_at=clock.now(),
        )
    )


def list_entries(activity_id: UUID) -> list[AuditEntry]:
    """Return what was decided in an activity, oldest first."""
    query = select(AuditEntry).where(AuditEntry.activity_id == activity_id)
    return list(db().scalars(query.order_by(AuditEntry.created_at)))
