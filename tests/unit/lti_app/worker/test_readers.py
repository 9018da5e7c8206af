"""The worker reads gradebooks and rosters beside sending grades: neither holds up the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from lti_app.services import reconciliations
from lti_app.services.runtime import Runtime
from lti_app.store.reconciliations import Reconciliation
from lti_app.store.session import db, transaction
from lti_app.worker import loop
from tests.outbox import Outbox
from tests.unit.lti_app.worker.gradebook import Gradebook
from tests.waiting import wait_for

_SECONDS = 60


class Slow:
    """An LMS's call that is not answered before it is released."""

    def __init__(self) -> None:
        self.asked, self.released = Event(), Event()

    def __call__(self) -> None:
        self.asked.set()
        self.released.wait(_SECONDS)


@contextmanager
def working(runtime: Runtime) -> Iterator[None]:
    """Let a worker work until the block ends."""
    stop = Event()
    worker = Thread(target=loop.run, args=(runtime, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def ask_for_comparison(outbox: Outbox) -> None:
    """Have the column compared."""
    with transaction(outbox.database):
        reconciliations.request(outbox.placement.id, by=None)


def is_compared(outbox: Outbox) -> bool:
    """Tell whether all comparisons are done."""
    with transaction(outbox.database, read_only=True):
        return all(one.finished_at for one in db().query(Reconciliation))


def test_no_grade_waits_for_a_gradebook_that_is_read_slowly(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook
) -> None:
    slow = Slow()
    outbox.column()
    gradebook.faults["results"].before.append(slow)
    ask_for_comparison(outbox)
    with working(runtime):
        try:
            assert slow.asked.wait(_SECONDS)
            alice = outbox.earn()
            wait_for(lambda: outbox.row(alice).state == "sent", "the grade", _SECONDS)
            assert not is_compared(outbox)
        finally:
            slow.released.set()
        wait_for(lambda: is_compared(outbox), "the comparison", _SECONDS)


def test_no_gradebook_waits_long_for_a_grade_that_is_sent_slowly(
    runtime: Runtime, outbox: Outbox, gradebook: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_COURTESY_SECONDS", 0.2)
    slow = Slow()
    outbox.column()
    gradebook.faults["scores"].before.append(slow)
    alice = outbox.earn()
    with working(runtime):
        try:
            assert slow.asked.wait(_SECONDS)
            ask_for_comparison(outbox)
            wait_for(lambda: is_compared(outbox), "the comparison", _SECONDS)
            assert outbox.row(alice).state != "sent"
        finally:
            slow.released.set()
        wait_for(lambda: outbox.row(alice).state == "sent", "the grade", _SECONDS)
