"""The outbox of gradebook cells: queue, lease, attempt, answer.

A cell's way: `queue` in the transaction of the work itself; then the worker, in short transactions
with the LMS called in between: `lease_due`, `settle` where an earlier answer is missing,
`begin_attempt`, `record`. Whatever dies where, the next one to lease the cell knows what to do:
an attempt is written down before it is made, and stays in doubt until its answer is.

Due times, leases and timestamps are the machine's time: the LMS does not live in the product's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.delivery import (
    STATE_AFTER,
    STUCK,
    DeliveryState,
    Finding,
    Mandate,
    Outcome,
    PostAnswer,
    earliest_post,
    next_attempt_at,
)
from lti_app.domain.errors import Conflict
from lti_app.domain.launch import Family
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.scores import ResultRead
from lti_app.store import deliveries as store
from lti_app.store.courses import Placement
from lti_app.store.deliveries import WaitingLms
from lti_app.store.progress import Delivery, DeliveryAttempt, find_delivery
from lti_app.store.session import db, find_or_add

#: Where "send again" changes something.
RETRIED = (
    DeliveryState.WAITING,
    DeliveryState.HELD,
    DeliveryState.NOT_GRADABLE,
    DeliveryState.GONE,
    DeliveryState.CONFIGURATION,
)
#: Outlasts what comes before a post: waiting for a token, and reading the cell.
_LEASE = timedelta(seconds=90)
#: Outlasts a post, and a second one with a new token.
_ATTEMPT_LEASE = timedelta(minutes=4)
#: Why nothing more is sent of the activity that a link led to before.
FORMER = "former_activity"
#: What was read in a cell is too old to post on after that.
_FRESH = timedelta(seconds=60)


@dataclass(frozen=True)
class LeasedDelivery:
    """A cell that is ours for a while, and what has to be known to post to it.

    Attributes:
        endpoints: addresses of the LMS; tokens go to their hosts only.
        line_item_url: the column, or None where the link has none.
        scopes: what the LMS granted at this link, full addresses.
        subject: what the LMS calls the person, or None if it does not know them.
        is_in_doubt: an earlier attempt may have reached the cell: read it first.
        is_first: the LMS has taken nothing of ours into this cell so far.
        read_at: when the cell was looked into, just now; None if it was not.
        mandate: what a person decided about the next post, or None.
    """

    id: UUID
    lease: UUID
    placement_id: UUID
    registration_id: UUID
    family: Family
    endpoints: tuple[str, ...]
    line_item_url: str | None
    scopes: tuple[str, ...]
    subject: str | None
    is_in_doubt: bool
    is_first: bool
    read_at: datetime | None = None
    mandate: Mandate | None = None


@dataclass(frozen=True)
class Attempt:
    """One post, written down before it is made.

    Attributes:
        is_first: the LMS has taken nothing of ours into this cell so far.
        is_new_submission: and nothing that was sent may have arrived without our knowing.
    """

    id: UUID
    delivery_id: UUID
    lease: UUID
    version: int
    score: Decimal
    timestamp: datetime
    is_first: bool = True
    is_new_submission: bool = True


def queue(placement_id: UUID, person_id: UUID, score: Decimal) -> None:
    """Have a score sent to a cell, unless the cell was already to get as much or more.

    Part of the transaction that earned the score. What was queued and not yet sent is replaced.
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
        store.raise_score(placement_id, person_id, score, now)


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


def is_former(row: Delivery, activity_id: UUID) -> bool:
    """Tell whether a cell's score is of another activity than the one its link leads to now."""
    return row.activity_id not in {None, activity_id}


def lease_due(
    now: datetime,
    limit: int,
    lease_for: timedelta = _LEASE,
    *,
    registration_id: UUID | None = None,
) -> list[LeasedDelivery]:
    """Take cells that are due; nobody else gets them until the lease is over.

    Previews, staff, people who have left, held and excused people are passed over and stay due.

    Args:
        now: the machine's time.
        limit: how many at most.
        lease_for: how long until somebody else may take what we let lie.
        registration_id: of one LMS only.
    """
    lease, ids = store.lease_due(now, limit, now + lease_for, registration_id)
    return [_leased(lease, target) for target in store.targets(ids)] if ids else []


