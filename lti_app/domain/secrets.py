"""Random names that prove something, and how they are kept: as hashes only."""

from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

_RANDOM_BYTES = 32


def new_secret() -> str:
    """Return 256 random bits as 43 characters that are safe in an address and in a cookie."""
    return token_urlsafe(_RANDOM_BYTES)


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret; unsalted, as the secret itself is random."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str | None, stored_hash: str) -> bool:
    """Return whether a presented secret is the stored one, in constant time."""
    return secret is not None and compare_digest(hash_secret(secret), stored_hash)
