"""Questions for the instructor's board: who is in which situation, asked of the database."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import Select, exists, select, union
from sqlalchemy.orm import aliased

from lti_app.api import db
from plugins.coaching.models.groups import PracticeGroup, PracticeMember, PracticeSeat
from plugins.coaching.models.marks import PracticePublication
from plugins.coaching.models.sessions import PracticeSession

_AWAITING = "awaiting_confirmation"


class Situation(StrEnum):
    """What the board can be narrowed to."""

    BEGUN = "begun"
    UNGROUPED = "ungrouped"
    WAITS = "waits"
    OWES = "owes"
    TO_MARK = "to_mark"
    MARKED = "marked"
    PUBLISHED = "published"


def situations(activity_id: UUID) -> Mapping[Situation, Select[UUID]]:
    """Return the questions for the ids of those who are in each situation."""
    return {
        Situation.BEGUN: _begun(activity_id),
        Situation.UNGROUPED: _ungrouped(activity_id),
        Situation.WAITS: _leading(activity_id, _AWAITING),
        Situation.OWES: _owing(activity_id),
        Situation.TO_MARK: _leading(activity_id, "released"),
        Situation.MARKED: _leading(activity_id, "marked"),
        Situation.PUBLISHED: select(PracticePublication.person_id).where(
            PracticePublication.activity_id == activity_id
        ),
    }


def list_owed(activity_id: UUID, people: Collection[UUID]) -> Sequence[PracticeSession]:
    """Return the sessions that some people have still to confirm, those that wait longest first."""
    query = (
        select(PracticeSession)
        .where(
            PracticeSession.activity_id == activity_id,
            PracticeSession.state == _AWAITING,
            PracticeSession.coachee_id.in_(list(people)),
        )
        .order_by(PracticeSession.handed_at, PracticeSession.id)
    )
    return db().scalars(query).all()


def list_partners(
    activity_id: UUID, people: Collection[UUID]
) -> Mapping[UUID, Sequence[tuple[int, UUID]]]:
    """Return with whom some people sit in groups that are open: round and partner, by person."""
    own, other = aliased(PracticeSeat), aliased(PracticeSeat)
    query = (
        select(own.person_id, own.round, other.person_id)
        .join(other, other.group_id == own.group_id)
        .join(PracticeGroup, PracticeGroup.id == own.group_id)
        .where(
            own.activity_id == activity_id,
            own.person_id.in_(list(people)),
            own.left_at.is_(None),
            other.left_at.is_(None),
            other.person_id != own.person_id,
            PracticeGroup.closed_at.is_(None),
        )
        .order_by(own.round, other.position)
    )
    found: dict[UUID, list[tuple[int, UUID]]] = {}
    for person_id, number, partner_id in db().execute(query):
        found.setdefault(person_id, []).append((number, partner_id))
    return found


def _leading(activity_id: UUID, state: str) -> Select[UUID]:
    return select(PracticeSession.person_id).where(
        PracticeSession.activity_id == activity_id, PracticeSession.state == state
    )


def _owing(activity_id: UUID) -> Select[UUID]:
    """Ask for those who have to answer; a partner outside of the course is nobody here."""
    partners = select(PracticeSession.coachee_id).where(
        PracticeSession.activity_id == activity_id,
        PracticeSession.state == _AWAITING,
        PracticeSession.coachee_id.is_not(None),
    )
    return cast("Select[UUID]", partners)


def _begun(activity_id: UUID) -> Select[UUID]:
    """Ask for those who have joined, prepared or led anything."""
    either = union(
        select(PracticeMember.person_id).where(PracticeMember.activity_id == activity_id),
        select(PracticeSession.person_id).where(PracticeSession.activity_id == activity_id),
    ).subquery()
    return select(either.c.person_id)


def _ungrouped(activity_id: UUID) -> Select[UUID]:
    """Ask for those who want to be grouped, and sit in no group that is open."""
    sits = exists().where(
        PracticeSeat.activity_id == activity_id,
        PracticeSeat.person_id == PracticeMember.person_id,
        PracticeSeat.left_at.is_(None),
        PracticeGroup.id == PracticeSeat.group_id,
        PracticeGroup.closed_at.is_(None),
    )
    return select(PracticeMember.person_id).where(
        PracticeMember.activity_id == activity_id,
        PracticeMember.joined_at.is_not(None),
        PracticeMember.left_at.is_(None),
        ~sits,
    )
