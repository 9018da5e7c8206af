"""Whose turn it is, what each of the two may do, when answers are shown, and who is done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.api import Completion, Side, State
from plugins.charter import rules
from plugins.charter.rules import (
    OPTIONAL,
    REQUIRED,
    Part,
    Refusal,
    Section,
    Stage,
    Standing,
    Step,
    Wait,
    after,
    completion,
    refusal,
    waits_for,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOTH = frozenset(Side)
NOBODY: frozenset[Side] = frozenset()
MENTEE, MENTOR = Side.MENTEE, Side.MENTOR
COMPARING = Standing(Stage.COMPARING, ready=BOTH)
PROPOSED = replace(COMPARING, stage=Stage.PROPOSED, by=MENTEE)
AGREED = replace(COMPARING, stage=Stage.AGREED)
HALF_SIGNED = replace(COMPARING, stage=Stage.HALF_SIGNED, by=MENTEE)
ACTIVE = replace(COMPARING, stage=Stage.ACTIVE, version=1)
CLOSED = replace(ACTIVE, stage=Stage.CLOSED)

#: What the mentee can do where: everything else is refused.
OPEN_TO_MENTEE: dict[Standing, set[Step]] = {
    Standing(): set(),
    COMPARING: {Step.PROPOSE},
    PROPOSED: set(),
    replace(PROPOSED, by=MENTOR): {Step.COUNTER, Step.ACCEPT},
    AGREED: {Step.SIGN, Step.REOPEN},
    HALF_SIGNED: {Step.REOPEN},
    replace(HALF_SIGNED, by=MENTOR): {Step.SIGN, Step.REOPEN},
    ACTIVE: {Step.AMEND, Step.CLOSE},
    CLOSED: set(),
    replace(COMPARING, version=1): {Step.PROPOSE, Step.DISCARD},
    replace(PROPOSED, version=1): {Step.DISCARD},
    replace(HALF_SIGNED, version=1): {Step.REOPEN, Step.DISCARD},
}


def named(value: Standing | frozenset[Side]) -> str:
    """Return what a case is called, the same in every process: sets have no order."""
    if isinstance(value, Standing):
        return f"{value.stage}-{value.version}-{value.by}-{named(value.ready)}"
    return "+".join(sorted(value)) or "nobody"


@pytest.mark.parametrize("standing", OPEN_TO_MENTEE, ids=named)
def test_exactly_these_steps_are_open(standing: Standing) -> None:
    assert rules.steps_open_to(standing, MENTEE) == OPEN_TO_MENTEE[standing]


@pytest.mark.parametrize("step", Step)
def test_a_step_that_is_not_open_cannot_be_made(step: Step) -> None:
    for standing, is_open in OPEN_TO_MENTEE.items():
        if step not in is_open:
            with pytest.raises(ValueError, match=r"\w"):
                after(standing, step, MENTEE)


def test_two_people_get_from_answers_to_a_charter_and_to_a_second_version() -> None:
    standing = COMPARING
    for side, step, stage in (
        (MENTEE, Step.PROPOSE, Stage.PROPOSED),
        (MENTOR, Step.COUNTER, Stage.PROPOSED),
        (MENTEE, Step.ACCEPT, Stage.AGREED),
        (MENTOR, Step.SIGN, Stage.HALF_SIGNED),
        (MENTEE, Step.SIGN, Stage.ACTIVE),
        (MENTOR, Step.AMEND, Stage.COMPARING),
        (MENTOR, Step.PROPOSE, Stage.PROPOSED),
        (MENTEE, Step.ACCEPT, Stage.AGREED),
        (MENTEE, Step.SIGN, Stage.HALF_SIGNED),
        (MENTOR, Step.SIGN, Stage.ACTIVE),
    ):
        standing = after(standing, step, side)
        assert standing.stage is stage
    assert standing.version == 2


def test_reopening_voids_the_one_signature() -> None:
    reopened = after(HALF_SIGNED, Step.REOPEN, MENTOR)
    assert reopened == COMPARING


def test_giving_up_an_amendment_leaves_the_version_that_is_in_force() -> None:
    amending = after(ACTIVE, Step.AMEND, MENTEE)
    assert amending.is_amending
    assert after(amending, Step.DISCARD, MENTOR) == ACTIVE


def test_each_refusal_says_why() -> None:
    late = replace(PROPOSED, by=MENTEE, ready=frozenset({MENTEE}))
    assert refusal(Standing(), Step.SIGN, MENTEE) is Refusal.NOT_NOW
    assert refusal(PROPOSED, Step.ACCEPT, MENTEE) is Refusal.NOT_YOUR_TURN
    assert refusal(late, Step.ACCEPT, MENTOR) is Refusal.NOT_READY
    assert refusal(COMPARING, Step.DISCARD, MENTEE) is Refusal.NOTHING_IN_FORCE


def test_who_answered_nothing_may_amend_all_the_same() -> None:
    in_force = replace(ACTIVE, ready=NOBODY)
    amending = after(in_force, Step.AMEND, MENTOR)
    assert refusal(amending, Step.PROPOSE, MENTOR) is None


@given(st.lists(st.tuples(st.sampled_from(Step), st.sampled_from(Side)), max_size=30))
@settings(max_examples=40)
def test_nothing_but_two_signatures_in_a_row_brings_a_version_into_force(
    acts: list[tuple[Step, Side]],
) -> None:
    standing, signed = COMPARING, set[Side]()
    for step, side in acts:
        if refusal(standing, step, side) is not None:
            continue
        before, standing = standing, after(standing, step, side)
        signed = signed | {side} if step is Step.SIGN else set()
        assert standing.version - before.version in {0, 1}
        assert (standing.version > before.version) == (signed == BOTH)
        if signed == BOTH:
            signed = set()


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing(), BOTH),
        (Standing(ready=frozenset({MENTEE})), {MENTOR}),
        (COMPARING, BOTH),
        (PROPOSED, {MENTOR}),
        (AGREED, BOTH),
        (HALF_SIGNED, {MENTOR}),
        (ACTIVE, NOBODY),
        (CLOSED, NOBODY),
        # A version is in force: nobody has to hurry with the next one before it is proposed.
        (replace(COMPARING, version=1), NOBODY),
        (replace(PROPOSED, version=1), {MENTOR}),
    ],
    ids=named,
)
def test_it_is_clear_for_whom_a_charter_waits(
    standing: Standing, expected: frozenset[Side]
) -> None:
    assert waits_for(standing) == expected


def test_answers_are_shown_when_both_are_ready_or_a_week_after_the_first() -> None:
    one = Standing(ready=frozenset({MENTEE}))
    in_a_week = NOON + timedelta(days=7)
    assert not rules.reveals(Standing(), None, in_a_week)
    assert rules.reveals(Standing(ready=BOTH), NOON, NOON)
    assert not rules.reveals(one, NOON, in_a_week - timedelta(seconds=1))
    assert rules.reveals(one, NOON, in_a_week)
    assert not rules.reveals(replace(one, stage=Stage.COMPARING), NOON, in_a_week)


def test_who_is_late_can_still_answer_until_a_version_is_in_force() -> None:
    late = Standing(Stage.PROPOSED, by=MENTEE, ready=frozenset({MENTEE}))
    assert rules.can_answer_apart(late, MENTOR)
    assert not rules.can_answer_apart(late, MENTEE)
    assert not rules.can_answer_apart(ACTIVE, MENTOR)
    assert not rules.can_answer_apart(replace(CLOSED, version=0, ready=NOBODY), MENTOR)


def test_being_ready_can_be_taken_back_until_answers_are_shown() -> None:
    ready = Standing(ready=frozenset({MENTEE}))
    assert rules.can_take_back_ready(ready, MENTEE)
    assert not rules.can_take_back_ready(ready, MENTOR)
    assert not rules.can_take_back_ready(COMPARING, MENTEE)


def test_both_write_in_the_common_text_and_only_the_other_in_a_proposal() -> None:
    assert rules.may_edit(COMPARING, MENTEE)
    assert rules.may_edit(PROPOSED, MENTOR)
    assert not rules.may_edit(PROPOSED, MENTEE)
    assert not rules.may_edit(AGREED, MENTOR)


def test_two_reminders_are_given_never_in_one_breath() -> None:
    late = NOON + timedelta(days=13)
    assert rules.next_reminder(NOON, 0, None) == NOON + timedelta(days=5)
    assert rules.next_reminder(NOON, 1, NOON + timedelta(days=5)) == NOON + timedelta(days=12)
    assert rules.next_reminder(NOON, 1, late) == late + timedelta(days=1)
    assert rules.next_reminder(NOON, 2, late) is None


def test_own_part_needs_a_fortnight_and_two_reminders() -> None:
    assert rules.own_part_at(Wait(NOON, NOON, reminders=2)) == NOON + timedelta(days=14)
    assert rules.own_part_at(Wait(NOON, NOON, reminders=1)) is None


@pytest.mark.parametrize(
    ("standing", "waiting"),
    [
        (PROPOSED, {MENTEE}),
        (HALF_SIGNED, {MENTEE}),
        # They could still propose, or sign.
        (COMPARING, set()),
        (AGREED, set()),
    ],
)
def test_only_who_has_done_the_last_act_that_was_open_waits(
    standing: Standing, waiting: set[Side]
) -> None:
    assert rules.who_waits(standing) == waiting


def test_whoever_waited_before_leaves_the_other_a_day_of_the_new_turn() -> None:
    day = timedelta(days=1)
    assert rules.own_part_at(Wait(NOON - 5 * day, NOON, 2)) == NOON + 9 * day
    assert rules.own_part_at(Wait(NOON - 30 * day, NOON, 2)) == NOON + day


def test_a_text_opened_again_and_again_for_a_fortnight_lets_nobodys_part_wait_longer() -> None:
    day = timedelta(days=1)
    often = Wait(NOON, NOON, reopened=3, undone_since=NOON - 10 * day)
    assert rules.own_part_at(often) == NOON + 4 * day
    assert rules.own_part_at(replace(often, reopened=2)) is None
    # Whichever ends first.
    assert rules.own_part_at(replace(often, since=NOON - 30 * day, reminders=2)) == NOON + day


def test_what_is_asked_for_besides_may_stay_open() -> None:
    assert rules.missing_sections(REQUIRED, tuple(Section)) == ()
    assert rules.missing_sections({Section.WHY, *OPTIONAL}, tuple(Section)) == REQUIRED[1:]


def test_a_coaching_programme_has_the_short_form() -> None:
    assert rules.sections_of(OPTIONAL, is_coaching=True) == REQUIRED
    assert rules.sections_of(OPTIONAL, is_coaching=False) == tuple(Section)
    assert rules.most_goals(is_coaching=True) == 1
    assert rules.most_goals(is_coaching=False) == 3


def test_reviews_are_due_after_a_third_two_thirds_and_at_the_end() -> None:
    start = date(2027, 1, 1)
    thirds = (date(2027, 1, 31), date(2027, 3, 2), date(2027, 4, 1))
    assert rules.review_days(start, date(2027, 4, 1)) == thirds
    assert rules.review_days(start, date(2027, 1, 2)) == (date(2027, 1, 2),)
    assert rules.review_days(start, start) == ()
    assert rules.review_days(start, None) == ()


STARTED = Completion(State.STARTED, Decimal(0))
FULL = Completion(State.COMPLETED, Decimal(100))
EXCUSED = Completion(excused=True)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], Completion()),
        ([Part()], Completion()),
        ([Part(has_begun=True)], STARTED),
        ([Part(is_ready=True)], Completion(State.STARTED, Decimal(30))),
        ([Part(is_ready=True, has_proposed=True)], Completion(State.STARTED, Decimal(60))),
        ([Part(is_ready=True, has_proposed=True, is_signed=True)], FULL),
        ([Part(is_ready=True, has_proposed=True, is_granted=True)], FULL),
        # The pair ended without fault: what is done is kept, the rest is excused.
        ([Part(is_ready=True, has_ended=True)], FULL),
        ([Part(has_begun=True, has_ended=True)], EXCUSED),
        # Of several pairs the best one counts.
        ([Part(has_ended=True), Part(is_ready=True)], Completion(State.STARTED, Decimal(30))),
        ([Part(has_ended=True), Part()], Completion()),
        ([Part(is_signed=True), Part(has_begun=True)], FULL),
    ],
    ids=str,
)
def test_points_are_given_for_what_somebody_did(parts: list[Part], expected: Completion) -> None:
    assert completion(parts) == expected
