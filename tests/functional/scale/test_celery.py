"""The worker as Celery tasks, on both brokers, beside the plain worker."""

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from lti_app.testing.chaos.servers import MissingProgram, open_broker
from tests.functional.scale.conftest import Classroom

#: Both brokers are shared by all processes of a test run.
pytestmark = pytest.mark.xdist_group("brokers")

REDIS = "redis://localhost:6379/15"
RABBITMQ = "amqp://guest:guest@localhost:5672//"
CELERY = ("-m", "celery", "-A", "lti_app.worker.celery_app")
WORKER = (*CELERY, "worker", "--beat", "--concurrency", "2", "--loglevel", "warning")
ONE_PROCESS = (*CELERY, "worker", "--beat", "--concurrency", "1", "--loglevel", "warning")


@pytest.fixture(params=[REDIS, RABBITMQ], ids=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of an empty broker, of each kind in turn."""
    url = str(request.param)
    try:
        wipe(url)
    except OperationalError:
        pytest.skip("the broker does not answer: run `make test-setup`")
    yield url
    wipe(url)


def wipe(url: str) -> None:
    """Let a broker forget everything that it holds for us."""
    with Connection(url, connect_timeout=5) as connection:
        connection.ensure_connection(max_retries=1)
        channel = connection.default_channel
        if url.startswith("redis"):
            channel.client.flushdb()
            return
        with suppress(*connection.channel_errors):
            channel.queue_purge("throughline")


def test_celery_and_the_plain_worker_together_post_no_cell_twice(
    classroom: Classroom, broker: str
) -> None:
    classroom.earn(60)
    with (
        classroom.running(*WORKER, THROUGHLINE_BROKER_URL=broker),
        classroom.running("-m", "lti_app", "worker"),
    ):
        classroom.wait_until(unsent=30)
        wipe(broker)
        classroom.earn(20)
        classroom.wait_until(unsent=0)
    assert len(classroom.posts()) == 80
    assert set(classroom.posts().values()) == {1}
    assert classroom.tokens() == 1


def test_a_broker_that_is_wiped_at_any_moment_loses_nothing(
    classroom: Classroom, broker: str
) -> None:
    with classroom.running(*WORKER, THROUGHLINE_BROKER_URL=broker):
        for _ in range(3):
            classroom.earn(10)
            wipe(broker)
            classroom.wait_until(unsent=5)
            wipe(broker)
        classroom.wait_until(unsent=0)
    assert len(classroom.posts()) == 30
    assert set(classroom.posts().values()) == {1}


def test_a_broker_that_is_killed_while_tasks_wait_ends_no_worker(classroom: Classroom) -> None:
    try:
        with open_broker() as own, classroom.running(*ONE_PROCESS, THROUGHLINE_BROKER_URL=own.url):
            classroom.lms.fail("results", "slow", seconds=5)
            classroom.earn(5)
            # It is at work, and the next task has come.
            wait_for_waiting_task(own.url)
            own.interrupt(1)
            classroom.lms.switches.mend()
            # What it was at, it does even if it ends afterwards.
            classroom.wait_until(unsent=0)
            classroom.earn(5)
            classroom.wait_until(unsent=0)
    except MissingProgram:
        pytest.skip("Redis is not installed: run `make test-setup`")
    assert len(classroom.posts()) == 10
    assert set(classroom.posts().values()) == {1}


def wait_for_waiting_task(redis_url: str) -> None:
    """Return once a worker has had a task for a while that it cannot begin."""
    until = time.monotonic() + 60
    seen = 0
    with Connection(redis_url, connect_timeout=5) as connection:
        while seen < 20:
            seen = seen + 1 if connection.default_channel.client.hlen("unacked") else 0
            assert time.monotonic() < until
            time.sleep(0.05)
