"""Rulings: hold, excuse, extend or send anyway, for one learner; each can be undone.

Who may rule is the permission table's business (`ruling`); that the learner belongs to the activity
is checked by whoever names them. What is in force is obeyed by the outbox itself
(`store/deliveries.py`) and by `refresh_progress`, not by pages.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.errors import NotFound
from lti_app.domain.rulings import RulingFact, RulingKind, close_for
from lti_app.services.notice_kinds import MORE_TIME, NO_MORE_TIME
from lti_app.services.notices import notify, withdraw
from lti_app.store import audit, courses
from lti_app.store import rulings as store
from lti_app.store.progress import Ruling
from lti_app.store.session import db


def rule(
    activity_id: UUID, person_id: UUID, kind: RulingKind, *, by: UUID, until: datetime | None = None
) -> None:
    """Put a ruling in force, in place of an earlier one of its kind.

    Args:
        activity_id: where.
        person_id: about whom.
        kind: what.
        by: who rules.
        until: the end of a hold or an excuse; the new close of an extension.

    Raises:
        ValueError: an extension without a new close.
    """
    if kind is RulingKind.EXTEND and until is None:
        raise ValueError("an extension says until when")
    at = now()
    replaced = store.end_rulings(activity_id, person_id, kind.value, by, at)
    ruling = Ruling(
        activity_id=activity_id,
        person_id=person_id,
        kind=kind.value,
        until=until,
        made_by=by,
        created_at=at,
    )
    db().add(ruling)
    db().flush()
    audit.note(f"ruling.{kind}", activity_id, by=by, person_id=person_id, until=until)
    if kind is RulingKind.EXTEND:
        _tell_of_more_time(ruling, replaced)


def undo(activity_id: UUID, person_id: UUID, ruling_id: UUID, *, by: UUID) -> None:
    """Take a ruling back; one that was taken back already stays so.

    Raises:
        NotFound: it is none about this learner in this activity.
    """
    row = store.find_ruling(ruling_id)
    if row is None or (row.activity_id, row.person_id) != (activity_id, person_id):
        raise NotFound(detail="ruling")
    if row.undone_at is None:
        row.undone_at, row.undone_by = now(), by
        audit.note(f"undo.{row.kind}", activity_id, by=by, person_id=person_id)
        if row.kind == RulingKind.EXTEND.value:
            _tell_of_no_more_time(row)


def rulings_of(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, Sequence[RulingFact]]:
    """Return everything ever ruled about people, the newest first."""
    return store.list_rulings(activity_id, people)


def closes_for(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, datetime | None]:
    """Return when an activity closes for each of some people."""
    closes_at = db().get_one(courses.Activity, activity_id).closes_at
    if closes_at is None:
        return dict.fromkeys(people)
    extended = store.extensions(activity_id, people)
    return {person_id: close_for(closes_at, extended.get(person_id)) for person_id in people}


def _tell_of_more_time(ruling: Ruling, replaced: Collection[UUID]) -> None:
    """Tell a learner of the new close; what they have not read of an earlier one is out of date."""
    know_another = [
        withdraw(ruling.person_id, MORE_TIME.key, about=earlier) for earlier in replaced
    ]
    closes_at = db().get_one(courses.Activity, ruling.activity_id).closes_at
    until = close_for(closes_at, ruling.until)
    if until is None or (until == closes_at and not any(know_another)):
        return
    notify(
        ruling.person_id,
        MORE_TIME.key,
        about=ruling.id,
        activity_id=ruling.activity_id,
        until=until,
    )


def _tell_of_no_more_time(ruling: Ruling) -> None:
    """Tell a learner who knows of more time that it was taken back."""
    knows = withdraw(ruling.person_id, MORE_TIME.key, about=ruling.id)
    closes_at = db().get_one(courses.Activity, ruling.activity_id).closes_at
    if knows and closes_at is not None:
        notify(
            ruling.person_id,
            NO_MORE_TIME.key,
            about=ruling.id,
            activity_id=ruling.activity_id,
            closes=closes_at,
        )
