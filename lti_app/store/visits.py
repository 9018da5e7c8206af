"""Login transactions, the visits that launches make of them, and visits of the tool's own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.proof import Mode
from lti_app.domain.roles import Roles
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import count_changed, db, delete_all_but_newest, find_or_add


class LoginTransaction(Base):
    """One login between the LMS's first request and its signed answer (lti-rules.md R-1.8)."""

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
    #: The frame through which the LMS keeps values for the tool, if it said that it does.
    storage_target: Mapped[str | None] = mapped_column(String(100))
    #: Hash of the value that is kept there: proves the same as the state cookie's.
    storage_hash: Mapped[str | None] = mapped_column(String(64))
    #: The login runs in a window that the tool opened for it.
    in_window: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Visit(Base):
    """What a launch or a sign-in gives a browser: one person and their hats, for a while."""

    __tablename__ = "visit"

    id: Mapped[Id]
    #: Hash of the random id in the address.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Hash of the visit cookie's value.
    cookie_hash: Mapped[str] = mapped_column(String(64))
    #: Hash of the one-time code of the first GET after a launch, and when it was used; None where
    #: the page that made the visit had seen before that the browser keeps cookies.
    entry_hash: Mapped[str | None] = mapped_column(String(64))
    entry_expires_at: Mapped[datetime | None]
    entered_at: Mapped[datetime | None]
    #: What proves a request: see `domain.proof.Mode`.
    mode: Mapped[str] = mapped_column(String(10), default=Mode.COOKIE.value)
    #: Hash of the browser's User-Agent, where the launch was proven by the LMS's storage.
    agent_hash: Mapped[str | None] = mapped_column(String(64))
    #: The frame of that storage, and the hash of the value there that opens windows (rule 8).
    storage_target: Mapped[str | None] = mapped_column(String(100))
    storage_hash: Mapped[str | None] = mapped_column(String(64))
    #: Hash of the browser's marker cookie: another person's launch there ends this visit.
    browser_hash: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: The LMS that vouches for the person; None: a sign-in of our own does.
    registration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    #: The installation in that LMS, and the course, that the launch came from.
    deployment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("deployment.id", ondelete="CASCADE"), index=True
    )
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id", ondelete="SET NULL"))
    placement_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), index=True
    )
    #: The visit whose window button opened this one.
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("visit.id", ondelete="CASCADE"), index=True
    )
    role_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Hats that the tool itself gives, whatever the roles.
    granted_hats: Mapped[list[str]] = mapped_column(JSON, default=list)
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


class VisitWindow(Base):
    """How often a page of a visit was opened in a window of its own; spends the code for it."""

    __tablename__ = "visit_window"

    visit_id: Mapped[UUID] = mapped_column(
        ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True
    )
    #: Hash of the page's address within the visit.
    page_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    opened: Mapped[int]


class SignInLink(Base):
    """A link from the command line that signs one person in once, without any password."""

    __tablename__ = "sign_in_link"

    id: Mapped[Id]
    #: Hash of the code in its address.
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: The hat that the visit gets.
    hat: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def find_login(state: str) -> LoginTransaction | None:
    """Return the login that a state belongs to, used or not."""
    return db().scalar(select(LoginTransaction).where(LoginTransaction.state == state))


def use_up_login(login_id: UUID, at: datetime) -> bool:
    """Mark a login as used, in one statement; False if another request was first."""
    return (
        count_changed(
            update(LoginTransaction)
            .where(LoginTransaction.id == login_id, LoginTransaction.used_at.is_(None))
            .values(used_at=at)
        )
        == 1
    )


def delete_logins(expired_before: datetime) -> int:
    """Delete logins by age; returns how many."""
    return count_changed(
        delete(LoginTransaction).where(LoginTransaction.expires_at < expired_before)
    )


def trim_logins(registration_id: UUID, kept: int) -> int:
    """Delete all but the newest logins of a registration; returns how many."""
    of_it = LoginTransaction.registration_id == registration_id
    return delete_all_but_newest(LoginTransaction.created_at, kept, of_it)


def find_sign_in_link(code_hash: str) -> SignInLink | None:
    """Return the link whose address holds the code of this hash, used or not."""
    return db().scalar(select(SignInLink).where(SignInLink.code_hash == code_hash))


def use_up_sign_in_link(link_id: UUID, at: datetime) -> bool:
    """Mark a link as used, in one statement; False if another request was first."""
    use = update(SignInLink).where(SignInLink.id == link_id, SignInLink.used_at.is_(None))
    return count_changed(use.values(used_at=at)) == 1


def delete_sign_in_links(expired_before: datetime) -> int:
    """Delete links by age; returns how many."""
    return count_changed(delete(SignInLink).where(SignInLink.expires_at < expired_before))


