"""Encryption at rest of the few secrets that the database holds: signing keys, access tokens."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class UnreadableSecret(Exception):
    """A stored secret was encrypted under a key that is no longer in `SECRET_KEY`."""


class Cipher:
    """Encrypts under the first secret key, decrypts under any of them."""

    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        derived = (sha256(b"throughline at rest:" + key.encode()).digest() for key in secret_keys)
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])

    def encrypt(self, secret: str) -> str:
        """Return the secret as text that may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Return the secret.

        Raises:
            UnreadableSecret: no key of the settings opens it.
        """
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken as error:
            raise UnreadableSecret from error
