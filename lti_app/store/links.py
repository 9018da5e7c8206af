"""Links that do one thing for whoever has them; only the hash of what they hold is stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import count_changed, db


class LinkToken(Base):
    """One link `/t/<token>`: what it does, to whom and what, until when and how often."""

    __tablename__ = "link_token"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: `domain.links.Purpose`.
    purpose: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: What it is done to, where the person alone does not say it.
    object_id: Mapped[UUID | None]
    most_uses: Mapped[int] = mapped_column(Integer)
    uses: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[CreatedAt]


def find_usable(token_hash: str, now: datetime) -> LinkToken | None:
    """Return the link of a hash if it can still be used."""
    return db().scalar(
        select(LinkToken).where(
            LinkToken.token_hash == token_hash,
            LinkToken.expires_at > now,
            LinkToken.uses < LinkToken.most_uses,
        )
    )


def use_up(token_hash: str, now: datetime) -> LinkToken | None:
    """Count one use, in one statement; None if there is none left, or somebody was faster."""
    used = update(LinkToken).where(
        LinkToken.token_hash == token_hash,
        LinkToken.expires_at > now,
        LinkToken.uses < LinkToken.most_uses,
    )
    if count_changed(used.values(uses=LinkToken.uses + 1, used_at=now)) != 1:
        return None
    return db().scalar(select(LinkToken).where(LinkToken.token_hash == token_hash))


def delete_links(person_id: UUID, purpose: str) -> int:
    """Delete all links of somebody that do one thing; returns how many."""
    found = delete(LinkToken).where(LinkToken.person_id == person_id, LinkToken.purpose == purpose)
    return count_changed(found)


def delete_about(object_id: UUID, purpose: str) -> int:
    """Delete all links about an object that do one thing; returns how many."""
    found = delete(LinkToken).where(LinkToken.object_id == object_id, LinkToken.purpose == purpose)
    return count_changed(found)


def delete_expired(now: datetime) -> int:
    """Delete links whose time is over; returns how many."""
    return count_changed(delete(LinkToken).where(LinkToken.expires_at <= now))
