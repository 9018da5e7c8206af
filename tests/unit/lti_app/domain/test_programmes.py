"""A programme moves on step by step, and each step says what it lacks."""

from dataclasses import replace
from datetime import date
from itertools import product
from uuid import UUID

import pytest

from lti_app.domain.programmes import (
    LONGEST_GOAL_TEMPLATE,
    MOST_GOAL_TEMPLATES,
    PRESETS,
    SHORTEST_PURPOSE,
    TRANSITIONS,
    Programme,
    ProgrammeState,
    PurposeType,
    RelationshipKind,
    Shortcoming,
    Side,
    Standing,
    Step,
    SuccessMeasure,
    steps_from,
)

TODAY = date(2026, 11, 25)
MEASURE = SuccessMeasure("Women in leading roles", "4 in 10", date(2027, 11, 1))
PURPOSE = "Keep the people whom we would miss the most."

READY = Programme(
    id=UUID(int=1),
    organisation_id=UUID(int=2),
    title="Lead and stay",
    relationship_kind=RelationshipKind.MENTORING,
    state=ProgrammeState.DRAFT,
    time_zone="Europe/Berlin",
    purpose_type=PurposeType.RETAIN,
    purpose=PURPOSE,
    measures=(MEASURE,),
    starts_on=date(2027, 1, 11),
    ends_on=date(2027, 9, 30),
    consent_text="I agree.",
)
S = ProgrammeState
#: Written out a second time, by hand.
ALLOWED = {
    (S.DRAFT, Step.OPEN): S.OPEN,
    (S.DRAFT, Step.ARCHIVE): S.ARCHIVED,
    (S.OPEN, Step.BEGIN_MATCHING): S.MATCHING,
    (S.OPEN, Step.CLOSE): S.CLOSING,
    (S.MATCHING, Step.BEGIN_RUNNING): S.RUNNING,
    (S.MATCHING, Step.CLOSE): S.CLOSING,
    (S.RUNNING, Step.CLOSE): S.CLOSING,
    (S.CLOSING, Step.ARCHIVE): S.ARCHIVED,
}


def lacks(step: Step, programme: Programme = READY, **facts: object) -> tuple[Shortcoming, ...]:
    """Return what a programme lacks for a step."""
    return TRANSITIONS[step].guard(replace(Standing(programme, TODAY), **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "step"), list(product(ProgrammeState, Step)), ids=str)
def test_a_step_leads_on_from_some_states_and_is_not_there_in_others(
    state: ProgrammeState, step: Step
) -> None:
    assert (step in steps_from(state)) is ((state, step) in ALLOWED)
    if (state, step) in ALLOWED:
        assert TRANSITIONS[step].target is ALLOWED[state, step]


def test_a_programme_with_a_purpose_can_open() -> None:
    assert lacks(Step.OPEN) == ()


@pytest.mark.parametrize(
    ("change", "shortcoming"),
    [
        ({"purpose_type": None}, Shortcoming.NO_PURPOSE_TYPE),
        ({"purpose": ""}, Shortcoming.NO_PURPOSE),
        ({"purpose": "x" * (SHORTEST_PURPOSE - 1)}, Shortcoming.NO_PURPOSE),
        ({"purpose": "x" * 401}, Shortcoming.NO_PURPOSE),
        ({"measures": ()}, Shortcoming.NO_MEASURE),
        ({"measures": (MEASURE,) * 4}, Shortcoming.NO_MEASURE),
        ({"starts_on": None}, Shortcoming.NO_DATES),
        ({"ends_on": None}, Shortcoming.NO_DATES),
        ({"ends_on": READY.starts_on}, Shortcoming.ENDS_BEFORE_START),
        ({"starts_on": date(2026, 1, 1), "ends_on": date(2026, 11, 24)}, Shortcoming.ALREADY_OVER),
        ({"consent_text": ""}, Shortcoming.NO_CONSENT_TEXT),
    ],
)
def test_what_a_programme_lacks_for_opening_is_named(
    change: dict[str, object], shortcoming: Shortcoming
) -> None:
    assert lacks(Step.OPEN, replace(READY, **change)) == (shortcoming,)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [20, 400])
def test_the_shortest_and_the_longest_purpose_are_enough(length: int) -> None:
    assert lacks(Step.OPEN, replace(READY, purpose="x" * length)) == ()


def test_a_programme_that_ends_today_can_still_open() -> None:
    assert lacks(Step.OPEN, replace(READY, starts_on=date(2026, 1, 1), ends_on=TODAY)) == ()


def test_matching_wants_somebody_on_either_side() -> None:
    assert lacks(Step.BEGIN_MATCHING) == (Shortcoming.NO_MENTEES, Shortcoming.NO_MENTORS)
    assert lacks(Step.BEGIN_MATCHING, approved={Side.MENTEE: 1}) == (Shortcoming.NO_MENTORS,)
    assert lacks(Step.BEGIN_MATCHING, approved={Side.MENTEE: 1, Side.MENTOR: 1}) == ()


def test_running_wants_a_pair() -> None:
    assert lacks(Step.BEGIN_RUNNING) == (Shortcoming.NO_ACTIVE_PAIR,)
    assert lacks(Step.BEGIN_RUNNING, active_pairs=1) == ()


def test_closing_wants_nothing_and_archiving_wants_an_end_of_every_pair() -> None:
    assert lacks(Step.CLOSE, active_pairs=3, open_pairs=5) == ()
    assert lacks(Step.ARCHIVE, open_pairs=1) == (Shortcoming.OPEN_PAIRS,)
    assert lacks(Step.ARCHIVE) == ()


@pytest.mark.parametrize("state", ProgrammeState)
def test_people_sign_up_between_opening_and_closing(state: ProgrammeState) -> None:
    programme = replace(READY, state=state)
    assert programme.takes_sign_ups is (state in {S.OPEN, S.MATCHING, S.RUNNING})
    assert programme.pairs_people is programme.takes_sign_ups


@pytest.mark.parametrize("purpose", PurposeType)
def test_every_purpose_has_a_preset_that_its_own_limits_allow(purpose: PurposeType) -> None:
    preset = PRESETS[purpose]
    assert 0 <= preset.rules.reporting_levels <= 5
    assert 30 <= preset.rules.minimum_overlap_minutes <= 240
    assert preset.rules.pairs_per_mentee in {1, 2}
    assert preset.months > 0
    assert 1 <= len(preset.goal_templates) <= MOST_GOAL_TEMPLATES
    assert all(len(words) <= LONGEST_GOAL_TEMPLATE for words in preset.goal_templates)
