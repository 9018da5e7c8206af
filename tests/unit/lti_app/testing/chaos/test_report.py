"""What is printed, and the exit status that follows from it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from lti_app.testing.chaos import __main__ as command
from lti_app.testing.chaos.plan import Combination
from lti_app.testing.chaos.report import Report, table
from lti_app.testing.chaos.verdict import CellCount, Verdict

GOOD = CellCount("learner1", True, Decimal(100), 1, 1, 0, False, "sent")
NAMED = replace(GOOD, name="learner2", sent=3, attempts=3, is_named_case=True)
LOST = replace(GOOD, name="learner3", grade=None, sent=0, attempts=0, state="held locked")
REPORT = Report(
    combination=Combination("moodle", "sqlite"),
    seed=7,
    seconds=12.4,
    faults={"500": 3, "LMS down": 0},
    kills=Counter({("web", "committed"): 2}),
    surprises=Counter({"web": 1}),
    asked=Counter({"locked": 4}),
    verdict=Verdict([GOOD, NAMED]),
)


def test_a_line_of_figures_tells_the_named_case_apart() -> None:
    headings, figures = table([REPORT]).splitlines()
    assert headings.split("  ")[0] == "LMS"
    assert figures.split() == ("moodle sqlite 2 2 2 2 4 0 0 1 (most 1) 0 1 3 (most 3) 12".split())


def test_the_report_tells_what_happened() -> None:
    assert str(REPORT).splitlines() == [
        "moodle on sqlite, seed 7",
        "  2 faults, and how many requests each spoilt: 500 3, LMS down",
        "  2 kills: web committed 2",
        "  ended by themselves: web 1",
        "  asked for again by an operator: locked 4",
    ]


def test_a_person_is_needed_only_for_what_the_manual_names() -> None:
    odd = replace(REPORT, asked=Counter({"locked": 1, "changed_in_gradebook": 1}))
    assert odd.broken_rules() == ["cells wait for a person because of: changed_in_gradebook"]


def test_a_worker_that_ends_by_itself_breaks_a_rule() -> None:
    odd = replace(REPORT, surprises=Counter({"celery": 1, "web": 1}))
    assert odd.broken_rules() == ["ended although nobody had killed it: celery"]


@dataclass
class FinishedStorm:
    """A run whose outcome is known."""

    report: Report

    def run(self) -> Report:
        return self.report


@pytest.mark.parametrize(
    ("cells", "status"), [([GOOD, NAMED], 0), ([GOOD, LOST], 1)], ids=["right", "lost"]
)
def test_the_exit_status_says_whether_a_rule_was_broken(
    cells: list[CellCount], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Combination, int]] = []

    @contextmanager
    def finished(
        _plan: object, combination: Combination, seed: int, _say: object, _logs: Path
    ) -> Iterator[FinishedStorm]:
        seen.append((combination, seed))
        yield FinishedStorm(replace(REPORT, combination=combination, verdict=Verdict(cells)))

    monkeypatch.setattr(command, "open_storm", finished)
    outcome = CliRunner().invoke(command.main, ["--short", "--seed", "9", "--lms", "canvas"])
    assert outcome.exit_code == status, outcome.output
    assert seen == [(Combination("canvas", name), 9) for name in ("postgresql", "sqlite")]
    assert ("learner3 (empty;" in outcome.output) is bool(status)
    assert "canvas  sqlite" in outcome.output