def find_visit(token_hash: str, *, holds: bool = False) -> Visit | None:
    """Return the visit whose address holds the token of this hash.

    Args:
        token_hash: of the token.
        holds: it is not deleted before this transaction is over; others may hold it as well.
    """
    query = select(Visit).where(Visit.token_hash == token_hash)
    return db().scalar(query.with_for_update(read=True, key_share=True) if holds else query)


def end_visit(visit_id: UUID, at: datetime) -> None:
    """End one visit and those in windows of their own, unless they are over already."""
    together = or_(Visit.id == visit_id, Visit.parent_id == visit_id)
    count_changed(update(Visit).where(together, Visit.ended_at.is_(None)).values(ended_at=at))


def enter(visit_id: UUID, mode: Mode, at: datetime, expires_at: datetime) -> bool:
    """Fix what proves a visit that nobody has entered, in one statement; False if somebody has."""
    undecided = Visit.id == visit_id, Visit.entered_at.is_(None), Visit.mode == Mode.OPEN.value
    fixed = update(Visit).where(*undecided)
    return count_changed(fixed.values(mode=mode.value, entered_at=at, expires_at=expires_at)) == 1


def count_windows(visit_id: UUID, page_hash: str) -> int:
    """Return how often a page of a visit was opened in a window so far."""
    row = db().get(VisitWindow, (visit_id, page_hash))
    return row.opened if row else 0


def note_window(visit_id: UUID, page_hash: str, so_far: int) -> bool:
    """Count one more window, in one statement; False if another request was first."""
    row, is_new = find_or_add(
        lambda: db().get(VisitWindow, (visit_id, page_hash)),
        lambda: VisitWindow(visit_id=visit_id, page_hash=page_hash, opened=1),
    )
    if is_new:
        return so_far == 0
    known = VisitWindow.visit_id == row.visit_id, VisitWindow.page_hash == row.page_hash
    more = update(VisitWindow).where(*known, VisitWindow.opened == so_far)
    return count_changed(more.values(opened=so_far + 1)) == 1


def count_pages_in_windows(visit_id: UUID) -> int:
    """Return how many pages of a visit were opened in windows so far."""
    query = select(func.count()).select_from(VisitWindow).where(VisitWindow.visit_id == visit_id)
    return db().scalar(query) or 0


def trim_visits(person_id: UUID, kept: int) -> int:
    """Delete all but the visits that a person used last; returns how many."""
    return delete_all_but_newest(Visit.used_at, kept, Visit.person_id == person_id)


def note_use(visit_id: UUID, at: datetime) -> None:
    """Keep when a visit was last used."""
    count_changed(update(Visit).where(Visit.id == visit_id).values(used_at=at))


def end_visits_of_others(
    browser_hash: str, registration_id: UUID | None, person_id: UUID, at: datetime
) -> int:
    """End the open visits of everybody else of the same LMS in one browser; returns how many.

    Without a registration: of everybody else who signed in at the tool itself.
    """
    return count_changed(
        update(Visit)
        .where(
            Visit.browser_hash == browser_hash,
            _by_the_same_door(registration_id),
            Visit.person_id != person_id,
            Visit.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


def has_later_visit_of_another(visit: Visit, browser_hash: str) -> bool:
    """Tell whether somebody else came by the same door in a browser since a visit began."""
    later = select(Visit.id).where(
        Visit.browser_hash == browser_hash,
        _by_the_same_door(visit.registration_id),
        Visit.person_id != visit.person_id,
        Visit.created_at >= visit.created_at,
    )
    return db().scalar(later.limit(1)) is not None


def _by_the_same_door(registration_id: UUID | None) -> ColumnElement[bool]:
    if registration_id is None:
        return Visit.registration_id.is_(None)
    issuer = select(Registration.issuer).where(Registration.id == registration_id)
    same_lms = select(Registration.id).where(Registration.issuer == issuer.scalar_subquery())
    return Visit.registration_id.in_(same_lms)


def is_blocked(deployment_id: UUID) -> bool:
    """Tell whether a deployment is anything but active."""
    status = select(Deployment.status).where(Deployment.id == deployment_id)
    return db().scalar(status) != "active"


def end_visits_of_deployment(deployment_id: UUID, at: datetime) -> int:
    """End everything that was launched through a deployment; returns how many visits."""
    return count_changed(
        update(Visit)
        .where(Visit.deployment_id == deployment_id, Visit.ended_at.is_(None))
        .values(ended_at=at)
    )


def delete_visits(over_before: datetime) -> int:
    """Delete visits that ended or expired before a moment; returns how many."""
    return count_changed(
        delete(Visit).where((Visit.expires_at < over_before) | (Visit.ended_at < over_before))
    )
