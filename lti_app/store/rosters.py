"""Rosters: where an LMS lists a course's people, how far reading has come, what it has found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    Text,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base
from lti_app.store.courses import Course, Enrolment
from lti_app.store.lms_health import LmsHealth
from lti_app.store.people import Person, by_name
from lti_app.store.progress import Progress
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.roles import has_role
from lti_app.store.session import count_changed, db


class Roster(Base):
    """The list of one course's people; who is in it stands in `enrolment`.

    Leases and due times are the machine's time, the others the product's, as of a launch.
    """

    __tablename__ = "roster"

    course_id: Mapped[UUID] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )
    #: As the latest launch named it; None where the LMS offers none.
    url: Mapped[str | None] = mapped_column(Text)
    #: When a launch last told.
    seen_at: Mapped[datetime]
    #: When it is read, or its reading goes on; None while nobody has asked.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    #: When somebody last asked for it on a page.
    asked_at: Mapped[datetime | None]
    #: Of the reading under way: when it began, its next page (None: the first), hashes of the
    #: addresses of those that were read, and how many entries named nobody.
    begun_at: Mapped[datetime | None]
    next_url: Mapped[str | None] = mapped_column(Text)
    seen_pages: Mapped[list[str]] = mapped_column(JSON, default=list)
    unreadable: Mapped[int] = mapped_column(Integer, default=0)
    #: Failures in a row.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    #: When the last complete reading began, and how many active people it found.
    read_at: Mapped[datetime | None]
    people: Mapped[int] = mapped_column(Integer, default=0)
    #: When the last reading ended, and why it is not complete; None if it is.
    attempted_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(60))


def find_roster(course_id: UUID) -> Roster | None:
    """Return a course's roster, or None if no launch ever named one."""
    return db().get(Roster, course_id)


