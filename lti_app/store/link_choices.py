"""What the visits of authors are there to choose, and what they have chosen so far."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base
from lti_app.store.session import db


class LinkChoice(Base):
    """One question to an author; it goes with the visit that it was put to."""

    __tablename__ = "link_choice"

    visit_id: Mapped[UUID] = mapped_column(
        ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True
    )
    #: `domain.launch.DeepLinkSettings`; JSON, for its data may hold any text at all.
    settings: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: `domain.linking.UnsetLink`.
    link: Mapped[dict[str, object] | None] = mapped_column(JSON)
    offered_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"))
    #: Ids of activities, in order.
    chosen: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Signed; None until it is given, and where no LMS gets one.
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]


def find_choice(visit_id: UUID) -> LinkChoice | None:
    """Return what a visit is to choose, or None if it has nothing to choose."""
    return db().get(LinkChoice, visit_id)


def lock_choice(visit_id: UUID) -> LinkChoice | None:
    """Return the same, locked: two clicks at once are one after the other."""
    return db().scalar(
        select(LinkChoice)
        .where(LinkChoice.visit_id == visit_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
