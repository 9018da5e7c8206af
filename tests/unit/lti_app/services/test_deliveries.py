"""The outbox: what is queued is sent once, in order, and nothing is lost whatever dies where."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, text, update

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState, Outcome, PostAnswer
from lti_app.lti.scores import ResultRead
from lti_app.services import deliveries
from lti_app.store.courses import Enrolment, find_enrolment
from lti_app.store.people import Person
from lti_app.store.progress import Delivery
from lti_app.store.session import Database, db, transaction
from tests.outbox import COLUMN, Outbox, open_outbox
from tests.proofs import rule
from tests.waiting import wait_for

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
ACCEPTED = PostAnswer(Outcome.ACCEPTED, 200)
LOST = PostAnswer(Outcome.UNKNOWN, reason="no_answer_in_time")
BROKEN = PostAnswer(Outcome.TRANSIENT, 500, "lms_error")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def cell(score: str | None, comment: str | None = None, maximum: str = "100") -> ResultRead:
    return ResultRead(
        ACCEPTED,
        score=None if score is None else Decimal(score),
        maximum=Decimal(maximum),
        comment=comment,
    )


def settle(outbox: Outbox, read: ResultRead, now: datetime) -> bool:
    (leased,) = outbox.lease(now)
    return outbox.settle(leased, read, now)


# Queueing


def test_an_earned_score_is_due_at_once(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    row = outbox.row(alice)
    assert (row.score, row.version, row.state, row.due_at) == (Decimal(80), 1, "queued", NOON)


@rule("R-4.11")
def test_a_higher_score_replaces_the_waiting_one(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.queue(alice, "90.5")
    row = outbox.row(alice)
    assert (row.score, row.version) == (Decimal("90.5"), 2)


@rule("R-4.11")
@pytest.mark.parametrize("score", [80, 79, 0])
def test_an_equal_or_lower_score_changes_nothing(outbox: Outbox, score: int) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(ACCEPTED, NOON)
        outbox.queue(alice, score)
    row = outbox.row(alice)
    assert (row.score, row.version, row.state) == (Decimal(80), 1, "sent")


def test_what_a_person_decided_replaces_a_higher_score(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 95)
        outbox.post(ACCEPTED, NOON)
        with transaction(outbox.database):
            deliveries.queue(outbox.placement.id, alice, Decimal(90), may_fall=True)
    row = outbox.row(alice)
    assert (row.score, row.version, row.state) == (Decimal(90), 2, "queued")
    # What earned the higher score does so no more; from here on it rises by itself again.
    outbox.queue(alice, 89)
    outbox.queue(alice, 91)
    assert outbox.row(alice).score == Decimal(91)


def test_scores_earned_at_the_same_moment_make_one_cell_with_the_highest(outbox: Outbox) -> None:
    alice = outbox.learner()
    together = threading.Barrier(8, timeout=30)

    def earn(score: int) -> None:
        together.wait()
        outbox.queue(alice, score)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(earn, [10, 80, 20, 70, 30, 60, 40, 50]))
    assert outbox.row(alice).score == 80


def test_a_new_score_is_sent_although_the_last_one_failed_for_long(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(PostAnswer(Outcome.NOT_GRADABLE, 400, "not_gradable"), NOON)
    with at(NOON + HOUR):
        outbox.queue(alice, 90)
    row = outbox.row(alice)
    assert (row.state, row.due_at, row.failures) == ("queued", NOON + HOUR, 0)


def test_a_held_cell_keeps_waiting_for_a_person_with_the_new_value(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(PostAnswer(Outcome.HELD, 500, "locked"), NOON)
    outbox.queue(alice, 90)
    row = outbox.row(alice)
    assert (row.state, row.due_at, row.score, row.version) == ("held", None, Decimal(90), 2)
    assert outbox.lease(real_now()) == []


# Leasing


def test_a_lease_knows_what_a_post_needs(outbox: Outbox) -> None:
    alice = outbox.learner(subject="moodle-7")
    outbox.queue(alice, 80)
    (leased,) = outbox.lease()
    assert leased.id == outbox.row(alice).id
    assert leased.registration_id == outbox.registration.id
    assert (leased.line_item_url, leased.subject) == (COLUMN, "moodle-7")
    assert leased.family == "moodle"
    assert leased.endpoints == ("https://moodle.test/token", "https://moodle.test/auth")
    assert len(leased.scopes) == 2
    assert not leased.is_in_doubt


def test_a_leased_cell_is_nobody_elses_until_the_lease_is_over(outbox: Outbox) -> None:
    with at(NOON):
        outbox.queue(outbox.learner(), 80)
    (first,) = outbox.lease(NOON)
    assert outbox.lease(NOON + timedelta(seconds=89)) == []
    (second,) = outbox.lease(NOON + timedelta(seconds=91))
    assert second.id == first.id
    assert second.lease != first.lease


def test_the_longest_waiting_come_first_and_no_more_than_asked_for(outbox: Outbox) -> None:
    for minutes in (3, 1, 2):
        with at(NOON + timedelta(minutes=minutes)):
            outbox.queue(outbox.learner(), minutes)
    taken = outbox.lease(NOON + HOUR, limit=2)
    with transaction(outbox.database, read_only=True):
        rows = [db().get_one(Delivery, leased.id) for leased in taken]
    assert [row.score for row in rows] == [1, 2]


def test_eight_workers_share_the_cells_without_taking_one_twice(outbox: Outbox) -> None:
    for number in range(40):
        outbox.queue(outbox.learner(f"Learner {number}"), 80)
    together = threading.Barrier(8, timeout=30)
    posted: Counter[object] = Counter()

    def work(_: int) -> None:
        together.wait()
        while taken := outbox.lease(limit=3):
            for leased in taken:
                attempt = outbox.begin(leased)
                assert attempt is not None
                posted[attempt.delivery_id] += 1
                outbox.record(attempt, ACCEPTED)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert len(posted) == 40
    assert set(posted.values()) == {1}


Obstacle = Callable[[Outbox], Callable[[], object]]


def _preview(outbox: Outbox) -> Callable[[], object]:
    alice = outbox.learner(is_preview=True)
    outbox.queue(alice, 80)
    return lambda: outbox.change(_person(outbox, alice), is_preview=False)


def _ruled(kind: str) -> Obstacle:
    def arrange(outbox: Outbox) -> Callable[[], object]:
        alice = outbox.learner()
        outbox.queue(alice, 80)
        ruling = outbox.rule(alice, kind)
        return lambda: outbox.change(ruling, undone_at=real_now())

    return arrange


def _enrolled(**wrong: object) -> Obstacle:
    def arrange(outbox: Outbox) -> Callable[[], object]:
        alice = outbox.learner()
        outbox.queue(alice, 80)
        enrolment = _enrolment(outbox, alice)
        right = {name: getattr(enrolment, name) for name in wrong}
        outbox.change(enrolment, **wrong)
        return lambda: outbox.change(enrolment, **right)

    return arrange


def _switched_off(outbox: Outbox) -> Callable[[], object]:
    outbox.queue(outbox.learner(), 80)
    outbox.change(outbox.registration, is_active=False)
    return lambda: outbox.change(outbox.registration, is_active=True)


def _deployment(status: str) -> Obstacle:
    def arrange(outbox: Outbox) -> Callable[[], object]:
        outbox.queue(outbox.learner(), 80)
        outbox.change(outbox.deployment, status=status)
        return lambda: outbox.change(outbox.deployment, status="active")

    return arrange


def _person(outbox: Outbox, person_id: UUID) -> Person:
    with transaction(outbox.database, read_only=True):
        return db().get_one(Person, person_id)


def _enrolment(outbox: Outbox, person_id: UUID) -> Enrolment:
    with transaction(outbox.database, read_only=True):
        found = find_enrolment(outbox.course.id, person_id)
        assert found is not None
        return found


OBSTACLES: dict[str, Obstacle] = {
    "a preview": _preview,
    "held": _ruled("hold"),
    "excused": _ruled("excuse"),
    "staff": _enrolled(role_names=["can_review", "is_learner"]),
    "inactive": _enrolled(is_active=False),
    "platform off": _switched_off,
    "deployment blocked": _deployment("blocked"),
    "deployment pending": _deployment("pending"),
}


@rule("R-4.15")
@pytest.mark.parametrize("arrange", OBSTACLES.values(), ids=OBSTACLES)
def test_what_must_not_be_sent_waits_until_it_may(outbox: Outbox, arrange: Obstacle) -> None:
    lift = arrange(outbox)
    assert outbox.lease() == []
    lift()
    assert len(outbox.lease()) == 1


def test_a_hold_ends_at_its_time(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.rule(alice, "hold", until=NOON + HOUR)
    with at(NOON):
        assert outbox.lease(NOON) == []
    with at(NOON + HOUR):
        assert len(outbox.lease(NOON + HOUR)) == 1


def test_an_extension_keeps_nothing_back(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    outbox.rule(alice, "extend")
    assert len(outbox.lease()) == 1


def test_somebody_whom_the_lms_names_per_client_is_sent_under_that_name(outbox: Outbox) -> None:
    alice = outbox.learner(subject="everywhere")
    outbox.identity(alice, "at this client", client_id="client")
    outbox.identity(alice, "at another client", client_id="other")
    outbox.queue(alice, 80)
    assert outbox.lease()[0].subject == "at this client"


def test_a_lease_says_what_is_missing(outbox: Outbox) -> None:
    outbox.column(url=None, scopes=())
    outbox.queue(outbox.learner(subject=None), 80)
    (leased,) = outbox.lease()
    assert (leased.line_item_url, leased.scopes, leased.subject) == (None, (), None)


# Attempts


def test_an_attempt_is_written_down_before_it_is_made(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    attempt = outbox.post(None, NOON)
    assert (attempt.score, attempt.version, attempt.timestamp) == (Decimal(80), 1, NOON)
    assert [(one.outcome, one.score) for one in outbox.attempts(alice)] == [(None, Decimal(80))]
    row = outbox.row(alice)
    assert row.is_unanswered
    assert row.posted_at == NOON


def test_an_attempt_takes_the_newest_score(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    (leased,) = outbox.lease()
    outbox.queue(alice, 90)
    attempt = outbox.begin(leased)
    assert attempt is not None
    assert (attempt.score, attempt.version) == (Decimal(90), 2)


@rule("R-4.12")
def test_two_posts_of_a_cell_are_in_different_seconds(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(ACCEPTED, NOON)
        outbox.queue(alice, 90)
    early = NOON + timedelta(milliseconds=700)
    (leased,) = outbox.lease(early)
    assert outbox.begin(leased, early) is None
    row = outbox.row(alice)
    assert row.due_at == NOON.replace(microsecond=0) + SECOND
    assert outbox.lease(early) == []
    assert outbox.post(ACCEPTED, row.due_at).timestamp == row.due_at
    assert outbox.row(alice).acknowledged_score == 90


def test_a_post_outlasts_the_lease_that_it_began_under(outbox: Outbox) -> None:
    with at(NOON):
        outbox.queue(outbox.learner(), 80)
    outbox.post(None, NOON)
    assert outbox.lease(NOON + timedelta(seconds=200)) == []


def test_nothing_is_posted_under_a_lost_lease(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    (lost,) = outbox.lease(NOON)
    (ours,) = outbox.lease(NOON + HOUR)
    assert outbox.begin(lost, NOON + HOUR) is None
    assert outbox.attempts(alice) == []
    assert outbox.begin(ours, NOON + HOUR) is not None


@rule("R-4.15")
def test_a_hold_that_comes_after_the_lease_is_still_in_time(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 80)
    (leased,) = outbox.lease()
    ruling = outbox.rule(alice, "hold")
    assert outbox.begin(leased) is None
    outbox.change(ruling, undone_at=real_now())
    assert len(outbox.lease()) == 1


# Answers


def test_an_accepted_score_is_sent_and_done(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(ACCEPTED, NOON)
    row = outbox.row(alice)
    assert (row.state, row.due_at, row.failures) == ("sent", None, 0)
    assert (row.acknowledged_score, row.acknowledged_version) == (Decimal(80), 1)
    assert (row.acknowledged_at, row.answered_at, row.answer_status) == (NOON, NOON, 200)
    assert not row.is_unanswered
    assert row.lease is None
    (attempt,) = outbox.attempts(alice)
    assert (attempt.outcome, attempt.status, attempt.finished_at) == ("accepted", 200, NOON)


def test_a_score_that_rose_during_the_post_is_due_again(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(ACCEPTED, NOON, between=lambda: outbox.queue(alice, 90))
    row = outbox.row(alice)
    assert (row.state, row.due_at) == ("queued", NOON)
    assert (row.acknowledged_score, row.acknowledged_version) == (Decimal(80), 1)
    assert outbox.post(ACCEPTED, NOON + SECOND).score == 90
    assert outbox.row(alice).state == "sent"


@rule("R-4.14")
@pytest.mark.parametrize(
    ("answer", "state", "is_in_doubt"),
    [
        (BROKEN, DeliveryState.WAITING, True),
        (PostAnswer(Outcome.TRANSIENT, None, "not_reached"), DeliveryState.WAITING, False),
        (PostAnswer(Outcome.TRANSIENT, 429, "throttled"), DeliveryState.WAITING, False),
        (LOST, DeliveryState.WAITING, True),
        (PostAnswer(Outcome.STALE, 409, "stale"), DeliveryState.WAITING, True),
        (PostAnswer(Outcome.NOT_GRADABLE, 400, "not_gradable"), DeliveryState.NOT_GRADABLE, False),
        (PostAnswer(Outcome.HELD, 500, "locked"), DeliveryState.HELD, False),
        (PostAnswer(Outcome.GONE, 404, "column_gone"), DeliveryState.GONE, False),
        (
            PostAnswer(Outcome.CONFIGURATION, 401, "token_rejected"),
            DeliveryState.CONFIGURATION,
            False,
        ),
    ],
)
def test_each_class_of_answer_has_its_way_on(
    outbox: Outbox, answer: PostAnswer, state: DeliveryState, is_in_doubt: bool
) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(answer, NOON)
    row = outbox.row(alice)
    assert (row.state, row.failures, row.is_unanswered) == (state, 1, is_in_doubt)
    assert (row.answer_status, row.answer_reason) == (answer.status, answer.reason)
    tries_again = state in {DeliveryState.WAITING, DeliveryState.CONFIGURATION}
    assert (row.due_at is not None) is tries_again
    assert row.acknowledged_score is None


def test_failures_in_a_row_wait_longer_and_longer_and_success_forgets_them(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    now, pauses = NOON, []
    for _ in range(3):
        outbox.post(PostAnswer(Outcome.TRANSIENT, None, "not_reached"), now)
        due_at = outbox.row(alice).due_at
        assert due_at is not None
        pauses.append(due_at - now)
        now = due_at
    assert pauses == sorted(pauses)
    outbox.post(ACCEPTED, now)
    assert outbox.row(alice).failures == 0


def test_an_answer_that_comes_after_the_lease_went_on_is_only_noted(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    late = outbox.post(None, NOON)
    (other,) = outbox.lease(NOON + HOUR)
    outbox.record(late, ACCEPTED, NOON + HOUR)
    assert outbox.attempts(alice)[0].outcome == "accepted"
    row = outbox.row(alice)
    assert (row.lease, row.state, row.is_unanswered) == (other.lease, "queued", True)


def test_an_answer_that_comes_after_somebody_looked_into_the_cell_changes_nothing(
    outbox: Outbox,
) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    late = outbox.post(None, NOON)
    assert not settle(outbox, cell("80"), NOON + HOUR)
    outbox.record(late, LOST, NOON + HOUR)
    assert outbox.attempts(alice)[0].outcome == "accepted"
    assert outbox.row(alice).state == "sent"


def test_what_keeps_a_post_from_being_made_is_told_without_an_attempt(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    (leased,) = outbox.lease(NOON)
    answer = PostAnswer(Outcome.CONFIGURATION, reason="no_column")
    for _ in range(2):
        outbox.postpone(leased, answer, NOON)
    row = outbox.row(alice)
    assert (row.state, row.answer_reason, row.failures) == ("configuration", "no_column", 1)
    assert row.due_at == NOON + HOUR
    assert outbox.attempts(alice) == []


# A launch wakes


@pytest.mark.parametrize(
    ("outcome", "wakes"),
    [
        (Outcome.GONE, True),
        (Outcome.CONFIGURATION, True),
        (Outcome.NOT_GRADABLE, False),
        (Outcome.HELD, False),
        (Outcome.TRANSIENT, False),
    ],
)
def test_a_launch_makes_due_what_waited_for_one(
    outbox: Outbox, outcome: Outcome, wakes: bool
) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(PostAnswer(outcome, None, "x"), NOON)
    with at(NOON + SECOND), transaction(outbox.database):
        deliveries.wake(outbox.placement.id)
    assert (len(outbox.lease(NOON + SECOND)) == 1) is wakes


# After a post whose answer is missing


@rule("R-4.12")
def test_cells_are_woken_in_the_order_in_which_all_lock_them(postgresql_database: Database) -> None:
    outbox, engine = open_outbox(postgresql_database), postgresql_database.engine
    people = sorted(outbox.learner(one) for one in ("Alice", "Bob"))
    # By person, and as they lie since they were changed, the second one comes first.
    first, second = UUID(int=1), UUID(int=2)
    for person, id_ in zip(people, (second, first), strict=True):
        outbox.queue(person, 80)
        with transaction(postgresql_database):
            mine = update(Delivery).where(Delivery.person_id == person)
            db().execute(mine.values(id=id_, state=DeliveryState.GONE.value))

    def wake() -> None:
        with transaction(postgresql_database):
            deliveries.wake(outbox.placement.id)

    with ThreadPoolExecutor(1) as pool, engine.connect() as other, engine.connect() as watcher:
        other.execute(select(Delivery.id).where(Delivery.id == first).with_for_update())
        watcher.execution_options(isolation_level="AUTOCOMMIT")
        woken = pool.submit(wake)
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        wait_for(lambda: watcher.scalar(waiting), "somebody who waits", 30)
        free = select(Delivery.id).where(Delivery.id == second).with_for_update(skip_locked=True)
        assert other.scalar(free) == second
        other.rollback()
        woken.result()
    assert {outbox.row(person).state for person in people} == {"queued"}


def test_after_a_crash_between_post_and_record_the_cell_is_in_doubt(outbox: Outbox) -> None:
    with at(NOON):
        outbox.queue(outbox.learner(), 80)
    outbox.post(None, NOON)
    (leased,) = outbox.lease(NOON + HOUR)
    assert leased.is_in_doubt


@pytest.mark.parametrize("answer", [None, LOST, BROKEN])
@pytest.mark.parametrize(("shown", "maximum"), [("80", "100"), ("16", "20"), ("80.00004", "100")])
def test_a_score_that_is_in_the_cell_is_not_sent_again(
    outbox: Outbox, answer: PostAnswer | None, shown: str, maximum: str
) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(answer, NOON)
    assert settle(outbox, cell(shown, maximum=maximum), NOON + HOUR) is False
    row = outbox.row(alice)
    assert (row.state, row.due_at, row.acknowledged_score) == ("sent", None, Decimal(80))
    assert (row.lease, row.is_unanswered) == (None, False)
    (attempt,) = outbox.attempts(alice)
    assert (attempt.outcome, attempt.reason) == ("accepted", "read_back")


def test_a_score_that_is_not_in_the_cell_is_sent_again(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(LOST, NOON)
    (leased,) = outbox.lease(NOON + HOUR)
    attempt = outbox.begin(leased, NOON + HOUR, cell(None))
    assert attempt is not None
    outbox.record(attempt, ACCEPTED, NOON + HOUR)
    assert outbox.row(alice).state == "sent"


def test_a_cell_with_what_was_last_acknowledged_gets_the_new_score(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(ACCEPTED, NOON)
        outbox.queue(alice, 90)
    outbox.post(LOST, NOON + SECOND)
    assert settle(outbox, cell("80"), NOON + HOUR)
    assert not outbox.row(alice).is_unanswered


def test_a_lost_score_that_arrived_is_acknowledged_before_the_next_is_sent(
    outbox: Outbox,
) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(LOST, NOON, between=lambda: outbox.queue(alice, 90))
    assert settle(outbox, cell("80"), NOON + HOUR)
    row = outbox.row(alice)
    assert (row.acknowledged_score, row.acknowledged_version) == (Decimal(80), 1)
    assert (row.score, row.state, row.is_unanswered) == (Decimal(90), "queued", False)


def test_the_same_grade_typed_by_a_person_ends_the_delivery(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
        outbox.post(LOST, NOON, between=lambda: outbox.queue(alice, 90))
    assert not settle(outbox, cell("90"), NOON + HOUR)
    assert outbox.row(alice).state == "sent"


@rule("R-4.12")
@pytest.mark.parametrize("read", [cell("55"), cell("0"), cell("90.1"), cell(None, "Well done")])
def test_what_a_person_put_into_the_cell_stays(outbox: Outbox, read: ResultRead) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    outbox.post(LOST, NOON)
    assert not settle(outbox, read, NOON + HOUR)
    row = outbox.row(alice)
    assert (row.state, row.due_at) == ("held", None)
    assert row.answer_reason == "changed_in_gradebook"
    assert row.is_unanswered
    assert row.lease is None


def test_a_grade_set_back_by_a_person_to_an_older_one_of_ours_stays(outbox: Outbox) -> None:
    alice = outbox.learner()
    for minute, score in enumerate((50, 80)):
        with at(NOON + timedelta(minutes=minute)):
            outbox.queue(alice, score)
            outbox.post(ACCEPTED, NOON + timedelta(minutes=minute))
    with at(NOON + HOUR):
        outbox.queue(alice, 90)
        outbox.post(LOST, NOON + HOUR)
    assert not settle(outbox, cell("50"), NOON + 2 * HOUR)
    assert outbox.row(alice).state == "held"


def test_a_refused_post_is_not_taken_for_one_of_ours(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 50)
    outbox.post(PostAnswer(Outcome.NOT_GRADABLE, 400, "not_gradable"), NOON)
    with at(NOON + HOUR):
        outbox.queue(alice, 90)
        outbox.post(LOST, NOON + HOUR)
    assert not settle(outbox, cell("50"), NOON + 2 * HOUR)


def test_nothing_is_concluded_under_a_lost_lease(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 80)
    (lost,) = outbox.lease(NOON)
    outbox.lease(NOON + HOUR)
    assert outbox.begin(lost, NOON + HOUR, cell("80")) is None
    assert outbox.row(alice).state == "queued"


# What a launch sets going again


@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [
        (PostAnswer(Outcome.NOT_GRADABLE, 403, "forbidden"), True),
        (PostAnswer(Outcome.NOT_GRADABLE, 400, "not_gradable"), True),
        (PostAnswer(Outcome.HELD, 500, "locked"), True),
        (PostAnswer(Outcome.HELD, reason="changed_in_gradebook"), False),
    ],
)
def test_a_refused_cell_is_looked_into_again_when_its_person_launches(
    outbox: Outbox, answer: PostAnswer, goes_on: bool
) -> None:
    alice, bob = outbox.learner(), outbox.learner()
    for person in (alice, bob):
        with at(NOON):
            outbox.queue(person, 100)
        outbox.post(answer, NOON)
    with transaction(outbox.database):
        deliveries.wake_person(outbox.placement.id, alice)
    assert (outbox.row(alice).state == "queued") is goes_on
    assert (outbox.row(alice).due_at is not None) is goes_on
    assert outbox.row(alice).is_unanswered is goes_on
    assert outbox.row(bob).due_at is None


def test_another_column_is_looked_into_and_filled_where_it_is_empty(outbox: Outbox) -> None:
    alice = outbox.learner()
    with at(NOON):
        outbox.queue(alice, 100)
    outbox.post(ACCEPTED, NOON)
    with transaction(outbox.database):
        deliveries.look_again(outbox.placement.id)
    later = real_now() + HOUR
    assert settle(outbox, cell(None), later)
    assert outbox.row(alice).state == "queued"
