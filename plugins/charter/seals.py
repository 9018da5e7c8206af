"""The seal of a signed text: its one way of being written down, and the fingerprint of that."""

import json
from collections.abc import Mapping
from hashlib import sha256
from unicodedata import normalize


def canonical(body: Mapping[str, object]) -> str:
    """Return a text as JSON that is always written in the same way.

    Keys in order, no blanks, composed letters: the same content has the same fingerprint, on
    whatever machine and in whatever order it was put together.

    Raises:
        TypeError, ValueError: it holds what JSON has no word for.
    """
    written = json.dumps(
        body, allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return normalize("NFC", written)


def seal(written: str) -> str:
    """Return the fingerprint of a text in its canonical form: SHA-256, in hexadecimal digits."""
    return sha256(written.encode()).hexdigest()


def is_intact(written: str, fingerprint: str) -> bool:
    """Return whether a stored text is still the one that was signed."""
    return seal(written) == fingerprint
