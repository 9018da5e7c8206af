"""The outbox of gradebook cells: what is queued, and what makes it due again.

How it is sent is told in `sending.py`, what a look into the gradebook means in `verdicts.py`. Due
times are the machine's time: the LMS does not live in the product's.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.cell import Cell
from lti_app.domain.delivery import DeliveryState, Mandate
from lti_app.domain.errors import Conflict
from lti_app.store import deliveries as store
from lti_app.store.cells import attempts_in_doubt
from lti_app.store.courses import Placement
from lti_app.store.progress import Delivery, find_delivery
from lti_app.store.session import db, find_or_add

#: Where "send again" changes something.
RETRIED = (
    DeliveryState.WAITING,
    DeliveryState.HELD,
    DeliveryState.NOT_GRADABLE,
    DeliveryState.GONE,
    DeliveryState.CONFIGURATION,
)
#: Why nothing more is sent of the activity that a link led to before.
FORMER = "former_activity"


def queue(placement_id: UUID, person_id: UUID, score: Decimal, *, may_fall: bool = False) -> None:
    """Have a score sent to a cell, unless the cell was already to get as much or more.

    Part of the transaction that earned the score. What was queued and not yet sent is replaced.

    Args:
        placement_id: of the column.
        person_id: of the cell.
        score: out of 100.
        may_fall: a person decided so; then a lower score is sent, too.
    """
    now = real_now()
    activity_id = _activity_of(placement_id)
    row, is_new = find_or_add(
        lambda: find_delivery(placement_id, person_id),
        lambda: Delivery(
            registration_id=store.registration_of(placement_id),
            placement_id=placement_id,
            person_id=person_id,
            activity_id=activity_id,
            version=1,
            score=score,
            state=DeliveryState.QUEUED.value,
            due_at=now,
            updated_at=now,
        ),
    )
    if not is_new and is_former(row, activity_id):
        _take_over(placement_id, person_id, activity_id, score)
    elif not is_new:
        store.change_score(placement_id, person_id, score, now, may_fall=may_fall)


def queue_final(placement_id: UUID, scores: Mapping[UUID, Decimal]) -> None:
    """Have scores sent to cells that nothing was ever due in, each only if a look shows it empty.

    Args:
        placement_id: of the column.
        scores: by person; who has a cell already is passed over.
    """
    now = real_now()
    registration_id = store.registration_of(placement_id)
    activity_id = _activity_of(placement_id)
    store.add_missing(
        [
            {
                "registration_id": registration_id,
                "placement_id": placement_id,
                "person_id": person_id,
                "activity_id": activity_id,
                "version": 1,
                "score": score,
                "state": DeliveryState.QUEUED.value,
                "due_at": now,
                "failures": 0,
                "is_unanswered": True,
                "mandate": Mandate.IF_EMPTY.value,
                "created_at": now,
                "updated_at": now,
            }
            for person_id, score in scores.items()
        ]
    )


def send_again(
    *,
    placement_id: UUID | None = None,
    person_id: UUID | None = None,
    states: Collection[DeliveryState] = RETRIED,
) -> int:
    """Make cells due now that have not got their newest value; returns how many.

    A held cell is looked into first, so what a person typed there stays. Saying it twice changes
    nothing.

    Args:
        placement_id: only here, if given.
        person_id: only this learner's, if given.
        states: only cells in these.
    """
    names = [state.value for state in states]
    return store.requeue(names, real_now(), placement_id=placement_id, person_id=person_id)


def send_instead(placement_id: UUID, person_id: UUID, seen_score: Decimal | None) -> None:
    """Have our value sent over what somebody typed, as an instructor decided who has seen it.

    Args:
        placement_id: of the column.
        person_id: of the cell.
        seen_score: what they were shown to be in the gradebook; None where nobody could look.

    Raises:
        Conflict: the cell is not held, or something else was seen in it meanwhile.
    """
    row = store.find_cell(placement_id, person_id)
    if row is None or row.state != DeliveryState.HELD.value or row.seen_score != seen_score:
        raise Conflict(detail="cell is not as it was shown")
    row.mandate = Mandate.REPLACE.value
    row.is_unanswered = True
    send_again(placement_id=placement_id, person_id=person_id)


def wake(placement_id: UUID) -> None:
    """Try again what was waiting for the next launch of a link: its column, or a setting."""
    store.wake(placement_id, real_now())


def wake_person(placement_id: UUID, person_id: UUID) -> None:
    """Try again what an LMS refused for a person, now that they have launched.

    They may have become a learner since, a lock may be gone, and a refusal can have been the word
    of a proxy. The cell is looked into first.
    """
    store.wake_person(placement_id, person_id, real_now())


def wake_people(course_id: UUID, people: Collection[UUID]) -> None:
    """Try again what an LMS refused for people who are back in a course.

    What merely waited for them is due already, and goes out now that nothing keeps it back.
    """
    if people:
        store.wake_people(course_id, people, real_now())


def look_again(placement_id: UUID) -> None:
    """Look into every cell of a placement, whose column is another one, and fill what is empty."""
    store.look_again(placement_id, real_now())


def point_elsewhere(placement_id: UUID) -> None:
    """Close what was to be sent of the activity that a link led to before (R-3.9).

    Cells keep what they hold. What the link's activity of now has for them is queued by the caller,
    and sent where it is not lower.
    """
    db().flush()
    now = real_now()
    store.close_former(placement_id, FORMER, now)
    store.reopen(placement_id, FORMER, now)


def is_former(row: Delivery | Cell, activity_id: UUID) -> bool:
    """Tell whether a cell's score is of another activity than the one its link leads to now."""
    return row.activity_id not in {None, activity_id}


def _activity_of(placement_id: UUID) -> UUID:
    return db().get_one(Placement, placement_id).activity_id


def _take_over(placement_id: UUID, person_id: UUID, activity_id: UUID, score: Decimal) -> None:
    """Let a cell of the link's former activity have a score of its activity of now, if not lower.

    What may have arrived without an answer counts as if it had.
    """
    row = store.find_cell(placement_id, person_id)
    if row is None or not is_former(row, activity_id):
        return
    arrived = [attempt.score for attempt in attempts_in_doubt(row.id)]
    acknowledged = row.acknowledged_score
    if score < max([*arrived, acknowledged or Decimal(0)]):
        return
    now = real_now()
    row.activity_id, row.score, row.updated_at = activity_id, score, now
    row.version += 1
    row.valued_at = now
    row.mandate = None
    if score == acknowledged and not arrived:
        row.acknowledged_version = row.version
        row.state, row.due_at = DeliveryState.SENT.value, None
    elif row.state != DeliveryState.HELD.value:
        row.state, row.due_at, row.failures = DeliveryState.QUEUED.value, now, 0
