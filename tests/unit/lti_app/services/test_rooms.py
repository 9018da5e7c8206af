"""What activities build on: pairs that have begun and their ends, facts, goals, due work."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.goals import GoalDraft, GoalState
from lti_app.domain.pairs import EndKind, PairState
from lti_app.services import due_work, goals, pairs, rooms
from lti_app.services.facts import facts, publish_fact, withdraw_fact
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.courses import Activity, Enrolment
from lti_app.store.facts import Fact
from lti_app.store.progress import Progress
from lti_app.store.session import Database, db, transaction
from tests.days import in_days
from tests.pairs import Pairing, open_pairing
from tests.unit.lti_app.services.test_pairs_at_once import at_once, refused
from tests.unit.lti_app.test_activity import Knitting

DAY = datetime(2027, 3, 1, 12, tzinfo=UTC)
GOAL = GoalDraft(title="A strategic plan for my team", due_on=in_days(396))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The rules are the same on every database; what happens at once is tried on PostgreSQL."""
    return sqlite_url


@pytest.fixture
def pairing(sqlite_database: Database) -> Pairing:
    return open_pairing(sqlite_database)


class Following(Knitting):
    """An activity that does what is due, and notes which pairs went on or have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.asked: list[int] = []
        self.resumed: list[UUID] = []
        self.ended: list[UUID] = []

    def due_work(self, _at: datetime, limit: int) -> int:
        """Do as much as is waiting, up to the limit."""
        done = min(self.waiting, limit)
        self.waiting -= done
        self.asked.append(done)
        return done

    def pair_resumed(self, pair_id: UUID) -> None:
        """Note that a pair goes on."""
        self.resumed.append(pair_id)

    def pair_ended(self, pair_id: UUID) -> None:
        """Note that a pair has ended."""
        self.ended.append(pair_id)


class Failing(Knitting):
    """One whose due work cannot be done."""

    def due_work(self, _at: datetime, _limit: int) -> int:
        """Fail."""
        raise RuntimeError("the needle broke")


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    runtime = open_runtime(settings)
    yield runtime
    runtime.database.dispose()


def test_a_fact_said_again_of_the_same_replaces_it_and_can_be_taken_back(pairing: Pairing) -> None:
    pair_id, other = pairing.start(), pairing.propose(pairing.bob, pairing.ready_mentor())
    about = uuid4()

    def say(pair: UUID, **values: object) -> None:
        with transaction(pairing.database):
            # One table of cases for parameters of several types.
            publish_fact("charter.state", pair_id=pair, **values)  # type: ignore[arg-type]

    say(pair_id, code="half_signed", at=DAY)
    say(pair_id, code="active", number=2, at=DAY + timedelta(days=1))
    say(pair_id, code="review", about=about, at=DAY)
    say(other, code="apart", at=DAY)
    with transaction(pairing.database, read_only=True):
        said = facts("charter.state", pair_ids=[pair_id])
        assert [(one.code, one.number) for one in said] == [
            ("review", None),
            ("active", Decimal(2)),
        ]
        assert {one.programme_id for one in said} == {pairing.world.programme_id}
        assert len(facts("charter.state", programme_id=pairing.world.programme_id)) == 3
        assert facts("charter.other") == []
    with transaction(pairing.database):
        assert withdraw_fact("charter.state", pair_id=pair_id)
        assert not withdraw_fact("charter.state", pair_id=pair_id)
    with transaction(pairing.database, read_only=True):
        assert len(facts("charter.state")) == 2


@pytest.mark.parametrize(
    ("kind", "code"),
    [("charter", ""), ("Charter.state", ""), ("charter.state", "We agreed."), ("a.b", "x" * 31)],
)
def test_words_of_people_are_no_facts(pairing: Pairing, kind: str, code: str) -> None:
    with transaction(pairing.database), pytest.raises(ValueError, match="form"):
        publish_fact(kind, code=code)
    with transaction(pairing.database), pytest.raises(NotFound):
        publish_fact("charter.state", pair_id=uuid4())


def test_only_pairs_that_have_begun_are_worked_with_and_only_while_they_are_at_work(
    pairing: Pairing,
) -> None:
    offered = pairing.propose(pairing.bob, pairing.ready_mentor())
    begun = pairing.start()
    people = [pairing.alice, pairing.bob, pairing.mona]
    with transaction(pairing.database):
        assert rooms.lock_pair(begun).people == (pairing.mona, pairing.alice)
        with pytest.raises(NotFound):
            rooms.lock_pair(offered)
        found = rooms.pairs_of(pairing.world.programme_id, people)
    assert {who: [one.id for one in pairs] for who, pairs in found.items()} == {
        pairing.alice: [begun],
        pairing.mona: [begun],
    }
    pairing.leave(begun, pairing.alice)
    with transaction(pairing.database):
        with pytest.raises(Conflict) as over:
            rooms.lock_pair(begun)
        (ended,) = rooms.pairs_of(pairing.world.programme_id, [pairing.alice])[pairing.alice]
    assert over.value.code == "pair_over"
    assert (ended.state, ended.end_kind, ended.is_at_work) == (
        PairState.ENDED,
        EndKind.NO_FAULT,
        False,
    )


def test_progress_of_both_is_asked_for_wherever_they_learn(pairing: Pairing) -> None:
    pair_id = pairing.start()
    with transaction(pairing.database):
        db().scalars(select(Activity)).one().programme_id = pairing.world.programme_id
        rooms.refresh_pair_progress("mentoring", pair_id)
    assert learning(pairing) == {pairing.alice, pairing.mona}
    with transaction(pairing.database):
        db().query(Progress).delete()
        where = Enrolment.person_id == pairing.mona
        db().scalars(select(Enrolment).where(where)).one().is_active = False
        rooms.refresh_pair_progress("mentoring", pair_id)
        rooms.refresh_pair_progress("knitting", pair_id)
    assert learning(pairing) == {pairing.alice}


def learning(pairing: Pairing) -> set[UUID]:
    """Return of whom progress is stored."""
    with transaction(pairing.database, read_only=True):
        return {row.person_id for row in db().scalars(select(Progress))}


def test_an_activity_is_told_that_a_pair_goes_on_whoever_ends_its_pause(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = Following()
    monkeypatch.setattr(rooms, "catalogue", lambda: {"knitting": following})
    pair_id = pairing.start()
    with transaction(pairing.database):
        pairs.pause(pair_id, pairing.alice, weeks=4)
    assert following.resumed == []
    with transaction(pairing.database):
        pairs.resume(pair_id, pairing.alice)
    assert following.resumed == [pair_id]
    with transaction(pairing.database):
        pairs.pause(pair_id, pairing.mona, weeks=1)
    clock.set_offset(timedelta(weeks=1))
    with transaction(pairing.database):
        assert pairs.go_on(pair_id)
    assert following.resumed == [pair_id, pair_id]


def test_an_activity_is_told_of_the_end_of_pairs_that_had_begun(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = Following()
    monkeypatch.setattr(rooms, "catalogue", lambda: {"knitting": following})
    pairing.end(pairing.propose())
    assert following.ended == []
    begun = pairing.start(pairing.bob, pairing.ready_mentor())
    pairing.end(begun)
    assert following.ended == [begun]


def test_due_work_is_done_in_batches_and_a_fault_of_one_stops_no_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = Following()
    following.waiting = 250
    kinds = {"failing": Failing("failing"), "knitting": following, "plain": Knitting("plain")}
    monkeypatch.setattr(due_work, "catalogue", lambda: kinds)
    assert run_due(runtime, [Job("due_anew", every(timedelta(hours=1)), due_work.do_due_work)]) == 1
    assert following.asked == [100, 100, 50]


def test_i4_goals_of_a_pair_that_two_agree_on_and_mark_at_once_are_there_once(
    postgresql_database: Database,
) -> None:
    pairing = open_pairing(postgresql_database)
    pair_id = pairing.start()

    def act(work: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            with transaction(pairing.database):
                rooms.lock_pair(pair_id)
                work()

        return run

    agreeing = [act(lambda: goals.agree_goals(pair_id, [GOAL], DAY)) for _ in range(4)]
    assert refused(at_once(agreeing)) == 0
    with transaction(pairing.database, read_only=True):
        (goal,) = goals.goals_of(pair_id)

    def mark(who: UUID, state: GoalState) -> Callable[[], object]:
        def run() -> None:
            with transaction(pairing.database):
                goals.mark_goal(pair_id, goal.id, who, state, seen=GoalState.OPEN)

        return run

    marking = [
        mark(pairing.alice, GoalState.MET),
        mark(pairing.mona, GoalState.PARTLY),
        mark(pairing.alice, GoalState.DROPPED),
    ]
    assert refused(at_once(marking)) == 2, "the first one counts"
    with transaction(pairing.database, read_only=True):
        (goal,) = goals.goals_of(pair_id)
        assert len(goal.updates) == 1
        assert goal.updates[0].state is goal.state


def test_facts_said_at_the_same_moment_are_one(postgresql_database: Database) -> None:
    pairing = open_pairing(postgresql_database)
    pair_id = pairing.start()

    def say(number: int) -> Callable[[], object]:
        def run() -> None:
            with transaction(pairing.database):
                publish_fact("charter.state", pair_id=pair_id, number=number)

        return run

    assert refused(at_once([say(number) for number in range(4)])) == 0
    with transaction(pairing.database, read_only=True):
        assert len(db().scalars(select(Fact)).all()) == 1
