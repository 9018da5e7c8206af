"""What a look into a gradebook cell means for it: ours goes on, and what a person wrote stays.

Everything here changes cells that the caller has locked (`store.cells.locked`).
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lti_app.domain.cell import Cell
from lti_app.domain.delivery import DeliveryState, Finding, Mandate, Outcome, PostAnswer
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.lti.scores import ResultRead
from lti_app.services.deliveries import is_former
from lti_app.store.cells import attempts_in_doubt


def settle(cell: Cell, read: ResultRead, now: datetime) -> bool:
    """Draw the conclusion from a look before a post (lti-rules.md R-4.12).

    Returns:
        Whether the newest score may be posted. If not: it is there already, or the cell holds what
        is not ours and is held until a person decides; either way it is given back.
    """
    if not _is_ours(cell, read, now):
        return _meet_foreign(cell, read, now)
    if cell.state == DeliveryState.SENT.value:
        cell.note(read.answer, now)
        return False
    if read.comment is not None:
        # Every post replaces the feedback, and we never write any: this is somebody else's.
        return _meet_foreign(cell, read, now)
    cell.is_unanswered = False
    return True


def leaves_room(read: ResultRead, acknowledged_score: Decimal | None) -> bool:
    """Tell whether a cell is seen at once to hold nothing, or what the LMS last took of ours."""
    if read.comment is not None:
        return False
    if read.score is None:
        return not read.is_emptied
    return acknowledged_score is not None and read.shows(acknowledged_score, SCORE_MAXIMUM)


def confirm(cell: Cell, read: ResultRead, posted_at: datetime, now: datetime) -> None:
    """Draw the conclusion from a look after a post that the LMS took.

    It may have kept what a person typed before and not said so: then the cell is theirs.

    Args:
        cell: is left alone if that post was not its last, or somebody is working on another.
        read: what it holds.
        posted_at: what the post said of its time.
        now: the moment.
    """
    is_quiet = cell.posted_at == posted_at and cell.lease is None and not cell.is_unanswered
    posted = cell.acknowledged_score
    if not is_quiet or posted is None or read.score is None or read.shows(posted, SCORE_MAXIMUM):
        return
    cell.acknowledged_score = cell.acknowledged_version = cell.acknowledged_at = None
    _meet_foreign(cell, read, now)


def compare(
    cell: Cell, read: ResultRead, read_at: datetime, now: datetime, activity_id: UUID
) -> Finding:
    """Compare a cell with what was read of its whole column, and queue what is ours to send.

    Only a cell that is empty, or holds what is ours, is queued, and it is looked into once more
    before anything is posted. What somebody else wrote there is held. Saying it twice changes
    nothing.

    Args:
        cell: what the tool has.
        read: what the gradebook holds.
        read_at: when reading began; what was posted since is not judged.
        now: the moment.
        activity_id: of the activity that the link leads to.
    """
    if read.shows(cell.score, SCORE_MAXIMUM):
        if cell.state != DeliveryState.SENT.value and cell.lease is None:
            _is_ours(cell, read, now)
        return Finding.EQUAL
    if cell.mandate or _is_in_flight(cell, read_at, now):
        return Finding.UNDER_WAY
    if cell.state == DeliveryState.LEFT_ALONE.value or is_former(cell, activity_id):
        return Finding.EQUAL
    if not _is_ours(cell, read, now) or read.comment is not None:
        _meet_foreign(cell, read, now)
        return Finding.CHANGED
    if cell.state in {DeliveryState.QUEUED.value, DeliveryState.WAITING.value}:
        return Finding.UNDER_WAY
    cell.state, cell.due_at, cell.failures = DeliveryState.QUEUED.value, now, 0
    cell.is_unanswered = True
    return Finding.NOT_THERE if read.score is None else Finding.OLDER


def _is_in_flight(cell: Cell, read_at: datetime, now: datetime) -> bool:
    """Tell whether a post may have reached the cell after its column was read."""
    if cell.leased_until is not None and cell.leased_until > now:
        return True
    return any(at is not None and at >= read_at for at in (cell.posted_at, cell.acknowledged_at))


def _meet_foreign(cell: Cell, read: ResultRead, now: datetime) -> bool:
    """Decide what follows from a cell that holds what is not ours; returns whether to post."""
    # With nothing seen before (the LMS lets nobody look), nothing was decided about this grade.
    if cell.is_for(Mandate.REPLACE) and cell.seen_score == read.score:
        cell.is_unanswered = False
        return True
    cell.seen_score, cell.seen_maximum = read.score, read.maximum
    is_wanted = not cell.is_for(Mandate.IF_EMPTY)
    found = PostAnswer(Outcome.HELD, reason="changed_in_gradebook" if is_wanted else "not_empty")
    cell.hold(found, DeliveryState.HELD if is_wanted else DeliveryState.LEFT_ALONE, now)
    return False


def _is_ours(cell: Cell, read: ResultRead, now: datetime) -> bool:
    """Tell whether nobody else wrote into a cell, and acknowledge what of us arrived there."""
    if read.score is None and not read.is_emptied:
        return True
    for attempt in attempts_in_doubt(cell.id):
        if read.shows(attempt.score, SCORE_MAXIMUM):
            attempt.outcome, attempt.reason = Outcome.ACCEPTED.value, "read_back"
            cell.acknowledge(attempt.score, attempt.version, now)
            return True
    if read.shows(cell.score, SCORE_MAXIMUM):
        cell.acknowledge(cell.score, cell.version, now)
        return True
    return cell.acknowledged_score is not None and read.shows(
        cell.acknowledged_score, SCORE_MAXIMUM
    )
