"""The second step of a launch: a signed token becomes a `Launch`, or is refused with a code.

The steps V3 to V18 of lti-rules.md stand here in their order. `MessageLaunch` of pylti1p3 does not
fit them even when subclassed (it takes the registration from the unverified token, only the first
audience, no leeway, and keeps the launch itself), so its parts are used directly instead: its
message validators have the last word on what a message must hold. `_MESSAGES` is the table of the
messages that the tool answers.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.registry import Header
from pylti1p3.exception import LtiException
from pylti1p3.message_validators.abstract import MessageValidatorAbstract
from pylti1p3.message_validators.resource_message import ResourceMessageValidator

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import Launch, MessageType, ResourceLink
from lti_app.domain.roles import roles_from_uris
from lti_app.lti import claims as names
from lti_app.lti.addresses import cell_named_in, same_origin
from lti_app.lti.claims import OptionalClaims, identifier, log_unknown
from lti_app.lti.deep_linking import read_settings
from lti_app.lti.key_sets import PublicKey

DEFAULT_ALGORITHMS = ("RS256",)
DEFAULT_LEEWAY = timedelta(seconds=60)
_OLDEST = timedelta(hours=1)
_LONGEST_TOKEN = 64_000
_LONGEST_HEADER = 8_000
_LATEST_SECOND = 1e12
_VERSION = "1.3.0"

_Claims = Mapping[str, object]


@dataclass(frozen=True)
class _Message:
    """In what one kind of message differs from the others.

    Attributes:
        is_of_link: it comes from a link in a course and must name it.
        validator: the library's for it, or None where that refuses what we answer.
    """

    is_of_link: bool
    validator: MessageValidatorAbstract | None


_MESSAGES = {
    MessageType.RESOURCE_LINK: _Message(is_of_link=True, validator=ResourceMessageValidator()),
    # The library refuses a request that takes no links; its author is owed a reason.
    MessageType.DEEP_LINKING: _Message(is_of_link=False, validator=None),
    # The library falls over claims of odd types, and wants a column: the link says enough.
    MessageType.SUBMISSION_REVIEW: _Message(is_of_link=True, validator=None),
}


@dataclass(frozen=True)
class ExpectedLogin:
    """What the login that a token answers to says of it.

    Attributes:
        issuer: of the registration that the login began with.
        client_id: ours there.
        nonce: sent with the login.
        public_url: the tool's own address; targets have to lie on its origin.
        deployment_id: what the login named, or None if it named none.
        trusted_audiences: other audiences that a token may have beside us.
        allows_http: addresses of this LMS need not be https.
    """

    issuer: str
    client_id: str
    nonce: str
    public_url: str
    deployment_id: str | None = None
    trusted_audiences: Collection[str] = ()
    allows_http: bool = False


def validate_launch(
    id_token: str,
    expected: ExpectedLogin,
    find_key: Callable[[str], PublicKey | None],
    now: datetime,
    *,
    leeway: timedelta = DEFAULT_LEEWAY,
    algorithms: Collection[str] = DEFAULT_ALGORITHMS,
) -> Launch:
    """Check a token and read it.

    Args:
        id_token: as posted.
        expected: what the login was about; its nonce must be used up by the caller, once.
        find_key: returns the LMS's key of an id; only called for tokens that could be genuine.
        now: the moment to judge times by.
        leeway: how far clocks may differ.
        algorithms: what a token may be signed with; asymmetric ones only.

    Raises:
        LaunchRefused: with the code of the first check that failed; also whatever `find_key`
            raises when the keys cannot be had.
    """
    claims = _verified_claims(id_token, find_key, algorithms)
    _check_issuer(claims, expected)
    _check_audience(claims, expected)
    _check_timestamps(claims, now, leeway)
    if claims.get("nonce") != expected.nonce:
        raise LaunchRefused("nonce")
    launch = _read_message(claims, expected)
    log_unknown(claims)
    return launch


def _verified_claims(
    id_token: str, find_key: Callable[[str], PublicKey | None], algorithms: Collection[str]
) -> _Claims:
    """V3, V5, V6: return what the token says, once its signature is known to be the LMS's."""
    kid, algorithm = _read_header(id_token, algorithms)
    key = find_key(kid)
    if key is None or algorithm not in key.algorithms:
        raise LaunchRefused("key_unknown", "no key of this id that fits the algorithm")
    try:
        signed = jws.deserialize_compact(
            id_token, key.key, registry=_CheckedHeaders(algorithms=[algorithm])
        )
    except (JoseError, ValueError) as error:
        raise LaunchRefused("signature", type(error).__name__) from error
    claims = _parse_json(signed.payload)
    if claims is None:
        raise LaunchRefused("token_header", "the signed text is not a JSON object")
    return claims


def _read_header(id_token: str, algorithms: Collection[str]) -> tuple[str, str]:
    """V3: return key id and algorithm; keys that the header itself brings are not looked at."""
    parts = id_token.split(".")
    if len(id_token) > _LONGEST_TOKEN or len(parts) != 3 or not id_token.isascii():
        raise LaunchRefused("token_header", "not a signed token")
    try:
        header = _parse_json(urlsafe_b64decode(parts[0] + "=="))
    except ValueError:
        header = None
    if header is None or len(parts[0]) > _LONGEST_HEADER:
        raise LaunchRefused("token_header", "the header is not a JSON object")
    algorithm, kid = header.get("alg"), identifier(header.get("kid"))
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise LaunchRefused("token_header", "the algorithm is not allowed")
    if kid is None:
        raise LaunchRefused("token_header", "no key id")
    if "crit" in header or "b64" in header:
        raise LaunchRefused("token_header", "extensions that we do not know")
    return kid, algorithm


