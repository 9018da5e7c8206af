"""Signing keys of the LMS, and tokens of every kind, also those that no LMS should ever make."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

Claims = dict[str, Any]  # claims are JSON of any shape: tests bend them into wrong ones


@dataclass
class SigningKey:
    """An RSA key with the id under which the key server publishes it."""

    kid: str = field(default_factory=lambda: secrets.token_hex(10))
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))

    def public_jwk(self) -> dict[str, Any]:
        jwk = dict(self.key.as_dict(private=False))
        return {"kty": "RSA", "alg": "RS256", "use": "sig", **jwk, "kid": self.kid}

    def public_pem(self) -> bytes:
        return self.key.as_pem(private=False)


def _encode(value: Mapping[str, Any] | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=")


def _sign_by_hand(header: Mapping[str, Any], payload: bytes, secret: bytes | None) -> str:
    """For `none` and HMAC: a library rightly refuses a public key as an HMAC secret."""
    signed = _encode(header) + b"." + _encode(payload)
    signature = b"" if secret is None else hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + _encode(signature)).decode()


def sign(
    claims: Mapping[str, Any],
    signing_key: SigningKey,
    *,
    header: Mapping[str, Any],
    alg: str,
    key: RSAKey | ECKey | bytes | None = None,
) -> str:
    """Sign any claims with any algorithm.

    Without a key of your own: RS256 takes the LMS's key, HS256 its public PEM, ES256 a new key.
    """
    payload = json.dumps(claims).encode()
    if alg.lower() == "none":
        return _sign_by_hand(header, payload, None)
    if alg == "HS256":
        return _sign_by_hand(
            header, payload, key if isinstance(key, bytes) else signing_key.public_pem()
        )
    if isinstance(key, bytes):
        raise TypeError(f"{alg} needs an RSA or EC key")
    if key is None:
        key = ECKey.generate_key("P-256") if alg == "ES256" else signing_key.key
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact(dict(header), payload, key, registry=registry)
