"""Courses, who is in them, the activities made for them, and where those are placed."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    JSON,
    ForeignKey,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.roles import Roles
from lti_app.domain.visit import Options
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.people import Person
from lti_app.store.session import db


class Course(Base):
    """A course of an LMS, as one deployment sees it."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[Id]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(500))
    label: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[CreatedAt]

    @property
    def name(self) -> str:
        """Return what people call it, as far as its LMS has said."""
        return self.title or self.label or self.context_id


class Enrolment(Base):
    """A person in a course, with the roles of their latest launch (or roster entry)."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Names of the flags of `domain.roles.Roles`.
    role_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    launched_at: Mapped[datetime | None]
    #: When the reading of the roster began that last met the person.
    listed_at: Mapped[datetime | None]

    @property
    def roles(self) -> Roles:
        """Return the roles as flags."""
        return Roles.from_names(self.role_names)


class Activity(Base):
    """A piece of follow-on work of one kind with its options, made for one course."""

    __tablename__ = "activity"
    #: A course's copy of an activity is made once, however many of its links are opened at once.
    __table_args__ = (UniqueConstraint("course_id", "origin_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: None for a link without a course.
    course_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True
    )
    #: Key of the plugin's activity.
    kind: Mapped[str] = mapped_column(String(31))
    title: Mapped[str] = mapped_column(String(255))
    options: Mapped[dict[str, str | int | float | bool | None]] = mapped_column(JSON, default=dict)
    #: What a gradebook column that the tool asks for is out of.
    points: Mapped[int] = mapped_column(Integer, default=100)
    closes_at: Mapped[datetime | None]
    #: Whose settings it began with, and what the links that were copied call that activity.
    copied_from: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"))
    origin_id: Mapped[UUID | None]
    #: When a link to it was last sent to the LMS; None: never.
    sent_at: Mapped[datetime | None]
    #: That the course has joined; None: the activity stands for itself.
    programme_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]


class Placement(Base):
    """One link in a course to an activity; it fills one column of the gradebook."""

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[Id]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    course_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True
    )
    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    resource_link_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(500))
    #: The activity that the link's parameters named when it was last decided where it leads;
    #: another name there means that somebody has picked again (R-3.9). None: they named none.
    named_id: Mapped[UUID | None]
    #: When it was last pointed at another activity; None: never.
    repointed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class LineItem(Base):
    """The gradebook column of a placement, as the latest launch described it."""

    __tablename__ = "line_item"

    placement_id: Mapped[UUID] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    #: The column's address, query string included; None where the link has no column.
    url: Mapped[str | None] = mapped_column(Text)
    #: The course's list of columns.
    container_url: Mapped[str | None] = mapped_column(Text)
    #: Scopes that the LMS granted, full addresses.
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: What we call the column's content, kept by the LMS through a course copy.
    resource_id: Mapped[str | None] = mapped_column(String(255))
    tag: Mapped[str | None] = mapped_column(String(255))
    score_maximum: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    #: When a launch last told us.
    seen_at: Mapped[datetime]
    #: When an author asked for a column to be made, if the LMS has none; None: never.
    wanted_at: Mapped[datetime | None]
    #: Whoever is looking for the column in the LMS, and until when nobody else does.
    search_lease: Mapped[UUID | None]
    search_until: Mapped[datetime | None]


def find_course(deployment_id: UUID, context_id: str) -> Course | None:
    """Return the course that an LMS calls `context_id`, or None."""
    return db().scalar(
        select(Course).where(Course.deployment_id == deployment_id, Course.context_id == context_id)
    )


def find_enrolment(course_id: UUID, person_id: UUID, *, lock: bool = False) -> Enrolment | None:
    """Return a person's place in a course, or None; locked for whoever means to change it."""
    query = select(Enrolment).where(
        Enrolment.course_id == course_id, Enrolment.person_id == person_id
    )
    return db().scalar(query.with_for_update(of=Enrolment, key_share=True) if lock else query)


def find_placement(deployment_id: UUID, resource_link_id: str) -> Placement | None:
    """Return the placement behind an LMS's link, or None at its first launch."""
    return db().scalar(
        select(Placement).where(
            Placement.deployment_id == deployment_id,
            Placement.resource_link_id == resource_link_id,
        )
    )


def list_placements(activity_id: UUID) -> list[Placement]:
    """Return all links to an activity, oldest first."""
    return list(
        db().scalars(
            select(Placement)
            .where(Placement.activity_id == activity_id)
            .order_by(Placement.created_at)
        )
    )


def list_options(kind: str, programme_id: UUID) -> list[Options]:
    """Return how the activities of a kind in a programme are set, the oldest first."""
    query = select(Activity.options).where(
        Activity.kind == kind, Activity.programme_id == programme_id
    )
    return list(db().scalars(query.order_by(Activity.created_at, Activity.id)))


def read_placement(placement_id: UUID) -> tuple[Placement, Activity, Course | None]:
    """Return a placement with its activity and its course."""
    row = db().execute(
        select(Placement, Activity, Course)
        .join(Activity, Activity.id == Placement.activity_id)
        .outerjoin(Course, Course.id == Placement.course_id)
        .where(Placement.id == placement_id)
    )
    placement, activity, course = row.one()
    return placement, activity, course


def list_members(course_id: UUID) -> list[tuple[Person, Enrolment]]:
    """Return who is active in a course, student-view users left out."""
    rows = db().execute(
        select(Person, Enrolment)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id, Enrolment.is_active)
        .where(Person.is_preview.is_(False))
    )
    return [(person, enrolment) for person, enrolment in rows]
