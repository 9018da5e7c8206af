"""The tables of the charter, and the questions that are asked of them.

What one of the two writes alone lies in `charter_part`, one row each; what both write, propose and
sign lies in the other tables. Whoever changes any of them has locked the pair before.
"""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Select,
    String,
    Text,
    UniqueConstraint,
    delete,
    event,
    select,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from lti_app.api import Base, PairRecord, db, find_or_add, now

#: Nothing is NULL in the database, and not the JSON value of that name.
_Stored = JSON(none_as_null=True)


class VersionChanged(Exception):
    """Somebody meant to change a version of a charter; they never change."""


class Charter(PairRecord, Base):
    """How far the charter of one pair is, and the text that both work on."""

    __tablename__ = "charter_text"
    __table_args__ = (UniqueConstraint("pair_id"),)

    #: `rules.Stage`.
    stage: Mapped[str] = mapped_column(String(12), default="apart")
    #: The number of the version in force; 0: none yet.
    version: Mapped[int] = mapped_column(default=0)
    #: `Side` of who proposed, or signed first.
    by_side: Mapped[str | None] = mapped_column(String(6))
    #: `rules.Section`s that it holds, in their order.
    sections: Mapped[list[str]] = mapped_column(JSON)
    is_coaching: Mapped[bool]
    #: `terms.to_json` of the common text as it is written now.
    text: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Section → how often its common text was saved: what somebody saw when they began to write.
    revisions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: What lies before the other, or is agreed; frozen. None where nothing is.
    proposal: Mapped[dict[str, Any] | None] = mapped_column(_Stored)
    #: What it was a counter proposal to.
    countered: Mapped[dict[str, Any] | None] = mapped_column(_Stored)
    #: How often its stage changed: what makes two notices two.
    moves: Mapped[int] = mapped_column(default=0)
    #: When the last act was that made it somebody's turn.
    since: Mapped[datetime] = mapped_column(default=now)
    #: How many reminders were given since, and when the last one was.
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]
    #: When something is due by itself: answers to show, a reminder, a part, a review.
    due_at: Mapped[datetime | None] = mapped_column(index=True)


