"""What an LMS says of itself while it registers: fetched, read, and not believed without proof."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, TypeGuard
from urllib.parse import urlsplit

from lti_app.domain.launch import Family
from lti_app.lti.addresses import origin, same_origin
from lti_app.lti.http import HttpClient
from lti_app.lti.quirks import QUIRKS

PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_LONGEST_ISSUER = 255
_LONGEST_NAME = 200
_LONGEST_HOST = 255
_MOST_ENTRIES = 500
_LONGEST_PLAIN = 1000
_PLAIN = re.compile(r"[!-~]+\Z")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)
#: As products call themselves → family, and the name that people know.
_PRODUCTS: Final[Mapping[str, tuple[Family, str]]] = {
    "moodle": (Family.MOODLE, "Moodle"),
    "canvas": (Family.CANVAS, "Canvas"),
}


class ConfigurationUnusable(Exception):
    """The LMS did not describe itself.

    Attributes:
        status: of its answer.
        reason: for the log: `status`, `not_json`, or the name of what is missing or of the wrong
            form.
        body: of its answer.
    """

    def __init__(self, status: int, reason: str, body: bytes) -> None:
        self.status = status
        self.reason = reason
        self.body = body
        super().__init__(f"{reason} ({status})")


class ConfigurationUntrusted(Exception):
    """What the LMS says does not belong to where it says it; the text names the member."""


@dataclass(frozen=True)
class PlatformConfiguration:
    """An LMS's description of itself.

    Attributes:
        audience: of token requests, where it is not `token_url`.
        scopes: that it knows; None where it does not say.
        messages: that it sends, with the places from which it does; empty where it does not say.
        product: the product's name and version, as far as they are told.
        label: what this installation, or the customer on it, is called; or None.
        frame_origin: origin of pages that show the tool, beside the issuer's own; or None.
    """

    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    family: Family
    audience: str | None = None
    scopes: tuple[str, ...] | None = None
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    product: str | None = None
    label: str | None = None
    frame_origin: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "PlatformConfiguration":
        """Return what `to_json` wrote."""
        values: dict[str, object] = dict(stored)
        scopes, messages = values["scopes"], values["messages"]
        values["family"] = Family(str(values["family"]))
        values["scopes"] = tuple(scopes) if isinstance(scopes, list) else None
        values["messages"] = (
            {name: tuple(places) for name, places in messages.items()}
            if isinstance(messages, dict)
            else {}
        )
        return cls(**values)  # type: ignore[arg-type]


def fetch_configuration(
    client: HttpClient, url: str, token: str | None, *, deadline: float
) -> PlatformConfiguration:
    """Fetch what an LMS says of itself, and check that it may say so.

    Args:
        client: makes the call; it keeps to the rules of R-1.15.
        url: the configuration's address, as the LMS gave it; it may have a query of its own.
        token: the registration token, which some LMSs ask for even here.
        deadline: seconds for the whole call.

    Raises:
        HttpFailure: no answer.
        ConfigurationUnusable: the answer is no configuration.
        ConfigurationUntrusted: it speaks for somebody else.
    """
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    answer = client.get(url, headers, deadline)
    if answer.status != 200:
        raise ConfigurationUnusable(answer.status, "status", answer.body)
    try:
        found = read_configuration(json.loads(answer.body))
    except (ValueError, RecursionError) as error:
        is_named = isinstance(error, _Missing)
        reason = str(error) if is_named else "not_json"
        raise ConfigurationUnusable(answer.status, reason, answer.body) from None
    check_trust(found, url)
    return found


def read_configuration(document: object) -> PlatformConfiguration:
    """Return a configuration from its JSON; what is optional and of the wrong type is dropped.

    Raises:
        ValueError: something that is needed is missing or of the wrong type; its name.
    """
    if not isinstance(document, dict):
        raise _Missing("configuration")
    about = document.get(PLATFORM_CONFIGURATION)
    if not isinstance(about, dict):
        raise _Missing("lti-platform-configuration")
    code = _text(about.get("product_family_code"), 60)
    family, name = _PRODUCTS.get((code or "").lower(), (Family.OTHER, code))
    quirks = QUIRKS[family]
    audience = document.get("authorization_server")
    extension = quirks.extension or ""
    return PlatformConfiguration(
        issuer=_needed(document, "issuer"),
        auth_url=_needed(document, "authorization_endpoint"),
        token_url=_needed(document, "token_endpoint"),
        jwks_url=_needed(document, "jwks_uri"),
        registration_url=_needed(document, "registration_endpoint"),
        family=family,
        audience=audience if is_plain(audience) and not quirks.audience_is_token_url else None,
        scopes=_texts(document.get("scopes_supported")),
        messages=_messages(about.get("messages_supported")),
        product=" ".join(filter(None, (name, _text(about.get("version"), 100)))) or None,
        label=_text(about.get(f"{extension}account_name")) if extension else None,
        frame_origin=_frame_origin(about.get(f"{extension}account_domain")) if extension else None,
    )


def check_trust(configuration: PlatformConfiguration, url: str) -> None:
    """Check that a configuration speaks only for the place that it came from (R-7.2).

    The issuer is on the origin of the configuration, and every endpoint on that of the issuer.
    Where a vendor serves all its customers, all of them may instead be on hosts of the vendor's:
    then nobody else can have made up any of them.

    Args:
        configuration: what was fetched.
        url: from where.

    Raises:
        ConfigurationUntrusted: naming the first member that does not belong.
    """
    quirks = QUIRKS[configuration.family]
    issuer = configuration.issuer
    parts = urlsplit(issuer) if origin(issuer) else None
    if parts is None or "?" in issuer or "#" in issuer or len(issuer) > _LONGEST_ISSUER:
        raise ConfigurationUntrusted("issuer")
    is_shared = issuer in quirks.shared_issuers
    addresses = {
        "issuer": url,
        "authorization_endpoint": configuration.auth_url,
        "token_endpoint": configuration.token_url,
        "jwks_uri": configuration.jwks_url,
        "registration_endpoint": configuration.registration_url,
    }
    for name, address in addresses.items():
        is_vendors = is_shared and _is_on(address, quirks.known_hosts)
        if "#" in address or not (is_vendors or same_origin(address, issuer)):
            raise ConfigurationUntrusted(name)


class _Missing(ValueError):
    """A member is missing or of the wrong form; the text is its name."""


def _is_on(address: str, hosts: tuple[str, ...]) -> bool:
    """Tell whether an address is https, on the usual port, of one of the hosts."""
    place = origin(address)
    if place is None or place[0] != "https" or place[2] != 443:
        return False
    return any(
        place[1].endswith(host.removeprefix("*")) if host.startswith("*.") else place[1] == host
        for host in hosts
    )


def _needed(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise _Missing(name)
    return value


def _text(value: object, longest: int = _LONGEST_NAME) -> str | None:
    """Return a text that may be shown and stored, cut to its longest; None for anything else."""
    if not isinstance(value, str):
        return None
    shown = "".join(sign if sign.isprintable() else " " for sign in value)
    return " ".join(shown.split())[:longest] or None


def is_plain(value: object) -> TypeGuard[str]:
    """Tell whether a value is a name as machines use them: visible ASCII, not too long."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_PLAIN and bool(_PLAIN.match(value))


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(one for one in value[:_MOST_ENTRIES] if is_plain(one))


def _messages(value: object) -> dict[str, tuple[str, ...]]:
    entries = value[:_MOST_ENTRIES] if isinstance(value, list) else []
    return {
        entry["type"]: _texts(entry.get("placements")) or ()
        for entry in entries
        if isinstance(entry, dict) and is_plain(entry.get("type"))
    }


def _frame_origin(value: object) -> str | None:
    if not is_plain(value) or len(value) > _LONGEST_HOST or not _HOST.fullmatch(value):
        return None
    return f"https://{value.lower()}"
