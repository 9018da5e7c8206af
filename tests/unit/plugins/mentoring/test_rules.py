"""Steps and what each needs, who is done, until when it is open, and sums of half hours."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lti_app.api import Channel, Completion, LanguageLevel, Side, State
from plugins.mentoring import rules
from plugins.mentoring.answers import Answers, ChosenSkill
from plugins.mentoring.rules import Facts, Setting, Step, completion, is_complete, is_open

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOTH = Setting()
EVERY_STEP = frozenset(step.value for step in Step)
MENTEE = Answers(
    side=Side.MENTEE,
    skills=(ChosenSkill("feedback", 0, 3),),
    goal_areas=("team",),
    wish="I lead a team for the first time.",
    band=0,
    channels=(Channel.VIDEO,),
    languages={"en": LanguageLevel.B2},
    time_zone="UTC",
    cells=(20,),
    saved=EVERY_STEP,
)
MENTOR = replace(MENTEE, side=Side.MENTOR, skills=(ChosenSkill("feedback", 1),), wish="", seats=0)


def test_somebody_who_stored_nothing_has_not_started() -> None:
    assert completion(None) == Completion(State.NOT_STARTED)


def test_a_draft_is_a_start_without_a_score() -> None:
    assert completion(Facts(submitted_at=None, consent_at=None)) == Completion(State.STARTED)


def test_answers_without_consent_do_not_count() -> None:
    assert completion(Facts(submitted_at=NOON, consent_at=None)) == Completion(State.STARTED)


def test_consent_without_answers_does_not_count() -> None:
    assert completion(Facts(submitted_at=None, consent_at=NOON)) == Completion(State.STARTED)


def test_a_submitted_sign_up_is_complete_with_a_hundred() -> None:
    done = completion(Facts(submitted_at=NOON, consent_at=NOON))
    assert done == Completion(State.COMPLETED, Decimal(100))


def test_without_a_close_sign_up_is_always_open() -> None:
    assert is_open(None, NOON)


def test_sign_up_is_open_until_just_before_it_closes() -> None:
    assert is_open(NOON, NOON - timedelta(microseconds=1))


def test_at_the_moment_of_closing_nothing_new_counts() -> None:
    assert not is_open(NOON, NOON)
    assert not is_open(NOON, NOON + timedelta(days=1))


@pytest.mark.parametrize("answers", [MENTEE, MENTOR], ids=["mentee", "mentor"])
def test_who_answered_everything_has_nothing_left(answers: Answers) -> None:
    assert rules.open_steps(answers, BOTH) == ()


def test_who_answered_nothing_has_everything_left() -> None:
    assert rules.open_steps(Answers(), BOTH) == tuple(Step)


def test_a_step_that_was_never_seen_is_open_even_if_it_needs_nothing() -> None:
    answers = replace(MENTEE, saved=EVERY_STEP - {"private"})
    assert rules.open_steps(answers, BOTH) == (Step.PRIVATE,)


@pytest.mark.parametrize(
    ("answers", "step", "changes"),
    [
        (MENTEE, Step.PART, {"side": None}),
        (MENTEE, Step.SKILLS, {"skills": ()}),
        (MENTEE, Step.SKILLS, {"skills": tuple(ChosenSkill(str(n), 1, 1) for n in range(7))}),
        (MENTOR, Step.SKILLS, {"skills": tuple(ChosenSkill(str(n), 1) for n in range(11))}),
        (MENTEE, Step.LEVELS, {"skills": (ChosenSkill("feedback", None, 3),)}),
        (MENTEE, Step.LEVELS, {"skills": (ChosenSkill("feedback", 0, None),)}),
        (MENTOR, Step.LEVELS, {"skills": (ChosenSkill("feedback", 0),)}),
        (MENTEE, Step.GOALS, {"goal_areas": ()}),
        (MENTEE, Step.GOALS, {"goal_areas": ("a", "b", "c", "d")}),
        (MENTEE, Step.GOALS, {"wish": "x" * 19}),
        (MENTEE, Step.GOALS, {"wish": "x" * 301}),
        (MENTOR, Step.GOALS, {"wish": "x" * 301}),
        (MENTEE, Step.ABOUT, {"band": None}),
        (MENTEE, Step.ABOUT, {"interests": tuple("abcdef")}),
        (MENTEE, Step.MEETING, {"channels": ()}),
        (MENTEE, Step.MEETING, {"languages": {}}),
        (MENTOR, Step.MEETING, {"seats": None}),
        (MENTEE, Step.TIMES, {"cells": ()}),
        (MENTEE, Step.TIMES, {"time_zone": None}),
    ],
)
def test_what_is_missing_or_too_much_keeps_its_step_open(
    answers: Answers, step: Step, changes: Mapping[str, Any]
) -> None:
    assert is_complete(step, answers, BOTH)
    assert not is_complete(step, replace(answers, **changes), BOTH)


def test_a_programme_can_ask_for_more_time_and_for_the_kind_of_work() -> None:
    strict = Setting(minimum_minutes=60, needs_job_family=True)
    assert rules.open_steps(MENTEE, strict) == (Step.ABOUT, Step.TIMES)
    more = replace(MENTEE, cells=(20, 40), job_family="sales")
    assert rules.open_steps(more, strict) == ()


def test_one_side_on_offer_and_a_known_name_leave_nothing_to_ask_on_the_first_page() -> None:
    assert Setting(sides=(Side.MENTOR,)).steps[0] is Step.SKILLS
    assert Setting(sides=(Side.MENTOR,), asks_name=True).steps[0] is Step.PART


def test_the_steps_follow_each_other_to_the_last_one() -> None:
    assert rules.step_after(Step.PART, BOTH) is Step.SKILLS
    assert rules.step_after(Step.PRIVATE, BOTH) is None
    assert rules.step_after(Step.PART, Setting(sides=(Side.MENTEE,))) is Step.SKILLS


@pytest.mark.parametrize(
    ("answers", "seats"),
    [(MENTEE, 0), (MENTOR, 0), (replace(MENTOR, seats=4), 4), (replace(MENTOR, seats=None), 1)],
)
def test_seats_are_a_mentors(answers: Answers, seats: int) -> None:
    assert rules.seats_of(answers) == seats


def test_a_stretch_is_added_to_each_of_its_days_and_taken_out_again() -> None:
    added = rules.with_hours((5, 18), (0, 6), 18, 20, taken=False)
    assert added == (5, 18, 19, 306, 307)
    assert rules.with_hours(added, (0,), 0, 19, taken=True) == (19, 306, 307)


def test_half_hours_next_to_each_other_are_one_stretch_but_not_over_midnight() -> None:
    assert rules.stretches((47, 48, 20, 21, 23)) == {
        0: ((20, 22), (23, 24), (47, 48)),
        1: ((0, 1),),
    }
    assert rules.stretches(()) == {}
