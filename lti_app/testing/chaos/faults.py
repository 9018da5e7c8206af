"""What goes wrong besides killed programs: one table, and the stage that it happens on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from lti_app.clock import real_now
from lti_app.testing.chaos.servers import Broker, DatabaseServer
from lti_app.testing.sandbox import Sandbox, SandboxServer, serve

_MINUTE = timedelta(seconds=59)
_SHORT_LIVED = 4
_LIFE = 3600
_PLENTY = 700.0
_LITTLE = 40.0


@dataclass
class Surroundings:
    """What the tool lives on, and how long a fault of it is.

    Attributes:
        lms: where grades go.
        server: serves the LMS; None while that is down.
        database: of the tool.
        broker: of its workers, if they have one.
        away_seconds: how long the database stays away.
    """

    lms: Sandbox
    server: SandboxServer | None
    database: DatabaseServer
    broker: Broker | None
    away_seconds: float

    def stop_lms(self) -> None:
        """Let nobody be there."""
        if self.server:
            self.server.stop()
            self.server = None

    def shift_clock(self, by: timedelta) -> None:
        """Set the LMS's clock wrong."""
        self.lms.clock = lambda: real_now() + by

    def exchange_keys(self) -> None:
        """Let the LMS sign with a key that the tool cannot fetch."""
        self.lms.rotate_key()
        self.lms.fail("jwks", "500")

    def mend(self) -> None:
        """Let everything work again."""
        self.lms.switches.mend()
        self.lms.access_token_life = _LIFE
        self.lms.rate_limit_remaining = _PLENTY
        self.shift_clock(timedelta())
        if self.server is None:
            self.server = serve(self.lms)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: for the report.
        begin: lets it happen; `Surroundings.mend` ends it.
        applies: whether this run has what it happens to; None for a fault of every run.
    """

    name: str
    begin: Callable[[Surroundings], object]
    applies: Callable[[Surroundings], bool] | None = None


def _services(mode: str, *families: str, seconds: float | None = None) -> Callable[..., object]:
    def begin(around: Surroundings) -> None:
        for family in families:
            around.lms.fail(family, mode, seconds=seconds)

    return begin


def _token_service(mode: str) -> Callable[..., object]:
    def begin(around: Surroundings) -> None:
        around.lms.fail("token", mode)
        # So that somebody asks for one.
        around.lms.revoke_tokens()

    return begin


def _lose_answers_and_forbid_looking(around: Surroundings) -> None:
    around.lms.fail("scores", "drop-after")
    around.lms.fail("results", "forbidden")


def _has_broker(around: Surroundings) -> bool:
    return around.broker is not None


def _wipe_broker(around: Surroundings) -> None:
    if around.broker:
        around.broker.wipe()


def _kill_broker(around: Surroundings) -> None:
    if around.broker:
        around.broker.interrupt(1.0)


def _interrupt_database(around: Surroundings) -> None:
    around.database.interrupt(around.away_seconds)


#: The one case in which a second attempt is allowed: an answer was lost, and the LMS lets nobody
#: look whether the score arrived.
NAMED_CASE: Final = "answers lost, looking forbidden"

FAULTS: Final = (
    Fault("LMS down", Surroundings.stop_lms),
    Fault("slow", _services("slow", "scores", "results", seconds=2.0)),
    Fault("dripping", _services("drip", "scores", seconds=0.1)),
    Fault("429", _services("429", "scores", "results", seconds=1.0)),
    Fault("403 throttled", _services("throttled", "scores", "results", "token")),
    Fault("500", _services("500", "scores")),
    Fault("500 []", _services("500-list", "scores")),
    Fault("503", _services("503", "scores", "results", "token", "lineitems")),
    Fault("a page instead of an answer", _services("html", "scores")),
    Fault("dropped before accepting", _services("drop-before", "scores")),
    Fault("dropped after accepting", _services("drop-after", "scores")),
    Fault(NAMED_CASE, _lose_answers_and_forbid_looking),
    Fault("looking fails", _services("500", "results")),
    Fault("token service 503", _token_service("503")),
    Fault("token service drops", _token_service("drop-after")),
    Fault("tokens revoked", lambda around: around.lms.revoke_tokens()),
    Fault("tokens expire", lambda around: _expire_tokens(around.lms)),
    Fault("keys exchanged", Surroundings.exchange_keys),
    Fault("clock ahead", lambda around: around.shift_clock(_MINUTE)),
    Fault("clock behind", lambda around: around.shift_clock(-_MINUTE)),
    Fault(
        "allowance nearly used up",
        lambda around: setattr(around.lms, "rate_limit_remaining", _LITTLE),
        lambda around: around.lms.profile.family == "canvas",
    ),
    Fault("database away", _interrupt_database, lambda _: True),
    Fault("broker wiped", _wipe_broker, _has_broker),
    Fault("broker killed", _kill_broker, _has_broker),
)


def _expire_tokens(lms: Sandbox) -> None:
    """Give tokens that are soon over, now that those from before are."""
    lms.access_token_life = _SHORT_LIVED
    lms.revoke_tokens()


def faults_for(around: Surroundings, chance: Random, part: int, parts: int) -> list[Fault]:
    """Return what goes wrong in a run.

    Args:
        around: what it happens to.
        chance: decides about the order.
        part: which of the parts into which the faults of every run are dealt out.
        parts: how many there are.
    """
    of_every_run = [fault for fault in FAULTS if fault.applies is None]
    chance.shuffle(of_every_run)
    of_this_one = [fault for fault in FAULTS if fault.applies and fault.applies(around)]
    faults = of_every_run[part::parts] + of_this_one
    chance.shuffle(faults)
    return faults
