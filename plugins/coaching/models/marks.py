"""Marks of what was released, and what of them was published."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    ForeignKey,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.api import ActivityRecord, Base, Id, db, find_or_add, now
from plugins.coaching.models.sessions import PracticeRelease, PracticeSession
from plugins.coaching.rubric import Row


class PracticeMark(Base):
    """The level of one row of one released session, for staff alone until it is published."""

    __tablename__ = "practice_mark"
    __table_args__ = (UniqueConstraint("release_id", "row"),)

    id: Mapped[Id]
    release_id: Mapped[UUID] = mapped_column(ForeignKey("practice_release.id", ondelete="CASCADE"))
    #: `rubric.Row`.
    row: Mapped[str] = mapped_column(String(12))
    level: Mapped[int] = mapped_column(Integer)
    #: Who set this level; None if that person is gone.
    marker_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime]


class PracticeRemark(Base):
    """What a marker writes to the learner about one released session."""

    __tablename__ = "practice_remark"

    release_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_release.id", ondelete="CASCADE"), primary_key=True
    )
    text: Mapped[str] = mapped_column(Text)
    marker_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime]


class PracticePublication(ActivityRecord, Base):
    """What one learner was told of their marks, and what of it counts; marks may have moved on."""

    __tablename__ = "practice_publication"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    #: Of the rubric, out of 100: that of the best released session.
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    #: By release: `levels` by row, and `remark`.
    marks: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Counts the publications to this learner, from 1.
    number: Mapped[int] = mapped_column(Integer)
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Queue(StrEnum):
    """What the marking queue can be narrowed to."""

    TO_MARK = "to_mark"
    MARKED = "marked"
    PUBLISHED = "published"
    ALL = "all"


@dataclass(frozen=True)
class Released:
    """A released session with its marks.

    Attributes:
        levels: by row, of those that were saved.
        remark: to the learner.
    """

    release: PracticeRelease
    session: PracticeSession
    levels: Mapping[Row, int]
    remark: str

    @property
    def is_marked(self) -> bool:
        """Return whether every row has a level."""
        return len(self.levels) == len(Row)

    @property
    def stamp(self) -> str:
        """Return what tells these marks from others, so that two markers do not overwrite."""
        levels = ",".join(str(self.levels.get(row, "-")) for row in Row)
        return sha256(f"{levels}/{self.remark}".encode()).hexdigest()[:16]


#: State of a session → in which part of the queue it is.
STATES: Final[Mapping[Queue, tuple[str, ...]]] = {
    Queue.TO_MARK: ("released",),
    Queue.MARKED: ("marked",),
    Queue.PUBLISHED: ("done",),
    Queue.ALL: ("released", "marked", "done"),
}


def count_queue(activity_id: UUID) -> Mapping[Queue, int]:
    """Return how many released sessions there are of each kind."""
    rows = db().execute(
        _released(activity_id, Queue.ALL)
        .with_only_columns(PracticeSession.state, func.count())
        .group_by(PracticeSession.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {show: sum(found.get(state, 0) for state in STATES[show]) for show in Queue}


def list_queue(activity_id: UUID, show: Queue, *, limit: int, offset: int) -> Sequence[Released]:
    """Return one page of released sessions, those that wait longest first."""
    query = _released(activity_id, show).order_by(PracticeRelease.released_at, PracticeRelease.id)
    return _with_marks(query.limit(limit).offset(offset))


def list_released(
    activity_id: UUID, people: Collection[UUID], *, lock: bool = False
) -> Sequence[Released]:
    """Return what some people released, the oldest first.

    Args:
        activity_id: where.
        people: whose.
        lock: let nobody else mark it, or publish its marks, until this request is over.
    """
    query = _released(activity_id, Queue.ALL).where(PracticeSession.person_id.in_(list(people)))
    ordered = query.order_by(PracticeRelease.released_at, PracticeRelease.id)
    return _with_marks(_locked(ordered) if lock else ordered)


def find_released(activity_id: UUID, release_id: UUID, *, lock: bool = False) -> Released | None:
    """Return one released session of an activity, or None.

    Args:
        activity_id: where.
        release_id: which.
        lock: let nobody else mark it, or publish its marks, until this request is over.
    """
    query = _released(activity_id, Queue.ALL).where(PracticeRelease.id == release_id)
    return next(iter(_with_marks(_locked(query) if lock else query)), None)


def find_next(activity_id: UUID, after: PracticeRelease) -> UUID | None:
    """Return the release that waits longest of those still to be marked, but for one of them."""
    query = (
        _released(activity_id, Queue.TO_MARK)
        .with_only_columns(PracticeRelease.id)
        .where(PracticeRelease.id != after.id)
        .order_by(PracticeRelease.released_at, PracticeRelease.id)
        .limit(1)
    )
    return db().scalar(query)


def save_marks(release_id: UUID, levels: Mapping[Row, int], remark: str, marker_id: UUID) -> None:
    """Keep levels and a remark, for nobody to see but staff; the release has to be locked.

    Args:
        release_id: of what.
        levels: by row; one that is missing stays as it is.
        remark: to the learner, or nothing.
        marker_id: who marks. A level that stays the same stays theirs who set it.
    """
    at = now()
    stored = {row.row: row for row in _marks([release_id])}
    for name, level in levels.items():
        row = stored.get(name.value)
        if row is None:
            row = PracticeMark(release_id=release_id, row=name.value, level=level, saved_at=at)
            row.marker_id = marker_id
            db().add(row)
        elif row.level != level:
            row.level, row.marker_id, row.saved_at = level, marker_id, at
    said = db().get(PracticeRemark, release_id)
    if said is None and remark:
        db().add(
            PracticeRemark(release_id=release_id, text=remark, marker_id=marker_id, saved_at=at)
        )
    elif said is not None and said.text != remark:
        said.text, said.marker_id, said.saved_at = remark, marker_id, at


def list_publications(
    activity_id: UUID, people: Collection[UUID]
) -> Mapping[UUID, PracticePublication]:
    """Return what was published to some people, by person."""
    rows = db().scalars(
        select(PracticePublication).where(
            PracticePublication.activity_id == activity_id,
            PracticePublication.person_id.in_(list(people)),
        )
    )
    return {row.person_id: row for row in rows}


def list_marked_people(activity_id: UUID) -> Sequence[UUID]:
    """Return who has marks that they were not told of yet."""
    query = _released(activity_id, Queue.MARKED).with_only_columns(PracticeSession.person_id)
    return list(db().scalars(query.distinct().order_by(PracticeSession.person_id)))


def publish(
    activity_id: UUID, person_id: UUID, percent: Decimal, marks: Mapping[str, Any], by: UUID
) -> PracticePublication:
    """Let one learner read their marks, in place of what was published before."""
    found = (
        select(PracticePublication)
        .where(
            PracticePublication.activity_id == activity_id,
            PracticePublication.person_id == person_id,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row, _ = find_or_add(
        lambda: db().scalar(found),
        lambda: PracticePublication(
            activity_id=activity_id,
            person_id=person_id,
            percent=percent,
            marks={},
            number=0,
            published_at=now(),
        ),
    )
    row.percent, row.marks, row.number = percent, dict(marks), row.number + 1
    row.published_at, row.published_by = now(), by
    return row


def _released(activity_id: UUID, show: Queue) -> Select[PracticeRelease, PracticeSession]:
    return (
        select(PracticeRelease, PracticeSession)
        .join(PracticeSession, PracticeSession.id == PracticeRelease.session_id)
        .where(PracticeSession.activity_id == activity_id, PracticeSession.state.in_(STATES[show]))
    )


def _locked(
    query: Select[PracticeRelease, PracticeSession],
) -> Select[PracticeRelease, PracticeSession]:
    locked = query.with_for_update(of=PracticeSession, key_share=True)
    return locked.execution_options(populate_existing=True)


def _with_marks(query: Select[PracticeRelease, PracticeSession]) -> Sequence[Released]:
    found = [(release, session) for release, session in db().execute(query)]
    ids = [release.id for release, _ in found]
    levels: dict[UUID, dict[Row, int]] = {}
    for mark in _marks(ids):
        levels.setdefault(mark.release_id, {})[Row(mark.row)] = mark.level
    remarks = {
        row.release_id: row.text
        for row in db().scalars(select(PracticeRemark).where(PracticeRemark.release_id.in_(ids)))
    }
    return [
        Released(release, session, levels.get(release.id, {}), remarks.get(release.id, ""))
        for release, session in found
    ]


def _marks(releases: Collection[UUID]) -> Sequence[PracticeMark]:
    query = select(PracticeMark).where(PracticeMark.release_id.in_(list(releases)))
    return db().scalars(query).all()