class Part(PairRecord, Base):
    """What one of the two wrote and did alone. Nobody else reads the answers before the reveal."""

    __tablename__ = "charter_part"
    __table_args__ = (UniqueConstraint("pair_id", "person_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: `terms.to_json`.
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ready_at: Mapped[datetime | None]
    #: When they first proposed, countered or accepted.
    proposed_at: Mapped[datetime | None]
    #: When the rest was granted to them, because the other let them wait.
    granted_at: Mapped[datetime | None]
    #: For how long they had waited for a signature each time that the other opened the text again,
    #: in all, and how often the other was reminded meanwhile.
    waited_seconds: Mapped[int] = mapped_column(default=0)
    told_other: Mapped[int] = mapped_column(default=0)
    #: On how many days the other opened the text again, before any was in force; since when they
    #: had done what was opened first; and when it was opened last.
    reopened: Mapped[int] = mapped_column(default=0)
    undone_since: Mapped[datetime | None]
    last_reopened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(200), default="")
    thanks: Mapped[str] = mapped_column(String(600), default="")
    goes_on: Mapped[bool] = mapped_column(default=False)


class Version(PairRecord, Base):
    """A text that both have signed. It never changes, and the next one has the next number."""

    __tablename__ = "charter_version"
    __table_args__ = (
        UniqueConstraint("pair_id", "number"),
        # Numbers begin with 1 and leave none out.
        CheckConstraint(
            "(number = 1 AND previous IS NULL) OR (number > 1 AND previous = number - 1)",
            name="consecutive",
        ),
        ForeignKeyConstraint(
            ["pair_id", "previous"],
            ["charter_version.pair_id", "charter_version.number"],
            ondelete="CASCADE",
            name="fk_charter_version_previous",
        ),
    )

    number: Mapped[int]
    previous: Mapped[int | None]
    #: As `seals.canonical` wrote it: text, so that its fingerprint holds for these very bytes.
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    active_at: Mapped[datetime]


class Signature(PairRecord, Base):
    """That one of the two has acknowledged a text."""

    __tablename__ = "charter_signature"
    __table_args__ = (UniqueConstraint("pair_id", "number", "person_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Of the version that it is, or becomes once both have signed.
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    #: The name and the sentence as the page showed them. The name is no part of what is sealed,
    #: and goes when the person is erased.
    shown_name: Mapped[str] = mapped_column(String(200))
    statement: Mapped[str] = mapped_column(Text)
    #: Keys of the goals that they called realistic, and worth it.
    goals: Mapped[list[str]] = mapped_column(JSON)


class Review(PairRecord, Base):
    """A day on which the two look at their charter again."""

    __tablename__ = "charter_review"
    __table_args__ = (UniqueConstraint("pair_id", "due_on"),)

    due_on: Mapped[date]
    #: When it falls due, in UTC.
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


@event.listens_for(Version, "before_update")
def _refuse_change(_: Mapper[Version], __: object, version: Version) -> None:
    raise VersionChanged(f"version {version.number} of a charter")


def find_charter(pair_id: UUID) -> Charter | None:
    """Return the charter of a pair, or None where nobody has begun it."""
    return db().scalar(_of(pair_id))


def list_charters(pairs: Collection[UUID]) -> Mapping[UUID, Charter]:
    """Return the charters of some pairs, by pair; whose nobody has begun is left out."""
    rows = db().scalars(select(Charter).where(Charter.pair_id.in_(list(pairs))))
    return {row.pair_id: row for row in rows}


def hold_charter(pair_id: UUID) -> Charter | None:
    """Return a charter as it is now, which nobody else changes until this request is over."""
    locked = _of(pair_id).with_for_update(key_share=True)
    return db().scalar(locked.execution_options(populate_existing=True))


def begin(
    programme_id: UUID, pair_id: UUID, sections: Collection[str], *, is_coaching: bool
) -> Charter:
    """Return the charter of a pair whose row is locked, begun now if nobody has."""
    row, _ = find_or_add(
        lambda: hold_charter(pair_id),
        lambda: Charter(
            programme_id=programme_id,
            pair_id=pair_id,
            sections=list(sections),
            is_coaching=is_coaching,
        ),
    )
    return row


def find_part(pair_id: UUID, person_id: UUID) -> Part | None:
    """Return what one of the two wrote and did, or None."""
    return db().scalar(select(Part).where(Part.pair_id == pair_id, Part.person_id == person_id))


def list_parts(pairs: Collection[UUID]) -> list[Part]:
    """Return what the people of some pairs wrote and did."""
    return list(db().scalars(select(Part).where(Part.pair_id.in_(list(pairs)))))


def part_of(programme_id: UUID, pair_id: UUID, person_id: UUID) -> Part:
    """Return the row of one of the two, begun now if there is none; the pair is locked."""
    row, _ = find_or_add(
        lambda: db().scalar(
            select(Part)
            .where(Part.pair_id == pair_id, Part.person_id == person_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ),
        lambda: Part(programme_id=programme_id, pair_id=pair_id, person_id=person_id),
    )
    return row


def find_version(pair_id: UUID, number: int) -> Version | None:
    """Return a version, or None."""
    query = select(Version).where(Version.pair_id == pair_id, Version.number == number)
    return db().scalar(query)


def list_versions(pair_id: UUID) -> list[Version]:
    """Return the versions of a charter, the first one first."""
    query = select(Version).where(Version.pair_id == pair_id).order_by(Version.number)
    return list(db().scalars(query))


def terms_of(version: Version) -> dict[str, Any]:
    """Return what a version says, as it is stored of a text."""
    terms: dict[str, Any] = json.loads(version.body)["terms"]
    return terms


def sections_of(version: Version) -> list[str]:
    """Return which sections a version holds, in their order."""
    sections: list[str] = json.loads(version.body)["sections"]
    return sections


def list_signatures(pair_id: UUID, number: int) -> list[Signature]:
    """Return who has signed a version, or what becomes it, in the order of signing."""
    query = select(Signature).where(Signature.pair_id == pair_id, Signature.number == number)
    return list(db().scalars(query.order_by(Signature.signed_at, Signature.id)))


def void_signatures(pair_id: UUID, number: int) -> None:
    """Forget the signatures under a text that has not become a version."""
    db().execute(delete(Signature).where(Signature.pair_id == pair_id, Signature.number == number))


def list_reviews(pair_id: UUID) -> list[Review]:
    """Return the reviews of a charter, the earliest first."""
    query = select(Review).where(Review.pair_id == pair_id).order_by(Review.due_on)
    return list(db().scalars(query))


def set_reviews(programme_id: UUID, pair_id: UUID, days: Mapping[date, datetime]) -> None:
    """Set when a charter is looked at again; reviews that were held stay.

    Args:
        programme_id, pair_id: whose.
        days: day → when it begins.
    """
    db().execute(delete(Review).where(Review.pair_id == pair_id, Review.done_at.is_(None)))
    held = {review.due_on for review in list_reviews(pair_id)}
    db().add_all(
        Review(programme_id=programme_id, pair_id=pair_id, due_on=day, due_at=at)
        for day, at in days.items()
        if day not in held
    )
    db().flush()


def list_due(at: datetime, limit: int) -> list[UUID]:
    """Return the pairs at whose charter something is due, so many at most, by their ids.

    Those that have waited longest are among them; the order of ids is that in which they are
    locked, so that nobody waits for another in a ring.
    """
    query = select(Charter.pair_id).where(Charter.due_at <= at)
    return sorted(db().scalars(query.order_by(Charter.due_at, Charter.pair_id).limit(limit)))


def list_of_person(person_id: UUID) -> list[UUID]:
    """Return the pairs at whose charter somebody wrote anything."""
    return list(db().scalars(select(Part.pair_id).where(Part.person_id == person_id)))


def delete_of_person(person_id: UUID) -> None:
    """Delete what somebody wrote alone, and the name with which they signed."""
    db().execute(delete(Part).where(Part.person_id == person_id))
    for row in db().scalars(select(Signature).where(Signature.person_id == person_id)):
        row.shown_name = ""


def _of(pair_id: UUID) -> Select[Charter]:
    return select(Charter).where(Charter.pair_id == pair_id)
