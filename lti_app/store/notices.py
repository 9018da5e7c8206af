"""Notices: the outbox of inbox and mail, written with what they tell of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id


class Notice(Base):
    """Something a person should know; its words are made from `key` when it is shown."""

    __tablename__ = "notice"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    #: Values for the sentence; never words that a person wrote.
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    due_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
