"""Somebody's place in a programme: every step from every state, allowed or refused."""

from itertools import product

import pytest

from lti_app.domain.participants import (
    EDITABLE,
    ParticipantState,
    ParticipantStep,
    after_resuming,
    after_submitting,
    target_of,
)

S, P = ParticipantState, ParticipantStep
#: Written out a second time, by hand: everything else is refused.
ALLOWED = {
    **{
        (state, P.SUBMIT): S.SUBMITTED
        for state in (
            S.DRAFT,
            S.SUBMITTED,
            S.APPROVED,
            S.WAITING,
            S.PAUSED,
            S.WITHDRAWN,
            S.DONE,
        )
    },
    (S.SUBMITTED, P.APPROVE): S.APPROVED,
    **{(state, P.RETURN): S.DRAFT for state in (S.SUBMITTED, S.APPROVED, S.WAITING, S.PAUSED)},
    (S.APPROVED, P.OFFER): S.OFFERED,
    (S.WAITING, P.OFFER): S.OFFERED,
    (S.OFFERED, P.ACCEPT): S.MATCHED,
    (S.OFFERED, P.DECLINE): S.WAITING,
    (S.APPROVED, P.PAUSE): S.PAUSED,
    (S.WAITING, P.PAUSE): S.PAUSED,
    (S.PAUSED, P.RESUME): S.APPROVED,
    **{
        (state, P.WITHDRAW): S.WITHDRAWN
        for state in (S.DRAFT, S.SUBMITTED, S.APPROVED, S.WAITING, S.PAUSED)
    },
    (S.MATCHED, P.PAIR_ENDED): S.WAITING,
    (S.MATCHED, P.FINISH): S.DONE,
}


@pytest.mark.parametrize(
    ("state", "step"), list(product(ParticipantState, ParticipantStep)), ids=str
)
def test_a_step_leads_where_the_table_says_and_nowhere_else(
    state: ParticipantState, step: ParticipantStep
) -> None:
    assert target_of(state, step) is ALLOWED.get((state, step))


@pytest.mark.parametrize("state", [None, S.DRAFT, S.SUBMITTED, S.WITHDRAWN, S.DONE])
def test_who_submits_waits_for_the_programme_team_unless_it_approves_at_once(
    state: ParticipantState | None,
) -> None:
    def submit(*, at_once: bool) -> ParticipantState | None:
        return after_submitting(state, changes_side=False, is_approved_at_once=at_once)

    assert submit(at_once=False) is S.SUBMITTED
    assert submit(at_once=True) is S.APPROVED


@pytest.mark.parametrize("state", [S.APPROVED, S.WAITING, S.PAUSED])
def test_who_was_approved_stays_so_when_they_change_their_answers_but_not_their_side(
    state: ParticipantState,
) -> None:
    def submit(*, changes_side: bool) -> ParticipantState | None:
        return after_submitting(state, changes_side=changes_side, is_approved_at_once=False)

    assert submit(changes_side=False) is state
    assert submit(changes_side=True) is S.SUBMITTED


@pytest.mark.parametrize("state", [S.OFFERED, S.MATCHED])
def test_who_is_being_paired_changes_nothing_any_more(state: ParticipantState) -> None:
    assert after_submitting(state, changes_side=False, is_approved_at_once=True) is None
    assert state not in EDITABLE


def test_after_a_pause_people_are_where_they_were() -> None:
    assert after_resuming(0) is S.APPROVED
    assert after_resuming(2) is S.WAITING
