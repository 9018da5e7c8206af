"""What a table has to be like: each fault by its line, cycles by the names in them."""

import pytest

from lti_app.domain.csv_files import Fault, Finding, Line
from lti_app.domain.imports import ReportingCheck, TaxonomyCheck, TermLine
from lti_app.domain.taxonomy import TermKind


def reporting(*edges: tuple[str, str]) -> tuple[ReportingCheck, list[Finding]]:
    """Feed reporting lines, the first in line 2; returns the check and what it found."""
    check = ReportingCheck()
    found = [
        finding
        for number, (person, manager) in enumerate(edges, start=2)
        if (finding := check.feed(Line(number, {"person": person, "manager": manager})))
    ]
    return check, found + check.finish()


def test_reporting_lines_are_kept_in_small_letters_and_nobody_needs_a_manager() -> None:
    check, found = reporting(("Alice@Example.org", "BOB@example.org"), ("bob@example.org", ""))
    assert found == []
    assert check.managers == {"alice@example.org": "bob@example.org"}


@pytest.mark.parametrize(
    ("edges", "finding"),
    [
        ([("", "b")], Finding(2, Fault.EMPTY, "person")),
        ([("a", "A")], Finding(2, Fault.OWN_MANAGER)),
        ([("a", "b"), ("A", "c")], Finding(3, Fault.TWICE, "2")),
        ([("a" * 321, "b")], Finding(2, Fault.TOO_LONG, "person")),
        ([("a", "b" * 321)], Finding(2, Fault.TOO_LONG, "manager")),
        ([("a", "b"), ("b", "a")], Finding(2, Fault.CYCLE, "a → b → a")),
        (
            [("x", "a"), ("a", "b"), ("b", "c"), ("c", "a")],
            Finding(3, Fault.CYCLE, "a → b → c → a"),
        ),
    ],
)
def test_what_is_wrong_with_a_reporting_line_is_told(
    edges: list[tuple[str, str]], finding: Finding
) -> None:
    assert reporting(*edges)[1] == [finding]


def test_two_cycles_are_both_named_and_a_long_one_is_cut() -> None:
    ring = [(f"p{n}", f"p{(n + 1) % 9}") for n in range(9)]
    _, found = reporting(("a", "b"), ("b", "a"), *ring)
    assert [finding.fault for finding in found] == [Fault.CYCLE, Fault.CYCLE]
    assert found[1].about == "p0 → p1 → p2 → p3 → p4 → p5 → …"


def test_a_long_line_of_managers_is_no_cycle() -> None:
    _, found = reporting(*((f"p{n}", f"p{n + 1}") for n in range(5000)))
    assert found == []


def terms(*lines: dict[str, str]) -> tuple[TaxonomyCheck, list[Finding]]:
    """Feed terms, the first in line 2; returns the check and what it found."""
    check = TaxonomyCheck()
    good = {"kind": "skill", "code": "sailing", "label": "Sailing", "retired": ""}
    found = [
        finding
        for number, line in enumerate(lines, start=2)
        if (finding := check.feed(Line(number, good | line)))
    ]
    return check, found + check.finish()


def test_terms_keep_their_order_and_may_be_retired() -> None:
    check, found = terms({"kind": "SKILL", "retired": "Yes"}, {"kind": "tag"})
    assert found == []
    assert check.terms == [
        TermLine(TermKind.SKILL, "sailing", "Sailing", is_retired=True),
        TermLine(TermKind.TAG, "sailing", "Sailing", is_retired=False),
    ]


@pytest.mark.parametrize(
    ("line", "fault", "about"),
    [
        ({"kind": "hobby"}, Fault.UNKNOWN_KIND, "hobby"),
        ({"kind": ""}, Fault.UNKNOWN_KIND, ""),
        ({"code": "Two Words"}, Fault.BAD_CODE, "Two Words"),
        ({"code": ""}, Fault.BAD_CODE, ""),
        ({"label": ""}, Fault.EMPTY, "label"),
        ({"label": "x" * 201}, Fault.TOO_LONG, "label"),
        ({"retired": "perhaps"}, Fault.BAD_YES_OR_NO, "retired"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_term_is_told(line: dict[str, str], fault: Fault, about: str) -> None:
    assert terms(line)[1] == [Finding(2, fault, about)]


def test_a_code_stands_once_in_a_kind() -> None:
    assert terms({}, {"label": "Again"})[1] == [Finding(3, Fault.TWICE, "2")]


def test_without_the_optional_column_nothing_is_retired() -> None:
    check = TaxonomyCheck()
    assert check.feed(Line(2, {"kind": "tag", "code": "a", "label": "A"})) is None
    assert not check.terms[0].is_retired
