"""The tool's own keys: made, published, loaded. How they are kept is not known here."""

from collections.abc import Iterable
from functools import lru_cache
from json import dumps, loads

from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
_BITS = 2048


def new_signing_key() -> tuple[str, str, dict[str, str]]:
    """Return a new key: its id, the private JWK as text, and the public JWK."""
    key = RSAKey.generate_key(_BITS)
    kid = key.thumbprint()
    # Moodle takes the algorithm from the key, so that the key has to name it.
    labels = {"kid": kid, "alg": ALGORITHM, "use": "sig"}
    public = {name: str(value) for name, value in key.as_dict(private=False).items()} | labels
    return kid, dumps(key.as_dict(private=True) | labels), public


def jwks_document(public_keys: Iterable[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Return what `/lti/jwks.json` answers."""
    return {"keys": list(public_keys)}


@lru_cache(maxsize=8)
def load_key(private_jwk: str) -> RSAKey:
    """Return the key of a private JWK text, ready to sign."""
    return RSAKey.import_key(loads(private_jwk))
