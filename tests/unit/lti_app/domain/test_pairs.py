"""How pairs move: every step from every state, every answer after every other."""

from itertools import product

import pytest

from lti_app.domain import participants
from lti_app.domain.pairs import (
    LIVE,
    TRANSITIONS,
    Answer,
    EndKind,
    PairState,
    PairStep,
    can_answer,
    may_see_contact,
    place_after,
    transition_of,
)
from lti_app.domain.participants import ParticipantState

S, P = PairState, ParticipantState
LEADS = {
    (S.PROPOSED, PairStep.OFFER): S.OFFERED,
    (S.PROPOSED, PairStep.DROP): S.ENDED,
    (S.OFFERED, PairStep.DROP): S.ENDED,
    (S.OFFERED, PairStep.START): S.ACTIVE,
    (S.OFFERED, PairStep.DECLINE): S.DECLINED,
    (S.OFFERED, PairStep.EXPIRE): S.DECLINED,
    (S.ACTIVE, PairStep.PAUSE): S.PAUSED,
    (S.PAUSED, PairStep.RESUME): S.ACTIVE,
    (S.ACTIVE, PairStep.EXIT): S.ENDED,
    (S.PAUSED, PairStep.EXIT): S.ENDED,
    (S.ACTIVE, PairStep.COMPLETE): S.ENDED,
    (S.PAUSED, PairStep.COMPLETE): S.ENDED,
    (S.ACTIVE, PairStep.END): S.ENDED,
    (S.PAUSED, PairStep.END): S.ENDED,
}


@pytest.mark.parametrize(("state", "step"), list(product(PairState, PairStep)))
def test_a_step_leads_on_from_some_states_and_from_no_other(
    state: PairState, step: PairStep
) -> None:
    transition = transition_of(state, step)
    assert (transition.target if transition else None) == LEADS.get((state, step))


def test_what_is_declined_or_ended_stays_so() -> None:
    for state in set(PairState) - set(LIVE):
        assert all(transition_of(state, step) is None for step in PairStep)


def test_who_left_or_declined_is_not_paired_with_the_same_person_again_soon() -> None:
    parting = {step for step, transition in TRANSITIONS.items() if transition.parts}
    assert parting == {PairStep.DECLINE, PairStep.EXIT, PairStep.COMPLETE, PairStep.END}


def test_a_pair_ends_in_one_of_three_ways() -> None:
    kinds = {step: one.end_kind for step, one in TRANSITIONS.items() if one.target is S.ENDED}
    assert kinds == {
        PairStep.DROP: EndKind.BY_PROGRAMME,
        PairStep.EXIT: EndKind.NO_FAULT,
        PairStep.COMPLETE: EndKind.COMPLETED,
        PairStep.END: EndKind.BY_PROGRAMME,
    }


def test_who_accepted_may_think_again_and_who_declined_may_not() -> None:
    none, accepted, declined, meet_first = Answer
    allowed = {pair for pair in product(Answer, Answer) if can_answer(*pair)}
    assert allowed == {
        (none, accepted),
        (none, declined),
        (none, meet_first),
        (meet_first, accepted),
        (meet_first, declined),
        (accepted, declined),
    }


@pytest.mark.parametrize(("mine", "theirs"), list(product(Answer, Answer)))
def test_each_sees_how_to_reach_the_other_once_both_want_to_meet(
    mine: Answer, theirs: Answer
) -> None:
    willing = {Answer.ACCEPTED, Answer.MEET_FIRST}
    assert may_see_contact(mine, theirs) is (mine in willing and theirs in willing)


@pytest.mark.parametrize(
    ("before", "working", "offered", "completed", "after"),
    [
        (P.APPROVED, 0, 1, False, P.OFFERED),
        (P.WAITING, 0, 1, False, P.OFFERED),
        (P.OFFERED, 1, 0, False, P.MATCHED),
        (P.OFFERED, 0, 0, False, P.WAITING),
        (P.OFFERED, 0, 1, False, P.OFFERED),
        (P.MATCHED, 1, 1, False, P.MATCHED),
        (P.MATCHED, 0, 1, False, P.OFFERED),
        (P.MATCHED, 0, 0, False, P.WAITING),
        (P.MATCHED, 0, 0, True, P.DONE),
        (P.APPROVED, 0, 0, False, P.APPROVED),
    ],
)
def test_how_far_somebody_is_follows_from_their_pairs_and_offers(
    before: ParticipantState,
    working: int,
    offered: int,
    after: ParticipantState,
    *,
    completed: bool,
) -> None:
    found = place_after(before, working=working, offered=offered, has_completed=completed)
    assert found is after


def test_whatever_becomes_of_pairs_is_one_step_or_two_that_people_make() -> None:
    steps = {
        (source, target)
        for sources, target in participants.TRANSITIONS.values()
        for source in sources
    }
    two = {(first, last) for first, middle in steps for other, last in steps if middle is other}
    for before, working, offered, completed in product(
        participants.APPROVED, (0, 1), (0, 1), (False, True)
    ):
        after = place_after(before, working=working, offered=offered, has_completed=completed)
        assert after is before or (before, after) in steps | two
