"""Programmes, what they are measured by, the courses in them, and how a course gets in."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.domain import programmes as rules
from lti_app.domain.programmes import (
    MustMatch,
    Plan,
    ProgrammeRules,
    ProgrammeState,
    PurposeType,
    RelationshipKind,
)
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

#: As JSON keeps the rules of a programme.
StoredRules = Mapping[str, str | int | bool | list[str]]


class Programme(Base):
    """A programme of an organisation."""

    __tablename__ = "programme"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(120))
    #: `domain.programmes.RelationshipKind`.
    relationship_kind: Mapped[str] = mapped_column(String(10))
    #: `domain.programmes.ProgrammeState`.
    state: Mapped[str] = mapped_column(String(10))
    #: `domain.programmes.PurposeType`; None while a draft leaves it open.
    purpose_type: Mapped[str | None] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    #: IANA name: in which a day of the programme begins.
    time_zone: Mapped[str] = mapped_column(String(64))
    #: Raised with every change of the text after the draft.
    consent_version: Mapped[int] = mapped_column(Integer, default=1)
    consent_text: Mapped[str] = mapped_column(Text, default="")
    goal_templates: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: `domain.programmes.ProgrammeRules`; what is missing has its default.
    rules: Mapped[StoredRules] = mapped_column(JSON, default=dict)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]

    measures: Mapped[list["SuccessMeasure"]] = relationship(
        cascade="all, delete-orphan", order_by="SuccessMeasure.position"
    )


class SuccessMeasure(Base):
    """One of up to three measures of a programme's success."""

    __tablename__ = "success_measure"

    programme_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    metric: Mapped[str] = mapped_column(String(200))
    target: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]


class ProgrammeCourse(Base):
    """A course in a programme; it is in one at most."""

    __tablename__ = "programme_course"

    course_id: Mapped[UUID] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )
    programme_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), index=True
    )
    joined_at: Mapped[datetime]
    #: L&D, or the instructor who typed a code.
    joined_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class JoinCode(Base):
    """What lets instructors bring their course into a programme; shown once, kept as a hash."""

    __tablename__ = "join_code"

    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Its last characters, to tell it from the others.
    label: Mapped[str] = mapped_column(String(4))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: How many courses it has let in.
    uses: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]


class JoinRequest(Base):
    """An instructor without a code asks that their course may join a programme."""

    __tablename__ = "join_request"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    #: In the instructor's words, for the programme teams of the organisation.
    note: Mapped[str] = mapped_column(String(400))
    #: `accepted` or `refused`; None while nobody has answered.
    answer: Mapped[str | None] = mapped_column(String(10))
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


def find_programme(programme_id: UUID) -> Programme | None:
    """Return a programme, or None."""
    return db().get(Programme, programme_id)


def lock_programme(programme_id: UUID) -> Programme | None:
    """Return a programme for changing it; others wait, or None."""
    return db().scalar(
        select(Programme).where(Programme.id == programme_id).with_for_update(key_share=True)
    )


def find_programme_of_course(course_id: UUID) -> UUID | None:
    """Return the id of the programme that a course has joined, or None."""
    return db().scalar(
        select(ProgrammeCourse.programme_id).where(ProgrammeCourse.course_id == course_id)
    )


def list_programmes(
    organisation_id: UUID, programme_ids: Collection[UUID] | None = None
) -> list[Programme]:
    """Return the programmes of an organisation, the newest first; of all, or of some."""
    query = select(Programme).where(Programme.organisation_id == organisation_id)
    if programme_ids is not None:
        query = query.where(Programme.id.in_(list(programme_ids)))
    return list(db().scalars(query.order_by(Programme.created_at.desc(), Programme.id)))


def write_plan(row: Programme, plan: Plan) -> None:
    """Store what the programme team wrote down."""
    row.title = plan.title
    row.relationship_kind = plan.relationship_kind.value
    row.time_zone = plan.time_zone
    row.purpose_type = plan.purpose_type.value if plan.purpose_type else None
    row.purpose = plan.purpose
    row.starts_on, row.ends_on = plan.starts_on, plan.ends_on
    row.consent_text = plan.consent_text
    row.goal_templates = list(plan.goal_templates)
    row.rules = from_rules(plan.rules)
    kept = row.measures[: len(plan.measures)]
    added = [SuccessMeasure(position=n) for n in range(len(kept) + 1, len(plan.measures) + 1)]
    row.measures = kept + added
    for stored, given in zip(row.measures, plan.measures, strict=True):
        stored.metric, stored.target, stored.due_on = given.metric, given.target, given.due_on


def to_programme(row: Programme) -> rules.Programme:
    """Return a stored programme as a value."""
    return rules.Programme(
        id=row.id,
        organisation_id=row.organisation_id,
        title=row.title,
        relationship_kind=RelationshipKind(row.relationship_kind),
        state=ProgrammeState(row.state),
        time_zone=row.time_zone,
        purpose_type=PurposeType(row.purpose_type) if row.purpose_type else None,
        purpose=row.purpose,
        measures=tuple(
            rules.SuccessMeasure(one.metric, one.target, one.due_on) for one in row.measures
        ),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        consent_version=row.consent_version,
        consent_text=row.consent_text,
        goal_templates=tuple(row.goal_templates),
        rules=to_rules(row.rules),
    )


def to_rules(stored: StoredRules) -> ProgrammeRules:
    """Return stored rules as a value; what was stored before a rule existed has its default."""
    known: dict[str, object] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    must_match = stored.get("must_match")
    if isinstance(must_match, list):
        known["must_match"] = tuple(MustMatch(name) for name in must_match)
    return replace(ProgrammeRules(), **known)  # type: ignore[arg-type]


def from_rules(given: ProgrammeRules) -> StoredRules:
    """Return rules as they are stored."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(given).items()
    }
