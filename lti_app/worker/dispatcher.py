"""Who sends what when: many cells at once, so many an LMS, and no LMS at the cost of another.

One thread, that of the caller, does all the leasing and writing; the calls to an LMS are made by
threads of a pool, which keep their connections from cell to cell.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import monotonic
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from lti_app.clock import real_now
from lti_app.domain.delivery import PostAnswer
from lti_app.domain.launch import Family
from lti_app.services import lms_health, sending
from lti_app.services.runtime import Runtime
from lti_app.services.sending import Hurry, LeasedDelivery, Taken
from lti_app.store.deliveries import WaitingLms
from lti_app.store.session import transaction
from lti_app.worker.lanes import Lane
from lti_app.worker.ledger import Ended, Ledger, Page
from lti_app.worker.tokens import Tokens

#: How many cells of one LMS a process sends at a time. Canvas counts what parallel calls cost
#: beforehand, so that there they are slower than one after the other (lti-rules.md, 4.5). Moodle
#: counts nothing, but a small site runs some ten PHP workers, and learners need them too: four
#: send a class of 1,000 in less than a minute. Of the others nothing is known.
PARALLEL: Final[Mapping[Family, int]] = {Family.MOODLE: 4, Family.CANVAS: 1, Family.OTHER: 2}
#: Of all LMSs together. Threads that wait for an LMS cost little, and as many LMSs as it takes to
#: keep all of them waiting do not hang for long: their breakers open.
_THREADS = 64
#: How long to wait for senders before looking whether something else is due.
_PATIENCE_SECONDS = 0.2
#: How long to gather answers while the senders have enough to do without us.
_GATHER_SECONDS = 0.05
#: How often to look at least whether something is due at an LMS that is not being sent to.
_LEASE_EVERY_SECONDS = 0.1
#: A sender whose answer has come in waits no longer than this for the thread that writes. With
#: Python's five milliseconds it would, at each step of a call, and calls would take twice as long.
_SWITCH_SECONDS = 0.0005
_NOTHING = Taken(())
_log = structlog.get_logger()

#: Takes one cell as far as it gets, calling the LMS; returns the LMS's last answer.
Carry = Callable[[LeasedDelivery, Ledger, Tokens], PostAnswer | None]


class Dispatcher:
    """Sends what is due, turn by turn; a context that ends when all senders are done."""

    def __init__(
        self,
        runtime: Runtime,
        carry: Carry,
        hurry: Hurry,
        parallel: Mapping[Family, int] = PARALLEL,
    ) -> None:
        """Open it.

        Args:
            runtime: what the process holds.
            carry: takes one cell as far as it gets.
            hurry: whether a cell can be begun before a sender is free for it.
            parallel: how many cells of one LMS are sent at a time.
        """
        self._runtime = runtime
        self._carry = carry
        self._hurry = hurry
        self._parallel = parallel
        self._ledger = Ledger()
        self._tokens = Tokens(runtime)
        self._room = max(_THREADS, *parallel.values())
        self._threads = ThreadPoolExecutor(self._room, thread_name_prefix="sender")
        self._lanes: dict[UUID, Lane] = {}
        self._probes: set[UUID] = set()
        self._turns = count(1)
        self._served: dict[UUID, int] = {}
        self._leased_at = monotonic()
        self._interval = sys.getswitchinterval()

    def __enter__(self) -> Self:
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self.is_busy:
            page = self._ledger.collect(_PATIENCE_SECONDS)
            self._note_ends(page)
            self._write(page)
        self._threads.shutdown()
        sys.setswitchinterval(self._interval)

    @property
    def is_busy(self) -> bool:
        """Tell whether cells are under way."""
        return any(lane.under_way for lane in self._lanes.values())

    def turn(self, limit: int = _THREADS) -> int:
        """Write down what senders have to say, and send what is due, up to `limit` more cells.

        Waits a moment for senders if any are under way; to be called outside transactions.

        Returns:
            How many cells were taken up.
        """
        has_stock = any(lane.stock for lane in self._lanes.values())
        page = self._ledger.collect(
            _PATIENCE_SECONDS if self.is_busy else 0, _GATHER_SECONDS if has_stock else 0
        )
        self._note_ends(page)
        is_time_to_lease = self._is_time_to_lease(page)
        death = next((end.death for end in page.ends if end.death is not None), None)
        if page.is_awaited or death is not None or not is_time_to_lease:
            self._write(page)
            page = Page()
        if death is not None:
            raise death
        return self._start(self._write_and_lease(page, limit)) if is_time_to_lease else 0

    def _work(self, lane: Lane) -> None:
        """Send one cell of an LMS after the other, in a thread of the pool."""
        while (leased := lane.take()) is not None:
            self._send(leased, is_probe=leased.id in self._probes)

    def _send(self, leased: LeasedDelivery, *, is_probe: bool) -> None:
        answer, death = None, None
        try:
            answer = self._carry(leased, self._ledger, self._tokens)
        except Exception:  # noqa: BLE001 (logged; the next cell is not to blame)
            # A fault of ours at one cell must not stop the others. The lease runs out, and if a
            # post was under way, the cell is looked into before the next one.
            _log.exception("delivery_failed", delivery=leased.id)
        except BaseException as error:  # noqa: BLE001 (raised in the thread that dispatches)
            death = error
        finally:
            self._ledger.end(Ended(leased, answer, death, is_probe))

    def _is_time_to_lease(self, page: Page) -> bool:
        """Tell whether to look for more cells: not while all senders have enough to do."""
        if not self.is_busy:
            return True
        # A cell that is begun frees nobody.
        is_somebody_free = bool(page.ends) or not page
        is_some_time_ago = monotonic() - self._leased_at > _LEASE_EVERY_SECONDS
        return is_somebody_free and (
            is_some_time_ago or any(lane.wants(self._room) for lane in self._lanes.values())
        )

    def _note_ends(self, page: Page) -> None:
        for end in page.ends:
            self._lanes[end.leased.registration_id].note_end(end.answer)
            self._probes.discard(end.leased.id)
            self._ledger.forget(end.leased)

    def _write(self, page: Page) -> None:
        """Write a page, together if possible; nothing that fails here stops the others."""
        try:
            self._write_together(page)
        except Exception:  # noqa: BLE001 (each entry is tried alone)
            for alone in page.single():
                try:
                    self._write_together(alone)
                except Exception as error:  # noqa: BLE001 (the sender is told)
                    alone.refuse(error)

    def _write_together(self, page: Page) -> None:
        if page:
            with transaction(self._runtime.database):
                page.write()
            page.reply()

    def _write_and_lease(self, page: Page, limit: int) -> list[Taken]:
        """Write a page and take new cells, in one transaction if possible."""
        try:
            with transaction(self._runtime.database):
                page.write()
                return self._lease(limit)
        except Exception:  # noqa: BLE001 (what is lost is done once more, each by itself)
            self._write(page)
        with transaction(self._runtime.database):
            return self._lease(limit)

    def _lease(self, limit: int) -> list[Taken]:
        """Take cells, of each LMS in turn as many as it gets; part of a transaction."""
        self._leased_at = monotonic()
        room = self._room - sum(lane.senders for lane in self._lanes.values())
        taken: list[Taken] = []
        if room <= 0 or limit <= 0:
            return taken
        waiting = sending.waiting_lmss(real_now())
        waiting.sort(key=lambda lms: self._served.get(lms.registration_id, 0))
        for lms in waiting:
            share = max(1, room // len(waiting))
            taken.append(self._lease_of(lms, share, limit))
            limit -= len(taken[-1].cells)
        return taken

    def _lease_of(self, lms: WaitingLms, share: int, limit: int) -> Taken:
        id_ = lms.registration_id
        lane = self._lanes.get(id_)
        if lane is None:
            lane = self._lanes[id_] = Lane(self._parallel[Family(lms.family)])
        if lms.is_recovering:
            return self._probe(id_) if limit > 0 and not lane.under_way else _NOTHING
        count = min(lane.wants(share), limit)
        if count <= 0:
            return _NOTHING
        self._served[id_] = next(self._turns)
        # An LMS that keeps up has its cells begun in the transaction that leases them.
        hurry = self._hurry if lane.is_fast else _never
        return sending.take(real_now(), count, registration_id=id_, hurry=hurry)

    def _start(self, taken: list[Taken]) -> int:
        """Hand cells to senders; returns how many."""
        by_lms: dict[UUID, list[LeasedDelivery]] = defaultdict(list)
        for each in taken:
            self._ledger.prepare(each.begun)
            for leased in each.cells:
                by_lms[leased.registration_id].append(leased)
        for id_, cells in by_lms.items():
            lane = self._lanes[id_]
            for _ in range(lane.add(cells)):
                self._threads.submit(self._work, lane)
        return sum(len(cells) for cells in by_lms.values())

    def _probe(self, registration_id: UUID) -> Taken:
        """Take one cell that tries whether an LMS is back, unless another one is just trying."""
        now = real_now()
        if not lms_health.claim_probe(registration_id, now):
            return _NOTHING
        taken = sending.take(now, 1, registration_id=registration_id)
        self._probes.update(one.id for one in taken.cells)
        if not taken.cells:
            lms_health.give_up_probe(registration_id, now)
        return taken


def _never(_: LeasedDelivery) -> None:
    return None