def waiting_lmss(now: datetime) -> list[WaitingLms]:
    """Return the LMSs that have cells due and are not left alone for now."""
    return store.waiting_lmss(now)


def begin_attempt(leased: LeasedDelivery, now: datetime) -> Attempt | None:
    """Write down that one cell's newest score is now posted; see `begin_attempts`."""
    return begin_attempts([leased], now).get(leased.id)


def begin_attempts(leased: Collection[LeasedDelivery], now: datetime) -> dict[UUID, Attempt]:
    """Write down that the newest scores of cells are now posted; commit before posting.

    A post carries the moment before its cell was read: what a person types after that is later,
    and Moodle then refuses the post.

    Args:
        leased: the cells.
        now: the machine's time.

    Returns:
        The attempts by cell. A cell has none if nothing may be posted there now: the lease was
        lost, something came up that forbids sending, or the second of the last post is not over
        yet (then the cell is due right after).
    """
    rows = store.lock_sendable([one.id for one in leased])
    begun: dict[UUID, tuple[DeliveryAttempt, Attempt]] = {}
    for one in leased:
        row = rows.get(one.id)
        if row is None:
            release(one)
        elif row.lease == one.lease and _is_fresh(one, row, now):
            begun[one.id] = _begin(one, row, now)
    db().add_all(noted for noted, _ in begun.values())
    db().flush()
    return {id_: replace(attempt, id=noted.id) for id_, (noted, attempt) in begun.items()}


def record(attempt: Attempt, answer: PostAnswer, now: datetime, random: Random) -> None:
    """Note the LMS's answer to one post; see `record_all`."""
    record_all([(attempt, answer)], now, random)


def record_all(
    answers: Collection[tuple[Attempt, PostAnswer]], now: datetime, random: Random
) -> None:
    """Note the LMS's answers to posts.

    If a newer score came up meanwhile, what was posted is acknowledged and the cell is due again.
    If the lease went to somebody else, only the attempt is noted, unless they have looked into the
    cell and know better.
    """
    # The cells first, as everywhere: two who lock in one order never wait for each other.
    rows = store.lock_all([attempt.delivery_id for attempt, _ in answers])
    noted = store.find_attempts([attempt.id for attempt, _ in answers])
    for attempt, answer in answers:
        _note(noted[attempt.id], answer, now)
        row = rows.get(attempt.delivery_id)
        if row is None or row.lease != attempt.lease:
            continue
        if answer.outcome is Outcome.ACCEPTED:
            _acknowledge(row, attempt.score, attempt.version, now)
            _note_answer(row, answer, now)
        else:
            row.is_unanswered = answer.leaves_doubt
            _fail(row, answer, now, random)


def postpone(leased: LeasedDelivery, answer: PostAnswer, now: datetime, random: Random) -> None:
    """Note why nothing was posted at all: no column, no token, the cell could not be read."""
    row = store.find_leased(leased.id, leased.lease)
    if row is not None:
        _fail(row, answer, now, random)


def release(leased: LeasedDelivery) -> None:
    """Give a cell back untouched; it stays due."""
    row = store.find_leased(leased.id, leased.lease)
    if row is not None:
        _let_go(row)


def settle(leased: LeasedDelivery, cell: ResultRead, now: datetime) -> bool:
    """Draw the conclusion from looking into a cell before a post (R-4.12).

    Returns:
        Whether the newest score may be posted. If not: it is there already, or the cell holds what
        is not ours and is held until a person decides.
    """
    row = store.find_leased(leased.id, leased.lease)
    if row is None:
        return False
    if not _is_ours(row, cell, now):
        return _meet_foreign(row, cell, now)
    if row.state == DeliveryState.SENT.value:
        _note_answer(row, cell.answer, now)
        return False
    if cell.comment is not None:
        # Every post replaces the feedback, and we never write any: this is somebody else's.
        return _meet_foreign(row, cell, now)
    row.is_unanswered = False
    return True


