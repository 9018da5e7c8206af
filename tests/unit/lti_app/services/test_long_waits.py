"""Who has waited for two weeks is told so once, with the kind of reason and without a name."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.domain.pairing_rules import Obstacle
from lti_app.domain.pairs import Answer
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState, Side
from lti_app.language import speaking
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.long_waits import tell_who_waits, why_waiting
from lti_app.services.notices import inbox
from lti_app.services.pair_notices import STILL_WAITING, Why
from lti_app.services.pairing import Waiter, list_waiting
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from tests.pairs import Pairing, open_pairing

TWO_WEEKS = timedelta(days=14, minutes=1)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.database.dispose()


@pytest.fixture
def pairing(runtime: Runtime) -> Pairing:
    return open_pairing(runtime.database)


def tell(runtime: Runtime) -> None:
    """Let the nightly work be done."""
    job = Job(f"tell_{uuid4().hex[:8]}", every(timedelta(days=1)), tell_who_waits)
    assert run_due(runtime, [job]) == 1


def told(pairing: Pairing) -> dict[UUID, list[int]]:
    """Return who was told of a long wait, and why."""
    with transaction(pairing.database, read_only=True):
        query = select(Notice).where(Notice.key == STILL_WAITING.key).order_by(Notice.created_at)
        found: dict[UUID, list[int]] = {}
        for notice in db().scalars(query):
            found.setdefault(notice.person_id, []).append(int(notice.parameters["why"]))
        return found


def test_somebody_is_told_after_two_weeks_and_once_a_wait(
    pairing: Pairing, runtime: Runtime
) -> None:
    pair_id = pairing.propose()
    clock.set_offset(timedelta(days=13))
    tell(runtime)
    assert told(pairing) == {}
    clock.set_offset(TWO_WEEKS)
    tell(runtime)
    tell(runtime)
    assert told(pairing) == {pairing.bob: [Why.CAPACITY]}, "Mona's seat is taken, Alice is offered"
    pairing.end(pair_id)
    clock.set_offset(2 * TWO_WEEKS)
    tell(runtime)
    assert told(pairing)[pairing.alice] == [Why.CHOICE], "a new wait, which began with the end"
    assert told(pairing)[pairing.bob] == [Why.CAPACITY]


def test_in_a_programme_that_pairs_nobody_and_during_a_pause_nobody_is_told(
    pairing: Pairing, runtime: Runtime
) -> None:
    pairing.world.put(pairing.bob, ParticipantState.PAUSED)
    pairing.world.change(state=ProgrammeState.CLOSING.value)
    clock.set_offset(TWO_WEEKS)
    tell(runtime)
    assert told(pairing) == {}
    pairing.world.change(state=ProgrammeState.RUNNING.value)
    tell(runtime)
    assert told(pairing).keys() == {pairing.alice, pairing.mona}


def test_each_kind_of_reason_has_a_sentence_that_names_nobody(
    pairing: Pairing, runtime: Runtime
) -> None:
    clock.set_offset(TWO_WEEKS)
    tell(runtime)
    with transaction(pairing.database, read_only=True), speaking("en"):
        notice = inbox(pairing.alice, 1, None).notices[0]
    assert "the programme team is choosing with care" in notice.words.body
    assert "Mona" not in notice.words.body


@pytest.mark.parametrize(
    ("fitting", "others", "obstacle", "why"),
    [
        (0, 0, None, Why.CAPACITY),
        (1, 3, Obstacle.TIME, Why.CHOICE),
        (0, 3, Obstacle.TIME, Why.TIME),
        (0, 3, Obstacle.SENIORITY, Why.FIT),
    ],
)
def test_a_reason_belongs_to_a_family(
    pairing: Pairing, fitting: int, others: int, obstacle: Obstacle | None, why: Why
) -> None:
    with transaction(pairing.database, read_only=True):
        waiting, _ = list_waiting(pairing.world.programme_id, Side.MENTEE, "", 1)
    assert why_waiting(Waiter(waiting[0].named, fitting, others, obstacle, count=1)) is why


def test_a_mentor_who_waits_is_told_as_well(pairing: Pairing, runtime: Runtime) -> None:
    for mentee in (pairing.alice, pairing.bob):
        pairing.answer(pairing.propose(mentee), mentee, Answer.DECLINED)
    clock.set_offset(TWO_WEEKS)
    tell(runtime)
    assert told(pairing)[pairing.mona] == [Why.FIT]
