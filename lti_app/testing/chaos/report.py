"""What a run prints: what happened, and one line of figures for each combination."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lti_app.testing.chaos.plan import Combination, Point
from lti_app.testing.chaos.programs import WORKERS
from lti_app.testing.chaos.verdict import Verdict

#: What the tool may wait for a person for: the LMS said "locked", or lets nobody look.
WAITS_FOR_A_PERSON: Final = frozenset({"locked", "cannot_read_back"})
_HEADINGS = (
    "LMS",
    "database",
    "learners",
    "told",
    "faults",
    "kills",
    "sent",
    "lost",
    "wrong",
    "attempts",
    "comments",
    "named case",
    "attempts there",
    "seconds",
)


@dataclass(frozen=True)
class Report:
    """What happened, and what came of it.

    Attributes:
        combination: with which LMS and database.
        seed: of chance.
        seconds: how long it took.
        faults: how many requests each of them spoilt; those that spoil no single ones count none.
        kills: by point.
        surprises: programs that ended although nobody had killed them.
        asked: how many cells an operator had to ask for again, by what the tool said of them.
        verdict: all cells.
    """

    combination: Combination
    seed: int
    seconds: float
    faults: Mapping[str, int]
    kills: Counter[Point]
    surprises: Counter[str]
    asked: Counter[str]
    verdict: Verdict

    def broken_rules(self) -> list[str]:
        """Return a sentence for each rule that is broken, naming the cells."""
        broken = self.verdict.broken_rules()
        if unexpected := set(self.asked) - WAITS_FOR_A_PERSON:
            broken.append(f"cells wait for a person because of: {', '.join(sorted(unexpected))}")
        # The pages do not start while the database is away; a worker outlives whatever goes away.
        if ended := [name for name in WORKERS if self.surprises[name]]:
            broken.append(f"ended although nobody had killed it: {', '.join(ended)}")
        return broken

    def __str__(self) -> str:
        """Tell what happened."""
        faults = [f"{name} {count}" if count else name for name, count in self.faults.items()]
        kills = [f"{who} {what} {count}" for (who, what), count in sorted(self.kills.items())]
        told = {
            f"{len(faults)} faults, and how many requests each spoilt": faults,
            f"{self.kills.total()} kills": kills,
            "ended by themselves": _counted(self.surprises),
            "asked for again by an operator": _counted(self.asked),
            "broken": self.broken_rules(),
        }
        lines = [f"  {what}: {', '.join(which)}" for what, which in told.items() if which]
        return "\n".join([f"{self.combination}, seed {self.seed}", *lines])

    def figures(self) -> tuple[str, ...]:
        """Return this run's line of the table."""
        cells = self.verdict.cells
        ordinary = [cell for cell in cells if not cell.is_named_case]
        named = [cell.attempts for cell in cells if cell.is_named_case]
        numbers = (
            len(cells),
            sum(cell.was_told for cell in cells),
            len(self.faults),
            self.kills.total(),
            sum(cell.sent for cell in cells),
            sum(cell.is_lost for cell in cells),
            sum(cell.is_wrong for cell in cells),
            _sum_and_most([cell.attempts for cell in ordinary]),
            _sum_and_most([cell.comments for cell in ordinary]),
            len(named),
            _sum_and_most(named),
            round(self.seconds),
        )
        return (self.combination.lms, self.combination.database, *map(str, numbers))


def table(reports: Sequence[Report]) -> str:
    """Write the figures of several runs below each other."""
    rows = [_HEADINGS, *(report.figures() for report in reports)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _sum_and_most(numbers: Sequence[int]) -> str:
    return f"{sum(numbers)} (most {max(numbers)})" if any(numbers) else "0"


def _counted(counter: Counter[str]) -> list[str]:
    return [f"{name} {count}" for name, count in sorted(counter.items())]