def find_next(now: datetime, course_id: UUID | None = None) -> tuple[UUID, UUID, bool] | None:
    """Return the roster to read from next, of one course or of all; None if there is none.

    Returns:
        The course, its LMS, and whether the LMS failed of late, so that one call tries first.
    """
    query = (
        select(Roster.course_id, Registration.id, func.coalesce(LmsHealth.pauses, 0) > 0)
        .join(Course, Course.id == Roster.course_id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .outerjoin(LmsHealth, LmsHealth.registration_id == Registration.id)
        .where(
            Roster.due_at <= now,
            Roster.url.isnot(None),
            or_(Roster.leased_until.is_(None), Roster.leased_until < now),
            Deployment.status == "active",
            Registration.is_active,
            or_(LmsHealth.paused_until.is_(None), LmsHealth.paused_until <= now),
        )
        .order_by(Roster.due_at)
        .limit(1)
    )
    if course_id is not None:
        query = query.where(Roster.course_id == course_id)
    row = db().execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def lease(course_id: UUID, now: datetime, until: datetime) -> UUID | None:
    """Take a roster that is due; None if somebody else was faster."""
    new = uuid4()
    take = update(Roster).where(
        Roster.course_id == course_id,
        Roster.due_at <= now,
        or_(Roster.leased_until.is_(None), Roster.leased_until < now),
    )
    return new if count_changed(take.values(lease=new, leased_until=until)) else None


def find_leased(course_id: UUID, lease: UUID) -> Roster | None:
    """Return a roster, locked, if the lease on it is still ours."""
    return db().scalar(
        select(Roster)
        .where(Roster.course_id == course_id, Roster.lease == lease)
        .with_for_update(of=Roster, key_share=True)
        .execution_options(populate_existing=True)
    )


def find_lms(course_id: UUID) -> Registration:
    """Return the LMS of a course."""
    query = (
        select(Registration)
        .join(Deployment, Deployment.registration_id == Registration.id)
        .join(Course, Course.deployment_id == Deployment.id)
        .where(Course.id == course_id)
    )
    return db().scalars(query).one()


def list_courses() -> list[UUID]:
    """Return the courses with a roster at LMSs that are switched on, the oldest course first."""
    query = (
        select(Roster.course_id)
        .join(Course, Course.id == Roster.course_id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(Roster.url.isnot(None), Deployment.status == "active", Registration.is_active)
        .order_by(Course.created_at, Course.id)
    )
    return list(db().scalars(query))


def ask_for_all(now: datetime, *, attempted_before: datetime, seen_since: datetime) -> int:
    """Have rosters read that nobody is reading; returns how many.

    Args:
        now: the machine's time.
        attempted_before: only those that were not tried since then.
        seen_since: only of courses that somebody has launched from since then.
    """
    is_old = or_(Roster.attempted_at.is_(None), Roster.attempted_at < attempted_before)
    ask = update(Roster).where(
        Roster.url.isnot(None), Roster.due_at.is_(None), Roster.seen_at >= seen_since, is_old
    )
    return count_changed(ask.values(due_at=now, failures=0, begun_at=None, next_url=None))


@dataclass(frozen=True)
class Place:
    """Whose learners are asked for: a course's, or an activity's that lies in none.

    Attributes:
        search: only those whose name has this in it.
        among: only those whose id this asks for; None: everybody.
        not_among: none of those.
    """

    course_id: UUID | None
    activity_id: UUID
    search: str = ""
    among: Select[UUID] | None = None
    not_among: Select[UUID] | None = None


def count_learners(place: Place, first: Select[UUID] | None) -> tuple[int, int]:
    """Return how many learners there are, and how many of them are among the first."""
    row = db().execute(
        _learners(place).with_only_columns(func.count(), func.count(case((_is_among(first), 1))))
    )
    total, among = row.one()
    return total, among


def count_among(place: Place, groups: Mapping[str, Select[UUID]]) -> dict[str, int]:
    """Return how many learners are in each of some groups, whose ids are asked for by name."""
    counts = [func.count(case((Person.id.in_(ids), 1))) for ids in groups.values()]
    row = db().execute(_learners(place).with_only_columns(*counts)).one() if counts else ()
    return dict(zip(groups, row, strict=True))


def list_learners(
    place: Place, first: Select[UUID] | None, *, limit: int, offset: int
) -> list[tuple[Person, bool]]:
    """Return one page of learners, the first ones first and then by name, and who ever came."""
    has_come = true() if place.course_id is None else Enrolment.launched_at.isnot(None)
    order = (case((_is_among(first), 0), else_=1), by_name(), Person.id)
    query = _learners(place).with_only_columns(Person, has_come).order_by(*order)
    return [(person, came) for person, came in db().execute(query.limit(limit).offset(offset))]


def _learners(place: Place) -> Select[Person]:
    """Return the learners: of a course those who are active, of an activity those who began it."""
    query = select(Person).where(Person.is_preview.is_(False))
    if place.search:
        query = query.where(by_name().contains(place.search.lower(), autoescape=True))
    if place.among is not None:
        query = query.where(Person.id.in_(place.among))
    if place.not_among is not None:
        query = query.where(Person.id.not_in(place.not_among))
    if place.course_id is None:
        began = Progress.activity_id == place.activity_id
        return query.join(Progress, Progress.person_id == Person.id).where(began)
    return query.join(Enrolment, Enrolment.person_id == Person.id).where(
        Enrolment.course_id == place.course_id,
        Enrolment.is_active,
        has_role("is_learner"),
        ~has_role("can_review"),
    )


def _is_among(people: Select[UUID] | None) -> ColumnElement[bool]:
    return false() if people is None else Person.id.in_(people)


def lock_enrolments(course_id: UUID, people: Collection[UUID]) -> dict[UUID, Enrolment]:
    """Return people's places in a course by person, locked: a launch may write there too."""
    query = (
        select(Enrolment)
        .where(Enrolment.course_id == course_id, Enrolment.person_id.in_(people))
        .order_by(Enrolment.person_id)
        .with_for_update(of=Enrolment, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.person_id: row for row in db().scalars(query)}


def end_missing(course_id: UUID, begun_at: datetime) -> int:
    """Make inactive whom a complete reading has not met; returns how many.

    Who launched since it began is there after all, and student-view users are on no roster.
    """
    is_preview = exists().where(Person.id == Enrolment.person_id, Person.is_preview)
    missing = update(Enrolment).where(
        Enrolment.course_id == course_id,
        Enrolment.is_active,
        or_(Enrolment.listed_at.is_(None), Enrolment.listed_at < begun_at),
        or_(Enrolment.launched_at.is_(None), Enrolment.launched_at < begun_at),
        ~is_preview.correlate(Enrolment),
    )
    return count_changed(missing.values(is_active=False))


def count_listed(course_id: UUID, begun_at: datetime) -> int:
    """Return how many active people a reading has met."""
    met = select(func.count()).where(
        Enrolment.course_id == course_id, Enrolment.listed_at == begun_at, Enrolment.is_active
    )
    return db().scalar(met) or 0
