"""A record of every request that a tool made to the LMS's services, for tests to read."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HEADERS_OF_INTEREST = ("Accept", "Content-Type", "User-Agent", "Authorization")


@dataclass
class ServiceRequest:
    """One request. `status` is None while it is handled, and when no answer was sent.

    `took_effect`: the LMS did what was asked, whether or not an answer said so. `is_over`: it will
    not do so any more.
    """

    family: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    at: datetime
    fault: str
    status: int | None = None
    answer: str = ""
    took_effect: bool = False
    is_over: bool = False

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ServiceLog:
    """The requests in the order in which they came."""

    _entries: list[ServiceRequest] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: ServiceRequest) -> None:
        with self._lock:
            self._entries.append(entry)

    def of(self, family: str | None = None) -> list[ServiceRequest]:
        """All requests, or those of one family (scores, results, token, jwks, …)."""
        with self._lock:
            return [entry for entry in self._entries if family in (None, entry.family)]

    def count(self, family: str) -> int:
        return len(self.of(family))

    def counts(self) -> dict[str, int]:
        return dict(Counter(entry.family for entry in self.of()))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