def confirm(attempt: Attempt, cell: ResultRead, now: datetime) -> bool:
    """Draw the conclusion from looking into a cell after a post that the LMS took.

    It may have kept what a person typed before and not said so: then the cell is theirs.

    Returns:
        Whether what was posted is there, as far as can be told.
    """
    row = store.find_quiet(attempt.delivery_id, attempt.timestamp)
    if row is None or cell.score is None or cell.shows(attempt.score, SCORE_MAXIMUM):
        return True
    row.acknowledged_score = row.acknowledged_version = row.acknowledged_at = None
    return _meet_foreign(row, cell, now)


def compare(delivery_id: UUID, cell: ResultRead, read_at: datetime) -> Finding:
    """Compare a cell with what was read of it, and queue what is ours to send.

    Only a cell that is empty, or holds what is ours, is queued, and it is looked into once more
    before anything is posted. What somebody else wrote there is held. Saying it twice changes
    nothing.

    Args:
        delivery_id: of the cell.
        cell: what the gradebook holds.
        read_at: when reading began; what was posted since is not judged.
    """
    row = store.lock(delivery_id)
    now = real_now()
    if cell.shows(row.score, SCORE_MAXIMUM):
        if row.state != DeliveryState.SENT.value and row.lease is None:
            _is_ours(row, cell, now)
        return Finding.EQUAL
    is_in_flight = row.leased_until is not None and row.leased_until > now
    if is_in_flight or row.mandate or (row.posted_at is not None and row.posted_at >= read_at):
        return Finding.UNDER_WAY
    is_settled = row.state == DeliveryState.LEFT_ALONE.value
    if is_settled or is_former(row, _activity_of(row.placement_id)):
        return Finding.EQUAL
    if not _is_ours(row, cell, now) or cell.comment is not None:
        _meet_foreign(row, cell, now)
        return Finding.CHANGED
    if row.state in {DeliveryState.QUEUED.value, DeliveryState.WAITING.value}:
        return Finding.UNDER_WAY
    row.state, row.due_at, row.failures = DeliveryState.QUEUED.value, now, 0
    row.is_unanswered = True
    return Finding.NOT_THERE if cell.score is None else Finding.OLDER


def _activity_of(placement_id: UUID) -> UUID:
    return db().get_one(Placement, placement_id).activity_id


def _take_over(placement_id: UUID, person_id: UUID, activity_id: UUID, score: Decimal) -> None:
    """Let a cell of the link's former activity have a score of its activity of now, if not lower.

    What may have arrived without an answer counts as if it had.
    """
    row = store.find_cell(placement_id, person_id)
    if row is None or not is_former(row, activity_id):
        return
    arrived = [attempt.score for attempt in store.attempts_in_doubt(row.id)]
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


def _leased(lease: UUID, target: store.Target) -> LeasedDelivery:
    row, registration, item, subject = target
    return LeasedDelivery(
        id=row.id,
        lease=lease,
        placement_id=row.placement_id,
        registration_id=registration.id,
        family=Family(registration.family),
        endpoints=(registration.token_url, registration.auth_url),
        line_item_url=item.url if item else None,
        scopes=tuple(item.scopes) if item else (),
        subject=subject,
        is_in_doubt=row.is_unanswered,
        is_first=row.acknowledged_version is None,
        mandate=Mandate(row.mandate) if row.mandate else None,
    )


def _is_fresh(leased: LeasedDelivery, row: Delivery, now: datetime) -> bool:
    """Tell whether a cell may be posted to now; if not, it is due again when it may.

    What was read of it must not be old, and the second of the last post must be over.
    """
    if leased.read_at is not None and now - leased.read_at > _FRESH:
        _let_go(row)
        return False
    earliest = earliest_post(row.posted_at)
    if earliest is None or (leased.read_at or now) >= earliest:
        return True
    row.due_at = earliest
    _let_go(row)
    return False


