"""What a table has to be like to be taken in: reporting lines without cycles, terms with codes.

A check is fed line by line, so that long files can be read in steps; nothing is taken in before all
of a file is found to be in order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lti_app.domain.csv_files import Fault, Finding, Line
from lti_app.domain.taxonomy import LONGEST_LABEL, TermKind, is_code

LONGEST_REFERENCE = 320
MOST_LINES = 200_000
#: So many faults are shown; the others are counted.
MOST_FINDINGS = 100
_LONGEST_CYCLE_SHOWN = 6
_YES, _NO = frozenset({"yes", "1", "true", "x"}), frozenset({"", "no", "0", "false"})


class ImportKind(StrEnum):
    """What a table is about."""

    TAXONOMY = "taxonomy"
    REPORTING = "reporting"


@dataclass(frozen=True)
class TermLine:
    """A term, as a table gives it."""

    kind: TermKind
    code: str
    label: str
    is_retired: bool


@dataclass
class ReportingCheck:
    """Reads who reports to whom; an empty manager says that somebody has none.

    Attributes:
        managers: what a person is called → what their manager is called, both case-folded.
    """

    managers: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)

    def feed(self, line: Line) -> Finding | None:
        """Read one line; returns what is wrong with it, if anything is."""
        person, manager = (line.cells[name].casefold() for name in ("person", "manager"))
        if not person:
            return Finding(line.number, Fault.EMPTY, "person")
        for name, reference in (("person", person), ("manager", manager)):
            if len(reference) > LONGEST_REFERENCE:
                return Finding(line.number, Fault.TOO_LONG, name)
        if person == manager:
            return Finding(line.number, Fault.OWN_MANAGER)
        if person in self._lines:
            return Finding(line.number, Fault.TWICE, str(self._lines[person]))
        self._lines[person] = line.number
        if manager:
            self.managers[person] = manager
        return None

    def finish(self) -> list[Finding]:
        """Return the cycles: people who would be their own manager's manager."""
        findings = []
        done: set[str] = set()
        for start in self.managers:
            way: dict[str, int] = {}
            at: str | None = start
            while at is not None and at not in done and at not in way:
                way[at] = len(way)
                at = self.managers.get(at)
            if at is not None and at in way:
                cycle = list(way)[way[at] :]
                findings.append(Finding(self._lines[cycle[0]], Fault.CYCLE, _written(cycle)))
            done.update(way)
        return findings


@dataclass
class TaxonomyCheck:
    """Reads the terms of an organisation, in the order in which they are shown."""

    terms: list[TermLine] = field(default_factory=list)
    _lines: dict[tuple[TermKind, str], int] = field(default_factory=dict)

    def feed(self, line: Line) -> Finding | None:
        """Read one line; returns what is wrong with it, if anything is."""
        kind, code, label = (line.cells[name] for name in ("kind", "code", "label"))
        retired = line.cells.get("retired", "").lower()
        for is_wrong, fault, about in (
            (kind.lower() not in {*TermKind}, Fault.UNKNOWN_KIND, kind[:40]),
            (not is_code(code), Fault.BAD_CODE, code[:60]),
            (not label, Fault.EMPTY, "label"),
            (len(label) > LONGEST_LABEL, Fault.TOO_LONG, "label"),
            (retired not in _YES | _NO, Fault.BAD_YES_OR_NO, "retired"),
        ):
            if is_wrong:
                return Finding(line.number, fault, about)
        known = TermKind(kind.lower())
        if (known, code) in self._lines:
            return Finding(line.number, Fault.TWICE, str(self._lines[known, code]))
        self._lines[known, code] = line.number
        self.terms.append(TermLine(known, code, label, retired in _YES))
        return None

    def finish(self) -> list[Finding]:
        """Return what is wrong with the table as a whole: nothing ever is."""
        return []


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of table, and how its lines are checked."""

    required: Sequence[str]
    optional: Sequence[str]
    check: Callable[[], ReportingCheck | TaxonomyCheck]


LAYOUTS: Mapping[ImportKind, Layout] = {
    ImportKind.REPORTING: Layout(("person", "manager"), (), ReportingCheck),
    ImportKind.TAXONOMY: Layout(("kind", "code", "label"), ("retired",), TaxonomyCheck),
}


def _written(cycle: Sequence[str]) -> str:
    shown = list(cycle[:_LONGEST_CYCLE_SHOWN])
    end = [cycle[0]] if len(cycle) <= _LONGEST_CYCLE_SHOWN else ["…"]
    return " → ".join(shown + end)
