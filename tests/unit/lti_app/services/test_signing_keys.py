"""The tool's signing keys over their life."""

from datetime import timedelta

import pytest
import time_machine

from lti_app.clock import real_now
from lti_app.lti.keys import load_key
from lti_app.services import signing_keys
from lti_app.store.encryption import Cipher, UnreadableSecret
from lti_app.store.registrations import list_signing_keys
from lti_app.store.session import Database, transaction
from tests.proofs import rule

CIPHER = Cipher(("a" * 32,))


def rotate(database: Database, cipher: Cipher = CIPHER) -> str:
    """Rotate in a transaction of its own."""
    with transaction(database):
        return signing_keys.rotate(cipher)


def published(database: Database) -> list[str]:
    """Return the ids of the published keys."""
    with transaction(database, read_only=True):
        return [key["kid"] for key in signing_keys.published()]


def test_the_first_key_is_made_once(database: Database) -> None:
    for _ in range(2):
        with transaction(database):
            signing_keys.ensure(CIPHER)
    assert len(published(database)) == 1


def test_the_current_key_is_the_one_that_is_published_first(database: Database) -> None:
    rotate(database)
    kid = rotate(database)
    with transaction(database, read_only=True):
        current = signing_keys.current(CIPHER)
        first = signing_keys.published()[0]
    assert current.kid == first["kid"] == kid
    assert load_key(current.private_jwk).as_dict(private=False)["n"] == first["n"]


@rule("R-1.19")
def test_no_private_key_is_stored_readably_or_published(database: Database) -> None:
    rotate(database)
    with transaction(database, read_only=True):
        (row,) = list_signing_keys()
        private_jwk = signing_keys.current(CIPHER).private_jwk
        (public,) = signing_keys.published()
    assert '"d"' in private_jwk
    assert '"d"' not in row.private_key
    assert "d" not in public


@rule("R-1.19")
def test_a_replaced_key_stays_published_for_a_week(database: Database) -> None:
    now = real_now()
    with time_machine.travel(now) as clock:
        first, second = rotate(database), rotate(database)
        clock.move_to(now + timedelta(days=7) - timedelta(minutes=1))
        assert published(database) == [second, first]
        third = rotate(database)
        assert published(database) == [third, second, first]
        clock.move_to(now + timedelta(days=7, minutes=1))
        assert published(database) == [third, second]


def test_a_rotation_deletes_keys_that_are_no_longer_published(database: Database) -> None:
    now = real_now()
    with time_machine.travel(now) as clock:
        first, second = rotate(database), rotate(database)
        clock.move_to(now + timedelta(days=8))
        third = rotate(database)
    with transaction(database, read_only=True):
        kept = {row.kid for row in list_signing_keys()}
    assert kept == {second, third}
    assert first not in kept


def test_without_a_key_there_is_nothing_to_sign_with(database: Database) -> None:
    with transaction(database, read_only=True), pytest.raises(LookupError):
        signing_keys.current(CIPHER)


def test_a_key_under_a_lost_secret_can_be_replaced(database: Database) -> None:
    rotate(database)
    other = Cipher(("b" * 32,))
    with transaction(database, read_only=True), pytest.raises(UnreadableSecret):
        signing_keys.current(other)
    kid = rotate(database, other)
    with transaction(database, read_only=True):
        assert signing_keys.current(other).kid == kid


def test_two_first_keys_made_at_once_are_both_published_and_replaced_together(
    database: Database,
) -> None:
    with transaction(database):
        signing_keys.rotate(CIPHER)
        for row in list_signing_keys():
            row.is_signing = False
        signing_keys.ensure(CIPHER)
        for row in list_signing_keys():
            row.is_signing = True
    assert len(published(database)) == 2
    with transaction(database):
        signing_keys.rotate(CIPHER)
        assert [row.is_signing for row in list_signing_keys()].count(True) == 1
    assert len(published(database)) == 3
