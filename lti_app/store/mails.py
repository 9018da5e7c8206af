"""The outbox of mail, and which mail people want, and where."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.mail import WANTED, MailChoice, MailKind
from lti_app.domain.notices import Urgency
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.courses import Activity, Course
from lti_app.store.notices import Notice, NoticeRow
from lti_app.store.people import Person
from lti_app.store.session import count_changed, db, find_or_add

QUEUED, SENT, FAILED, SKIPPED = "queued", "sent", "failed", "skipped"


class Mail(Base):
    """One mail: what is in it stands in the notices that name it."""

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_queued",
            "due_at",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
        Index("ix_mail_person_id_kind_created_at", "person_id", "kind", "created_at"),
    )

    #: Also its Message-ID, so that a second copy after a crash is known to be one.
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: `domain.mail.MailKind`.
    kind: Mapped[str] = mapped_column(String(20))
    #: `queued`, `sent`, `failed`, or `skipped`: nothing was left to say, or nobody to say it to.
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    #: Code of why it failed or was skipped, or of the last try.
    reason: Mapped[str | None] = mapped_column(String(60))
    #: Machine's time, like the lease.
    due_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    #: In a row.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class MailPreference(Base):
    """What somebody decided about mail; who has no row gets all of it where the LMS says."""

    __tablename__ = "mail_preference"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    #: `domain.mail.MailChoice`.
    choice: Mapped[str] = mapped_column(String(10), default=MailChoice.ALL.value)
    #: Named by the person and confirmed by its owner; it counts in place of the LMS's.
    own_address: Mapped[str | None] = mapped_column(String(320))
    #: Named by the person, and not confirmed yet.
    asked_address: Mapped[str | None] = mapped_column(String(320))
    #: Another one with each address: a link confirms the address that it was sent to, and no other.
    asked_id: Mapped[UUID | None]
    asked_at: Mapped[datetime | None]
    #: The address that a mail server last refused as such; nothing is sent there any more.
    refused_address: Mapped[str | None] = mapped_column(String(320))


def find_preference(person_id: UUID) -> MailPreference | None:
    """Return what somebody decided, or None if they did not."""
    return db().get(MailPreference, person_id)


def find_or_add_preference(person_id: UUID) -> MailPreference:
    """Return somebody's row, to be changed."""
    row, _ = find_or_add(
        lambda: db().scalar(
            select(MailPreference)
            .where(MailPreference.person_id == person_id)
            .with_for_update(key_share=True)
        ),
        lambda: MailPreference(person_id=person_id, choice=MailChoice.ALL.value),
    )
    return row


def address_of(person: Person, preference: MailPreference | None) -> str | None:
    """Return where somebody's mail goes: the address they confirmed, or else the LMS's."""
    return (preference.own_address if preference else None) or person.email


def list_single_notices(
    keys: Collection[str], now: datetime, told_since: datetime, limit: int
) -> list[Notice]:
    """Return notices that are to be mailed by themselves, locked, the oldest first."""
    query = (
        _mailable(keys, Urgency.TRANSACTIONAL, MailKind.SINGLE, now)
        .where(Notice.created_at > told_since)
        .order_by(Notice.created_at)
        .limit(limit)
        .with_for_update(of=Notice, skip_locked=True, key_share=True)
    )
    return list(db().scalars(query))


def list_digest_readers(
    keys: Collection[str], now: datetime, last_before: datetime, after: UUID | None, limit: int
) -> list[Person]:
    """Return a page of those who have news for a summary, and whose last one is old enough."""
    news = _mailable(keys, Urgency.DIGEST, MailKind.DIGEST, now).with_only_columns(Notice.person_id)
    query = select(Person).where(Person.id.in_(news), ~_has_digest_since(last_before))
    if after is not None:
        query = query.where(Person.id > after)
    return list(db().scalars(query.order_by(Person.id).limit(limit)))


def lock_for_digest(person_id: UUID, last_before: datetime) -> bool:
    """Keep others from writing somebody a summary too; False if there is a newer one already."""
    locked = select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    if db().scalar(locked) is None:
        return False
    query = select(Person.id).where(Person.id == person_id, ~_has_digest_since(last_before))
    return db().scalar(query) is not None


