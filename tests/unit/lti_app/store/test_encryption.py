"""What is stored encrypted can be read with any current key, and with no other."""

import pytest

from lti_app.store.encryption import Cipher, UnreadableSecret

OLD, NEW = "o" * 32, "n" * 32


def test_what_was_encrypted_can_be_read() -> None:
    assert Cipher((OLD,)).decrypt(Cipher((OLD,)).encrypt("secret")) == "secret"


def test_stored_text_does_not_hold_the_secret_and_differs_each_time() -> None:
    cipher = Cipher((OLD,))
    first, second = cipher.encrypt("secret"), cipher.encrypt("secret")
    assert "secret" not in first
    assert first != second


def test_an_older_key_still_opens_what_it_closed() -> None:
    stored = Cipher((OLD,)).encrypt("secret")
    assert Cipher((NEW, OLD)).decrypt(stored) == "secret"


def test_the_first_key_closes() -> None:
    stored = Cipher((NEW, OLD)).encrypt("secret")
    assert Cipher((NEW,)).decrypt(stored) == "secret"


def test_without_its_key_a_secret_stays_closed() -> None:
    stored = Cipher((OLD,)).encrypt("secret")
    with pytest.raises(UnreadableSecret):
        Cipher((NEW,)).decrypt(stored)


@pytest.mark.parametrize("stored", ["", "not a token"])
def test_what_is_no_secret_is_unreadable(stored: str) -> None:
    with pytest.raises(UnreadableSecret):
        Cipher((NEW,)).decrypt(stored)
