"""How much chaos there is, and where programs die."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

#: Where programs die: at whose request, and how far it is.
Point = tuple[str, str]
#: The machine loses its power; nobody has to pass there.
POWER_CUT: Final[Point] = ("everything", "at once")
#: In the order in which a grade passes.
KILL_POINTS: Final[Sequence[Point]] = (
    ("web", "arrived"),  # the learner's work is in memory
    ("web", "committed"),  # work and delivery are in the database, the learner knows nothing
    ("web", "answered"),  # the learner knows
    ("token", "arrived"),  # a worker has leased the cell, and nothing is sent
    ("token", "handled"),  # the LMS has given a token that nobody keeps
    ("results", "arrived"),  # the cell is being looked into
    ("scores", "arrived"),  # the attempt is written down, the score is on its way
    ("scores", "handled"),  # the LMS has it, no answer has left
    ("scores", "answered"),  # the answer is on its way, nothing is recorded
    POWER_CUT,
)


@dataclass(frozen=True)
class Combination:
    """Which LMS grades go to, and from which database.

    Attributes:
        lms: a profile of the sandbox LMS.
        database: a key of `servers.DATABASES`.
    """

    lms: str
    database: str

    def __str__(self) -> str:
        """Name it for a person."""
        return f"{self.lms} on {self.database}"


@dataclass(frozen=True)
class Plan:
    """How much happens.

    Attributes:
        learners: who sign up.
        fault_seconds: how long each fault lasts.
        least_seconds: of a fault that spoils requests, if it has spoilt one by then,
        most_seconds: and if it has not.
        calm_seconds: between two faults.
        away_seconds: how long the database stays away.
        kills_per_point: at each of `KILL_POINTS`.
        combinations: what it is done with, one after the other.
        is_dealt_out: what can happen to all of them happens to one of them, by turns.
        has_celery: where several workers may run, some do so under Celery.
    """

    learners: int
    fault_seconds: float
    least_seconds: float
    most_seconds: float
    calm_seconds: float
    away_seconds: float
    kills_per_point: int
    combinations: Sequence[Combination]
    is_dealt_out: bool = False
    has_celery: bool = True


EVERY_COMBINATION: Final = tuple(
    Combination(lms, database)
    for lms in ("moodle", "canvas")
    for database in ("postgresql", "sqlite")
)
SHORT: Final = Plan(
    learners=24,
    fault_seconds=1.0,
    least_seconds=0.2,
    # Longer than a worker rests after its database was away.
    most_seconds=6.0,
    calm_seconds=0.1,
    away_seconds=0.5,
    kills_per_point=1,
    combinations=(Combination("moodle", "postgresql"), Combination("canvas", "sqlite")),
    is_dealt_out=True,
    has_celery=False,
)
LONG: Final = Plan(
    learners=200,
    fault_seconds=4.0,
    least_seconds=4.0,
    most_seconds=8.0,
    calm_seconds=1.0,
    # Longer than a page waits for the lock of another writer in SQLite.
    away_seconds=17.0,
    kills_per_point=3,
    combinations=EVERY_COMBINATION,
)


def dice(seed: int, purpose: str) -> Random:
    """Return the chance of one part of a run: the same for the same seed, whoever draws when.

    The seed decides what is done in which order. What that meets, the machine decides.
    """
    return Random(f"{seed} {purpose}")  # noqa: S311 (chooses troubles; nothing secret about it)
