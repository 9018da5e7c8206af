"""What is ruled about a learner is obeyed by the outbox and by progress, and can be undone."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lti_app import clock
from lti_app.domain.errors import NotFound
from lti_app.domain.rulings import RulingFact, RulingKind
from lti_app.services import rulings, visits
from lti_app.store import audit
from lti_app.store.session import Database, transaction
from tests.outbox import Outbox, open_outbox

HOUR = timedelta(hours=1)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


@pytest.fixture
def teacher(outbox: Outbox) -> UUID:
    return outbox.learner("Tina", roles=("can_author", "can_review"))


def rule(
    outbox: Outbox, person: UUID, by: UUID, kind: RulingKind, hours: int | None = None
) -> None:
    until = None if hours is None else clock.now() + hours * HOUR
    with transaction(outbox.database):
        rulings.rule(outbox.activity.id, person, kind, by=by, until=until)


def undo(outbox: Outbox, person: UUID, ruling: UUID, by: UUID) -> None:
    with transaction(outbox.database):
        rulings.undo(outbox.activity.id, person, ruling, by=by)


def ruled(outbox: Outbox, person: UUID) -> list[RulingFact]:
    with transaction(outbox.database, read_only=True):
        return list(rulings.rulings_of(outbox.activity.id, [person]).get(person, []))


@pytest.mark.parametrize("kind", [RulingKind.HOLD, RulingKind.EXCUSE])
def test_nothing_is_sent_until_a_hold_or_an_excuse_is_undone(
    outbox: Outbox, teacher: UUID, kind: RulingKind
) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    rule(outbox, alice, teacher, kind)
    assert outbox.lease() == []
    (ruling,) = ruled(outbox, alice)
    undo(outbox, alice, ruling.id, teacher)
    assert len(outbox.lease()) == 1


def test_a_hold_ends_by_itself_at_its_hour(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    rule(outbox, alice, teacher, RulingKind.HOLD, hours=1)
    assert outbox.lease() == []
    clock.set_offset(HOUR)
    assert len(outbox.lease()) == 1


def test_a_grade_of_somebody_inactive_is_sent_when_an_instructor_says_so(
    outbox: Outbox, teacher: UUID
) -> None:
    alice = outbox.learner(is_active=False)
    outbox.queue(alice, 80)
    assert outbox.lease() == []
    rule(outbox, alice, teacher, RulingKind.SEND)
    assert len(outbox.lease()) == 1


def test_a_new_ruling_takes_the_place_of_the_one_of_its_kind(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    rule(outbox, alice, teacher, RulingKind.HOLD, hours=1)
    rule(outbox, alice, teacher, RulingKind.EXCUSE)
    rule(outbox, alice, teacher, RulingKind.HOLD, hours=2)
    in_force = [fact for fact in ruled(outbox, alice) if fact.is_in_force(clock.now())]
    assert sorted(fact.kind for fact in in_force) == [RulingKind.EXCUSE, RulingKind.HOLD]


def test_who_ruled_and_who_took_it_back_stays_known(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    rule(outbox, alice, teacher, RulingKind.HOLD)
    (ruling,) = ruled(outbox, alice)
    undo(outbox, alice, ruling.id, teacher)
    undo(outbox, alice, ruling.id, teacher)
    (ruling,) = ruled(outbox, alice)
    assert (ruling.made_by, ruling.undone_by) == ("Tina", "Tina")
    with transaction(outbox.database, read_only=True):
        entries = audit.list_entries(outbox.activity.id)
    assert [(entry.action, entry.actor_id, entry.person_id) for entry in entries] == [
        ("ruling.hold", teacher, alice),
        ("undo.hold", teacher, alice),
    ]


def test_a_ruling_is_undone_only_for_the_learner_and_activity_it_is_about(
    outbox: Outbox, teacher: UUID
) -> None:
    alice, bob = outbox.learner(), outbox.learner("Bob")
    rule(outbox, alice, teacher, RulingKind.HOLD)
    (ruling,) = ruled(outbox, alice)
    for person, ruling_id in ((bob, ruling.id), (alice, uuid4())):
        with pytest.raises(NotFound):
            undo(outbox, person, ruling_id, teacher)
    with pytest.raises(NotFound), transaction(outbox.database):
        rulings.undo(uuid4(), alice, ruling.id, by=teacher)


def test_an_extension_says_until_when(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    with pytest.raises(ValueError, match="until when"):
        rule(outbox, alice, teacher, RulingKind.EXTEND)


def test_an_extension_moves_the_close_for_one_learner(outbox: Outbox, teacher: UUID) -> None:
    alice, bob = outbox.learner(), outbox.learner("Bob")
    closes_at = clock.now()
    outbox.change(outbox.activity, closes_at=closes_at)
    rule(outbox, alice, teacher, RulingKind.EXTEND, hours=5)
    with transaction(outbox.database, read_only=True):
        closes = rulings.closes_for(outbox.activity.id, [alice, bob])
        seen = [visits.find_placement(outbox.placement.id, person) for person in (alice, bob)]
    assert closes[bob] == closes_at
    later = closes[alice]
    assert later is not None
    assert later > closes_at + 4 * HOUR
    assert [placement.closes_at for placement in seen] == [closes[alice], closes[bob]]


def test_without_a_close_nothing_is_extended(outbox: Outbox, teacher: UUID) -> None:
    alice = outbox.learner()
    rule(outbox, alice, teacher, RulingKind.EXTEND, hours=5)
    with transaction(outbox.database, read_only=True):
        assert rulings.closes_for(outbox.activity.id, [alice]) == {alice: None}


def test_what_is_earned_while_excused_is_sent_when_the_excuse_is_undone(
    outbox: Outbox, teacher: UUID
) -> None:
    alice = outbox.learner()
    rule(outbox, alice, teacher, RulingKind.EXCUSE)
    outbox.queue(alice, 90)
    (ruling,) = ruled(outbox, alice)
    undo(outbox, alice, ruling.id, teacher)
    (leased,) = outbox.lease()
    attempt = outbox.begin(leased)
    assert attempt is not None
    assert attempt.score == Decimal(90)
