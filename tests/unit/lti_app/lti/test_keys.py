"""The tool's own keys."""

import json

from joserfc import jws
from joserfc.jwk import RSAKey

from lti_app.lti.keys import jwks_document, load_key, new_signing_key
from tests.proofs import rule


@rule("R-1.19")
def test_a_new_key_is_published_with_what_an_lms_needs_and_no_more() -> None:
    kid, _, public = new_signing_key()
    assert public.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert (public["kid"], public["alg"], public["use"]) == (kid, "RS256", "sig")
    assert RSAKey.import_key({**public}).raw_value.key_size >= 2048


def test_what_a_loaded_key_signs_the_published_half_verifies() -> None:
    kid, private, public = new_signing_key()
    token = jws.serialize_compact({"alg": "RS256", "kid": kid}, b"text", load_key(private))
    assert jws.deserialize_compact(token, RSAKey.import_key({**public})).payload == b"text"
    assert json.loads(private)["kid"] == kid


def test_a_key_is_parsed_once() -> None:
    _, private, _ = new_signing_key()
    assert load_key(private) is load_key(private)


def test_every_key_has_an_id_of_its_own() -> None:
    assert new_signing_key()[0] != new_signing_key()[0]


def test_the_published_document_is_a_key_set() -> None:
    assert jwks_document([{"kid": "a"}, {"kid": "b"}]) == {"keys": [{"kid": "a"}, {"kid": "b"}]}
