"""Notices: the outbox of inbox and mail, written with what they tell of."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Row,
    Select,
    String,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.courses import Activity, Course
from lti_app.store.session import count_changed, db

#: A notice, the activity that it is about, and that activity's course.
NoticeRow = Row["Notice", Activity | None, Course | None]


class Notice(Base):
    """Something that a person should know; its words are made from `key` when it is read."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "key", "about"),
        Index(
            "ix_notice_unread",
            "person_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notice_not_mailed",
            "urgency",
            "due_at",
            postgresql_where=text("mailed_at IS NULL AND read_at IS NULL"),
            sqlite_where=text("mailed_at IS NULL AND read_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    #: What makes it the same notice when it is said again; of ids, days and numbers.
    about: Mapped[str] = mapped_column(String(120))
    #: `domain.notices.Urgency`, as it was when the notice was written.
    urgency: Mapped[str] = mapped_column(String(20))
    #: Its title is looked up when the notice is read; with the activity the notice goes.
    activity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    #: Numbers and instants for the sentence; never words.
    parameters: Mapped[dict[str, int | str]] = mapped_column(JSON, default=dict)
    read_at: Mapped[datetime | None]
    #: Not mailed before; until then it can be read or taken back without any mail.
    due_at: Mapped[datetime]
    #: When it was last put into a mail, which may still be on its way.
    mailed_at: Mapped[datetime | None]
    mail_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("mail.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]


def find_notice(person_id: UUID, key: str, about: str) -> Notice | None:
    """Return what somebody was told about an object, or None."""
    return db().scalar(
        select(Notice).where(
            Notice.person_id == person_id, Notice.key == key, Notice.about == about
        )
    )


def list_notices(
    person_id: UUID, keys: Collection[str], *, limit: int, offset: int
) -> list[NoticeRow]:
    """Return one page of somebody's notices of some kinds, the newest first."""
    query = (
        select(Notice, Activity, Course)
        .outerjoin(Activity, Activity.id == Notice.activity_id)
        .outerjoin(Course, Course.id == Activity.course_id)
        .where(Notice.person_id == person_id, Notice.key.in_(keys))
        .order_by(Notice.created_at.desc(), Notice.id)
    )
    return list(db().execute(query.limit(limit).offset(offset)))


def count_notices(person_id: UUID, keys: Collection[str]) -> int:
    """Return how many notices of some kinds somebody has."""
    return db().scalar(_counted(person_id, keys)) or 0


def count_unread(person_id: UUID, keys: Collection[str]) -> int:
    """Return how many of them are not read; one look into an index of the unread ones."""
    return db().scalar(_counted(person_id, keys).where(Notice.read_at.is_(None))) or 0


def find_of_person(notice_id: UUID, person_id: UUID) -> Notice | None:
    """Return a notice if it is that person's, or None."""
    return db().scalar(select(Notice).where(Notice.id == notice_id, Notice.person_id == person_id))


def mark_read(person_id: UUID, told_until: datetime, at: datetime) -> int:
    """Mark as read what somebody was told up to a moment; returns how many."""
    unread = update(Notice).where(
        Notice.person_id == person_id,
        Notice.created_at <= told_until,
        Notice.read_at.is_(None),
    )
    return count_changed(unread.values(read_at=at))


def delete_unread(person_id: UUID, key: str, about: str) -> int:
    """Delete what somebody has neither read nor been mailed yet; returns how many: 1 or 0."""
    unread = delete(Notice).where(
        Notice.person_id == person_id,
        Notice.key == key,
        Notice.about == about,
        Notice.read_at.is_(None),
        Notice.mailed_at.is_(None),
    )
    return count_changed(unread)


def delete_old(read_before: datetime, told_before: datetime) -> int:
    """Delete what was read, or told, before a moment; returns how many."""
    old = delete(Notice).where((Notice.read_at < read_before) | (Notice.created_at < told_before))
    return count_changed(old)


def _counted(person_id: UUID, keys: Collection[str]) -> Select[int]:
    return select(func.count()).where(Notice.person_id == person_id, Notice.key.in_(keys))
