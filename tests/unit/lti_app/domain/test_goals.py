"""Goals are checked for form: the two examples of the article, every gate, days and numbers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.domain.goals import (
    TEMPLATES,
    EvidenceKind,
    Gate,
    GoalDraft,
    GoalMeasure,
    GoalProblem,
    GoalState,
    check_goal,
    passes,
    read_due,
    read_number,
    state_after_agreeing,
)

SIGNING, LAST_DAY = date(2027, 2, 1), date(2027, 12, 31)
#: The two examples of the article, as somebody would type them.
PLAN = GoalDraft(
    title="Develop a strategic plan for my team",
    measure=GoalMeasure.DELIVERABLE,
    artefact="Strategic plan for my team",
    due_on=read_due("Q4 2027"),
)
SALES = GoalDraft(title="Gain a deeper understanding of the sales process")


def problems(draft: GoalDraft, *, blocking: bool = True) -> set[GoalProblem]:
    """Return what is wrong with a goal, or only worth a thought."""
    found = check_goal(draft, signing_on=SIGNING, last_day=LAST_DAY)
    return {one.problem for one in found if one.blocks is blocking}


def test_the_strategic_plan_by_q4_passes_all_gates() -> None:
    assert check_goal(PLAN, signing_on=SIGNING, last_day=LAST_DAY) == ()
    assert passes(PLAN, signing_on=SIGNING, last_day=LAST_DAY)


def test_the_deeper_understanding_fails_two_gates_and_passes_once_it_says_how_and_by_when() -> None:
    found = check_goal(SALES, signing_on=SIGNING, last_day=LAST_DAY)
    assert {one.gate for one in found if one.blocks} == {Gate.TIME_BOUND, Gate.EVIDENCE}
    assert problems(SALES, blocking=False) == {GoalProblem.VAGUE}
    helped = replace(
        SALES,
        measure=GoalMeasure.DEMONSTRATION,
        shown_to="Priya from sales",
        evidence_kind=EvidenceKind.FEEDBACK,
        evidence="What Priya says after I walked her through it, end to end",
        due_on=date(2027, 6, 30),
    )
    assert passes(helped, signing_on=SIGNING, last_day=LAST_DAY)
    assert problems(helped, blocking=False) == {GoalProblem.VAGUE}, "a thought, and no block"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"title": ""}, GoalProblem.NO_TITLE),
        ({"title": "Strategy plan."}, GoalProblem.TITLE_SHORT),
        ({"title": "a" * 201}, GoalProblem.TITLE_LONG),
        ({"artefact": ""}, GoalProblem.NO_ARTEFACT),
        ({"artefact": "A plan"}, GoalProblem.NO_EVIDENCE),
        ({"measure": GoalMeasure.DEMONSTRATION}, GoalProblem.NO_AUDIENCE),
        ({"measure": GoalMeasure.NUMBER, "baseline": "1"}, GoalProblem.NO_NUMBERS),
        ({"measure": GoalMeasure.NUMBER, "target": "1"}, GoalProblem.NO_NUMBERS),
        (
            {"measure": GoalMeasure.NUMBER, "baseline": "1", "target": "many"},
            GoalProblem.NOT_A_NUMBER,
        ),
        (
            {"measure": GoalMeasure.NUMBER, "baseline": "1.0", "target": "1"},
            GoalProblem.NO_CHANGE,
        ),
        ({"measure": GoalMeasure.NUMBER, "baseline": "1", "target": "3"}, GoalProblem.NO_UNIT),
        ({"due_on": None}, GoalProblem.NO_DATE),
        ({"due_on": SIGNING}, GoalProblem.DATE_PAST),
        ({"due_on": date(2028, 1, 31)}, GoalProblem.DATE_LATE),
        ({"evidence": "a plan"}, GoalProblem.EVIDENCE_SHORT),
        (
            {"evidence": "javascript:alert(1)", "evidence_kind": EvidenceKind.LINK},
            GoalProblem.NOT_A_LINK,
        ),
    ],
)
def test_what_is_missing_is_named_and_blocks(
    changed: dict[str, object], problem: GoalProblem
) -> None:
    # One table of cases for parameters of several types.
    assert problem in problems(replace(PLAN, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Strategy plan 7"},
        {"title": "a" * 200},
        {"due_on": date(2027, 2, 2)},
        {"due_on": date(2028, 1, 30)},
        {"evidence": "ten chars."},
        {"evidence": "https://wiki.example/plan", "evidence_kind": EvidenceKind.LINK},
        {
            "measure": GoalMeasure.NUMBER,
            "baseline": "2,5",
            "target": "3",
            "unit": "talks",
            "evidence": "The list of my talks",
        },
        {"measure": GoalMeasure.MILESTONE, "evidence": "The signed plan itself"},
    ],
)
def test_what_just_reaches_a_gate_passes(changed: dict[str, object]) -> None:
    # As above.
    assert problems(replace(PLAN, **changed)) == set()  # type: ignore[arg-type]


def test_a_programme_without_an_end_sets_no_last_day() -> None:
    late = replace(PLAN, due_on=date(2099, 1, 1))
    assert passes(late, signing_on=SIGNING, last_day=None)
    assert not passes(late, signing_on=SIGNING, last_day=LAST_DAY)


@pytest.mark.parametrize(
    ("text", "start_month", "day"),
    [
        ("2027-06-30", 1, date(2027, 6, 30)),
        (" 30.6.2027 ", 1, date(2027, 6, 30)),
        ("2027-02", 1, date(2027, 2, 28)),
        ("Q4 2027", 1, date(2027, 12, 31)),
        ("q1/2027", 1, date(2027, 3, 31)),
        # A year that begins in April 2026 and ends in March 2027 is called 2027.
        ("Q1 2027", 4, date(2026, 6, 30)),
        ("Q4 2027", 4, date(2027, 3, 31)),
        ("Q2 2027", 10, date(2027, 3, 31)),
    ],
)
def test_days_months_and_quarters_are_read(text: str, start_month: int, day: date) -> None:
    assert read_due(text, start_month) == day


def test_a_quarter_without_a_year_is_the_next_one_to_end() -> None:
    assert read_due("Q4", 1, date(2027, 2, 1)) == date(2027, 12, 31)
    assert read_due("Q1", 1, date(2027, 3, 31)) == date(2028, 3, 31)
    assert read_due("Q4", 4, date(2027, 4, 1)) == date(2028, 3, 31)


@pytest.mark.parametrize(
    "text", ["", "soon", "Q5 2027", "Q4", "2027-13", "31.2.2027", "Q1 0000", "0000-01", "9" * 50]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_due(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", Decimal(3)),
        (" 2,5 ", Decimal("2.5")),
        ("80 %", Decimal(80)),
        ("-1", Decimal(-1)),
        ("1e9", None),
        ("NaN", None),
        ("", None),
        ("three", None),
        ("1" * 16, None),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, number: Decimal | None) -> None:
    assert read_number(text) == number


drafts = st.builds(
    GoalDraft,
    key=st.uuids(),
    title=st.text(max_size=30),
    measure=st.sampled_from(GoalMeasure),
    baseline=st.text(max_size=8),
    target=st.text(max_size=8),
    artefact=st.text(max_size=12),
    due_on=st.none() | st.dates(),
    evidence_kind=st.sampled_from(EvidenceKind),
    evidence=st.text(max_size=12),
)


@settings(max_examples=50)
@given(drafts)
def test_a_goal_comes_back_from_what_is_stored_and_any_can_be_checked(draft: GoalDraft) -> None:
    assert GoalDraft.from_json(draft.to_json()) == draft
    check_goal(draft, signing_on=SIGNING, last_day=LAST_DAY)


def test_every_template_lacks_nothing_but_what_only_its_people_know() -> None:
    theirs = {GoalProblem.NO_DATE, GoalProblem.NO_NUMBERS, GoalProblem.NO_EVIDENCE}
    for purpose, templates in TEMPLATES.items():
        for template in templates:
            assert problems(template) <= theirs, (purpose, template.title)
            assert template.key == UUID(int=0)


def test_what_was_reached_stays_reached_when_the_charter_no_longer_names_it() -> None:
    left_out = {
        before: state_after_agreeing(before, is_in_charter=False)
        for before in (GoalState.OPEN, GoalState.MET, GoalState.PARTLY, GoalState.DROPPED)
    }
    assert left_out == {
        GoalState.OPEN: GoalState.DROPPED,
        GoalState.MET: GoalState.MET,
        GoalState.PARTLY: GoalState.PARTLY,
        GoalState.DROPPED: GoalState.DROPPED,
    }
    assert state_after_agreeing(None, is_in_charter=True) is GoalState.OPEN
    assert state_after_agreeing(GoalState.DROPPED, is_in_charter=True) is GoalState.OPEN
    assert state_after_agreeing(GoalState.MET, is_in_charter=True) is GoalState.MET
