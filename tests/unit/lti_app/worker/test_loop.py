"""The worker's loop: it works until it is stopped, and outlives what fails."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.worker import loop
from lti_app.worker.dispatcher import Dispatcher


class Stopping(Event):
    """Stops the loop the first time that it would wait, and remembers for how long."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        self.set()
        return True


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


def test_it_works_as_long_as_there_is_work(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = iter([3, 2, 0])
    monkeypatch.setattr(Dispatcher, "turn", lambda _: next(rounds))
    stop = Stopping()
    loop.run(runtime, stop)
    assert list(rounds) == []
    assert stop.pauses == [pytest.approx(0.7)]


def test_it_stops_while_it_waits(runtime: Runtime) -> None:
    stop = Event()
    worker = Thread(target=loop.run, args=(runtime, stop))
    worker.start()
    stop.set()
    worker.join(timeout=30)
    assert not worker.is_alive()


def test_a_job_that_fails_is_logged_and_tried_again_later(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Dispatcher) -> int:
        raise ConnectionError

    monkeypatch.setattr(Dispatcher, "turn", fail)
    stop = Stopping()
    with capture_logs() as lines:
        loop.run(runtime, stop)
    assert stop.pauses == [5.0]
    (line,) = [line for line in lines if line["event"] == "job_failed"]
    assert line["job"] == "deliver"
