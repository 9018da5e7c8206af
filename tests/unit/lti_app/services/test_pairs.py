"""Pairs from the proposal to the end: what each act does to a pair and to the places of the two."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from lti_app import clock
from lti_app.domain.errors import AppError, Conflict, MalformedRequest, NotFound
from lti_app.domain.pairing_rules import Obstacle, Override, OverrideCode
from lti_app.domain.pairs import PAUSE_WEEKS, Answer, EndReason, PartingReason
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState, Side
from lti_app.services import pair_clock, pairs, participants
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.pairs import KeptApart
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.jobs import find_job
from lti_app.store.session import transaction
from tests.days import LAST_DAY
from tests.pairs import Pairing, open_pairing

A = Answer
WEEK = timedelta(weeks=1)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


@pytest.fixture
def pairing(runtime: Runtime) -> Pairing:
    return open_pairing(runtime.database)


def refusal(act: Callable[[], object]) -> AppError:
    """Do something that is refused."""
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def obstacles(act: Callable[[], object]) -> list[Obstacle]:
    """Return which rules refuse a pair."""
    with pytest.raises(KeptApart) as caught:
        act()
    return [reason.obstacle for reason in caught.value.reasons]


def test_an_offer_waits_for_both_and_both_are_told(pairing: Pairing) -> None:
    pair = pairing.pair(pairing.propose())
    assert pair.state == "offered"
    assert pair.offered_at is not None
    assert pair.expires_at == pair.offered_at + WEEK
    assert pairing.states() == ("offered", "offered")
    assert pairing.told(pairing.alice) == pairing.told(pairing.mona) == ["pair.offered"]
    assert pairing.told(pairing.bob) == []
    assert pairing.noted() == ["pair.propose", "pair.offer"]


def test_what_is_only_noted_concerns_nobody_until_it_is_offered(pairing: Pairing) -> None:
    pair_id = pairing.propose(offers_now=False)
    assert pairing.pair(pair_id).state == "proposed"
    assert pairing.states() == ("approved", "approved")
    assert pairing.told(pairing.alice) == []
    for act in (
        lambda: pairing.answer(pair_id, pairing.alice, A.ACCEPTED),
        lambda: pairing.leave(pair_id, pairing.alice),
    ):
        assert isinstance(refusal(act), NotFound)
    pairing.offer(pair_id)
    assert pairing.states() == ("offered", "offered")
    assert isinstance(refusal(lambda: pairing.offer(pair_id)), Conflict)


@pytest.mark.parametrize("mentor_first", [False, True])
def test_two_who_both_accept_are_a_pair(pairing: Pairing, *, mentor_first: bool) -> None:
    pair_id = pairing.propose()
    order = (pairing.alice, pairing.mona)
    first, second = reversed(order) if mentor_first else order
    pairing.answer(pair_id, first, A.ACCEPTED)
    assert pairing.pair(pair_id).state == "offered"
    assert pairing.told(second) == ["pair.offered"], "nobody is pressed by the other's answer"
    pairing.answer(pair_id, second, A.ACCEPTED)
    pair = pairing.pair(pair_id)
    assert (pair.state, pair.expires_at) == ("active", None)
    assert pair.started_at is not None
    assert pairing.states() == ("matched", "matched")
    assert pairing.told(first) == pairing.told(second) == ["pair.started"]


@pytest.mark.parametrize("who", ["alice", "mona"])
def test_who_declines_needs_no_reason_and_both_wait_with_a_round_more(
    pairing: Pairing, who: str
) -> None:
    pair_id, decliner = pairing.propose(), getattr(pairing, who)
    other = pairing.mona if who == "alice" else pairing.alice
    pairing.answer(pair_id, other, A.ACCEPTED)
    pairing.answer(pair_id, decliner, A.DECLINED)
    pair = pairing.pair(pair_id)
    assert (pair.state, pair.end_reason, pair.end_kind) == ("declined", None, None)
    assert pair.ended_at is not None
    assert pair.excluded_until == pair.ended_at.replace(year=pair.ended_at.year + 2)
    assert pairing.states() == ("waiting", "waiting")
    assert pairing.world.place(pairing.alice).waited_rounds == 1
    assert pairing.world.place(pairing.mona).waited_rounds == 1
    assert pairing.told(other) == ["pair.not_made"]
    assert pairing.told(decliner) == []
    assert obstacles(pairing.propose) == [Obstacle.PAIRED_BEFORE]


def test_a_reason_that_is_given_is_kept_as_a_code(pairing: Pairing) -> None:
    pair_id = pairing.propose()
    pairing.answer(pair_id, pairing.alice, A.DECLINED, PartingReason.TIME)
    assert pairing.pair(pair_id).end_reason == "time"


def test_who_wants_to_meet_first_gets_time_for_it_and_decides_afterwards(pairing: Pairing) -> None:
    pair_id = pairing.propose()
    clock.set_offset(timedelta(days=5))
    pairing.answer(pair_id, pairing.alice, A.MEET_FIRST)
    pair = pairing.pair(pair_id)
    assert pair.meets_first
    assert pair.offered_at is not None
    assert pair.expires_at is not None
    assert pair.expires_at - pair.offered_at >= timedelta(days=12)
    assert pairing.told(pairing.mona) == ["pair.offered", "pair.meet_first"]
    assert isinstance(
        refusal(lambda: pairing.answer(pair_id, pairing.alice, A.MEET_FIRST)), Conflict
    )
    pairing.answer(pair_id, pairing.mona, A.ACCEPTED)
    assert pairing.pair(pair_id).state == "offered"
    pairing.answer(pair_id, pairing.alice, A.ACCEPTED)
    assert pairing.pair(pair_id).state == "active"


def test_who_has_accepted_may_think_again_while_the_other_has_not_answered(
    pairing: Pairing,
) -> None:
    pair_id = pairing.propose()
    pairing.answer(pair_id, pairing.alice, A.ACCEPTED)
    assert isinstance(refusal(lambda: pairing.answer(pair_id, pairing.alice, A.ACCEPTED)), Conflict)
    pairing.answer(pair_id, pairing.alice, A.DECLINED)
    assert pairing.pair(pair_id).state == "declined"
    over = refusal(lambda: pairing.answer(pair_id, pairing.mona, A.ACCEPTED))
    assert over.code == "offer_over"


def test_nobody_answers_for_others(pairing: Pairing) -> None:
    pair_id = pairing.propose()
    for stranger in (pairing.bob, pairing.dana, uuid4()):
        for act in (
            lambda one=stranger: pairing.answer(pair_id, one, A.ACCEPTED),
            lambda one=stranger: pairing.leave(pair_id, one),
        ):
            assert isinstance(refusal(act), NotFound)
    assert pairing.pair(pair_id).state == "offered"


def test_the_rules_are_asked_when_a_pair_is_proposed_and_again_when_it_is_offered(
    pairing: Pairing,
) -> None:
    pair_id = pairing.propose(offers_now=False)
    with transaction(pairing.database):
        participants.pause_participation(
            pairing.world.programme_id, pairing.alice, by=pairing.alice
        )
    assert obstacles(lambda: pairing.offer(pair_id)) == [Obstacle.PAUSED]
    assert pairing.pair(pair_id).state == "proposed"


def test_i1_a_mentee_has_one_open_offer_or_pair_unless_the_programme_allows_two(
    pairing: Pairing,
) -> None:
    other = pairing.ready("Max", Side.MENTOR, 1)
    pairing.propose()
    assert obstacles(lambda: pairing.propose(mentor_id=other)) == [Obstacle.HAS_ENOUGH]
    pairing.world.change(rules={"pairs_per_mentee": 2})
    second = pairing.propose(mentor_id=other)
    assert obstacles(lambda: pairing.propose(mentor_id=other)) == [
        Obstacle.NO_SEAT,
        Obstacle.HAS_ENOUGH,
        Obstacle.TOGETHER,
    ]
    pairing.answer(second, pairing.alice, A.DECLINED)
    assert pairing.states() == ("offered", "offered"), "the first offer is still open"


def test_i2_a_mentor_has_no_more_pairs_and_offers_than_seats(pairing: Pairing) -> None:
    pairing.propose()
    assert obstacles(lambda: pairing.propose(pairing.bob)) == [Obstacle.NO_SEAT]
    with transaction(pairing.database):
        pairs.set_seats(pairing.world.programme_id, pairing.mona, 2, by=pairing.mona)
    pairing.propose(pairing.bob)


def test_with_one_pair_at_work_a_mentor_is_paired_whatever_becomes_of_another(
    pairing: Pairing,
) -> None:
    pairing.world.put(pairing.mona, ParticipantState.APPROVED, seats=2)
    pairing.start()
    second = pairing.propose(pairing.bob)
    assert pairing.states() == ("matched", "matched")
    pairing.answer(second, pairing.bob, A.DECLINED)
    assert pairing.states() == ("matched", "matched")
    assert pairing.world.place(pairing.bob).state is ParticipantState.WAITING


def test_i3_a_rule_is_overridden_with_a_reason_that_is_kept(pairing: Pairing) -> None:
    pairing.world.change(rules={"required_training": ("training",)})
    assert obstacles(pairing.propose) == [Obstacle.TRAINING]
    override = Override(OverrideCode.OTHER, "She taught the course herself.")
    assert isinstance(
        refusal(lambda: pairing.propose(override=replace(override, note=""))), MalformedRequest
    )
    pair_id = pairing.propose(override=override, offers_now=False)
    pair = pairing.pair(pair_id)
    assert (pair.override_code, pair.override_note) == ("other", override.note)
    pairing.offer(pair_id)
    assert pairing.pair(pair_id).state == "offered"


def test_i3_what_protects_somebody_is_overridden_by_nobody(pairing: Pairing) -> None:
    override = Override(OverrideCode.KNOWS_BOTH)
    pairing.world.put(pairing.alice, ParticipantState.APPROVED, consent_version=None)
    assert obstacles(lambda: pairing.propose(override=override)) == [Obstacle.NO_CONSENT]


def test_people_are_paired_on_the_sides_that_they_take(pairing: Pairing) -> None:
    for mentee, mentor in (
        (pairing.mona, pairing.alice),
        (pairing.alice, pairing.bob),
        (pairing.alice, uuid4()),
        (pairing.alice, pairing.alice),
    ):
        with pytest.raises(NotFound):
            pairing.propose(mentee, mentor)


@pytest.mark.parametrize(
    "state", [ProgrammeState.DRAFT, ProgrammeState.CLOSING, ProgrammeState.ARCHIVED]
)
def test_a_programme_that_pairs_nobody_makes_no_offers_and_takes_no_yes(
    pairing: Pairing, state: ProgrammeState
) -> None:
    proposed = pairing.propose(offers_now=False)
    open_offer = pairing.propose(pairing.bob)
    pairing.world.change(state=state.value)
    for act in (
        lambda: pairing.propose(pairing.bob),
        lambda: pairing.offer(proposed),
        lambda: pairing.answer(open_offer, pairing.bob, A.ACCEPTED),
        lambda: pairing.answer(open_offer, pairing.bob, A.MEET_FIRST),
    ):
        assert refusal(act).code == "pairing_closed"
    pairing.answer(open_offer, pairing.bob, A.DECLINED)


def test_either_of_a_pair_ends_it_at_any_time_and_both_are_free_at_once(pairing: Pairing) -> None:
    pair_id = pairing.start()
    pairing.leave(pair_id, pairing.mona)
    pair = pairing.pair(pair_id)
    assert (pair.state, pair.end_kind, pair.end_reason) == ("ended", "no_fault", None)
    assert pair.excluded_until is not None
    assert pairing.states() == ("waiting", "waiting")
    assert pairing.world.place(pairing.alice).waited_rounds == 1
    assert pairing.told(pairing.alice) == ["pair.started", "pair.ended"]
    assert pairing.told(pairing.mona) == ["pair.started"]
    assert isinstance(refusal(lambda: pairing.leave(pair_id, pairing.alice)), Conflict)
    pairing.propose(pairing.bob)


def test_a_pair_pauses_for_some_weeks_and_goes_on(pairing: Pairing) -> None:
    pair_id = pairing.start()
    with transaction(pairing.database):
        pairs.pause(pair_id, pairing.alice, 2)
    pair = pairing.pair(pair_id)
    assert pair.state == "paused"
    assert pair.paused_until is not None
    assert timedelta(days=13) < pair.paused_until - clock.now() <= timedelta(days=14)
    assert pairing.states() == ("matched", "matched")
    assert pairing.told(pairing.mona) == ["pair.started", "pair.paused"]
    with transaction(pairing.database):
        pairs.resume(pair_id, pairing.mona)
    assert pairing.pair(pair_id).state == "active"
    assert pairing.told(pairing.alice)[-1] == "pair.resumed"


@pytest.mark.parametrize("weeks", [0, 5, 9, 100])
def test_a_pause_is_one_of_the_lengths_that_can_be_chosen(pairing: Pairing, weeks: int) -> None:
    pair_id = pairing.start()
    assert weeks not in PAUSE_WEEKS

    def pause() -> None:
        with transaction(pairing.database):
            pairs.pause(pair_id, pairing.alice, weeks)

    assert isinstance(refusal(pause), MalformedRequest)


def test_the_programme_team_ends_a_pair_and_takes_offers_and_proposals_back(
    pairing: Pairing,
) -> None:
    proposed = pairing.propose(offers_now=False)
    pairing.end(proposed)
    assert pairing.told(pairing.alice) == []
    offered = pairing.propose()
    pairing.end(offered, EndReason.MISTAKE)
    assert pairing.states() == ("waiting", "waiting")
    assert pairing.told(pairing.alice) == ["pair.taken_back"]
    assert pairing.world.place(pairing.alice).waited_rounds == 0, "nothing came to nothing"
    begun = pairing.start()
    pairing.end(begun, EndReason.DO_NOT_MEET)
    pair = pairing.pair(begun)
    assert (pair.end_kind, pair.end_reason) == ("by_programme", "do_not_meet")
    assert pairing.told(pairing.mona)[-1] == "pair.ended_by_programme"
    assert isinstance(refusal(lambda: pairing.end(begun)), Conflict)


def test_another_programme_has_no_hand_in_a_pair(pairing: Pairing) -> None:
    pair_id = pairing.propose()

    def offer() -> None:
        with transaction(pairing.database):
            pairs.offer(uuid4(), pair_id, by=pairing.dana)

    def end() -> None:
        with transaction(pairing.database):
            pairs.end(uuid4(), pair_id, EndReason.OTHER, by=pairing.dana)

    assert isinstance(refusal(offer), NotFound)
    assert isinstance(refusal(end), NotFound)


@pytest.mark.parametrize(("seats", "code"), [(0, "seats_taken"), (1, None), (5, None)])
def test_seats_are_never_fewer_than_what_is_taken(
    pairing: Pairing, seats: int, code: str | None
) -> None:
    pairing.propose()

    def change() -> None:
        with transaction(pairing.database):
            pairs.set_seats(pairing.world.programme_id, pairing.mona, seats, by=pairing.mona)

    if code is None:
        change()
        assert pairing.world.place(pairing.mona).seats == seats
    else:
        assert refusal(change).code == code


@pytest.mark.parametrize(("who", "seats"), [("mona", 6), ("mona", -1), ("alice", 1)])
def test_nobody_but_a_mentor_has_seats_and_there_are_five_at_most(
    pairing: Pairing, who: str, seats: int
) -> None:
    def change() -> None:
        with transaction(pairing.database):
            pairs.set_seats(
                pairing.world.programme_id, getattr(pairing, who), seats, by=pairing.mona
            )

    assert isinstance(refusal(change), MalformedRequest | NotFound)


def run_clock(runtime: Runtime) -> int:
    """Let time do what it does; returns how much changed."""
    job = Job(f"settle_{uuid4().hex[:8]}", every(WEEK), pair_clock.settle_pairs)
    run_due(runtime, [job])
    with transaction(runtime.database, read_only=True):
        row = find_job(job.name)
    assert row is not None
    assert row.outcome == "done"
    return row.changed


@pytest.mark.parametrize("turned", ["alice", "mona"])
def test_what_was_proposed_is_not_offered_to_somebody_who_has_changed_sides(
    pairing: Pairing, turned: str
) -> None:
    pair_id = pairing.propose(offers_now=False)
    side = Side.MENTOR if turned == "alice" else Side.MENTEE
    pairing.world.put(getattr(pairing, turned), ParticipantState.APPROVED, side=side.value)
    assert obstacles(lambda: pairing.offer(pair_id)) == [Obstacle.NOT_APPROVED]


def test_an_offer_ends_by_itself_and_the_same_two_may_be_offered_again(
    pairing: Pairing, runtime: Runtime
) -> None:
    pair_id = pairing.propose()
    pairing.answer(pair_id, pairing.alice, A.ACCEPTED)
    assert run_clock(runtime) == 0
    clock.set_offset(timedelta(days=5, minutes=1))
    assert run_clock(runtime) == 1, "who has not answered is reminded"
    assert run_clock(runtime) == 0, "and once only"
    assert pairing.told(pairing.mona) == ["pair.offered", "pair.answer_awaited"]
    clock.set_offset(timedelta(days=7, minutes=1))
    late = refusal(lambda: pairing.answer(pair_id, pairing.mona, A.ACCEPTED))
    assert late.code == "offer_over"
    assert run_clock(runtime) == 1
    pair = pairing.pair(pair_id)
    assert (pair.state, pair.excluded_until) == ("declined", None)
    assert pairing.states() == ("waiting", "waiting")
    assert pairing.world.place(pairing.alice).waited_rounds == 1
    assert pairing.world.place(pairing.mona).waited_rounds == 0, "she has not answered"
    assert pairing.told(pairing.mona) == ["pair.expired"]
    pairing.propose()


def test_a_pause_ends_by_itself(pairing: Pairing, runtime: Runtime) -> None:
    pair_id = pairing.start()
    with transaction(pairing.database):
        pairs.pause(pair_id, pairing.alice, 1)
    clock.set_offset(WEEK - timedelta(minutes=1))
    assert run_clock(runtime) == 0
    clock.set_offset(WEEK + timedelta(minutes=1))
    assert run_clock(runtime) == 1
    assert pairing.pair(pair_id).state == "active"
    assert pairing.told(pairing.alice)[-1] == pairing.told(pairing.mona)[-1] == "pair.resumed"


def test_pairs_end_with_the_day_after_the_programmes_last_one_there(
    pairing: Pairing, runtime: Runtime
) -> None:
    pair_id = pairing.start()
    evening = datetime.combine(LAST_DAY, time(20, 30), UTC)
    pairing.world.change(ends_on=LAST_DAY, time_zone="Europe/Berlin")
    with time_machine.travel(evening, tick=False):
        assert run_clock(runtime) == 0
    with time_machine.travel(evening + timedelta(hours=3), tick=False):
        assert run_clock(runtime) == 1
    pair = pairing.pair(pair_id)
    assert (pair.state, pair.end_kind) == ("ended", "completed")
    assert pairing.states() == ("done", "done")
    assert pairing.told(pairing.alice)[-1] == "pair.completed"


def test_every_act_is_noted_with_who_did_it_and_about_whom(pairing: Pairing) -> None:
    pair_id = pairing.start()
    pairing.leave(pair_id, pairing.alice)
    assert pairing.noted() == [
        "pair.propose",
        "pair.offer",
        "pair.answer_accepted",
        "pair.answer_accepted",
        "pair.start",
        "pair.exit",
    ]
