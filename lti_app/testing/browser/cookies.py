"""Cookies by Chromium's rules, as far as a tool in an LMS's frame meets them.

Observed: Secure cookies are kept on `http://localhost` and `http://127.0.0.1` and nowhere else over
http; a cookie of a frame on another site is sent only with `SameSite=None`, and with third-party
cookies blocked only if it is `Partitioned` as well, under the site of the page around it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import time
from urllib.parse import urlsplit

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 4096


def site_of(url: str) -> str:
    """Return scheme and registrable domain (the last two labels); ports don't count."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return f"{parts.scheme}://{host if _is_address(host) else '.'.join(host.split('.')[-2:])}"


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_trustworthy(url: str) -> bool:
    """Tell whether Secure cookies and Sec-Fetch headers go to this address."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.hostname or "").lower() in _LOCAL_HOSTS


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Cookie:
    """One cookie; `partition` is the site of the page around it, or empty."""

    host: str
    path: str
    name: str
    value: str
    partition: str = ""
    same_site: str = "lax"
    is_secure: bool = False
    expires_at: float | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what makes two cookies the same one."""
        return (self.partition, self.host, self.path, self.name)


@dataclass(frozen=True)
class Navigation:
    """The circumstances of one request, as cookies and headers depend on them.

    Attributes:
        top_site: the site in the address bar.
        initiator: the origin of the page that caused the request; None for the address bar.
        in_frame: the page is shown in a frame.
    """

    url: str
    method: str
    top_site: str
    initiator: str | None
    in_frame: bool

    @property
    def is_third_party(self) -> bool:
        """Tell whether the page is of another site than the one around it."""
        return site_of(self.url) != self.top_site

    @property
    def is_same_site(self) -> bool:
        """Tell whether SameSite cookies see a request within their own site."""
        started_here = self.initiator is None or site_of(self.initiator) == site_of(self.url)
        return started_here and not self.is_third_party

    @property
    def fetch_site(self) -> str:
        """Return the value of `Sec-Fetch-Site`, without redirects."""
        if self.initiator is None:
            return "none"
        if self.initiator == origin_of(self.url):
            return "same-origin"
        return "same-site" if site_of(self.initiator) == site_of(self.url) else "cross-site"


class CookieJar:
    """All cookies of one browser."""

    def __init__(self, *, third_party_allowed: bool = False) -> None:
        self._third_party_allowed = third_party_allowed
        self._cookies: dict[tuple[str, str, str, str], Cookie] = {}

    def __iter__(self) -> Iterator[Cookie]:
        return iter(list(self._cookies.values()))

    def clear(self) -> None:
        """Forget everything."""
        self._cookies.clear()

    def header(self, navigation: Navigation) -> str:
        """Return the `Cookie` header for a request; empty for none. Longest paths come first."""
        parts = urlsplit(navigation.url)
        host = (parts.hostname or "").lower()
        found = [
            one
            for one in self._cookies.values()
            if one.host == host
            and _path_matches(parts.path or "/", one.path)
            and (not one.is_secure or is_trustworthy(navigation.url))
            and (one.expires_at is None or one.expires_at > time())
            and self._may_be_sent(one, navigation)
        ]
        found.sort(key=lambda one: -len(one.path))
        return "; ".join(f"{one.name}={one.value}" for one in found)

    def keep(self, lines: Iterable[str], navigation: Navigation) -> None:
        """Take in the `Set-Cookie` lines of an answer; what breaks a rule is dropped."""
        for line in lines:
            cookie = _parse(line, navigation)
            if cookie is None or not self._may_be_kept(cookie, navigation):
                continue
            if cookie.expires_at is not None and cookie.expires_at <= time():
                self._cookies.pop(cookie.key, None)
            else:
                self._cookies[cookie.key] = cookie

    def _may_be_sent(self, cookie: Cookie, navigation: Navigation) -> bool:
        if cookie.partition:
            if cookie.partition != navigation.top_site:
                return False
        elif navigation.is_third_party and not self._third_party_allowed:
            return False
        if cookie.same_site == "none" or navigation.is_same_site:
            return True
        is_top_level_get = not navigation.in_frame and navigation.method == "GET"
        return cookie.same_site == "lax" and is_top_level_get

    def _may_be_kept(self, cookie: Cookie, navigation: Navigation) -> bool:
        if cookie.is_secure and not is_trustworthy(navigation.url):
            return False
        if cookie.same_site != "none" and navigation.is_third_party:
            return False
        allowed = self._third_party_allowed or bool(cookie.partition)
        return allowed or not navigation.is_third_party


def _path_matches(path: str, cookie_path: str) -> bool:
    if path == cookie_path:
        return True
    return path.startswith(cookie_path if cookie_path.endswith("/") else cookie_path + "/")


def _parse(line: str, navigation: Navigation) -> Cookie | None:
    pair, *rest = line.split(";")
    name, equals, value = pair.strip().partition("=")
    attributes = {
        key.strip().lower(): word.strip() for key, _, word in (one.partition("=") for one in rest)
    }
    parts = urlsplit(navigation.url)
    host = (parts.hostname or "").lower()
    if not equals or len(name) + len(value) > _LONGEST:
        return None
    if attributes.get("domain", "").lstrip(".").lower() not in {"", host}:
        return None
    path = attributes.get("path", "")
    if not path.startswith("/"):
        path = parts.path.rpartition("/")[0] or "/"
    is_secure = "secure" in attributes
    same_site = attributes.get("samesite", "lax").lower()
    is_partitioned = "partitioned" in attributes
    if (same_site == "none" or is_partitioned) and not is_secure:
        return None
    if not _prefix_fits(name, attributes, is_secure=is_secure):
        return None
    return Cookie(
        host=host,
        path=path,
        name=name,
        value=value,
        partition=navigation.top_site if is_partitioned else "",
        same_site=same_site,
        is_secure=is_secure,
        expires_at=_expiry(attributes),
    )


def _prefix_fits(name: str, attributes: dict[str, str], *, is_secure: bool) -> bool:
    if name.startswith("__Host-"):
        return is_secure and attributes.get("path") == "/" and "domain" not in attributes
    return is_secure or not name.startswith("__Secure-")


def _expiry(attributes: dict[str, str]) -> float | None:
    if attributes.get("max-age", "").lstrip("-").isdecimal():
        return time() + int(attributes["max-age"])
    if attributes.get("expires"):
        try:
            return parsedate_to_datetime(attributes["expires"]).timestamp()
        except ValueError:
            return None
    return None