class _CheckedHeaders(jws.JWSRegistry):
    """Lets joserfc verify tokens whose header holds more than it likes; ours is read above."""

    max_header_length = _LONGEST_HEADER
    max_payload_length = _LONGEST_TOKEN

    def check_header(self, header: Header) -> None:
        """Leave the header alone: it was checked."""


def _parse_json(text: bytes) -> dict[str, object] | None:
    """Return a JSON object, or None for anything else: too deep, too large numbers, no JSON."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _check_issuer(claims: _Claims, expected: ExpectedLogin) -> None:
    """V7: the very string, without forgiveness for a slash."""
    if claims.get("iss") != expected.issuer:
        raise LaunchRefused("issuer")


def _check_audience(claims: _Claims, expected: ExpectedLogin) -> None:
    """V8: for us, and for nobody whom we do not trust."""
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    others = [value for value in audiences if value != expected.client_id]
    if len(others) == len(audiences) or not all(
        isinstance(value, str) and value in expected.trusted_audiences for value in others
    ):
        raise LaunchRefused("audience", "not for us alone")
    must_name_party = len(audiences) > 1 or party is not None
    if must_name_party and party != expected.client_id:
        raise LaunchRefused("audience", "issued to another party")


def _check_timestamps(claims: _Claims, now: datetime, leeway: timedelta) -> None:
    """V9: issued lately, not over, and both said in numbers."""
    issued, expires = (_timestamp(claims.get(name)) for name in ("iat", "exp"))
    if issued is None or expires is None:
        raise LaunchRefused("timestamps", "iat or exp is missing")
    moment, slack = now.timestamp(), leeway.total_seconds()
    faults = {
        "expired": expires <= moment - slack,
        "from the future": issued > moment + slack,
        "too old": issued < moment - slack - _OLDEST.total_seconds(),
        "expires before it was issued": expires <= issued,
    }
    if fault := next((fault for fault, applies in faults.items() if applies), None):
        # How old the token seems to be tells an operator whose clock is wrong.
        raise LaunchRefused("timestamps", f"{fault}; issued {moment - issued:.0f} s ago")


def _timestamp(value: object) -> float | None:
    """Return a time of this age in seconds, or None; in JSON a truth value is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LATEST_SECOND < value < _LATEST_SECOND else None


def _read_message(claims: _Claims, expected: ExpectedLogin) -> Launch:
    """V11 to V18: return what the message says."""
    if claims.get(names.VERSION) != _VERSION:
        raise LaunchRefused("version")
    message_type = _message_type(claims)
    deployment_id = identifier(claims.get(names.DEPLOYMENT_ID))
    if deployment_id is None or expected.deployment_id not in {None, deployment_id}:
        raise LaunchRefused("deployment")
    target = claims.get(names.TARGET_LINK_URI)
    if not isinstance(target, str) or not same_origin(target, expected.public_url):
        raise LaunchRefused("target_link_uri")
    roles = claims.get(names.ROLES)
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise LaunchRefused("roles")
    link_id = _link_id(claims) if _MESSAGES[message_type].is_of_link else None
    subject = identifier(claims.get("sub"))
    if subject is None:
        raise LaunchRefused("subject")
    for_user = _for_user(claims) if message_type is MessageType.SUBMISSION_REVIEW else None
    _check_by_library(message_type, claims)
    optional = OptionalClaims(claims)
    return Launch(
        message_type=message_type,
        deployment_id=deployment_id,
        subject=subject,
        roles=roles_from_uris(roles),
        target_link_uri=target,
        resource_link=ResourceLink(link_id, optional.resource_link_title()) if link_id else None,
        deep_linking=(
            read_settings(claims, optional, allows_http=expected.allows_http)
            if message_type is MessageType.DEEP_LINKING
            else None
        ),
        for_user=for_user,
        for_cell=cell_named_in(target),
        context=optional.context(),
        profile=optional.profile(),
        custom=optional.custom(),
        family=optional.family(),
        grade_service=optional.grade_service(),
        roster_url=optional.roster_url(),
        return_url=optional.return_url(),
        # Last: the readers above fill it.
        dropped_claims=tuple(optional.dropped),
    )


def _message_type(claims: _Claims) -> MessageType:
    """V12: return the kind of message, if it is one that we answer."""
    given = claims.get(names.MESSAGE_TYPE)
    for message_type in _MESSAGES:
        if message_type == given:
            return message_type
    raise LaunchRefused("message_type")


def _link_id(claims: _Claims) -> str:
    """V16: return the id of the link that was clicked."""
    link = claims.get(names.RESOURCE_LINK)
    link_id = identifier(link.get("id")) if isinstance(link, dict) else None
    if link_id is None:
        raise LaunchRefused("resource_link")
    return link_id


def _for_user(claims: _Claims) -> str | None:
    """Return what the LMS calls the person whose work is to be shown (R-9.1).

    Moodle sends the same message from the menu of a whole column, where it is about nobody.
    """
    about = claims.get(names.FOR_USER)
    if about is None:
        return None
    subject = identifier(about.get("user_id")) if isinstance(about, dict) else None
    if subject is None:
        raise LaunchRefused("for_user")
    return subject


def _check_by_library(message_type: MessageType, claims: _Claims) -> None:
    """Give pylti1p3 the last word on what a message of this kind must hold."""
    validator = _MESSAGES[message_type].validator
    try:
        if validator is not None:
            validator.validate(claims)
    except LtiException as error:
        raise LaunchRefused("message_type", str(error)) from error
