"""What can be known of mail without sending any: servers, addresses, answers, and when to write.

An address is plain ASCII: most mail servers still refuse the others, and a look-alike of a name in
another script is not the name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import getaddresses
from enum import StrEnum
from random import Random
from types import MappingProxyType
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_LONGEST_LOCAL, _LONGEST_ADDRESS = 64, 254


class Encryption(StrEnum):
    """How the way to a mail server is kept private; the values are the schemes of its address."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


_PORTS: Mapping[Encryption, int] = MappingProxyType(
    {Encryption.NONE: 25, Encryption.STARTTLS: 587, Encryption.TLS: 465}
)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_server(url: str) -> MailServer:
    """Read `smtps://user:password@host:port`, `smtp+starttls://…` or `smtp://…`.

    Args:
        url: user and password percent-encoded; without a port it is the scheme's usual one.

    Raises:
        ValueError: with what is wrong, and without quoting any of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme not in {*Encryption}:
        raise ValueError("does not begin with smtp://, smtp+starttls:// or smtps://")
    encryption = Encryption(parts.scheme)
    if not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("is not scheme://user:password@host:port")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("names a user without a password, or a password without a user")
    if parts.username and encryption is Encryption.NONE and parts.hostname not in _LOCAL_HOSTS:
        raise ValueError("would send the password in the clear: use smtps or smtp+starttls")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[encryption],
        encryption=encryption,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def is_usable_address(address: str | None) -> bool:
    """Tell whether mail can be sent to an address as it is written."""
    match = _ADDRESS.fullmatch(address or "")
    return (
        match is not None
        and len(match[0]) <= _LONGEST_ADDRESS
        and len(match["local"]) <= _LONGEST_LOCAL
    )


def read_sender(text: str) -> tuple[str, str]:
    """Read `name@example.org` or `Some Name <name@example.org>`; returns name and address.

    Raises:
        ValueError: it is something else.
    """
    found = getaddresses([text])
    name, address = found[0] if len(found) == 1 else ("", "")
    if not is_usable_address(address) or not text.isprintable():
        raise ValueError("is not one address, such as Mentoring <mentoring@example.org>")
    return name, address


class MailKind(StrEnum):
    """What a mail is for."""

    #: One notice that concerns its reader's own work or deadlines.
    SINGLE = "single"
    #: Everything else that is new, once a week at most.
    DIGEST = "digest"
    #: Asks whether an address that somebody named is theirs.
    CONFIRMATION = "confirmation"


class MailChoice(StrEnum):
    """Which mail somebody wants; their inbox has everything anyway."""

    ALL = "all"
    #: Only single notices.
    DIRECT = "direct"
    NONE = "none"


#: Which kinds a choice lets through. A confirmation was asked for just now.
WANTED: Mapping[MailChoice, frozenset[MailKind]] = MappingProxyType(
    {
        MailChoice.ALL: frozenset(MailKind),
        MailChoice.DIRECT: frozenset({MailKind.SINGLE, MailKind.CONFIRMATION}),
        MailChoice.NONE: frozenset({MailKind.CONFIRMATION}),
    }
)


class MailOutcome(StrEnum):
    """What handing in one mail came to."""

    SENT = "sent"
    #: Not this mail now; the next one may go.
    LATER = "later"
    #: No mail now: the server is away, busy, or does not take any from us.
    UNREACHABLE = "unreachable"
    #: The address does not exist, or takes nothing.
    REFUSED = "refused"
    #: This mail never.
    FAILED = "failed"


@dataclass(frozen=True)
class MailAnswer:
    """What the server said.

    Attributes:
        reason: short code for the log and the operator, never the server's text.
        status: the SMTP status, or None where there was none.
    """

    outcome: MailOutcome
    reason: str = ""
    status: int | None = None


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_LADDER = (
    *(_MINUTE * minutes for minutes in (1, 5, 15)),
    *(_HOUR * hours for hours in (1, 4, 12, 24, 24, 24)),
)
_JITTER = 0.2
_WAKING_HOURS = range(8, 20)


def next_try_at(failures: int, now: datetime, random: Random) -> datetime | None:
    """Return when to hand a mail in again, or None to give up: some four days after the first try.

    Args:
        failures: how many tries have failed, this one included.
        now: the moment of the answer.
        random: source of the jitter, up to a fifth either way.
    """
    if failures > len(_LADDER):
        return None
    return now + _LADDER[failures - 1] * (1 + random.uniform(-_JITTER, _JITTER))


def is_waking_hour(now: datetime, time_zone: str | None) -> bool:
    """Tell whether a summary may arrive now: between 8 and 20 o'clock where its reader is.

    Args:
        now: aware.
        time_zone: IANA name; UTC where the reader has chosen none.
    """
    return now.astimezone(ZoneInfo(time_zone or "UTC")).hour in _WAKING_HOURS
