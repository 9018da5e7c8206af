"""Zeros at the close: who gets one, and that nothing is overwritten by it."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lti_app import clock
from lti_app.domain.delivery import DeliveryState, Mandate, Outcome, PostAnswer
from lti_app.domain.rulings import RulingKind
from lti_app.lti.scores import SCOPE_SCORE, ResultRead
from lti_app.services import closing, deliveries, rulings
from lti_app.services.sending import LeasedDelivery
from lti_app.store import audit
from lti_app.store.courses import Activity
from lti_app.store.progress import Progress, find_delivery
from lti_app.store.session import Database, db, transaction
from tests.outbox import Outbox, open_outbox

READ = PostAnswer(Outcome.ACCEPTED, 200)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


@pytest.fixture
def teacher(outbox: Outbox) -> UUID:
    return outbox.learner("Tina", roles=("can_author", "can_review", "is_learner"))


def close(outbox: Outbox, by: UUID, *, send_zeros: bool = True) -> None:
    with transaction(outbox.database):
        closing.close(outbox.placement.id, by=by, send_zeros=send_zeros)


def zeros(outbox: Outbox) -> int:
    with transaction(outbox.database, read_only=True):
        return closing.count_zeros(outbox.placement.id)


def cell(outbox: Outbox, person: UUID) -> tuple[Decimal, str] | None:
    with transaction(outbox.database, read_only=True):
        row = find_delivery(outbox.placement.id, person)
        return None if row is None else (row.score, row.state)


def progress(outbox: Outbox, person: UUID, **values: object) -> None:
    row = Progress(activity_id=outbox.activity.id, person_id=person, updated_at=clock.now())
    for name, value in {"state": "started", **values}.items():
        setattr(row, name, value)
    outbox.add(row)


def settle(outbox: Outbox, leased: LeasedDelivery, **seen: Decimal | str | None) -> bool:
    read = ResultRead(READ, maximum=Decimal(100), **seen)  # type: ignore[arg-type]
    return outbox.settle(leased, read)


def test_closing_closes_now_and_sends_nothing_unless_asked(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    before = clock.now()
    close(outbox, teacher, send_zeros=False)
    assert cell(outbox, alice) is None
    with transaction(outbox.database, read_only=True):
        closes_at = db().get_one(Activity, outbox.activity.id).closes_at
    assert closes_at is not None
    assert before <= closes_at <= clock.now()


def test_an_earlier_close_stays(outbox: Outbox, teacher: UUID) -> None:
    yesterday = clock.now() - timedelta(days=1)
    outbox.change(outbox.activity, closes_at=yesterday)
    close(outbox, teacher)
    with transaction(outbox.database, read_only=True):
        assert db().get_one(Activity, outbox.activity.id).closes_at == yesterday


def test_an_activity_opens_again(outbox: Outbox, teacher: UUID) -> None:
    close(outbox, teacher, send_zeros=False)
    with transaction(outbox.database):
        closing.reopen(outbox.activity.id, by=teacher)
    with transaction(outbox.database, read_only=True):
        assert db().get_one(Activity, outbox.activity.id).closes_at is None
        actions = [entry.action for entry in audit.list_entries(outbox.activity.id)]
    assert actions == ["activity.close", "activity.reopen"]


def test_a_zero_goes_to_learners_without_any_grade_and_to_nobody_else(
    outbox: Outbox, teacher: UUID
) -> None:
    idle, begun = outbox.learner("Idle"), outbox.learner("Begun")
    progress(outbox, begun, score=Decimal(30))
    done, marked, excused, held, longer, freed = (
        outbox.learner(name) for name in ("Done", "Marked", "Excused", "Held", "Longer", "Freed")
    )
    outbox.queue(done, 80)
    progress(outbox, marked, state="submitted", needs_marking=True)
    progress(outbox, freed, is_excused=True)
    with transaction(outbox.database):
        for person, kind in ((excused, RulingKind.EXCUSE), (held, RulingKind.HOLD)):
            rulings.rule(outbox.activity.id, person, kind, by=teacher)
        until = clock.now() + timedelta(days=1)
        rulings.rule(outbox.activity.id, longer, RulingKind.EXTEND, by=teacher, until=until)
    left = outbox.learner("Left", is_active=False)
    preview = outbox.learner("Preview", is_preview=True)
    assert zeros(outbox) == 2
    close(outbox, teacher)
    assert cell(outbox, idle) == (Decimal(0), "queued")
    assert cell(outbox, begun) == (Decimal(30), "queued")
    assert cell(outbox, done) == (Decimal(80), "queued")
    for person in (marked, excused, held, longer, freed, left, preview, teacher):
        assert cell(outbox, person) is None
    assert zeros(outbox) == 0


def test_who_closed_and_for_how_many_stays_known(outbox: Outbox, teacher: UUID) -> None:
    outbox.learner()
    close(outbox, teacher)
    with transaction(outbox.database, read_only=True):
        entries = audit.list_entries(outbox.activity.id)
    assert [(entry.action, entry.details) for entry in entries] == [
        ("activity.close", {}),
        ("activity.zeros", {"count": 1}),
    ]


def test_where_nobody_can_look_no_zero_is_sent(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    outbox.column(scopes=(SCOPE_SCORE,))
    close(outbox, teacher)
    assert cell(outbox, alice) is None


def test_a_zero_is_posted_only_after_a_look_and_into_an_empty_cell(
    outbox: Outbox, teacher: UUID
) -> None:
    outbox.learner()
    close(outbox, teacher)
    (leased,) = outbox.lease()
    assert leased.is_in_doubt
    assert leased.mandate is Mandate.IF_EMPTY
    assert settle(outbox, leased, score=None)


@pytest.mark.parametrize("seen", [{"score": Decimal(70)}, {"comment": "Well done"}])
def test_a_cell_that_is_not_empty_is_left_alone(
    outbox: Outbox, teacher: UUID, seen: dict[str, Decimal | str | None]
) -> None:
    alice = outbox.learner()
    close(outbox, teacher)
    (leased,) = outbox.lease()
    assert not settle(outbox, leased, **seen)
    assert cell(outbox, alice) == (Decimal(0), DeliveryState.LEFT_ALONE)
    assert outbox.lease() == []


def test_what_is_earned_after_a_zero_is_sent_but_not_over_a_persons_grade(
    outbox: Outbox, teacher: UUID
) -> None:
    alice = outbox.learner()
    close(outbox, teacher)
    (leased,) = outbox.lease()
    assert not settle(outbox, leased, score=Decimal(70))
    outbox.queue(alice, 90)
    (leased,) = outbox.lease()
    assert (leased.is_in_doubt, leased.mandate) == (True, None)
    assert not settle(outbox, leased, score=Decimal(70))
    assert cell(outbox, alice) == (Decimal(90), DeliveryState.HELD)


def test_many_zeros_are_queued_at_once(outbox: Outbox, teacher: UUID) -> None:
    people = [outbox.learner(f"Learner {number}") for number in range(30)]
    scores = dict.fromkeys(people, Decimal(0))
    outbox.queue(people[3], 50)
    with transaction(outbox.database):
        deliveries.queue_final(outbox.placement.id, scores)
        deliveries.queue_final(outbox.placement.id, scores)
    assert cell(outbox, people[3]) == (Decimal(50), "queued")
    assert cell(outbox, people[4]) == (Decimal(0), "queued")
