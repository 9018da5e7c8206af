"""The tables of the sign-up, and the questions that are asked of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.api import (
    ActivityRecord,
    Base,
    Person,
    Placement,
    Programme,
    Side,
    counting_activities,
    db,
    find_or_add,
    now,
)


class SignUp(ActivityRecord, Base):
    """What one person answered, of one activity; a draft until it is submitted."""

    __tablename__ = "mentoring_sign_up"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    #: `taxonomy.Side`; None while a draft leaves it open.
    side: Mapped[str | None] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(Text, default="")
    #: Codes of `taxonomy.GOAL_AREAS`.
    goal_areas: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: IANA name.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    #: When the person agreed to the use of the answers; None in a draft.
    consent_at: Mapped[datetime | None]
    #: The first time; later changes of the answers do not move it.
    submitted_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    skills: Mapped[list["Skill"]] = relationship(cascade="all, delete-orphan")


class Skill(Base):
    """One skill of a sign-up: wanted by a mentee, offered by a mentor."""

    __tablename__ = "mentoring_skill"

    sign_up_id: Mapped[UUID] = mapped_column(
        ForeignKey("mentoring_sign_up.id", ondelete="CASCADE"), primary_key=True
    )
    #: Code of `taxonomy.SKILLS`.
    skill: Mapped[str] = mapped_column(String(40), primary_key=True)


@dataclass(frozen=True)
class Answers:
    """What the form holds, as it is stored."""

    side: Side | None
    why: str
    skills: Sequence[str]
    goal_areas: Sequence[str]
    time_zone: str | None


def find_sign_up(placement: Placement, person: Person) -> SignUp | None:
    """Return a person's sign-up or draft, or None."""
    return db().scalar(_of(placement, person))


def list_sign_ups(placement: Placement, people: Collection[Person]) -> list[SignUp]:
    """Return the sign-ups and drafts of some people."""
    return list(
        db().scalars(
            select(SignUp).where(
                SignUp.activity_id == placement.activity_id,
                SignUp.person_id.in_([person.id for person in people]),
            )
        )
    )


def who_signed_up(placement: Placement) -> Select[UUID]:
    """Return the question for the ids of those who have signed up."""
    return select(SignUp.person_id).where(
        SignUp.activity_id == placement.activity_id, SignUp.submitted_at.isnot(None)
    )


def list_submitted(activity_id: UUID) -> list[SignUp]:
    """Return what was submitted at an activity."""
    return list(
        db().scalars(
            select(SignUp).where(
                SignUp.activity_id == activity_id, SignUp.submitted_at.is_not(None)
            )
        )
    )


def list_in_programme(programme: Programme, people: Collection[UUID]) -> list[SignUp]:
    """Return the sign-ups of some people that count in a programme."""
    counting = counting_activities(programme.id, people)
    rows = db().scalars(
        select(SignUp).where(
            SignUp.person_id.in_(counting), SignUp.activity_id.in_(set(counting.values()))
        )
    )
    return [row for row in rows if counting[row.person_id] == row.activity_id]


def save_draft(placement: Placement, person: Person, answers: Answers) -> None:
    """Keep unfinished answers; a sign-up that was submitted stays as it is."""
    sign_up = _lock_sign_up(placement, person)
    if sign_up.submitted_at is None:
        _fill(sign_up, answers)


def submit(placement: Placement, person: Person, answers: Answers) -> None:
    """Store finished answers of somebody who agreed to their use; again and again if they like."""
    sign_up = _lock_sign_up(placement, person)
    _fill(sign_up, answers)
    sign_up.consent_at = sign_up.consent_at or now()
    sign_up.submitted_at = sign_up.submitted_at or now()


def _of(placement: Placement, person: Person) -> Select[SignUp]:
    return select(SignUp).where(
        SignUp.activity_id == placement.activity_id, SignUp.person_id == person.id
    )


def _lock_sign_up(placement: Placement, person: Person) -> SignUp:
    """Return the row, new or old; a second submit at the same moment waits for the first one."""
    sign_up, _ = find_or_add(
        lambda: db().scalar(_of(placement, person).with_for_update(key_share=True)),
        lambda: SignUp(activity_id=placement.activity_id, person_id=person.id, updated_at=now()),
    )
    return sign_up


def _fill(sign_up: SignUp, answers: Answers) -> None:
    sign_up.side = answers.side
    sign_up.why = answers.why
    sign_up.goal_areas = list(answers.goal_areas)
    sign_up.time_zone = answers.time_zone
    sign_up.updated_at = now()
    kept = [row for row in sign_up.skills if row.skill in answers.skills]
    added = set(answers.skills) - {row.skill for row in kept}
    sign_up.skills = kept + [Skill(skill=skill) for skill in sorted(added)]
