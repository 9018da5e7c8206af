"""Switches that make single services of the LMS fail, for the next few requests or until mended."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields

MODES = (
    "ok",
    "500",
    "500-list",
    "503",
    "401",
    "forbidden",
    "404",
    "429",
    "throttled",
    "slow",
    "drip",
    "drop-before",
    "drop-after",
    "html",
    "needs-user-agent",
    "curly-link",
    "loop-link",
    "foreign-link",
)
_DEFAULT_SECONDS = {"429": 2.0, "slow": 5.0, "drip": 1.0}
FAMILIES = (
    "scores",
    "results",
    "token",
    "jwks",
    "lineitems",
    "memberships",
    "configuration",
    "registration",
)


@dataclass
class Fault:
    """How a service fails.

    `seconds`: what 429 puts into Retry-After, how long slow waits, the pause between dripped
    bytes. `count`: for how many requests (None: until mended). `after`: how many go well first.
    """

    mode: str = "ok"
    seconds: float | None = None
    count: int | None = None
    after: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"unknown fault {self.mode!r}; one of {', '.join(MODES)}")
        if self.seconds is None:
            self.seconds = _DEFAULT_SECONDS.get(self.mode, 0.0)


@dataclass
class Switches:
    """One fault per family of endpoints: `sandbox.switches.scores = Fault("500", count=2)`."""

    scores: Fault
    results: Fault
    token: Fault
    jwks: Fault
    lineitems: Fault
    memberships: Fault
    configuration: Fault
    registration: Fault

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.mend()

    @property
    def are_set(self) -> bool:
        """Whether anything is broken."""
        return any(getattr(self, family).mode != "ok" for family in FAMILIES)

    def mend(self) -> None:
        """Everything works again."""
        for family in FAMILIES:
            self.set(family, Fault())

    def set(self, family: str, fault: Fault) -> None:
        if family not in {field.name for field in fields(self)}:
            raise ValueError(f"unknown service {family!r}; one of {', '.join(FAMILIES)}")
        setattr(self, family, fault)

    def take(self, family: str) -> Fault:
        """The fault for a request that has just come; counts down."""
        with self._lock:
            fault: Fault = getattr(self, family)
            if fault.after > 0:
                fault.after -= 1
                return Fault()
            if fault.count is None:
                return fault
            if fault.count <= 0:
                return Fault()
            fault.count -= 1
            return fault
