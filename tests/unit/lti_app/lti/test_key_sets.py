"""An LMS's public keys: what is usable in a document, and for how long."""

import json
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from joserfc.util import int_to_base64

from lti_app.lti.http import HttpClient, Response
from lti_app.lti.key_sets import (
    KeySetUnusable,
    clean_key_set,
    fetch_key_set,
    parse_key_set,
)
from tests.proofs import rule
from tests.unit.lti_app.lti.lms import EC, KID, OTHER_RSA, RSA, public_jwk

URL = "https://lms.example/keys"


def test_a_usable_key_is_found_under_its_id() -> None:
    key = parse_key_set({"keys": [public_jwk(RSA)]})[KID]
    assert key.kid == KID
    assert key.key.thumbprint() == RSA.thumbprint()
    assert key.algorithms == {"RS256"}


def test_a_key_that_names_no_algorithm_is_good_for_all_of_its_type() -> None:
    entries = [{**public_jwk(RSA), "kid": "rsa"}, {**public_jwk(EC), "kid": "ec"}]
    for entry in entries:
        del entry["alg"]
    keys = parse_key_set({"keys": entries})
    assert keys["rsa"].algorithms == {"RS256", "RS384", "RS512"}
    assert keys["ec"].algorithms == {"ES256"}


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_an_elliptic_key_fits_the_algorithm_of_its_curve(curve: str) -> None:
    fitting = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[curve]
    entry = public_jwk(ECKey.generate_key(curve), alg=fitting)
    assert parse_key_set({"keys": [entry]})[KID].algorithms == {fitting}


UNUSABLE: dict[str, object] = {
    "not an object": "key",
    "a list": [],
    "null": None,
    "without a type": {"kid": KID},
    "of a type that shares its secret": {"kty": "oct", "k": "c2VjcmV0", "kid": KID},
    "of an unknown type": public_jwk(RSA, kty="AKP"),
    "type a list": public_jwk(RSA, kty=["RSA"]),
    "without an id": {name: v for name, v in public_jwk(RSA).items() if name != "kid"},
    "id a number": public_jwk(RSA, kid=7),
    "id empty": public_jwk(RSA, kid=""),
    "id too long": public_jwk(RSA, kid="x" * 256),
    "for encryption": public_jwk(RSA, use="enc"),
    "use a list": public_jwk(RSA, use=["sig"]),
    "for signing only": public_jwk(RSA, key_ops=["sign"]),
    "operations a string": public_jwk(RSA, key_ops="verify"),
    "algorithm of another type": public_jwk(RSA, alg="ES256"),
    "algorithm with a shared secret": public_jwk(RSA, alg="HS256"),
    "algorithm a number": public_jwk(RSA, alg=256),
    "algorithm null": public_jwk(RSA, alg=None),
    "modulus missing": {name: v for name, v in public_jwk(RSA).items() if name != "n"},
    "modulus not base64": public_jwk(RSA, n="!"),
    "modulus of a wrong length": public_jwk(RSA, n="A"),
    "modulus a number": public_jwk(RSA, n=7),
    "modulus too small": public_jwk(RSA, n=int_to_base64((1 << 1023) + 1)),
    "modulus too large": public_jwk(RSA, n=int_to_base64(1 << 8192)),
    "modulus even": public_jwk(RSA, n=int_to_base64(1 << 2047)),
    "exponent one": public_jwk(RSA, e=int_to_base64(1)),
    "exponent too large": public_jwk(RSA, e=int_to_base64((1 << 40) + 1)),
    "curve unknown": public_jwk(EC, alg="ES256", crv="P-192"),
    "curve not for the algorithm": public_jwk(EC, alg="ES384"),
    "point not on the curve": public_jwk(EC, alg="ES256", x="AAAA"),
    "coordinate missing": {
        name: v for name, v in public_jwk(EC, alg="ES256").items() if name != "y"
    },
}


@rule("R-1.18")
@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_key_is_skipped_and_the_good_ones_stay(name: str) -> None:
    document = {"keys": [UNUSABLE[name], public_jwk(OTHER_RSA, kid="good")]}
    assert list(parse_key_set(document)) == ["good"]


