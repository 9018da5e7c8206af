"""Settings: read from the environment once, checked at once, never changed afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lti_app.domain.mail import MailServer, read_sender, read_server

PREFIX = "THROUGHLINE_"
_LOCAL_HOSTS = ("localhost", "127.0.0.1")
_SHORTEST_SECRET = 32
#: Host and port as browsers write them in `Origin`, which is compared letter by letter.
_PLACE = re.compile(r"([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")


class SettingsError(Exception):
    """The environment does not describe a working tool; the message lists every fault."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides.

    Attributes:
        database_url: SQLAlchemy address, `sqlite:///…` or `postgresql+psycopg://…`.
        secret_keys: the first signs and encrypts, all verify and decrypt.
        public_url: the tool's own address as browsers see it, without a trailing slash.
        trusted_proxies: how many proxies in front set `X-Forwarded-*`; 0 ignores those headers.
        allow_private_networks: outgoing calls may reach private addresses, platforms may be http.
        ca_bundle: file of certificates that outgoing calls trust beside the usual ones, or None.
        mail_server: where mail is handed in; None: the tool sends none.
        mail_from: what mail is from: an address, or a name with one in angle brackets.
        broker_url: Redis or RabbitMQ, for the worker as Celery tasks; None: not used.
        rate_limits: requests that fail, and people who change very much, are limited.
    """

    database_url: str
    secret_keys: tuple[str, ...]
    public_url: str
    trusted_proxies: int = 0
    allow_private_networks: bool = False
    ca_bundle: str | None = None
    mail_server: MailServer | None = None
    mail_from: str | None = None
    broker_url: str | None = None
    rate_limits: bool = True

    @property
    def public_origin(self) -> str:
        """Return scheme, host and port of `public_url`, as browsers send them in `Origin`."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


#: Every variable: name without prefix, whether it must be set, what it means (README's table).
VARIABLES: tuple[tuple[str, bool, str], ...] = (
    ("DATABASE_URL", True, "Where the data live: `sqlite:///file` or `postgresql+psycopg://…`."),
    (
        "SECRET_KEY",
        True,
        "One or more secrets of at least 32 characters, separated by commas; "
        "the first signs, all verify.",
    ),
    ("PUBLIC_URL", True, "The tool's own address as browsers see it: https, or http on localhost."),
    ("TRUSTED_PROXIES", False, "How many reverse proxies set `X-Forwarded-*` in front (0)."),
    (
        "ALLOW_PRIVATE_NETWORKS",
        False,
        "1 lets the tool call an LMS on a private network or over plain http (0).",
    ),
    (
        "CA_BUNDLE",
        False,
        "File of certificates to trust at an LMS or a mail server (the system's).",
    ),
    (
        "MAIL_URL",
        False,
        "Mail server: `smtps://user:password@host:465`, `smtp+starttls://…` or `smtp://…` "
        "(none: no mail, only the inbox).",
    ),
    ("MAIL_FROM", False, "What mail is from, such as `Mentoring <mentoring@example.org>` (none)."),
    (
        "RATE_LIMITS",
        False,
        "`off`: requests that fail are not limited, nor what one person changes in an hour (on).",
    ),
    (
        "BROKER_URL",
        False,
        "Redis or RabbitMQ (`redis://…`, `amqp://…`) for a worker of many hosts (none).",
    ),
)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        environment: usually `os.environ`.

    Raises:
        SettingsError: naming everything that is missing or wrong, at once.
    """
    values = {name: environment.get(PREFIX + name, "").strip() for name, _, _ in VARIABLES}
    faults = [
        f"{PREFIX}{name} is not set" for name, must, _ in VARIABLES if must and not values[name]
    ]
    keys = tuple(key.strip() for key in values["SECRET_KEY"].split(",") if key.strip())
    if any(len(key) < _SHORTEST_SECRET for key in keys):
        faults.append(f"{PREFIX}SECRET_KEY holds a key of fewer than {_SHORTEST_SECRET} characters")
    public_url = values["PUBLIC_URL"].rstrip("/")
    if public_url and (fault := public_url_fault(public_url)):
        faults.append(f"{PREFIX}PUBLIC_URL {fault}")
    proxies = values["TRUSTED_PROXIES"] or "0"
    if not proxies.isdecimal():
        faults.append(f"{PREFIX}TRUSTED_PROXIES is not a whole number")
    private = values["ALLOW_PRIVATE_NETWORKS"] or "0"
    if private not in {"0", "1"}:
        faults.append(f"{PREFIX}ALLOW_PRIVATE_NETWORKS is neither 0 nor 1")
    limits = values["RATE_LIMITS"] or "on"
    if limits not in {"on", "off"}:
        faults.append(f"{PREFIX}RATE_LIMITS is neither on nor off")
    server, mail_faults = _mail(values["MAIL_URL"], values["MAIL_FROM"])
    faults += mail_faults
    if faults:
        raise SettingsError("; ".join(faults))
    return Settings(
        database_url=values["DATABASE_URL"],
        secret_keys=keys,
        public_url=public_url,
        trusted_proxies=int(proxies),
        allow_private_networks=private == "1",
        ca_bundle=values["CA_BUNDLE"] or None,
        mail_server=server,
        mail_from=values["MAIL_FROM"] or None,
        broker_url=values["BROKER_URL"] or None,
        rate_limits=limits == "on",
    )


def _mail(url: str, sender: str) -> tuple[MailServer | None, list[str]]:
    """Return the mail server, if one is named, and what is wrong; never quotes a password."""
    if not url:
        return None, []
    server, faults = None, []
    try:
        server = read_server(url)
    except ValueError as error:
        faults.append(f"{PREFIX}MAIL_URL {error}")
    try:
        read_sender(sender)
    except ValueError as error:
        faults.append(f"{PREFIX}MAIL_FROM {error if sender else 'is not set, and MAIL_URL is'}")
    return server, faults


def public_url_fault(url: str) -> str | None:
    """Say what is wrong with a public address, or None.

    Browsers send neither Secure cookies nor Sec-Fetch headers over plain http, except on the
    machine's own names: so anything else has to be https.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not _PLACE.fullmatch(parts.netloc):
        return "is not scheme://host, with the host in small letters"
    if parts.netloc.endswith({"http": ":80", "https": ":443"}[parts.scheme]):
        return "must not name the port that its scheme has anyway"
    if parts.path or parts.query or parts.fragment:
        return "must be scheme, host and port only"
    if parts.scheme == "http" and parts.hostname not in _LOCAL_HOSTS:
        return "must be https (http is for localhost and 127.0.0.1 only)"
    return None
