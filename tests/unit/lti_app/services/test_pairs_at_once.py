"""Seats, pairs and answers when many act at the same moment, over real connections."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from lti_app.domain.errors import Conflict
from lti_app.domain.pairs import Answer, EndReason
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import Side
from lti_app.services import pairs, participants
from lti_app.store.pairs import Pair
from lti_app.store.session import Database, db, transaction
from tests.pairs import Pairing, open_pairing

DEADLINE = 30


@pytest.fixture
def pairing(postgresql_database: Database) -> Pairing:
    return open_pairing(postgresql_database)


def at_once(acts: Sequence[Callable[[], object]]) -> list[BaseException | None]:
    """Do all of this at the same moment, each over a connection of its own.

    Returns:
        What each act raised.
    """
    together = Barrier(len(acts))
    raised: list[BaseException | None] = [None] * len(acts)

    def run(number: int) -> None:
        together.wait(DEADLINE)
        try:
            acts[number]()
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            raised[number] = error

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return raised


def count(pairing: Pairing, *states: str) -> int:
    """Return how many pairs are in some states."""
    with transaction(pairing.database, read_only=True):
        return db().scalar(select(func.count()).where(Pair.state.in_(states))) or 0


def refused(raised: Sequence[BaseException | None]) -> int:
    """Return how many were refused; nothing else went wrong."""
    assert all(error is None or isinstance(error, Conflict) for error in raised), raised
    return sum(error is not None for error in raised)


def test_i2_the_last_seat_goes_to_one_of_many_who_are_paired_at_once(pairing: Pairing) -> None:
    mentees = [pairing.alice, pairing.bob, *(pairing.ready(f"Person {n}") for n in range(4))]
    raised = at_once([partial(pairing.propose, one) for one in mentees])
    assert refused(raised) == len(mentees) - 1
    assert count(pairing, "offered") == 1


def test_i1_a_mentee_who_is_paired_by_many_at_once_has_one_offer(pairing: Pairing) -> None:
    mentors = [pairing.mona, *(pairing.ready(f"Mentor {n}", Side.MENTOR, 5) for n in range(4))]
    raised = at_once([partial(pairing.propose, mentor_id=one) for one in mentors])
    assert refused(raised) == len(mentors) - 1
    assert count(pairing, "offered") == 1


def test_many_who_pair_the_same_people_crosswise_wait_for_each_other_in_no_ring(
    pairing: Pairing,
) -> None:
    pairing.world.put(pairing.mona, ParticipantState.APPROVED, seats=2)
    max_ = pairing.ready("Max", Side.MENTOR, 2)
    crosswise = [
        (mentee, mentor)
        for mentee in (pairing.alice, pairing.bob)
        for mentor in (pairing.mona, max_)
    ] * 3
    raised = at_once([partial(pairing.propose, *two) for two in crosswise])
    assert refused(raised) == len(crosswise) - 2
    assert count(pairing, "offered") == 2


def test_two_who_accept_at_the_same_moment_are_a_pair(pairing: Pairing) -> None:
    pair_id = pairing.propose()
    two = (pairing.alice, pairing.mona)
    raised = at_once([partial(pairing.answer, pair_id, one, Answer.ACCEPTED) for one in two])
    assert refused(raised) == 0
    assert pairing.pair(pair_id).state == "active"
    assert pairing.states() == ("matched", "matched")


def test_whatever_comes_first_a_yes_and_a_no_at_the_same_moment_make_no_pair(
    pairing: Pairing,
) -> None:
    pair_id = pairing.propose()
    at_once(
        [
            lambda: pairing.answer(pair_id, pairing.alice, Answer.ACCEPTED),
            lambda: pairing.answer(pair_id, pairing.mona, Answer.DECLINED),
        ]
    )
    assert pairing.pair(pair_id).state == "declined"
    assert pairing.states() == ("waiting", "waiting")


def test_a_pair_that_everybody_ends_at_once_ends_once(pairing: Pairing) -> None:
    pair_id = pairing.start()
    raised = at_once(
        [
            lambda: pairing.leave(pair_id, pairing.alice),
            lambda: pairing.leave(pair_id, pairing.mona),
            lambda: pairing.end(pair_id, EndReason.OTHER),
        ]
    )
    assert refused(raised) == 2
    assert pairing.world.place(pairing.alice).waited_rounds == 1
    assert pairing.states() == ("waiting", "waiting")


def test_an_answer_at_the_moment_when_the_offer_is_taken_back_is_one_or_the_other(
    pairing: Pairing,
) -> None:
    pair_id = pairing.propose()
    pairing.answer(pair_id, pairing.mona, Answer.ACCEPTED)
    at_once(
        [
            lambda: pairing.answer(pair_id, pairing.alice, Answer.ACCEPTED),
            lambda: pairing.end(pair_id),
        ]
    )
    assert pairing.pair(pair_id).state == "ended"
    assert pairing.states() == ("waiting", "waiting")


def test_seats_that_are_given_up_while_somebody_is_paired_are_not_given_twice(
    pairing: Pairing,
) -> None:
    def give_up() -> None:
        with transaction(pairing.database):
            pairs.set_seats(pairing.world.programme_id, pairing.mona, 0, by=pairing.mona)

    raised = at_once([give_up, pairing.propose])
    assert refused(raised) == 1
    assert count(pairing, "offered") == pairing.world.place(pairing.mona).seats


def test_i1_of_two_pairs_that_were_noted_and_are_offered_at_once_one_is(pairing: Pairing) -> None:
    max_ = pairing.ready("Max", Side.MENTOR, 2)
    noted = [pairing.propose(mentor_id=mentor, offers_now=False) for mentor in (pairing.mona, max_)]
    raised = at_once([partial(pairing.offer, pair_id) for pair_id in noted])
    assert refused(raised) == 1
    assert count(pairing, "offered") == 1


def test_i2_the_last_seat_is_offered_once_when_two_pairs_were_noted_for_it(
    pairing: Pairing,
) -> None:
    noted = [pairing.propose(one, offers_now=False) for one in (pairing.alice, pairing.bob)]
    raised = at_once([partial(pairing.offer, pair_id) for pair_id in noted])
    assert refused(raised) == 1
    assert count(pairing, "offered") == 1


@pytest.mark.parametrize("act", ["withdraw", "pause", "return"])
def test_i3_who_leaves_at_the_moment_of_being_paired_is_paired_or_gone_and_never_both(
    pairing: Pairing, act: str
) -> None:
    acts: Mapping[str, Callable[..., None]] = {
        "withdraw": participants.withdraw_participation,
        "pause": participants.pause_participation,
        "return": partial(participants.return_participation, note="Please say more."),
    }

    def leave() -> None:
        with transaction(pairing.database):
            acts[act](pairing.world.programme_id, pairing.alice, by=pairing.dana)

    raised = at_once([leave, pairing.propose])
    assert refused(raised) == 1
    is_offered = pairing.world.place(pairing.alice).state is ParticipantState.OFFERED
    assert count(pairing, "offered") == int(is_offered)
