"""Counts per key in fixed windows of time, in memory: who failed, or did, more than is reasonable.

A library's store in memory starts a thread for its clean-up and grows with the number of keys; here
a window that is over is dropped whole, and beyond `_MOST_KEYS` further keys share counts: many, as
whoever invents keys would else use up with one what is left for everybody who comes after.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from threading import Lock
from time import monotonic

_MOST_KEYS = 10_000
_SHARED = 1_000
#: What one customer of a provider gets; within it anybody chooses addresses at will.
_IPV6_CUSTOMER = 64


@dataclass(frozen=True)
class Exceeded:
    """More than a limit allows.

    Attributes:
        first: what was noted with the first one too many of this window.
        is_first: this is that one.
        seconds: until the window is over.
    """

    first: str
    is_first: bool
    seconds: int


class Limit:
    """At most so many of one key in a window; safe to be used by several threads."""

    def __init__(self, most: int, seconds: float, *, now: Callable[[], float] = monotonic) -> None:
        self.most = most
        self.seconds = seconds
        self._now = now
        self._lock = Lock()
        self._ends_at = 0.0
        self._counts: dict[str, int] = {}
        self._firsts: dict[str, str] = {}

    def note(self, key: str, mark: str) -> Exceeded | None:
        """Count one; returns what is to be said of it if it is one too many.

        Args:
            key: whose.
            mark: by which this one can be found, such as the number in its log line.
        """
        with self._lock:
            now = self._now()
            if now >= self._ends_at:
                self._ends_at = now + self.seconds
                self._counts, self._firsts = {}, {}
            if key not in self._counts and len(self._counts) >= _MOST_KEYS:
                # Python seeds this anew in each process, so nobody chooses whose count they share.
                key = f"shared {hash(key) % _SHARED}"
            self._counts[key] = self._counts.get(key, 0) + 1
            if self._counts[key] <= self.most:
                return None
            is_first = key not in self._firsts
            first = self._firsts.setdefault(key, mark)
            return Exceeded(first, is_first, max(1, ceil(self._ends_at - now)))


def network_of(address: str | None) -> str:
    """Return what addresses of one customer have in common; what is no address is one customer."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _IPV6_CUSTOMER), strict=False))
