"""The claims of a launch: which are verified, required, optional or left alone.

`CLAIMS` is the table. The readers below take an optional claim of the right type and drop any other
(lti-rules.md V18): an odd title must not keep a learner out, and nothing in a token may break the
tool.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeGuard

import structlog

from lti_app.domain.launch import Context, Family, GradeService, Profile
from lti_app.lti.addresses import origin

CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
VERSION: Final = CLAIM + "version"
MESSAGE_TYPE: Final = CLAIM + "message_type"
DEPLOYMENT_ID: Final = CLAIM + "deployment_id"
TARGET_LINK_URI: Final = CLAIM + "target_link_uri"
RESOURCE_LINK: Final = CLAIM + "resource_link"
ROLES: Final = CLAIM + "roles"
FOR_USER: Final = CLAIM + "for_user"
CONTEXT: Final = CLAIM + "context"
CUSTOM: Final = CLAIM + "custom"
TOOL_PLATFORM: Final = CLAIM + "tool_platform"
LAUNCH_PRESENTATION: Final = CLAIM + "launch_presentation"
DEEP_LINKING_SETTINGS: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GRADE_SERVICE: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER_SERVICE: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


class Treatment(Enum):
    """What the tool does with a claim."""

    VERIFIED = "compared with what we know"
    REQUIRED = "must be there, of the right form, in the messages that it belongs to"
    OPTIONAL = "used if it is of the right type, else dropped"
    IGNORED = "known, and not used"


#: Every claim that the tool knows. Claims that are not here are ignored too, and logged by name.
CLAIMS: Final[Mapping[str, Treatment]] = {
    "iss": Treatment.VERIFIED,
    "aud": Treatment.VERIFIED,
    "azp": Treatment.VERIFIED,
    "exp": Treatment.VERIFIED,
    "iat": Treatment.VERIFIED,
    "nonce": Treatment.VERIFIED,
    VERSION: Treatment.VERIFIED,
    MESSAGE_TYPE: Treatment.VERIFIED,
    DEPLOYMENT_ID: Treatment.VERIFIED,
    TARGET_LINK_URI: Treatment.VERIFIED,
    "sub": Treatment.REQUIRED,
    ROLES: Treatment.REQUIRED,
    RESOURCE_LINK: Treatment.REQUIRED,
    FOR_USER: Treatment.REQUIRED,
    DEEP_LINKING_SETTINGS: Treatment.REQUIRED,
    CONTEXT: Treatment.OPTIONAL,
    CUSTOM: Treatment.OPTIONAL,
    TOOL_PLATFORM: Treatment.OPTIONAL,
    LAUNCH_PRESENTATION: Treatment.OPTIONAL,
    GRADE_SERVICE: Treatment.OPTIONAL,
    ROSTER_SERVICE: Treatment.OPTIONAL,
    "name": Treatment.OPTIONAL,
    "given_name": Treatment.OPTIONAL,
    "family_name": Treatment.OPTIONAL,
    "email": Treatment.OPTIONAL,
    "locale": Treatment.OPTIONAL,
    "picture": Treatment.IGNORED,
    "middle_name": Treatment.IGNORED,
    "at_hash": Treatment.IGNORED,
    "jti": Treatment.IGNORED,
    "nbf": Treatment.IGNORED,
    # A person is known by issuer and `sub` alone (lti-rules.md ).
    CLAIM + "lis": Treatment.IGNORED,
    # Observed students of a mentor; the tool has mentors of its own. The second
    # spelling is a slip of an early edition that some products copied.
    CLAIM + "role_scope_mentor": Treatment.IGNORED,
    "https://purlimsglobal.org/spec/lti/claim/role_scope_mentor": Treatment.IGNORED,
    # Links of LTI 1.1 that became 1.3; we never had any.
    CLAIM + "lti1p1": Treatment.IGNORED,
    CLAIM + "ext": Treatment.IGNORED,
    # Grades the LTI 1.1 way; Moodle always sends it.
    "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": Treatment.IGNORED,
    "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice": Treatment.IGNORED,
}

_ROSTER_VERSION = "2.0"
_LONGEST_ID = 255
_LONGEST_LABEL = 255
_LONGEST_TITLE = 500
_LONGEST_EMAIL = 320
_MOST_NAMES_LOGGED = 20
_LONGEST_NAME_LOGGED = 100
#: An LMS hands a variable that it does not know through as it stands. Prices stay.
_VARIABLE = re.compile(r"\$[A-Za-z][A-Za-z0-9._-]*")
_LOCALE = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8}){0,3}")
#: NUL, and halves of a surrogate pair.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

log = structlog.get_logger(__name__)


def identifier(value: object) -> str | None:
    """Return an identifier of 1 to 255 printable characters, or None if it is no such thing."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        return None
    return value if value.isprintable() else None


def log_unknown(claims: Mapping[str, object]) -> None:
    """Log the claims that nobody here has heard of; their names, never what they hold."""
    unknown = sorted(claims.keys() - CLAIMS.keys())
    if unknown:
        names = [name[:_LONGEST_NAME_LOGGED] for name in unknown[:_MOST_NAMES_LOGGED]]
        log.debug("unknown_claims", detail=names, count=len(unknown))


