"""Tables that somebody uploaded: kept until they are read, with what was found in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, deferred, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import count_changed, db

#: A fault as it is stored: line, code, about.
StoredFinding = tuple[int, str, str]


class TableImport(Base):
    """One uploaded table on its way into the database."""

    __tablename__ = "table_import"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    #: `domain.imports.ImportKind`.
    kind: Mapped[str] = mapped_column(String(10))
    #: `waiting`, `faulty` or `done`.
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    #: The file; None once it has been read.
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    #: `domain.csv_files.Encoding`; None while nobody has looked.
    encoding: Mapped[str | None] = mapped_column(String(15))
    #: Lines of the file, about, and how many of them were looked at.
    lines: Mapped[int] = mapped_column(Integer)
    checked: Mapped[int] = mapped_column(Integer, default=0)
    #: The first faults, and how many there are.
    findings: Mapped[list[StoredFinding]] = mapped_column(JSON, default=list)
    faults: Mapped[int] = mapped_column(Integer, default=0)
    added: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    removed: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)


def find_import(import_id: UUID, organisation_id: UUID) -> TableImport | None:
    """Return an import of an organisation, or None."""
    return db().scalar(
        select(TableImport).where(
            TableImport.id == import_id, TableImport.organisation_id == organisation_id
        )
    )


def find_waiting(organisation_id: UUID, kind: str) -> TableImport | None:
    """Return the import of a kind that is on its way in an organisation, or None."""
    return db().scalar(
        select(TableImport)
        .where(TableImport.organisation_id == organisation_id, TableImport.kind == kind)
        .where(TableImport.state == "waiting")
        .order_by(TableImport.created_at)
        .limit(1)
    )


def find_last(organisation_id: UUID, kind: str) -> TableImport | None:
    """Return the last import of a kind that was taken in, or None."""
    return db().scalar(
        select(TableImport)
        .where(TableImport.organisation_id == organisation_id, TableImport.kind == kind)
        .where(TableImport.state == "done")
        .order_by(TableImport.finished_at.desc())
        .limit(1)
    )


def find_next() -> UUID | None:
    """Return the oldest import that waits to be read, or None."""
    waiting = select(TableImport.id).where(TableImport.state == "waiting")
    return db().scalar(waiting.order_by(TableImport.created_at).limit(1))


def lock_waiting(import_id: UUID) -> TableImport | None:
    """Return an import for ending it, or None if that was done before."""
    query = select(TableImport).where(TableImport.id == import_id, TableImport.state == "waiting")
    return db().scalar(query.with_for_update(key_share=True))


def note_progress(import_id: UUID, checked: int) -> None:
    """Keep how many lines were looked at."""
    count_changed(update(TableImport).where(TableImport.id == import_id).values(checked=checked))


def delete_finished(before: datetime) -> int:
    """Delete what was read before a moment; returns how many."""
    return count_changed(delete(TableImport).where(TableImport.finished_at < before))
