"""An LMS's public keys: fetched, cleaned and parsed.

What is kept of a key set is only what verifies signatures, so a document full of surprises is
harmless from here on.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lti_app.lti.http import HttpClient, Response

#: What an id_token may be signed with; every LMS uses RS256, the others are for a later setting.
KNOWN_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")

ACCEPT = {"Accept": "application/json, application/jwk-set+json"}

_RSA = frozenset({"RS256", "RS384", "RS512"})
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_SMALLEST_RSA_BITS, _LARGEST_RSA_BITS = 2048, 8192
#: A larger exponent only makes verifying slow.
_LARGEST_RSA_EXPONENT = 2**32
_MOST_KEYS = 100
_LONGEST_KID = 255
_DEFAULT_AGE, _SHORTEST_AGE, _LONGEST_AGE = (
    timedelta(hours=1),
    timedelta(minutes=5),
    timedelta(days=1),
)
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_CACHED = re.compile(r"\bno-(store|cache)\b", re.IGNORECASE)


class KeySetUnusable(Exception):
    """The key address answered with something else than a key set; the text says what."""


@dataclass(frozen=True)
class PublicKey:
    """A key of an LMS, and the algorithms that it may be used with."""

    kid: str
    key: RSAKey | ECKey
    algorithms: frozenset[str]


@dataclass(frozen=True)
class FetchedKeySet:
    """A cleaned key set, safe to store as JSON, and how long it may be used."""

    document: dict[str, object]
    max_age: timedelta


def fetch_key_set(client: HttpClient, url: str) -> FetchedKeySet:
    """Fetch the keys of an LMS.

    Args:
        client: makes the call; its deadline for a GET is short.
        url: the registered key address.

    Raises:
        HttpFailure: no answer.
        KeySetUnusable: the answer is no key set.
    """
    return read_key_set(client.get(url, ACCEPT))


def read_key_set(answer: Response) -> FetchedKeySet:
    """Return the keys in an LMS's answer.

    Raises:
        KeySetUnusable: the answer is no key set.
    """
    if answer.status != 200:
        raise KeySetUnusable(f"status {answer.status}")
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise KeySetUnusable("not JSON") from None
    return FetchedKeySet(clean_key_set(document), _max_age(answer.headers.get("Cache-Control", "")))


def clean_key_set(document: object) -> dict[str, object]:
    """Return the document with nothing in it but usable keys.

    Raises:
        KeySetUnusable: there is no list of keys.
    """
    return {"keys": [members for members, _ in _usable(document).values()]}


def parse_key_set(document: object) -> dict[str, PublicKey]:
    """Return the usable keys of a document by key id; bad entries are skipped.

    Raises:
        KeySetUnusable: there is no list of keys.
    """
    return {kid: key for kid, (_, key) in _usable(document).items()}


def _usable(document: object) -> dict[str, tuple[dict[str, str], PublicKey]]:
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise KeySetUnusable("no list of keys")
    found: dict[str, tuple[dict[str, str], PublicKey]] = {}
    for entry in document["keys"][:_MOST_KEYS]:
        members = _public_members(entry)
        key = None if members is None else _parse(members)
        if members is not None and key is not None:
            # A key id stands for one key for ever; of two keys under one the first counts.
            found.setdefault(key.kid, (members, key))
    return found


def _public_members(entry: object) -> dict[str, str] | None:
    """Return the members that verifying needs; None if the key is for something else."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}.get(str(entry.get("kty")))
    if names is None:
        return None
    wanted = ("kty", "kid", *names, *(("alg",) if "alg" in entry else ()))
    members = {name: entry[name] for name in wanted if _is_plain(entry.get(name))}
    return members if len(members) == len(wanted) else None


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _parse(members: Mapping[str, str]) -> PublicKey | None:
    kid = members["kid"]
    if len(kid) > _LONGEST_KID:
        return None
    try:
        key = _rsa_key(members) if members["kty"] == "RSA" else _ec_key(members)
    except (JoseError, ValueError):
        return None
    if key is None:
        return None
    fitting = _RSA if isinstance(key, RSAKey) else frozenset({_CURVES[members["crv"]]})
    algorithms = fitting & {members["alg"]} if "alg" in members else fitting
    return PublicKey(kid, key, algorithms) if algorithms else None


def _rsa_key(members: Mapping[str, str]) -> RSAKey | None:
    modulus, exponent = (_number(members[name]) for name in ("n", "e"))
    sizes_fit = (
        _SMALLEST_RSA_BITS <= modulus.bit_length() <= _LARGEST_RSA_BITS
        and modulus % 2 == 1
        and exponent <= _LARGEST_RSA_EXPONENT
    )
    if not sizes_fit:
        return None
    return RSAKey.import_key({name: members[name] for name in ("kty", "n", "e")})


def _ec_key(members: Mapping[str, str]) -> ECKey | None:
    if members["crv"] not in _CURVES:
        return None
    return ECKey.import_key({name: members[name] for name in ("kty", "crv", "x", "y")})


def _number(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text + "=="))


def _max_age(cache_control: str) -> timedelta:
    if _NOT_CACHED.search(cache_control):
        return _SHORTEST_AGE
    found = _MAX_AGE.search(cache_control)
    age = timedelta(seconds=int(found[1])) if found else _DEFAULT_AGE
    return min(max(age, _SHORTEST_AGE), _LONGEST_AGE)
