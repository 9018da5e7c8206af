"""The worker's steps with cells of the outbox, each for many cells in one short transaction.

A cell's way: `take` leases it; the LMS is called with no transaction open; `write_down` keeps what
the sender has to say, and lets it post. Whatever dies where, the next one to lease the cell knows
what to do: an attempt is written down before it is made, and stays in doubt until its answer is.

Due times, leases and timestamps are the machine's time: the LMS does not live in the product's.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Self
from uuid import UUID, uuid4

from lti_app.domain.cell import Cell
from lti_app.domain.delivery import Mandate, Outcome, PostAnswer, earliest_post
from lti_app.domain.launch import Family
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.scores import ResultRead
from lti_app.services import verdicts
from lti_app.store import cells as store
from lti_app.store import deliveries
from lti_app.store.cells import NewAttempt, Target
from lti_app.store.deliveries import WaitingLms

#: Outlasts what comes before a post: waiting for a token, and reading the cell.
_LEASE = timedelta(seconds=90)
#: Outlasts a post, and a second one with a new token.
_ATTEMPT_LEASE = timedelta(minutes=4)
#: What was read in a cell is too old to post on after that.
_FRESH = timedelta(seconds=60)
#: A clock of the LMS that is further behind is none, or the answer comes out of a cache.
_BELIEVED = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """When a gradebook was looked into.

    Attributes:
        read_at: before the look, by our clock.
        as_of: before the look, by our clock or the LMS's, whichever was behind. A post on the look
            carries it: what a person types after the look is later by the LMS's clock, however
            wrong it is, and never is a post from the LMS's future.
    """

    read_at: datetime
    as_of: datetime

    @classmethod
    def at(cls, read_at: datetime, answered_at: datetime, lms_time: datetime | None) -> Self:
        """Return when a look was.

        Args:
            read_at: before the call.
            answered_at: after it.
            lms_time: what the LMS said of its time when it answered, in whole seconds; None if it
                did not say.
        """
        if lms_time is None or read_at - lms_time > _BELIEVED:
            return cls(read_at, read_at)
        return cls(read_at, min(read_at, lms_time - (answered_at - read_at)))


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
        mandate: what a person decided about the next post, or None.
        posted_at: what the last post said of its time, or None.
        acknowledged_score: what the LMS last took of ours, or None.
        company: how many cells of the column were leased with it, itself included.
        seen: when the cell was looked into, just now; None if it was not.
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
    mandate: Mandate | None = None
    posted_at: datetime | None = None
    acknowledged_score: Decimal | None = None
    company: int = 1
    seen: Seen | None = None


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


@dataclass(frozen=True)
class Wish:
    """A sender wants to post.

    Attributes:
        leased: the cell.
        read: what it was seen to hold just now, or None if it was not looked into.
    """

    leased: LeasedDelivery
    read: ResultRead | None = None


@dataclass(frozen=True)
class Notes:
    """What senders have to say, of any number of cells.

    Attributes:
        answers: what posts came to.
        second_looks: what cells were seen to hold after a post that the LMS took.
        postponed: why nothing was posted at all: no column, no token, the cell could not be read.
        wishes: who wants to post.
    """

    answers: Sequence[tuple[Attempt, PostAnswer]] = ()
    second_looks: Sequence[tuple[Attempt, ResultRead]] = ()
    postponed: Sequence[tuple[LeasedDelivery, PostAnswer]] = ()
    wishes: Sequence[Wish] = ()

    def cells(self) -> set[UUID]:
        """Return the ids of all cells that they are about."""
        attempts = [attempt for attempt, _ in (*self.answers, *self.second_looks)]
        leased = [leased for leased, _ in self.postponed] + [wish.leased for wish in self.wishes]
        return {attempt.delivery_id for attempt in attempts} | {one.id for one in leased}


@dataclass(frozen=True)
class Taken:
    """Cells that were leased, and attempts by cell of those that were begun with it."""

    cells: Sequence[LeasedDelivery]
    begun: Mapping[UUID, Attempt] = field(default_factory=dict)


#: Says whether a cell may be begun as soon as it is leased, and on what look.
Hurry = Callable[[LeasedDelivery], LeasedDelivery | None]


def waiting_lmss(now: datetime) -> list[WaitingLms]:
    """Return the LMSs that have cells due and are not left alone for now."""
    return deliveries.waiting_lmss(now)


def take(
    now: datetime,
    limit: int,
    lease_for: timedelta = _LEASE,
    *,
    registration_id: UUID | None = None,
    hurry: Hurry = lambda _: None,
) -> Taken:
    """Take cells that are due; nobody else gets them until the lease is over.

    Previews, staff, people who have left, held and excused people are passed over and stay due.

    Args:
        now: the machine's time.
        limit: how many at most.
        lease_for: how long until somebody else may take what we let lie.
        registration_id: of one LMS only.
        hurry: which of them are begun at once (see `write_down`); what must not be posted to right
            now is then given back.
    """
    lease = uuid4()
    with store.due(now, limit, registration_id) as targets:
        for target in targets:
            target.cell.lease, target.cell.leased_until = lease, now + lease_for
        company = Counter(target.placement_id for target in targets)
        leased = {
            target.cell.id: _leased(lease, target, company[target.placement_id])
            for target in targets
        }
        early = {one.id: ready for one in leased.values() if (ready := hurry(one)) is not None}
        cells = {target.cell.id: target.cell for target in targets}
        begun = _begin(cells, early.values(), now)
    given_back = early.keys() - begun.keys()
    return Taken([one for id_, one in (leased | early).items() if id_ not in given_back], begun)


def write_down(notes: Notes, now: datetime, random: Random) -> Mapping[UUID, Attempt]:
    """Keep what senders have to say, and write down that the newest scores of cells are now posted.

    Commit before posting. A post carries the moment before its cell was read: what a person types
    after that is later, and Moodle then refuses the post.

    If a newer score came up while one was posted, what was posted is acknowledged and the cell is
    due again. If the lease went to somebody else, only the attempt is noted, unless they have
    looked into the cell and know better.

    Args:
        notes: what there is to say.
        now: the machine's time.
        random: source of the jitter of next attempts.

    Returns:
        The attempts by cell. A cell has none if nothing may be posted there now: the lease was
        lost, what it holds is not ours, something came up that forbids sending, or the second of
        the last post is not over yet (then the cell is due right after).
    """
    with store.locked(notes.cells()) as cells:
        store.note_answers([(attempt.id, answer) for attempt, answer in notes.answers], now)
        for attempt, answer in notes.answers:
            _record(cells.get(attempt.delivery_id), attempt, answer, now, random)
        for attempt, read in notes.second_looks:
            if (cell := cells.get(attempt.delivery_id)) is not None:
                verdicts.confirm(cell, read, attempt.timestamp, now)
        for leased, answer in notes.postponed:
            if (cell := _still_ours(cells, leased)) is not None:
                cell.fail(answer, now, random)
        return _begin(cells, _cleared(cells, notes.wishes, now), now)


def _leased(lease: UUID, target: Target, company: int) -> LeasedDelivery:
    cell = target.cell
    return LeasedDelivery(
        id=cell.id,
        lease=lease,
        placement_id=target.placement_id,
        registration_id=target.registration_id,
        family=Family(target.family),
        endpoints=target.endpoints,
        line_item_url=target.line_item_url,
        scopes=target.scopes,
        subject=target.subject,
        is_in_doubt=cell.is_unanswered,
        is_first=cell.is_first,
        mandate=Mandate(cell.mandate) if cell.mandate else None,
        posted_at=cell.posted_at,
        acknowledged_score=cell.acknowledged_score,
        company=company,
    )


def _still_ours(cells: Mapping[UUID, Cell], leased: LeasedDelivery) -> Cell | None:
    """Return a cell unless its lease was lost."""
    cell = cells.get(leased.id)
    return cell if cell is not None and cell.lease == leased.lease else None


def _record(
    cell: Cell | None, attempt: Attempt, answer: PostAnswer, now: datetime, random: Random
) -> None:
    if cell is None or cell.lease != attempt.lease:
        return
    if answer.outcome is Outcome.ACCEPTED:
        cell.acknowledge(attempt.score, attempt.version, now)
        cell.note(answer, now)
    else:
        cell.is_unanswered = answer.leaves_doubt
        cell.fail(answer, now, random)


def _cleared(
    cells: Mapping[UUID, Cell], wishes: Sequence[Wish], now: datetime
) -> list[LeasedDelivery]:
    """Return the cells that still may be posted to; the others are given back."""
    sendable = store.sendable([wish.leased.id for wish in wishes]) if wishes else set()
    cleared = []
    for wish in wishes:
        cell = _still_ours(cells, wish.leased)
        if cell is None or (wish.read is not None and not verdicts.settle(cell, wish.read, now)):
            continue
        if cell.id in sendable:
            cleared.append(wish.leased)
        else:
            cell.let_go()
    return cleared


def _begin(
    cells: Mapping[UUID, Cell], leased: Collection[LeasedDelivery], now: datetime
) -> dict[UUID, Attempt]:
    """Write down the attempts of cells whose lease is ours, but for those that have to wait."""
    ready = [one for one in leased if _is_fresh(one, cells[one.id], now)]
    hand_ins = [one.id for one in ready if one.is_first and QUIRKS[one.family].first_post_yields]
    perhaps_handed_in = store.perhaps_arrived(hand_ins)
    begun = {}
    for one in ready:
        is_new = cells[one.id].is_first and one.id not in perhaps_handed_in
        begun[one.id] = _attempt(one, cells[one.id], now, is_new=is_new)
    store.add_attempts(
        [
            NewAttempt(made.id, made.delivery_id, made.version, made.score, made.timestamp)
            for made in begun.values()
        ]
    )
    return begun


def _is_fresh(leased: LeasedDelivery, cell: Cell, now: datetime) -> bool:
    """Tell whether a cell may be posted to now; if not, it is due again when it may.

    What was read of it must not be old, and the second of the last post must be over.
    """
    seen, earliest = leased.seen, earliest_post(cell.posted_at)
    if seen is not None and now - seen.read_at > _FRESH:
        cell.let_go()
        return False
    moment = seen.as_of if seen else now
    if earliest is None or moment >= earliest:
        return True
    # A second more where the moment is the LMS's, which it tells in whole seconds.
    is_coarse = seen is not None and seen.as_of != seen.read_at
    cell.due_at = now + (earliest - moment) + timedelta(seconds=is_coarse)
    cell.let_go()
    return False


def _attempt(leased: LeasedDelivery, cell: Cell, now: datetime, *, is_new: bool) -> Attempt:
    cell.posted_at = leased.seen.as_of if leased.seen else now
    # Until the answer is recorded nobody knows whether the score arrived.
    cell.is_unanswered = True
    cell.leased_until = now + _ATTEMPT_LEASE
    return Attempt(
        id=uuid4(),
        delivery_id=cell.id,
        lease=leased.lease,
        version=cell.version,
        score=cell.score,
        timestamp=cell.posted_at,
        is_first=cell.is_first,
        is_new_submission=is_new,
    )
