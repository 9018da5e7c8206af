"""A random name proves itself and is stored as a hash only."""

import re

import pytest

from lti_app.domain.secrets import hash_secret, matches, new_secret


def test_a_secret_can_stand_in_an_address_and_in_a_cookie() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", new_secret())


def test_no_two_are_alike() -> None:
    assert len({new_secret() for _ in range(1000)}) == 1000


def test_a_secret_matches_its_own_hash_and_no_other() -> None:
    secret = new_secret()
    assert matches(secret, hash_secret(secret))
    assert not matches(new_secret(), hash_secret(secret))


@pytest.mark.parametrize("presented", [None, "", "é", "\udcff"])
def test_whatever_a_browser_sends_is_only_compared(presented: str | None) -> None:
    assert not matches(presented, hash_secret(new_secret()))


def test_what_is_stored_does_not_hold_the_secret() -> None:
    secret = new_secret()
    assert secret not in hash_secret(secret)
