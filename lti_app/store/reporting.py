"""Who reports to whom, as an organisation uploaded it; used to keep managers out of pairs."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base
from lti_app.store.people import Identity, Person
from lti_app.store.session import count_changed, db

#: So many values are asked for in one statement.
_AT_ONCE = 1000


class ReportingEdge(Base):
    """One person's manager, by what the upload calls them; nobody is merged because of it.

    Both are an e-mail address or the LMS's user id, case-folded.
    """

    __tablename__ = "reporting_edge"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    person_ref: Mapped[str] = mapped_column(String(320), primary_key=True)
    manager_ref: Mapped[str] = mapped_column(String(320))
    imported_at: Mapped[datetime]


def count_edges(organisation_id: UUID) -> int:
    """Return how many people of an organisation have a manager."""
    query = select(func.count()).select_from(ReportingEdge)
    return db().scalar(query.where(ReportingEdge.organisation_id == organisation_id)) or 0


def list_edges(organisation_id: UUID) -> dict[str, str]:
    """Return all reporting lines of an organisation: person → manager."""
    rows = db().execute(
        select(ReportingEdge.person_ref, ReportingEdge.manager_ref)
        .where(ReportingEdge.organisation_id == organisation_id)
        .order_by(ReportingEdge.person_ref)
    )
    return {row.person_ref: row.manager_ref for row in rows}


def replace_edges(organisation_id: UUID, managers: Mapping[str, str], at: datetime) -> None:
    """Put new reporting lines in place of all former ones."""
    count_changed(delete(ReportingEdge).where(ReportingEdge.organisation_id == organisation_id))
    rows = [
        {
            "organisation_id": organisation_id,
            "person_ref": person,
            "manager_ref": manager,
            "imported_at": at,
        }
        for person, manager in managers.items()
    ]
    if rows:
        db().execute(insert(ReportingEdge), rows)


def list_managers(organisation_id: UUID, references: Collection[str]) -> dict[str, str]:
    """Return the managers of some people: person → manager."""
    wanted = sorted(references)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = db().execute(
            select(ReportingEdge.person_ref, ReportingEdge.manager_ref).where(
                ReportingEdge.organisation_id == organisation_id,
                ReportingEdge.person_ref.in_(wanted[start : start + _AT_ONCE]),
            )
        )
        found |= {row.person_ref: row.manager_ref for row in rows}
    return found


def list_references(people: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return by what an upload may call some people: their addresses and LMS user ids."""
    found: dict[UUID, set[str]] = {}
    wanted = list(people)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = db().execute(
            select(Person.id, Person.email, Identity.subject)
            .outerjoin(Identity, Identity.person_id == Person.id)
            .where(Person.id.in_(wanted[start : start + _AT_ONCE]))
        )
        for person_id, email, subject in rows:
            names = found.setdefault(person_id, set())
            names |= {name.casefold() for name in (email, subject) if name}
    return found
