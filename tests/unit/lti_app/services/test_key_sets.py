"""An LMS's keys in the cache: how often they are fetched, and what serves while they cannot be."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from joserfc.jwk import RSAKey

from lti_app.domain.errors import LaunchRefused
from lti_app.lti.http import HttpFailure, Response
from lti_app.services.key_sets import find_key
from lti_app.store.registrations import KeySet, Registration
from lti_app.store.session import Database, db, transaction
from tests.proofs import rule
from tests.unit.lti_app.services.lms import KEYS_URL, Lms, register

PUBLIC = RSAKey.generate_key(2048).as_dict(private=False)
MINUTE = timedelta(minutes=1)


class Keys:
    """What the LMS publishes now, or how it fails."""

    def __init__(self, *kids: str) -> None:
        self.kids = list(kids)
        self.is_down = False
        self.lms = Lms(self.answer)

    def answer(self) -> Response:
        """Answer a fetch."""
        if self.is_down:
            raise HttpFailure("timeout")
        keys = [{**PUBLIC, "kid": kid} for kid in self.kids]
        return Response(200, {}, json.dumps({"keys": keys}).encode())


@pytest.fixture
def registration_id(database: Database) -> UUID:
    """Return an LMS of which nothing is cached."""
    return register(database)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Return a clock that runs, and that a test can move."""
    with time_machine.travel("2026-11-23T12:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def find(database: Database, registration_id: UUID) -> "Finder":
    """Return what looks keys up."""
    return Finder(database, registration_id)


class Finder:
    """Looks keys up, and says in a word what came of it."""

    def __init__(self, database: Database, registration_id: UUID) -> None:
        self.database = database
        self.registration_id = registration_id

    def __call__(self, keys: Keys, kid: str = "a") -> str:
        try:
            key = find_key(self.database, keys.lms.client, self.registration_id, kid)
        except LaunchRefused as refused:
            return f"{refused.code} {refused.status}"
        return "unknown" if key is None else key.kid


def test_the_first_launch_fetches_at_once(find: Finder) -> None:
    keys = Keys("a")
    assert find(keys) == "a"
    assert keys.lms.urls == [KEYS_URL]


@rule("R-1.16")
def test_later_launches_use_the_cache_for_an_hour(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a", "b")
    find(keys)
    clock.shift(timedelta(minutes=59))
    assert [find(keys), find(keys, "b")] == ["a", "b"]
    assert keys.lms.calls == 1
    clock.shift(timedelta(minutes=2))
    assert find(keys) == "a"
    assert keys.lms.calls == 2


@rule("R-1.17")
def test_a_new_key_is_fetched_at_once(find: Finder) -> None:
    keys = Keys("a")
    find(keys)
    for kid in ("b", "c"):
        keys.kids.append(kid)
        assert find(keys, kid) == kid
    assert keys.lms.calls == 3


@rule("R-1.17")
def test_made_up_key_ids_cost_one_fetch_a_minute(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a")
    find(keys)
    assert [find(keys, f"made-up-{number}") for number in range(10)] == ["unknown"] * 10
    assert keys.lms.calls == 2
    assert find(keys) == "a"
    clock.shift(MINUTE)
    assert find(keys, "made-up") == "unknown"
    assert keys.lms.calls == 3


def test_made_up_key_ids_delay_a_new_key_by_a_minute_at_most(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a")
    find(keys)
    find(keys, "made-up")
    keys.kids.append("b")
    assert find(keys, "b") == "unknown"
    clock.shift(MINUTE)
    assert find(keys, "b") == "b"


def test_a_withdrawn_key_is_no_longer_good_after_a_fetch(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a")
    find(keys)
    keys.kids = ["b"]
    assert find(keys, "b") == "b"
    clock.shift(MINUTE)
    assert find(keys, "a") == "unknown"


@rule("R-1.16")
def test_stale_keys_serve_for_a_day_while_the_lms_is_down(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a")
    find(keys)
    keys.is_down = True
    clock.shift(timedelta(hours=2))
    assert [find(keys), find(keys)] == ["a", "a"]
    assert keys.lms.calls == 2
    clock.shift(timedelta(hours=22, minutes=58))
    assert find(keys) == "a"
    clock.shift(timedelta(minutes=3))
    assert find(keys) == "key_server 503"
    keys.is_down = False
    clock.shift(MINUTE)
    assert find(keys) == "a"


def test_an_unknown_key_of_an_lms_that_is_down_may_yet_turn_up(find: Finder) -> None:
    keys = Keys("a")
    find(keys)
    keys.is_down = True
    assert find(keys, "b") == "key_server 503"
    assert find(keys, "a") == "a"


def test_an_lms_that_never_answered_is_asked_once_a_minute(
    find: Finder, clock: time_machine.Traveller
) -> None:
    keys = Keys("a")
    keys.is_down = True
    assert find(keys) == "key_server 503"
    clock.shift(timedelta(seconds=30))
    assert [find(keys), find(keys)] == ["key_server 503"] * 2
    assert keys.lms.calls == 1
    keys.is_down = False
    clock.shift(timedelta(seconds=30))
    assert find(keys) == "a"


def test_an_answer_that_is_no_key_set_counts_as_none(find: Finder) -> None:
    keys = Keys()
    keys.lms.answer = lambda: Response(200, {}, b"<html>")
    assert find(keys) == "key_server 503"


class Slow(Keys):
    """An LMS whose answer is held back until the test lets it go."""

    def __init__(self, *kids: str) -> None:
        super().__init__(*kids)
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def answer(self) -> Response:
        """Answer once that is allowed."""
        self.is_asked.set()
        assert self.may_answer.wait(30)
        return super().answer()


def test_while_one_fetches_the_others_wait_for_it_and_nobody_else_fetches(find: Finder) -> None:
    slow = Slow("a")
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(find, slow)
        assert slow.is_asked.wait(30)
        others = [pool.submit(find, slow) for _ in range(4)]
        slow.may_answer.set()
        assert [found.result() for found in (first, *others)] == ["a"] * 5
    assert slow.lms.calls == 1


def test_who_waits_for_a_key_server_that_hangs_gives_up_soon(find: Finder) -> None:
    slow = Slow("a")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(find, slow)
        assert slow.is_asked.wait(30)
        assert find(slow) == "key_server 503"
        assert not first.done()
        slow.may_answer.set()
        assert first.result() == "a"


def test_nobody_waits_where_a_stale_key_serves(find: Finder, clock: time_machine.Traveller) -> None:
    find(Keys("a"))
    clock.shift(timedelta(hours=2))
    slow = Slow("a")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(find, slow)
        assert slow.is_asked.wait(30)
        assert find(slow) == "a"
        assert not first.done()
        slow.may_answer.set()
        assert first.result() == "a"


def test_an_lms_that_is_removed_during_a_fetch_leaves_nothing_behind(
    find: Finder, database: Database, registration_id: UUID
) -> None:
    keys = Keys("a")

    def remove() -> Response:
        with transaction(database):
            db().delete(db().get_one(Registration, registration_id))
        return keys.answer()

    keys.lms.answer = remove
    assert find(keys) == "key_server 503"
    with transaction(database, read_only=True):
        assert db().get(KeySet, registration_id) is None


def test_the_cache_of_one_lms_is_not_used_for_another(database: Database, find: Finder) -> None:
    find(Keys("a"))
    with transaction(database):
        known = db().get_one(Registration, find.registration_id)
        other = Registration(
            organisation_id=known.organisation_id,
            issuer="https://other.example",
            client_id="client",
            auth_url="https://other.example/auth",
            token_url="https://other.example/token",
            jwks_url="https://other.example/keys",
        )
        db().add(other)
        db().flush()
        other_id = other.id
    assert Finder(database, other_id)(Keys("b"), "a") == "unknown"


def test_no_transaction_is_open_while_the_lms_is_asked(database: Database, find: Finder) -> None:
    keys = Keys("a")
    opened: list[bool] = []

    def answer() -> Response:
        with transaction(database):
            opened.append(True)
        return keys.answer()

    keys.lms.answer = answer
    assert find(keys) == "a"
    assert opened == [True]
