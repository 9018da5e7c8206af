"""An LMS for unit tests: its claims, its key, and a token signed with it."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.registry import Header

from lti_app.domain.launch import Launch
from lti_app.lti.key_sets import PublicKey, parse_key_set
from lti_app.lti.validation import ExpectedLogin, validate_launch

Claims = dict[str, Any]
Edit = Callable[[Claims], object]
Key = RSAKey | ECKey | OctKey

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/"
LEARNER = f"{ROLE}membership#Learner"
INSTRUCTOR = f"{ROLE}membership#Instructor"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
KID = "lms-key"
RSA = RSAKey.generate_key(2048)
OTHER_RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
EXPECTED = ExpectedLogin(
    issuer="https://lms.example",
    client_id="client",
    nonce="nonce",
    deployment_id="1",
    public_url="https://tool.example",
)


def full_claims() -> Claims:
    """Return the claims of a learner's launch with everything in them."""
    return {
        "iss": "https://lms.example",
        "aud": "client",
        "sub": "4711",
        "nonce": "nonce",
        "iat": SECOND - 5,
        "exp": SECOND + 55,
        "name": "Alice Example",
        "given_name": "Alice",
        "family_name": "Example",
        "email": "alice@example.org",
        CLAIM + "version": "1.3.0",
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "deployment_id": "1",
        CLAIM + "target_link_uri": "https://tool.example/lti/launch",
        CLAIM + "roles": [LEARNER],
        CLAIM + "resource_link": {"id": "12", "title": "Find a mentor"},
        CLAIM + "context": {
            "id": "3",
            "title": "Leading people",
            "label": "LP",
            "type": ["CourseSection"],
        },
        CLAIM + "tool_platform": {"product_family_code": "moodle", "guid": "x"},
        CLAIM + "launch_presentation": {
            "locale": "de",
            "document_target": "iframe",
            "return_url": "https://lms.example/return.php?course=3",
        },
        CLAIM + "custom": {"kind": "mentoring"},
        ENDPOINT: {
            "scope": [SCORE],
            "lineitems": "https://lms.example/services.php/3/lineitems?type_id=1",
            "lineitem": "https://lms.example/services.php/3/lineitems/7/lineitem?type_id=1",
        },
        NRPS: {
            "context_memberships_url": "https://lms.example/services.php/3/members",
            "service_versions": ["1.0", "2.0"],
        },
    }


def edited(edit: Edit) -> Claims:
    """Return the full claims after an edit."""
    claims = full_claims()
    edit(claims)
    return claims


def having(name: str, value: object) -> Edit:
    """Return an edit that sets a claim; LTI's own by their last word."""

    def edit(claims: Claims) -> None:
        claims[CLAIM + name if CLAIM + name in claims else name] = value

    return edit


def without(*names: str) -> Edit:
    """Return an edit that drops claims."""

    def edit(claims: Claims) -> None:
        for name in names:
            claims.pop(name if name in claims else CLAIM + name, None)

    return edit


def public_jwk(key: RSAKey | ECKey, **members: object) -> dict[str, object]:
    """Return the public half of a key as an LMS publishes it."""
    return {**key.as_dict(private=False), "kid": KID, "alg": "RS256", "use": "sig", **members}


KEYS = parse_key_set({"keys": [public_jwk(RSA)]})


def sign(
    claims: Mapping[str, object] | str,
    *,
    key: Key = RSA,
    header: Mapping[str, object] | None = None,
) -> str:
    """Sign claims, or any text, as the LMS does; a header member that is None is left out."""
    members: dict[str, object] = {"alg": "RS256", "kid": KID, "typ": "JWT", **(header or {})}
    kept: Any = {name: value for name, value in members.items() if value is not None}
    text = claims if isinstance(claims, str) else json.dumps(claims)
    return jws.serialize_compact(kept, text, key, registry=_AnyHeader(algorithms=[kept["alg"]]))


class _AnyHeader(jws.JWSRegistry):
    """Signs whatever stands in a header."""

    def check_header(self, header: Header) -> None:
        """Check nothing."""


def launch(
    claims: Mapping[str, object] | str,
    *,
    expected: ExpectedLogin = EXPECTED,
    find_key: Callable[[str], PublicKey | None] = KEYS.get,
    now: datetime = NOW,
    **signing: Any,
) -> Launch:
    """Sign claims and validate the token."""
    return validate_launch(sign(claims, **signing), expected, find_key, now)