class OptionalClaims:
    """Reads the optional claims of one message.

    Attributes:
        dropped: names of what was there, and of the wrong type.
    """

    def __init__(self, claims: Mapping[str, object]) -> None:
        self._claims = claims
        self.dropped: list[str] = []

    def context(self) -> Context | None:
        """Return the course; links outside of courses have none."""
        claim = self._object(CONTEXT)
        if claim is None:
            return None
        course = identifier(claim.get("id"))
        if course is None:
            self._drop(CONTEXT)
            return None
        return Context(
            course,
            title=self.text(CONTEXT, "title", _LONGEST_TITLE),
            label=self.text(CONTEXT, "label", _LONGEST_LABEL),
        )

    def resource_link_title(self) -> str | None:
        """Return what the course calls the link."""
        return self.text(RESOURCE_LINK, "title", _LONGEST_TITLE)

    def profile(self) -> Profile:
        """Return what the LMS is willing to say of the person."""
        email = self.text(None, "email", _LONGEST_EMAIL + 1)
        if email is not None and len(email) > _LONGEST_EMAIL:
            self._drop("email")
            email = None
        return Profile(
            name=self.text(None, "name", _LONGEST_LABEL),
            given_name=self.text(None, "given_name", _LONGEST_LABEL),
            family_name=self.text(None, "family_name", _LONGEST_LABEL),
            email=email,
            locale=self._locale(LAUNCH_PRESENTATION) or self._locale(None),
        )

    def custom(self) -> dict[str, str]:
        """Return the custom parameters that carry a value (lti-rules.md R-1.35).

        Nulls stand for empty ones, and variables that the LMS did not fill in for absent ones.
        """
        values: dict[str, str] = {}
        for name in self._object(CUSTOM) or {}:
            value = self.text(CUSTOM, name)
            if value is not None and _is_text(name) and not _VARIABLE.fullmatch(value):
                values[name] = value
        return values

    def family(self) -> Family:
        """Return the product, as far as the LMS names one that we know."""
        code = self.text(TOOL_PLATFORM, "product_family_code")
        known = {family.value: family for family in Family}
        return known.get((code or "").lower(), Family.OTHER)

    def grade_service(self) -> GradeService | None:
        """Return where grades go, or None if the LMS takes none from us."""
        claim = self._object(GRADE_SERVICE)
        if claim is None:
            return None
        scopes = claim.get("scope")
        if not isinstance(scopes, list) or not all(identifier(scope) for scope in scopes):
            self._drop(GRADE_SERVICE)
            return None
        return GradeService(
            tuple(scopes),
            line_items_url=self._address(GRADE_SERVICE, "lineitems"),
            line_item_url=self._address(GRADE_SERVICE, "lineitem"),
        )

    def roster_url(self) -> str | None:
        """Return where the people of the course are listed, or None if nowhere for us."""
        claim = self._object(ROSTER_SERVICE) or {}
        versions = claim.get("service_versions")
        if isinstance(versions, list) and _ROSTER_VERSION not in versions:
            return None
        return self._address(ROSTER_SERVICE, "context_memberships_url")

    def return_url(self) -> str | None:
        """Return the way back into the course."""
        return self._address(LAUNCH_PRESENTATION, "return_url")

    def text(self, claim: str | None, member: str, longest: int | None = None) -> str | None:
        """Return a text, cut to what we keep; `claim` is the object it is in, None for the top."""
        holder = self._claims if claim is None else self._object(claim) or {}
        value = holder.get(member)
        if value is None or value == "":
            return None
        if _is_text(value):
            return value[:longest]
        self._drop(claim, member)
        return None

    def flag(self, claim: str, member: str) -> bool | None:
        """Return a truth value, or None where none is given."""
        value = (self._object(claim) or {}).get(member)
        if value is None or isinstance(value, bool):
            return value
        self._drop(claim, member)
        return None

    def _object(self, claim: str) -> Mapping[str, object] | None:
        value = self._claims.get(claim)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._drop(claim)
        return None

    def _locale(self, claim: str | None) -> str | None:
        value = self.text(claim, "locale")
        if value is None or _LOCALE.fullmatch(value):
            return value
        self._drop(claim, "locale")
        return None

    def _address(self, claim: str, member: str) -> str | None:
        value = self.text(claim, member)
        if value is None or origin(value) is not None:
            return value
        self._drop(claim, member)
        return None

    def _drop(self, *path: str | None) -> None:
        """Note that something of the wrong type was there."""
        name = ".".join(part[:_LONGEST_NAME_LOGGED] for part in path if part)
        # The name may come from the LMS too.
        name = ascii(name)[1:-1]
        if name not in self.dropped:
            self.dropped.append(name)


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether a value is a string that can be stored: whole characters, no NUL."""
    return isinstance(value, str) and _UNSTORABLE.search(value) is None
