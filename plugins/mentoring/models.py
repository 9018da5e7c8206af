"""The tables of the sign-up, and the questions that are asked of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.api import (
    ActivityRecord,
    Base,
    Person,
    Placement,
    Programme,
    counting_activities,
    db,
    find_or_add,
    meant_only,
    now,
)
from plugins.mentoring.answers import Answers, from_json, to_json

#: Nothing is NULL in the database, and not the JSON value of that name.
_Stored = JSON(none_as_null=True)


class SignUp(ActivityRecord, Base):
    """What one person answered, of one activity: what counts, and what is being written."""

    __tablename__ = "mentoring_sign_up"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    #: As sent, see `answers.to_json`; None until then. Pairing looks at nothing else.
    answers: Mapped[dict[str, Any] | None] = mapped_column(_Stored)
    #: As written so far, of the same form; None where nothing differs from what was sent.
    draft: Mapped[dict[str, Any] | None] = mapped_column(_Stored)
    #: `rules.Step` where the person stopped writing; None where there is no draft.
    step: Mapped[str | None] = mapped_column(String(10))
    #: When the person agreed to the use of the answers; None in a draft.
    consent_at: Mapped[datetime | None]
    #: The first time; later changes of the answers do not move it.
    submitted_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    @property
    def sent(self) -> Answers:
        """Return what counts."""
        return from_json(self.answers)

    @property
    def written(self) -> Answers:
        """Return what the person sees in the forms."""
        return from_json(self.draft if self.draft is not None else self.answers)


class Exclusion(Base):
    """With whom one person does not want to be paired, or once more, wherever they told it."""

    __tablename__ = "mentoring_exclusion"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    #: Names and e-mail addresses as typed; who is meant is found out when somebody is paired.
    people: Mapped[list[str]] = mapped_column(JSON)
    #: With whom they would like to be paired again; it counts where both ask for it.
    again: Mapped[list[str]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime]


class SelfDescription(Base):
    """To which groups one person counts themselves; apart from everything that pairing reads."""

    __tablename__ = "mentoring_self_description"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    #: Codes of `taxonomy.GROUPS`.
    groups: Mapped[list[str]] = mapped_column(JSON)
    updated_at: Mapped[datetime]


def find_sign_up(placement: Placement, person: Person) -> SignUp | None:
    """Return a person's sign-up or draft, or None."""
    return db().scalar(_of(placement, person))


def find_other(placement: Placement, person: Person) -> SignUp | None:
    """Return what somebody sent last at another activity, or None."""
    return db().scalar(
        select(SignUp)
        .where(
            SignUp.person_id == person.id,
            SignUp.activity_id != placement.activity_id,
            SignUp.submitted_at.is_not(None),
        )
        .order_by(SignUp.updated_at.desc(), SignUp.id)
        .limit(1)
    )


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
    """Return what some people sent that counts in a programme."""
    counting = counting_activities(programme.id, people)
    rows = db().scalars(
        select(SignUp).where(
            SignUp.person_id.in_(counting),
            SignUp.activity_id.in_(set(counting.values())),
            SignUp.submitted_at.is_not(None),
        )
    )
    return [row for row in rows if counting[row.person_id] == row.activity_id]


def hold(placement: Placement, person: Person) -> None:
    """Let nobody else change a sign-up until this request is over, if there is one."""
    locked = _of(placement, person).with_for_update(key_share=True)
    db().scalar(locked.execution_options(populate_existing=True))


def keep(
    placement: Placement, person: Person, step: str, change: Callable[[Answers], Answers]
) -> Answers:
    """Keep what somebody wrote in a step, without touching what they sent.

    Args:
        placement: where.
        person: who.
        step: where they are to go on.
        change: puts their new answers among those of the other steps, as they are by then.
    """
    row = _lock_sign_up(placement, person)
    answers = change(row.written)
    changed = to_json(answers)
    row.draft = changed if changed != row.answers else None
    row.step = step if row.draft is not None else None
    row.updated_at = now()
    return answers


def discard(placement: Placement, person: Person) -> None:
    """Forget what was written since the last sending; who has sent nothing keeps their draft."""
    row = _lock_sign_up(placement, person)
    if row.submitted_at is not None:
        row.draft = row.step = None


def submit(placement: Placement, person: Person, answers: Answers) -> None:
    """Let answers count, whose person agreed to their use; again and again if they like."""
    row = _lock_sign_up(placement, person)
    row.answers = to_json(answers)
    row.draft = row.step = None
    row.consent_at = row.consent_at or now()
    row.submitted_at = row.submitted_at or now()
    row.updated_at = now()


@dataclass(frozen=True)
class Wishes:
    """Names and addresses as somebody typed them.

    Attributes:
        excluded: with whom they do not want to be paired.
        again: with whom they would like to be paired once more.
    """

    excluded: Sequence[str] = ()
    again: Sequence[str] = ()


def find_wishes(people: Collection[UUID]) -> dict[UUID, Wishes]:
    """Return the private wishes of some people, by person; who has none is left out."""
    rows = db().scalars(select(Exclusion).where(Exclusion.person_id.in_(list(people))))
    return {row.person_id: Wishes(row.people, row.again) for row in rows}


def set_wishes(person: Person, wishes: Wishes) -> None:
    """Keep somebody's private wishes; they hold at once."""
    row, _ = find_or_add(
        lambda: db().get(Exclusion, person.id, with_for_update={"key_share": True}),
        lambda: Exclusion(person_id=person.id, people=[], again=[], updated_at=now()),
    )
    row.people, row.again = list(wishes.excluded), list(wishes.again)
    row.updated_at = now()


def find_groups(person: Person) -> Sequence[str]:
    """Return to which groups somebody counts themselves; none is no answer."""
    row = db().get(SelfDescription, person.id)
    return row.groups if row else ()


def set_groups(person: Person, groups: Sequence[str]) -> None:
    """Keep to which groups somebody counts themselves."""
    row, _ = find_or_add(
        lambda: db().get(SelfDescription, person.id, with_for_update={"key_share": True}),
        lambda: SelfDescription(person_id=person.id, groups=[], updated_at=now()),
    )
    row.groups, row.updated_at = list(groups), now()


def erase(person_id: UUID) -> None:
    """Delete somebody's private wishes and groups, and their name where others typed it."""
    for table in (Exclusion, SelfDescription):
        db().execute(delete(table).where(table.person_id == person_id))
    rows = {row.person_id: row for row in db().scalars(select(Exclusion))}
    typed = {author: {*row.people, *row.again} for author, row in rows.items()}
    for author, texts in meant_only(person_id, typed).items():
        row = rows[author]
        if texts:
            row.people = [text for text in row.people if text not in texts]
            row.again = [text for text in row.again if text not in texts]


def _of(placement: Placement, person: Person) -> Select[SignUp]:
    return select(SignUp).where(
        SignUp.activity_id == placement.activity_id, SignUp.person_id == person.id
    )


def _lock_sign_up(placement: Placement, person: Person) -> SignUp:
    """Return the row as it is now, new or old; a second request at the moment waits for this."""
    locked = _of(placement, person).with_for_update(key_share=True)
    locked = locked.execution_options(populate_existing=True)
    sign_up, _ = find_or_add(
        lambda: db().scalar(locked),
        lambda: SignUp(activity_id=placement.activity_id, person_id=person.id, updated_at=now()),
    )
    return sign_up
