"""Service tokens in the cache: fetched by one at a time, kept unreadable, dropped when rejected."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome
from lti_app.lti.http import HttpFailure, Response
from lti_app.lti.tokens import TokenRefused
from lti_app.services import access_tokens, signing_keys
from lti_app.services.access_tokens import Grant, get_grant, get_token
from lti_app.store.encryption import Cipher
from lti_app.store.leases import lease_access_token
from lti_app.store.registrations import AccessToken
from lti_app.store.session import Database, db, transaction
from tests.proofs import rule
from tests.unit.lti_app.services.lms import TOKEN_URL, Lms, register

CIPHER = Cipher(("a" * 32,))
SCORE, RESULT = "https://ags.example/score", "https://ags.example/result.readonly"
DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"


class Tokens:
    """A token endpoint: counts up, or fails."""

    def __init__(self, name: str = "token") -> None:
        self.name = name
        self.is_down = False
        self.expires_in = 3600
        self.lms = Lms(self.answer)

    def answer(self) -> Response:
        """Answer with the next token."""
        if self.is_down:
            raise HttpFailure("connection")
        token = {"access_token": f"{self.name}-{self.lms.calls}", "expires_in": self.expires_in}
        return Response(200, {}, json.dumps(token).encode())

    def assertion(self) -> str:
        """Return the assertion of the last request."""
        return parse_qs(self.lms.bodies[-1].decode())["client_assertion"][0]


@pytest.fixture
def registration_id(database: Database) -> UUID:
    """Return an LMS, and make a signing key for it."""
    with transaction(database):
        signing_keys.rotate(CIPHER)
    return register(database, "1")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Return a clock that runs, and that a test can move."""
    with time_machine.travel("2026-11-23T12:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def get(database: Database, registration_id: UUID) -> "Getter":
    """Return what gets tokens."""
    return Getter(database, registration_id)


class Getter:
    """Gets tokens of one LMS."""

    def __init__(self, database: Database, registration_id: UUID, cipher: Cipher = CIPHER) -> None:
        self.database = database
        self.registration_id = registration_id
        self.cipher = cipher

    def grant(self, tokens: Tokens) -> Grant:
        """Get a token that is wanted for sending and reading, and needed for sending."""
        return get_grant(
            self.database,
            tokens.lms.client,
            self.cipher,
            self.registration_id,
            (SCORE, RESULT),
            needed=(SCORE,),
        )

    def __call__(self, tokens: Tokens, *scopes: str, refresh_of: str | None = None) -> str:
        return get_token(
            self.database,
            tokens.lms.client,
            self.cipher,
            self.registration_id,
            scopes or (SCORE,),
            refresh_of=refresh_of,
        )


def row(database: Database) -> AccessToken:
    """Return the only cached token."""
    with transaction(database, read_only=True):
        return db().scalars(select(AccessToken)).one()


def test_a_token_is_asked_for_with_a_key_that_the_lms_finds_published(
    get: Getter, database: Database
) -> None:
    tokens = Tokens()
    assert get(tokens) == "token-1"
    with transaction(database, read_only=True):
        (public,) = signing_keys.published()
    assertion = jwt.decode(tokens.assertion(), RSAKey.import_key({**public}))
    assert assertion.header["kid"] == public["kid"]
    assert assertion.claims["iss"] == "client"
    assert assertion.claims["aud"] == TOKEN_URL
    assert assertion.claims[DEPLOYMENT] == "1"


@pytest.mark.parametrize("deployments", [(), ("1", "2")])
def test_a_deployment_is_named_only_where_there_is_one(
    database: Database, deployments: tuple[str, ...]
) -> None:
    with transaction(database):
        signing_keys.rotate(CIPHER)
        (public,) = signing_keys.published()
    tokens = Tokens()
    Getter(database, register(database, *deployments, audience="https://auth.example"))(tokens)
    claims = jwt.decode(tokens.assertion(), RSAKey.import_key({**public})).claims
    assert DEPLOYMENT not in claims
    assert claims["aud"] == "https://auth.example"


@rule("R-4.1")
def test_a_token_is_used_until_a_minute_before_it_expires(
    get: Getter, clock: time_machine.Traveller
) -> None:
    tokens = Tokens()
    get(tokens)
    clock.shift(timedelta(seconds=3530))
    assert get(tokens) == "token-1"
    clock.shift(timedelta(seconds=15))
    assert get(tokens) == "token-2"


def test_a_token_of_a_few_seconds_is_used_once(get: Getter) -> None:
    tokens = Tokens()
    tokens.expires_in = 30
    assert [get(tokens), get(tokens)] == ["token-1", "token-2"]


def test_every_set_of_scopes_has_a_token_of_its_own_whatever_their_order(get: Getter) -> None:
    tokens = Tokens()
    assert get(tokens, SCORE, RESULT) == "token-1"
    assert get(tokens, SCORE) == "token-2"
    assert get(tokens, RESULT, SCORE) == "token-1"


def granting(tokens: Tokens, *answers: tuple[str, ...]) -> list[str]:
    """Let an LMS grant these scopes one request after the other; returns what was asked for."""
    asked: list[str] = []
    left = list(answers)

    def answer() -> Response:
        asked.append(parse_qs(tokens.lms.bodies[-1].decode())["scope"][0])
        if not (granted := left.pop(0)):
            return Response(400, {}, b'{"error": "invalid_scope"}')
        token = {"access_token": f"token-{tokens.lms.calls}", "scope": " ".join(granted)}
        return Response(200, {}, json.dumps(token).encode())

    tokens.lms.answer = answer
    return asked


def test_what_is_not_granted_is_done_without_if_it_is_not_needed(get: Getter) -> None:
    tokens = Tokens()
    asked = granting(tokens, (SCORE,))
    for _ in range(2):
        assert get.grant(tokens) == Grant("token-1", frozenset({SCORE}))
    assert asked == [f"{RESULT} {SCORE}"]


def test_an_lms_that_refuses_all_that_is_wanted_is_asked_for_what_is_needed(get: Getter) -> None:
    tokens = Tokens()
    asked = granting(tokens, (), (SCORE,))
    for _ in range(2):
        assert get.grant(tokens) == Grant("token-2", frozenset({SCORE}))
    assert asked == [f"{RESULT} {SCORE}", SCORE]


def test_an_lms_that_grants_more_later_is_asked_again_with_the_next_token(
    get: Getter, clock: time_machine.Traveller
) -> None:
    tokens = Tokens()
    granting(tokens, (SCORE,), (SCORE, RESULT))
    get.grant(tokens)
    clock.shift(timedelta(hours=1))
    assert get.grant(tokens).scopes == {SCORE, RESULT}


def test_a_token_for_less_is_no_token_for_who_needs_more(get: Getter) -> None:
    tokens = Tokens()
    asked = granting(tokens, (SCORE,), (SCORE, RESULT))
    get.grant(tokens)
    assert get(tokens, SCORE, RESULT) == "token-2"
    assert len(asked) == 2


def test_what_is_needed_and_not_granted_is_refused(get: Getter) -> None:
    tokens = Tokens()
    granting(tokens, (), ())
    with pytest.raises(TokenRefused) as refused:
        get.grant(tokens)
    assert refused.value.reason == "scope_missing"


@rule("R-4.1")
def test_a_token_is_stored_unreadably(get: Getter, database: Database) -> None:
    get(Tokens())
    stored = row(database).token
    assert stored is not None
    assert "token-1" not in stored
    assert CIPHER.decrypt(stored) == "token-1"


def test_a_token_under_a_lost_secret_is_fetched_anew(get: Getter, database: Database) -> None:
    tokens = Tokens()
    get(tokens)
    other = Cipher(("b" * 32,))
    with transaction(database):
        signing_keys.rotate(other)
    assert Getter(database, get.registration_id, other)(tokens) == "token-2"


@rule("R-4.1")
def test_a_rejected_token_is_replaced_once_for_all(get: Getter) -> None:
    tokens = Tokens()
    old = get(tokens)
    new = get(tokens, refresh_of=old)
    assert new == "token-2"
    # The next one whose old token was rejected finds the new one.
    assert get(tokens, refresh_of=old) == "token-2"
    assert get(tokens) == "token-2"
    assert tokens.lms.calls == 2


def test_a_failed_refresh_drops_the_rejected_token(get: Getter, database: Database) -> None:
    tokens = Tokens()
    old = get(tokens)
    tokens.is_down = True
    with pytest.raises(TokenRefused) as refused:
        get(tokens, refresh_of=old)
    assert refused.value.outcome is Outcome.TRANSIENT
    assert row(database).token is None
    tokens.is_down = False
    assert get(tokens) == "token-3"


def test_a_failure_lets_the_next_one_in_at_once(get: Getter, database: Database) -> None:
    tokens = Tokens()
    tokens.is_down = True
    with pytest.raises(TokenRefused):
        get(tokens)
    assert row(database).leased_until is None
    tokens.is_down = False
    assert get(tokens) == "token-2"


class Slow(Tokens):
    """A token endpoint whose answer is held back until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def answer(self) -> Response:
        """Answer once that is allowed."""
        self.is_asked.set()
        assert self.may_answer.wait(30)
        return super().answer()


@rule("R-4.1")
def test_many_who_need_a_token_at_once_cause_one_request(get: Getter) -> None:
    slow = Slow()
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(get, slow) for _ in range(8)]
        assert slow.is_asked.wait(30)
        slow.may_answer.set()
        assert {one.result() for one in found} == {"token-1"}
    assert slow.lms.calls == 1


def test_many_whose_token_was_rejected_at_once_cause_one_request(get: Getter) -> None:
    old = get(Tokens("old"))
    slow = Slow()
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(get, slow, refresh_of=old) for _ in range(8)]
        assert slow.is_asked.wait(30)
        slow.may_answer.set()
        results = {one.result() for one in found}
    assert results == {"token-1"}
    assert slow.lms.calls == 1


def test_who_waits_too_long_gives_up_for_now(
    get: Getter, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lease(database, get.registration_id)
    monkeypatch.setattr(access_tokens, "_PATIENCE_SECONDS", 0.2)
    tokens = Tokens()
    with pytest.raises(TokenRefused) as refused:
        get(tokens)
    assert (refused.value.outcome, refused.value.reason) == (Outcome.NOT_ASKED, "token_busy")
    assert tokens.lms.calls == 0


def test_the_lease_of_a_process_that_died_runs_out(
    get: Getter, database: Database, clock: time_machine.Traveller
) -> None:
    _lease(database, get.registration_id)
    clock.shift(timedelta(seconds=31))
    assert get(Tokens()) == "token-1"


def test_a_process_that_lost_its_lease_does_not_overwrite_what_came_after(
    get: Getter, database: Database
) -> None:
    late, prompt = Tokens("late"), Tokens("prompt")

    def answer_late() -> Response:
        with transaction(database):
            db().scalars(select(AccessToken)).one().leased_until = real_now()
        assert get(prompt) == "prompt-1"
        return Tokens.answer(late)

    late.lms.answer = answer_late
    assert get(late) == "late-1"
    assert get(late) == "prompt-1"


def test_who_gets_the_lease_after_a_token_has_come_uses_that(
    get: Getter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = Tokens()
    get(tokens)
    seen: list[object] = []

    def look_too_early(*given: object) -> None:
        """Find nothing at the first look, as if it had come before the token."""
        seen.append(given)
        monkeypatch.undo()

    monkeypatch.setattr(access_tokens, "_cached", look_too_early)
    assert get(tokens) == "token-1"
    assert len(seen) == 1
    assert tokens.lms.calls == 1


def test_without_a_signing_key_no_lms_is_asked(database: Database) -> None:
    tokens = Tokens()
    get = Getter(database, register(database))
    with pytest.raises(TokenRefused) as refused:
        get(tokens)
    assert refused.value.outcome is Outcome.CONFIGURATION
    assert refused.value.reason == "no_signing_key"
    assert tokens.lms.calls == 0
    with transaction(database):
        signing_keys.ensure(CIPHER)
    assert get(tokens) == "token-1"


def test_no_transaction_is_open_while_the_lms_is_asked(get: Getter, database: Database) -> None:
    tokens = Tokens()
    opened: list[bool] = []

    def answer() -> Response:
        with transaction(database):
            opened.append(True)
        return tokens.answer()

    tokens.lms.answer = answer
    assert get(tokens) == "token-1"
    assert opened == [True]


def _lease(database: Database, registration_id: UUID) -> None:
    """Take the lease as another process does that then dies."""
    now = real_now()
    with transaction(database):
        until = now + timedelta(seconds=30)
        assert lease_access_token(registration_id, SCORE, uuid4(), now, until) is not None