@rule("R-1.18")
def test_of_two_keys_under_one_id_the_first_usable_one_counts() -> None:
    entries = [public_jwk(RSA, use="enc"), public_jwk(RSA), public_jwk(OTHER_RSA)]
    keys = parse_key_set({"keys": entries})
    assert keys[KID].key.thumbprint() == RSA.thumbprint()


def test_a_flood_of_keys_is_cut() -> None:
    entries: list[object] = [{} for _ in range(200)]
    assert parse_key_set({"keys": [*entries, public_jwk(RSA)]}) == {}


@pytest.mark.parametrize("document", [None, [], "keys", {}, {"keys": {}}, {"keys": None}], ids=str)
def test_a_document_without_a_list_of_keys_is_unusable(document: object) -> None:
    with pytest.raises(KeySetUnusable):
        parse_key_set(document)


def test_an_empty_list_of_keys_is_a_key_set() -> None:
    assert parse_key_set({"keys": []}) == {}


def test_only_what_verifies_is_kept_of_a_document() -> None:
    entry = public_jwk(RSA, x5c=["…"], d="private by mistake", surprise={"a": float("nan")})
    document = {"keys": [entry, {"kty": "oct"}], "other": "\0"}
    assert clean_key_set(document) == {
        "keys": [{name: public_jwk(RSA)[name] for name in ("kty", "kid", "n", "e", "alg")}]
    }
    assert parse_key_set(clean_key_set(document)).keys() == {KID}


@rule("R-1.18")
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["RSA", "EC", "sig"]),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["kty", "kid", "n", "e", "crv", "x", "y", "alg", "use", "key_ops"]),
                inner,
            )
        ),
    )
)
def test_no_entry_breaks_a_key_set(entry: object) -> None:
    assert KID in parse_key_set({"keys": [entry, public_jwk(RSA)]})


class Answering:
    """A client whose every answer is the same."""

    def __init__(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.answer = Response(
            status, {name.replace("_", "-"): text for name, text in headers.items()}, body
        )
        self.asked: list[str] = []

    def get(self, url: str, headers: object) -> Response:
        """Answer."""
        self.asked.append(url)
        return self.answer


def fetched(client: Answering) -> tuple[dict[str, object], timedelta]:
    """Return what a fetch brings, and for how long."""
    found = fetch_key_set(cast("HttpClient", client), URL)
    return found.document, found.max_age


GOOD = json.dumps({"keys": [public_jwk(RSA)]}).encode()


def test_a_key_set_is_fetched_and_cleaned() -> None:
    client = Answering(GOOD)
    document, max_age = fetched(client)
    assert client.asked == [URL]
    assert parse_key_set(document).keys() == {KID}
    assert max_age == timedelta(hours=1)


@rule("R-1.16")
@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=600", 600),
        ("public, Max-Age = 7200", 7200),
        ('max-age="900"', 900),
        ("max-age=0", 300),
        ("max-age=31536000", 86400),
        ("max-age=" + "9" * 400, 86400),
        ("max-age=-5", 3600),
        ("no-store", 300),
        ("no-cache, max-age=7200", 300),
        ("private", 3600),
        ("", 3600),
    ],
)
def test_a_key_set_stays_fresh_as_long_as_it_says_within_limits(
    cache_control: str, seconds: int
) -> None:
    _, max_age = fetched(Answering(GOOD, Cache_Control=cache_control))
    assert max_age == timedelta(seconds=seconds)


NO_KEY_SETS = {
    "error": Answering(GOOD, 500),
    "redirect": Answering(GOOD, 302, Location="https://evil.example/"),
    "page": Answering(b"<!doctype html><title>Maintenance</title>"),
    "empty": Answering(b""),
    "not text": Answering(b"\xff\xfe\x00"),
    "too deep": Answering(b"[" * 100_000),
    "a list": Answering(b"[]"),
    "number of more digits than Python reads": Answering(b'{"keys":' + b"9" * 5000 + b"}"),
}


@pytest.mark.parametrize("name", NO_KEY_SETS)
def test_an_answer_that_is_no_key_set_is_unusable(name: str) -> None:
    with pytest.raises(KeySetUnusable):
        fetched(NO_KEY_SETS[name])
