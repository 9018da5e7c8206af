"""The audit trail: who changed what others may do, see or get, and when; never rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Row,
    String,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from lti_app import clock
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.courses import Activity
from lti_app.store.organisations import Organisation
from lti_app.store.people import Identity, Person
from lti_app.store.programmes import Programme
from lti_app.store.session import count_changed, db

Details = dict[str, str | int | None]


class AuditEntry(Base):
    """One act; `details` hold ids, numbers, dates and names of things, never words of people."""

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    #: Who did it; None: nobody who was signed in, or somebody who was erased since.
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    #: Somebody signed in did it; else the command line, or an LMS by itself.
    by_person: Mapped[bool]
    #: Object and verb, such as `deployment.block`, `ruling.hold` or `grade.replace`.
    action: Mapped[str] = mapped_column(String(80))
    #: None: the tool as a whole.
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: Id of the object, where it is neither an activity nor a programme.
    object_id: Mapped[str | None] = mapped_column(String(255))
    activity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    programme_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), index=True
    )
    #: Whom it is about, where it is about one person.
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    details: Mapped[Details] = mapped_column(JSON, default=dict)
    created_at: Mapped[CreatedAt] = mapped_column(index=True)


@dataclass(frozen=True)
class Chosen:
    """Which entries are looked for; None and empty: all.

    Attributes:
        object_kind: first part of the action.
        organisation_id: whose.
        actor_id: who did it.
        before: the last entry of the page before, by time and id.
    """

    object_kind: str = ""
    organisation_id: UUID | None = None
    actor_id: UUID | None = None
    before: tuple[datetime, UUID] | None = None


def record_audit(
    organisation_id: UUID | None,
    verb: str,
    object_kind: str,
    object_id: object,
    *,
    actor_id: UUID | None = None,
    detail: Details | None = None,
) -> None:
    """Note an act, as part of the transaction that does it.

    Args:
        organisation_id: None for what concerns the tool as a whole.
        verb: what was done.
        object_kind: with what kind of thing.
        object_id: with which one.
        actor_id: None for the command line, or an LMS.
        detail: facts of the change, without words from people.
    """
    db().add(
        AuditEntry(
            actor_id=actor_id,
            by_person=actor_id is not None,
            action=f"{object_kind}.{verb}",
            organisation_id=organisation_id,
            object_id=str(object_id),
            details=detail or {},
            created_at=clock.now(),
        )
    )


def note(
    action: str,
    activity_id: UUID,
    *,
    by: UUID | None,
    person_id: UUID | None = None,
    until: datetime | None = None,
    count: int | None = None,
) -> None:
    """Note a decision in an activity, as part of the transaction of the decision itself."""
    details: Details = {}
    if until is not None:
        details["until"] = until.isoformat()
    if count is not None:
        details["count"] = count
    db().add(
        AuditEntry(
            actor_id=by,
            by_person=by is not None,
            action=action,
            organisation_id=db().get_one(Activity, activity_id).organisation_id,
            activity_id=activity_id,
            person_id=person_id,
            details=details,
            created_at=clock.now(),
        )
    )


def note_in_programme(
    action: str,
    programme_id: UUID,
    *,
    by: UUID | None,
    person_id: UUID | None = None,
    details: Mapping[str, str | int | None] | None = None,
) -> None:
    """Note a decision in a programme, as part of the transaction of the decision itself.

    Args:
        action: what was done, such as `programme.open`.
        programme_id: where.
        by: who decided; None: the command line.
        person_id: whom it is about, if it is about one.
        details: ids, numbers and dates, never words.
    """
    db().add(
        AuditEntry(
            actor_id=by,
            by_person=by is not None,
            action=action,
            organisation_id=db().get_one(Programme, programme_id).organisation_id,
            programme_id=programme_id,
            person_id=person_id,
            details=dict(details or {}),
            created_at=clock.now(),
        )
    )


def list_entries(activity_id: UUID) -> list[AuditEntry]:
    """Return what was decided in an activity, oldest first."""
    query = select(AuditEntry).where(AuditEntry.activity_id == activity_id)
    return list(db().scalars(query.order_by(AuditEntry.created_at)))


def count_in_programme(programme_id: UUID, person_id: UUID | None) -> int:
    """Return how many acts were noted in a programme, all of them or those about one person."""
    query = select(func.count()).select_from(AuditEntry)
    return db().scalar(query.where(*_in_programme(programme_id, person_id))) or 0


def list_in_programme(
    programme_id: UUID, person_id: UUID | None, *, limit: int, offset: int
) -> Sequence[Row[AuditEntry, Person | None, Person | None]]:
    """Return acts in a programme, the newest first, each with its actor and whom it is about."""
    actor, about = aliased(Person), aliased(Person)
    query = (
        select(AuditEntry, actor, about)
        .outerjoin(actor, actor.id == AuditEntry.actor_id)
        .outerjoin(about, about.id == AuditEntry.person_id)
        .where(*_in_programme(programme_id, person_id))
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return db().execute(query).all()


def list_page(chosen: Chosen, limit: int) -> Sequence[Row[AuditEntry, str | None, str | None]]:
    """Return entries, newest first, each with its organisation's name and its actor's.

    What is decided about a person, or in a programme, is left out: it is theirs who may see it.
    Only administrators have a name here: they are known by what the operator called them.
    """
    query = (
        select(AuditEntry, Organisation.name, Person.own_name)
        .outerjoin(Organisation, Organisation.id == AuditEntry.organisation_id)
        .outerjoin(Person, and_(Person.id == AuditEntry.actor_id, _is_administrator()))
        .where(*_conditions(chosen))
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return db().execute(query).all()


def list_administrators() -> Sequence[Row[UUID, str | None]]:
    """Return the administrators who have done anything, by name."""
    acted = exists().where(AuditEntry.actor_id == Person.id)
    query = select(Person.id, Person.own_name).where(_is_administrator(), acted)
    return db().execute(query.order_by(Person.own_name)).all()


def delete_entries(before: datetime) -> int:
    """Delete entries by age; returns how many."""
    return count_changed(delete(AuditEntry).where(AuditEntry.created_at < before))


def _in_programme(programme_id: UUID, person_id: UUID | None) -> list[ColumnElement[bool]]:
    conditions = [AuditEntry.programme_id == programme_id]
    return conditions if person_id is None else [*conditions, AuditEntry.person_id == person_id]


def _is_administrator() -> ColumnElement[bool]:
    return exists().where(Identity.person_id == Person.id, Identity.kind == "operator")


def _conditions(chosen: Chosen) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        AuditEntry.person_id.is_(None),
        AuditEntry.programme_id.is_(None),
    ]
    if chosen.object_kind:
        prefix = f"{chosen.object_kind}."
        conditions.append(AuditEntry.action.startswith(prefix, autoescape=True))
    if chosen.organisation_id is not None:
        conditions.append(AuditEntry.organisation_id == chosen.organisation_id)
    if chosen.actor_id is not None:
        conditions.append(AuditEntry.actor_id == chosen.actor_id)
    if chosen.before is not None:
        at, entry_id = chosen.before
        earlier = and_(AuditEntry.created_at == at, AuditEntry.id < entry_id)
        conditions.append(or_(AuditEntry.created_at < at, earlier))
    return conditions
