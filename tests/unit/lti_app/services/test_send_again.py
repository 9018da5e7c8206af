"""An instructor has a grade sent again, or sent over what somebody typed in the gradebook."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState, Mandate, Outcome, PostAnswer
from lti_app.domain.errors import Conflict
from lti_app.lti.scores import ResultRead
from lti_app.services import deliveries
from lti_app.services.sending import LeasedDelivery
from lti_app.store.session import Database, transaction
from tests.outbox import Outbox, open_outbox

#: Every lease of before is over then.
LATER = timedelta(minutes=5)
READ = PostAnswer(Outcome.ACCEPTED, 200)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


def send_again(outbox: Outbox, person: UUID | None = None) -> int:
    with transaction(outbox.database):
        return deliveries.send_again(placement_id=outbox.placement.id, person_id=person)


def send_instead(outbox: Outbox, person: UUID, seen: int | None) -> None:
    with transaction(outbox.database):
        score = None if seen is None else Decimal(seen)
        deliveries.send_instead(outbox.placement.id, person, score)


def settle(outbox: Outbox, leased: LeasedDelivery, score: int | None) -> bool:
    read = ResultRead(READ, None if score is None else Decimal(score), Decimal(100))
    return outbox.settle(leased, read)


def held_by_a_person(outbox: Outbox, score: int = 55) -> UUID:
    """Bring a cell to where somebody's grade was found in it."""
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.post(None, real_now())
    (leased,) = outbox.lease(real_now() + LATER)
    assert not settle(outbox, leased, score)
    assert outbox.row(alice).state == DeliveryState.HELD
    return alice


@pytest.mark.parametrize("outcome", [Outcome.NOT_GRADABLE, Outcome.GONE, Outcome.CONFIGURATION])
def test_what_was_refused_is_sent_again_at_once(outbox: Outbox, outcome: Outcome) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.post(PostAnswer(outcome, 400, "not_gradable"), real_now())
    assert outbox.lease(real_now() + LATER) == []
    assert send_again(outbox, alice) == 1
    (leased,) = outbox.lease(real_now() + LATER)
    assert not leased.is_in_doubt


def test_what_has_arrived_is_not_sent_again(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.post(READ, real_now())
    assert send_again(outbox) == 0
    assert outbox.lease(real_now() + LATER) == []


def test_sending_again_twice_is_sending_again_once(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.post(PostAnswer(Outcome.GONE, 404, "column_gone"), real_now())
    assert (send_again(outbox), send_again(outbox)) == (1, 0)


def test_a_locked_cell_is_looked_into_before_it_is_sent_to_again(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.post(PostAnswer(Outcome.HELD, 500, "locked"), real_now())
    send_again(outbox, alice)
    (leased,) = outbox.lease(real_now() + LATER)
    assert leased.is_in_doubt


def test_sending_again_leaves_a_persons_grade_alone(outbox: Outbox) -> None:
    alice = held_by_a_person(outbox)
    send_again(outbox, alice)
    (leased,) = outbox.lease(real_now() + LATER)
    assert not settle(outbox, leased, 55)
    assert outbox.row(alice).state == DeliveryState.HELD


def test_what_was_seen_in_the_cell_is_kept_for_the_page(outbox: Outbox) -> None:
    row = outbox.row(held_by_a_person(outbox))
    assert (row.seen_score, row.seen_maximum) == (Decimal(55), Decimal(100))


def test_an_instructor_who_saw_the_grade_may_have_it_replaced(outbox: Outbox) -> None:
    alice = held_by_a_person(outbox)
    send_instead(outbox, alice, 55)
    (leased,) = outbox.lease(real_now() + LATER)
    assert (leased.is_in_doubt, leased.mandate) == (True, Mandate.REPLACE)
    assert settle(outbox, leased, 55)
    attempt = outbox.begin(leased, real_now() + LATER)
    assert attempt is not None
    outbox.record(attempt, READ)
    row = outbox.row(alice)
    assert (row.state, row.acknowledged_score, row.mandate) == ("sent", Decimal(80), None)


def test_a_grade_that_changed_after_the_decision_is_not_replaced(outbox: Outbox) -> None:
    alice = held_by_a_person(outbox)
    send_instead(outbox, alice, 55)
    (leased,) = outbox.lease(real_now() + LATER)
    assert not settle(outbox, leased, 60)
    row = outbox.row(alice)
    assert (row.state, row.seen_score, row.mandate) == ("held", Decimal(60), None)


@pytest.mark.parametrize("seen", [54, None])
def test_a_decision_about_another_grade_than_the_one_seen_is_refused(
    outbox: Outbox, seen: int | None
) -> None:
    alice = held_by_a_person(outbox)
    with pytest.raises(Conflict):
        send_instead(outbox, alice, seen)


def test_there_is_nothing_to_replace_in_a_cell_that_is_not_held(outbox: Outbox) -> None:
    alice = outbox.learner()
    with pytest.raises(Conflict):
        send_instead(outbox, alice, None)
    outbox.queue(alice, 80)
    with pytest.raises(Conflict):
        send_instead(outbox, alice, None)
