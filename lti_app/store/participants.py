"""Who takes part in which programme, and how far each is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, Select, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.domain.participants import ParticipantState, Participation
from lti_app.domain.programmes import Side
from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.mails import MailPreference
from lti_app.store.people import Person
from lti_app.store.session import db


class Participant(Base):
    """One person's place in one programme."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("programme_id", "person_id"),
        Index("ix_participant_programme_id_state", "programme_id", "state"),
    )

    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: The sign-up that counts: the first one that the person submitted, of all courses.
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"))
    #: `domain.programmes.Side`.
    side: Mapped[str] = mapped_column(String(10))
    #: `domain.participants.ParticipantState`.
    state: Mapped[str] = mapped_column(String(10))
    #: How many mentees a mentor takes at a time; 0 for a mentee.
    seats: Mapped[int] = mapped_column(Integer, default=0)
    #: Of the programme's text that the person agreed to; None: they have still to be asked.
    consent_version: Mapped[int | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    #: Offers and pairs that came to nothing without this person having left.
    waited_rounds: Mapped[int] = mapped_column(Integer, default=0)
    #: What the programme team asks to be changed; empty otherwise.
    returned_note: Mapped[str] = mapped_column(String(400), default="")
    state_since: Mapped[datetime]
    created_at: Mapped[CreatedAt]


@dataclass(frozen=True)
class Called:
    """What somebody of a programme is called, and where they are written to."""

    person_id: UUID
    names: tuple[str, ...]
    addresses: tuple[str, ...]


def find_participant(programme_id: UUID, person_id: UUID) -> Participant | None:
    """Return somebody's place in a programme, or None."""
    return db().scalar(_of(programme_id, person_id))


def lock_participant(programme_id: UUID, person_id: UUID) -> Participant | None:
    """Return somebody's place in a programme for changing it; others wait, or None."""
    return db().scalar(_of(programme_id, person_id).with_for_update(key_share=True))


def lock_participants(programme_id: UUID, person_ids: Collection[UUID]) -> list[Participant]:
    """Return some people's places for changing them, locked in the order of their ids.

    Whoever locks several does it through here: two that lock the same rows in different orders
    would wait for each other.
    """
    query = (
        select(Participant)
        .where(Participant.programme_id == programme_id)
        .where(Participant.person_id.in_(list(person_ids)))
        .order_by(Participant.id)
    )
    locked = query.with_for_update(key_share=True)
    return list(db().scalars(locked.execution_options(populate_existing=True)))


def list_of_person(person_id: UUID) -> list[Participant]:
    """Return somebody's places in all programmes, the newest first."""
    query = select(Participant).where(Participant.person_id == person_id)
    return list(db().scalars(query.order_by(Participant.created_at.desc(), Participant.id)))


def takes_part(person_id: UUID) -> bool:
    """Return whether somebody has a place in any programme."""
    found = select(Participant.id).where(Participant.person_id == person_id).limit(1)
    return db().scalar(found) is not None


def list_counting_activities(programme_id: UUID, people: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the activity whose sign-up counts, by person, of those who take part."""
    rows = db().execute(
        select(Participant.person_id, Participant.activity_id).where(
            Participant.programme_id == programme_id,
            Participant.person_id.in_(list(people)),
            Participant.activity_id.is_not(None),
        )
    )
    return {row.person_id: row.activity_id for row in rows}


def list_without_consent(
    programme_id: UUID, version: int, people: Collection[UUID] | None = None
) -> list[Participant]:
    """Return who takes part, of some people or of all, and has not agreed to a version."""
    query = select(Participant).where(
        Participant.programme_id == programme_id,
        Participant.state.not_in([ParticipantState.WITHDRAWN.value, ParticipantState.DONE.value]),
        Participant.consent_version.is_distinct_from(version),
    )
    if people is not None:
        query = query.where(Participant.person_id.in_(list(people)))
    return list(db().scalars(query.order_by(Participant.id)))


def list_names(programme_id: UUID) -> list[Called]:
    """Return what everybody of a programme is called, those who have left included."""
    query = _CALLED.join(Participant, Participant.person_id == Person.id)
    return _called(query.where(Participant.programme_id == programme_id))


def find_called(person_id: UUID) -> Called | None:
    """Return what somebody is called, or None if there is nobody of this id."""
    return next(iter(_called(_CALLED.where(Person.id == person_id))), None)


def list_colleagues(person_id: UUID) -> list[Called]:
    """Return what everybody of somebody's organisation is called, they themselves included."""
    theirs = select(Person.organisation_id).where(Person.id == person_id).scalar_subquery()
    return _called(_CALLED.where(Person.organisation_id == theirs))


_CALLED: Select[UUID, str | None, str | None, str | None, str | None] = select(
    Person.id, Person.name, Person.own_name, Person.email, MailPreference.own_address
).outerjoin(MailPreference, MailPreference.person_id == Person.id)


def _called(query: Select[UUID, str | None, str | None, str | None, str | None]) -> list[Called]:
    return [
        Called(
            row.id,
            tuple(name for name in (row.name, row.own_name) if name),
            tuple(address for address in (row.email, row.own_address) if address),
        )
        for row in db().execute(query)
    ]


def count_states(programme_id: UUID) -> dict[tuple[Side, ParticipantState], int]:
    """Return how many people of each side are how far."""
    rows = db().execute(
        select(Participant.side, Participant.state, func.count())
        .where(Participant.programme_id == programme_id)
        .group_by(Participant.side, Participant.state)
    )
    return {(Side(side), ParticipantState(state)): count for side, state, count in rows}


def to_participation(row: Participant) -> Participation:
    """Return a stored place as a value."""
    return Participation(
        programme_id=row.programme_id,
        person_id=row.person_id,
        side=Side(row.side),
        state=ParticipantState(row.state),
        seats=row.seats,
        consent_version=row.consent_version,
        submitted_at=row.submitted_at,
        returned_note=row.returned_note,
        waited_rounds=row.waited_rounds,
        state_since=row.state_since,
    )


def _of(programme_id: UUID, person_id: UUID) -> Select[Participant]:
    return select(Participant).where(
        Participant.programme_id == programme_id, Participant.person_id == person_id
    )