def put_into_digest(mail_id: UUID, person_id: UUID, keys: Collection[str], at: datetime) -> int:
    """Put everything that somebody has not read into a summary; returns how much that is."""
    unread = update(Notice).where(
        Notice.person_id == person_id,
        Notice.key.in_(keys),
        Notice.urgency == Urgency.DIGEST.value,
        Notice.read_at.is_(None),
    )
    return count_changed(unread.values(mail_id=mail_id, mailed_at=at))


def lease_next(now: datetime, until: datetime) -> Mail | None:
    """Take the mail that has waited longest, if one is due; nobody else gets it until then."""
    is_free = or_(Mail.leased_until.is_(None), Mail.leased_until <= now)
    is_due = (Mail.state == QUEUED, Mail.due_at <= now, is_free)
    first = (
        select(Mail.id)
        .where(*is_due)
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(of=Mail, skip_locked=True, key_share=True)
    )
    found = db().scalar(first)
    if found is None:
        return None
    take = update(Mail).where(Mail.id == found, *is_due)
    if count_changed(take.values(lease=uuid4(), leased_until=until)) != 1:
        return None
    mail = db().get_one(Mail, found)
    db().refresh(mail)
    return mail


def find_leased(mail_id: UUID, lease: UUID) -> Mail | None:
    """Return a mail, locked, if the lease on it is still ours."""
    return db().scalar(
        select(Mail).where(Mail.id == mail_id, Mail.lease == lease).with_for_update(key_share=True)
    )


def list_contents(mail_id: UUID, keys: Collection[str]) -> list[NoticeRow]:
    """Return what a mail is to say and its reader has not read meanwhile, the newest first."""
    query = (
        select(Notice, Activity, Course)
        .outerjoin(Activity, Activity.id == Notice.activity_id)
        .outerjoin(Course, Course.id == Activity.course_id)
        .where(Notice.mail_id == mail_id, Notice.key.in_(keys), Notice.read_at.is_(None))
        .order_by(Notice.created_at.desc(), Notice.id)
    )
    return list(db().execute(query))


def count_since(person_id: UUID, kind: MailKind, since: datetime) -> int:
    """Return how many mails of a kind were written to somebody since a moment."""
    query = select(func.count()).where(
        Mail.person_id == person_id, Mail.kind == kind.value, Mail.created_at > since
    )
    return db().scalar(query) or 0


def delete_queued(person_id: UUID, kind: MailKind) -> int:
    """Delete mails of a kind that were not sent yet; returns how many."""
    queued = delete(Mail).where(
        Mail.person_id == person_id, Mail.kind == kind.value, Mail.state == QUEUED
    )
    return count_changed(queued)


def count_states() -> Sequence[tuple[str, str | None, int]]:
    """Return how many mails are in which state for which reason."""
    query = (
        select(Mail.state, Mail.reason, func.count())
        .group_by(Mail.state, Mail.reason)
        .order_by(Mail.state, Mail.reason)
    )
    return [(state, reason, count) for state, reason, count in db().execute(query)]


def delete_old(before: datetime) -> int:
    """Delete mails that were written before a moment; returns how many."""
    return count_changed(delete(Mail).where(Mail.created_at < before))


def forget_unconfirmed(asked_before: datetime) -> int:
    """Forget addresses that nobody has confirmed in time; returns how many."""
    unconfirmed = update(MailPreference).where(MailPreference.asked_at < asked_before)
    return count_changed(unconfirmed.values(asked_address=None, asked_id=None, asked_at=None))


def _mailable(
    keys: Collection[str], urgency: Urgency, kind: MailKind, now: datetime
) -> Select[Notice]:
    """Return new notices of an urgency whose readers want such mail and can get it."""
    choices = [choice.value for choice, kinds in WANTED.items() if kind in kinds]
    address = func.coalesce(MailPreference.own_address, Person.email)
    return (
        select(Notice)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(MailPreference, MailPreference.person_id == Notice.person_id)
        .where(
            Notice.mailed_at.is_(None),
            Notice.read_at.is_(None),
            Notice.due_at <= now,
            Notice.urgency == urgency.value,
            Notice.key.in_(keys),
            Person.is_preview.is_(False),
            func.coalesce(MailPreference.choice, MailChoice.ALL.value).in_(choices),
            address.is_not(None),
            or_(
                MailPreference.refused_address.is_(None),
                MailPreference.refused_address != address,
            ),
        )
    )


def _has_digest_since(moment: datetime) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Mail.person_id == Person.id,
            Mail.kind == MailKind.DIGEST.value,
            Mail.created_at > moment,
            Mail.state != SKIPPED,
        )
        .correlate(Person)
    )
