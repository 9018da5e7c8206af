"""What a sender left is written before what it waited to do after it."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from lti_app.worker.ledger import Ledger


def test_who_settles_goes_on_once_everything_left_before_is_committed() -> None:
    ledger = Ledger()
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(ledger.settle)
        page = ledger.collect(patience=5)
        sleep(0.05)
        assert not settled.done()
        assert page.is_awaited
        page.reply()
        settled.result(timeout=5)


def test_who_settles_is_told_when_nothing_could_be_written() -> None:
    ledger = Ledger()
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(ledger.settle)
        ledger.collect(patience=5).refuse(RuntimeError("no room"))
        with pytest.raises(RuntimeError):
            settled.result(timeout=5)
