"""What senders write down around a post, gathered so that one transaction serves many of them.

A sender waits until its attempt is committed, and only then posts. Under load the database is the
slowest part of a delivery, and thirty attempts in one transaction take little longer than one.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from random import Random
from time import monotonic
from typing import TypeVar
from uuid import UUID

import structlog

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.lms_health import Heard
from lti_app.lti.scores import ResultRead
from lti_app.services import lms_health, sending
from lti_app.services.sending import Attempt, LeasedDelivery, Notes, Wish

#: The lease on a cell that is begun outlasts two posts and a token by more than this.
_FRESH_SECONDS = 30.0
_random = Random()  # noqa: S311 (spreads attempts in time; nothing secret about it)
_log = structlog.get_logger()


@dataclass(frozen=True)
class _Begin:
    """A sender wants to post, and waits for the reply."""

    wish: Wish
    reply: "SimpleQueue[Attempt | Exception | None]"


@dataclass(frozen=True)
class _Answered:
    """A post came to something."""

    attempt: Attempt
    answer: PostAnswer


@dataclass(frozen=True)
class _LookedAgain:
    """A cell was looked into after a post that the LMS took."""

    attempt: Attempt
    read: ResultRead


@dataclass(frozen=True)
class _Postponed:
    """Nothing was posted at all."""

    leased: LeasedDelivery
    answer: PostAnswer


@dataclass(frozen=True)
class Ended:
    """A sender is done with a cell.

    Attributes:
        leased: the cell.
        answer: the last one that came from the LMS, or None if it was not called.
        death: what ends the process, if that came up.
        is_probe: the cell was to try whether the LMS is back.
    """

    leased: LeasedDelivery
    answer: PostAnswer | None = None
    death: BaseException | None = None
    is_probe: bool = False


@dataclass(frozen=True)
class _Settle:
    """A sender waits until all that it left before is written."""

    reply: SimpleQueue[Exception | None]


_Entry = _Begin | _Answered | _LookedAgain | _Postponed | _Settle | Ended
_Kind = TypeVar("_Kind", bound=_Entry)


@dataclass
class Page:
    """What was gathered for one transaction.

    Attributes:
        entries: in the order in which they came.
        is_awaited: a sender waits for it to be written.
        begun: attempts by cell, once it is written.
    """

    entries: list[_Entry] = field(default_factory=list)
    is_awaited: bool = False
    begun: Mapping[UUID, Attempt] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.entries)

    @property
    def ends(self) -> list[Ended]:
        """Return which cells are done with."""
        return self._of(Ended)

    def add(self, entry: _Entry) -> None:
        """Add what a sender has to say."""
        self.entries.append(entry)
        self.is_awaited = self.is_awaited or isinstance(entry, _Begin | _Settle)

    def write(self) -> None:
        """Write everything; part of a transaction."""
        if not self:
            return
        now = real_now()
        notes = Notes(
            answers=[(one.attempt, one.answer) for one in self._of(_Answered)],
            second_looks=[(one.attempt, one.read) for one in self._of(_LookedAgain)],
            postponed=[(one.leased, one.answer) for one in self._of(_Postponed)],
            wishes=[one.wish for one in self._of(_Begin)],
        )
        self.begun = sending.write_down(notes, now, _random)
        heard = [
            (end.leased.registration_id, Heard(end.answer, end.is_probe))
            for end in self.ends
            if end.answer is not None
        ]
        lms_health.hear(heard, now, _random)
        for end in self.ends:
            if end.is_probe and end.answer is None:
                lms_health.give_up_probe(end.leased.registration_id, now)

    def reply(self) -> None:
        """Let the waiting senders go on; to be called when the transaction is committed."""
        for begin in self._of(_Begin):
            begin.reply.put(self.begun.get(begin.wish.leased.id))
        for settle in self._of(_Settle):
            settle.reply.put(None)

    def refuse(self, error: Exception) -> None:
        """Tell the waiting senders that nothing was written.

        An answer that cannot be written down is lost, and its cell is looked into.
        """
        for begin in self._of(_Begin):
            begin.reply.put(error)
        for settle in self._of(_Settle):
            settle.reply.put(error)
        for lost in self._of(_Answered):
            _log.error("answer_not_recorded", delivery=lost.attempt.delivery_id, exc_info=error)

    def single(self) -> "list[Page]":
        """Return a page for each entry, in case they do not fit into one transaction together."""
        return [Page([entry]) for entry in self.entries]

    def _of(self, kind: type[_Kind]) -> list[_Kind]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


class Ledger:
    """Where senders leave what is to be written; one thread collects and writes it."""

    def __init__(self) -> None:
        self._entries: SimpleQueue[_Entry] = SimpleQueue()
        self._prepared: dict[UUID, tuple[Attempt, float]] = {}

    def prepare(self, begun: Mapping[UUID, Attempt]) -> None:
        """Keep attempts by cell that were begun and committed before anybody asked for them."""
        now = monotonic()
        self._prepared.update({id_: (attempt, now) for id_, attempt in begun.items()})

    def forget(self, leased: LeasedDelivery) -> None:
        """Drop an attempt that nobody asked for."""
        self._prepared.pop(leased.id, None)

    def is_prepared(self, leased: LeasedDelivery) -> bool:
        """Tell whether a cell was begun before a sender took it."""
        return leased.id in self._prepared

    def begin(self, leased: LeasedDelivery, read: ResultRead | None = None) -> Attempt | None:
        """Return the attempt once it is committed, or None if nothing may be posted now.

        Args:
            leased: the cell.
            read: what it was seen to hold just now, or None if it was not looked into.
        """
        if (prepared := self._prepared.pop(leased.id, None)) is not None:
            return self._if_fresh(*prepared)
        reply: SimpleQueue[Attempt | Exception | None] = SimpleQueue()
        self._entries.put(_Begin(Wish(leased, read), reply))
        answer = reply.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _if_fresh(self, attempt: Attempt, prepared_at: float) -> Attempt | None:
        """Return an attempt that was prepared, unless a post might outlast the lease on its cell.

        That happens where an LMS that kept up turns slow from one moment to the next.
        """
        if monotonic() - prepared_at < _FRESH_SECONDS:
            return attempt
        self.record(attempt, PostAnswer(Outcome.NOT_ASKED, reason="turn_missed"))
        return None

    def record(self, attempt: Attempt, answer: PostAnswer) -> None:
        """Leave the answer to a post."""
        self._entries.put(_Answered(attempt, answer))

    def look_again(self, attempt: Attempt, read: ResultRead) -> None:
        """Leave what a cell was seen to hold after its post, whose answer was left before."""
        self._entries.put(_LookedAgain(attempt, read))

    def postpone(self, leased: LeasedDelivery, answer: PostAnswer) -> None:
        """Leave word why nothing was posted."""
        self._entries.put(_Postponed(leased, answer))

    def settle(self) -> None:
        """Wait until what was left so far is committed.

        Raises:
            Exception: what kept it from being written.
        """
        reply: SimpleQueue[Exception | None] = SimpleQueue()
        self._entries.put(_Settle(reply))
        if (error := reply.get()) is not None:
            raise error

    def end(self, end: Ended) -> None:
        """Leave word that a cell is done with."""
        self._entries.put(end)

    def collect(self, patience: float, gather: float = 0) -> Page:
        """Return what is there.

        Args:
            patience: seconds to wait for something.
            gather: seconds to wait for more, unless somebody waits for us.
        """
        page = Page()
        with suppress(Empty):
            page.add(
                self._entries.get(timeout=patience) if patience else self._entries.get_nowait()
            )
            until = monotonic() + gather
            while not page.is_awaited and (left := until - monotonic()) > 0:
                page.add(self._entries.get(timeout=left))
        with suppress(Empty):
            while page:
                page.add(self._entries.get_nowait())
        return page
