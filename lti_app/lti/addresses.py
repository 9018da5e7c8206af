"""Web addresses: whether two share an origin, and how a path or a query is added to one."""

from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote_plus, urlencode, urlsplit, urlunsplit
from uuid import UUID

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
#: The one address that every launch is posted to, and every link points at.
LAUNCH_PATH = "/lti/launch"
_REVIEW_PARAMETER = "for"
#: Where an LMS registers itself.
REGISTRATION_PATH = "/lti/register"


def origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http(s) address, or None if it is not a usable one.

    Addresses with a user name, with blanks or control characters, or longer than 2,000 characters
    are not usable: programs read them in different ways.
    """
    if len(url) > _LONGEST or "\\" in url or any(not "!" <= sign <= "~" for sign in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, _DEFAULT_PORTS[parts.scheme] if port is None else port


def same_origin(url: str, other: str) -> bool:
    """Tell whether both are usable addresses of one scheme, host and port."""
    return (found := origin(url)) is not None and found == origin(other)


def is_launch_address(url: str, public_url: str) -> bool:
    """Tell whether an address is the tool's own launch address, query aside (R-1.4)."""
    return same_origin(url, public_url) and urlsplit(url).path == LAUNCH_PATH


def review_address(public_url: str, cell_id: UUID) -> str:
    """Return the address that shows one learner's work when an LMS launches it (R-9.2)."""
    return add_to_query(public_url + LAUNCH_PATH, {_REVIEW_PARAMETER: str(cell_id)})


def cell_named_in(url: str) -> UUID | None:
    """Return the cell that a launched address names, or None; what is no name of ours is none."""
    values = parse_qs(urlsplit(url).query).get(_REVIEW_PARAMETER, [])
    try:
        return UUID(values[0]) if len(values) == 1 else None
    except ValueError:
        return None


def add_to_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return the address with parameters merged into its query; ours win over equal names.

    Blanks become `%20` and not `+`, which every receiver understands.
    """
    parts = urlsplit(url)
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and unquote_plus(pair.partition("=")[0]) not in parameters
    ]
    query = "&".join([*kept, urlencode(parameters, quote_via=quote, safe="")])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def add_to_path(url: str, segment: str) -> str:
    """Return the address with a segment at the end of its path, before the query."""
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/{segment}"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
