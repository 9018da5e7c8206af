"""Login transactions, and the visits that launches make of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.roles import Roles
from lti_app.store.base import Base, CreatedAt, Id


class LoginTransaction(Base):
    """One login between the LMS's first request and its signed answer (lti.md R-1.8)."""

    __tablename__ = "login_transaction"

    #: Names the state cookie and the address of the next step; proves nothing.
    id: Mapped[Id]
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    #: Hash of the state cookie's value: only the browser that began may end it.
    cookie_hash: Mapped[str] = mapped_column(String(64))
    #: Hash of the browser's marker cookie.
    browser_hash: Mapped[str] = mapped_column(String(64))
    #: The login's parameters, handed back byte for byte.
    login_hint: Mapped[str] = mapped_column(Text)
    message_hint: Mapped[str | None] = mapped_column(Text)
    target_link_uri: Mapped[str] = mapped_column(Text)
    deployment_id: Mapped[str | None] = mapped_column(String(255))
    #: The login runs in a window that the tool opened for it.
    in_window: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Visit(Base):
    """What a launch gives a browser: one person, their roles, one placement, for a while."""

    __tablename__ = "visit"

    id: Mapped[Id]
    #: Hash of the random id in the address.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Hash of the visit cookie's value.
    cookie_hash: Mapped[str] = mapped_column(String(64))
    #: Hash of the one-time code of the first GET, and when it was used.
    entry_hash: Mapped[str] = mapped_column(String(64))
    entry_expires_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    #: Hash of the browser's marker cookie: another person's launch there ends this visit.
    browser_hash: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    placement_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), index=True
    )
    #: The visit whose window button opened this one.
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))
    role_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: The hat that the visit acts under now.
    hat: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str | None] = mapped_column(String(35))
    return_url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def roles(self) -> Roles:
        """Return the roles of the launch as flags."""
        return Roles.from_names(self.role_names)
