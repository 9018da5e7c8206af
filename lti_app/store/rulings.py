"""Questions to the rulings: what is in force for whom, and what was ruled before."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from lti_app.domain.rulings import RulingFact, RulingKind
from lti_app.store.people import Person
from lti_app.store.progress import Ruling
from lti_app.store.session import db


def extensions(activity_id: UUID, people: Collection[UUID]) -> dict[UUID, datetime]:
    """Return until when people have been given more time, for those who have."""
    rows = db().execute(
        select(Ruling.person_id, func.max(Ruling.until))
        .where(
            Ruling.activity_id == activity_id,
            Ruling.person_id.in_(list(people)),
            Ruling.kind == RulingKind.EXTEND.value,
            Ruling.undone_at.is_(None),
        )
        .group_by(Ruling.person_id)
    )
    return {person_id: until for person_id, until in rows if until is not None}


def list_rulings(activity_id: UUID, people: Collection[UUID]) -> dict[UUID, list[RulingFact]]:
    """Return everything ever ruled about people, the newest first, undone or not."""
    maker, undoer = aliased(Person), aliased(Person)
    rows = db().execute(
        select(
            Ruling,
            func.coalesce(maker.name, maker.own_name),
            func.coalesce(undoer.name, undoer.own_name),
        )
        .outerjoin(maker, maker.id == Ruling.made_by)
        .outerjoin(undoer, undoer.id == Ruling.undone_by)
        .where(Ruling.activity_id == activity_id, Ruling.person_id.in_(list(people)))
        .order_by(Ruling.created_at.desc(), Ruling.id)
    )
    found: dict[UUID, list[RulingFact]] = {}
    for ruling, made_by, undone_by in rows:
        fact = RulingFact(
            id=ruling.id,
            kind=RulingKind(ruling.kind),
            until=ruling.until,
            made_at=ruling.created_at,
            made_by=made_by,
            undone_at=ruling.undone_at,
            undone_by=undone_by,
        )
        found.setdefault(ruling.person_id, []).append(fact)
    return found


def find_ruling(ruling_id: UUID) -> Ruling | None:
    """Return a ruling, or None if there is none of this id."""
    return db().get(Ruling, ruling_id)


def end_rulings(
    activity_id: UUID, person_id: UUID, kind: str, by: UUID, at: datetime
) -> list[UUID]:
    """Undo what is in force of a kind for one learner; returns which rulings that were."""
    ended = db().scalars(
        update(Ruling)
        .where(
            Ruling.activity_id == activity_id,
            Ruling.person_id == person_id,
            Ruling.kind == kind,
            Ruling.undone_at.is_(None),
        )
        .values(undone_at=at, undone_by=by)
        .returning(Ruling.id)
        .execution_options(synchronize_session=False)
    )
    return list(ended)
