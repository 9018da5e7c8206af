"""The base of every table: naming of constraints, identifiers, and times that are always UTC."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Dialect, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from lti_app.clock import now


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; SQLite, which knows no zones, keeps it as naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; hand the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table of the tool and of its plugins is built on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}


Id = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
CreatedAt = Annotated[datetime, mapped_column(UtcDateTime(), default=now)]


class ActivityRecord:
    """Mixin for a plugin's row that belongs to one person at one activity.

    It is exported and erased with the person. Work belongs to the activity and not to one
    placement of it: Moodle's "Duplicate" makes two links to one piece of work (lti-rules.md R-3.9).
    """

    id: Mapped[Id]
    created_at: Mapped[CreatedAt]

    @declared_attr
    def activity_id(cls) -> Mapped[UUID]:
        """Return the activity that the work belongs to (lti-rules.md R-3.9)."""
        return mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def person_id(cls) -> Mapped[UUID]:
        """Return whose work it is."""
        return mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)


class PairRecord:
    """Mixin for a plugin's row that belongs to a pair, and to both of its people alike.

    It goes with the pair. What one of the two alone has written there names its author in a column
    of its own, and is deleted by the activity when that person is erased (`ErasesPeople`).
    """

    id: Mapped[Id]
    created_at: Mapped[CreatedAt]

    @declared_attr
    def programme_id(cls) -> Mapped[UUID]:
        """Return the programme that the pair belongs to."""
        return mapped_column(ForeignKey("programme.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def pair_id(cls) -> Mapped[UUID]:
        """Return whose it is."""
        return mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), index=True)