def _begin(leased: LeasedDelivery, row: Delivery, now: datetime) -> tuple[DeliveryAttempt, Attempt]:
    """Return the attempt as it is stored, and as it is handed on (its id comes with storing)."""
    timestamp = leased.read_at or now
    is_first = row.acknowledged_version is None
    counts_attempts = QUIRKS[leased.family].first_post_yields
    is_new = is_first and not (counts_attempts and store.has_perhaps_arrived(row.id))
    row.posted_at = timestamp
    # Until the answer is recorded nobody knows whether the score arrived.
    row.is_unanswered = True
    row.leased_until = now + _ATTEMPT_LEASE
    noted = DeliveryAttempt(
        delivery_id=row.id, version=row.version, score=row.score, started_at=timestamp
    )
    attempt = Attempt(
        row.id, row.id, leased.lease, row.version, row.score, timestamp, is_first, is_new
    )
    return noted, attempt


def _note(noted: DeliveryAttempt, answer: PostAnswer, now: datetime) -> None:
    """Keep the answer, unless somebody has looked into the cell meanwhile and knows better."""
    if noted.outcome is not None:
        return
    noted.outcome = answer.outcome.value
    noted.status = answer.status
    noted.reason = answer.reason or None
    noted.finished_at = now


def _acknowledge(row: Delivery, score: Decimal, version: int, now: datetime) -> None:
    row.acknowledged_score = score
    row.acknowledged_version = version
    row.acknowledged_at = now
    row.is_unanswered = False
    row.mandate = None
    row.failures = 0
    row.stuck_since = None
    is_newest = row.version == version
    row.state = (DeliveryState.SENT if is_newest else DeliveryState.QUEUED).value
    row.due_at = None if is_newest else now


def _fail(row: Delivery, answer: PostAnswer, now: datetime, random: Random) -> None:
    row.failures += answer.is_failure
    state = STATE_AFTER[answer.outcome]
    row.state = state.value
    if state in STUCK:
        row.stuck_since = row.stuck_since or now
    row.due_at = next_attempt_at(row.failures, answer, now, random)
    _note_answer(row, answer, now)


def _note_answer(row: Delivery, answer: PostAnswer, now: datetime) -> None:
    row.answer_status = answer.status
    row.answer_reason = answer.reason or None
    row.answered_at = now
    row.updated_at = now
    _let_go(row)


def _let_go(row: Delivery) -> None:
    row.lease = None
    row.leased_until = None


def _meet_foreign(row: Delivery, cell: ResultRead, now: datetime) -> bool:
    """Decide what follows from a cell that holds what is not ours; returns whether to post."""
    if row.mandate == Mandate.REPLACE.value and _is_what_was_seen(row, cell):
        row.is_unanswered = False
        return True
    is_wanted = row.mandate != Mandate.IF_EMPTY.value
    row.state = (DeliveryState.HELD if is_wanted else DeliveryState.LEFT_ALONE).value
    row.stuck_since = (row.stuck_since or now) if is_wanted else None
    row.due_at = None
    row.mandate = None
    row.seen_score, row.seen_maximum = cell.score, cell.maximum
    # Whatever is sent here later, the cell is looked into first.
    row.is_unanswered = True
    found = PostAnswer(Outcome.HELD, reason="changed_in_gradebook" if is_wanted else "not_empty")
    _note_answer(row, found, now)
    return False


def _is_what_was_seen(row: Delivery, cell: ResultRead) -> bool:
    # With nothing seen before (the LMS lets nobody look), nothing was decided about this grade.
    return row.seen_score == cell.score


def _is_ours(row: Delivery, cell: ResultRead, now: datetime) -> bool:
    """Tell whether nobody else wrote into a cell, and acknowledge what of us arrived there."""
    if cell.score is None and not cell.is_emptied:
        return True
    for attempt in store.attempts_in_doubt(row.id):
        if cell.shows(attempt.score, SCORE_MAXIMUM):
            attempt.outcome, attempt.reason = Outcome.ACCEPTED.value, "read_back"
            _acknowledge(row, attempt.score, attempt.version, now)
            return True
    if cell.shows(row.score, SCORE_MAXIMUM):
        _acknowledge(row, row.score, row.version, now)
        return True
    return row.acknowledged_score is not None and cell.shows(row.acknowledged_score, SCORE_MAXIMUM)
