"""A link is pointed at another activity: no cell is lowered, and none sends what was before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lti_app.clock import now
from lti_app.domain.delivery import DeliveryState, Finding, Outcome, PostAnswer
from lti_app.domain.progress import State
from lti_app.lti.scores import ResultRead
from lti_app.services import deliveries, grade_cells, progress, verdicts
from lti_app.store.cells import locked
from lti_app.store.courses import Activity, Placement
from lti_app.store.deliveries import count_former
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import Database, db, transaction
from tests.outbox import Outbox, open_outbox
from tests.proofs import rule

NOON = datetime(2030, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACCEPTED = PostAnswer(Outcome.ACCEPTED, 200)
LOST = PostAnswer(Outcome.UNKNOWN, reason="no_answer_in_time")
BUSY = PostAnswer(Outcome.TRANSIENT, 503, "lms_error")


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


@pytest.fixture
def other(outbox: Outbox) -> Activity:
    """Return another activity of the course."""
    activity = Activity(
        organisation_id=outbox.organisation.id,
        course_id=outbox.course.id,
        kind="mentoring",
        title="Another sign-up",
    )
    outbox.add(activity)
    return activity


def finish(outbox: Outbox, activity: Activity, person: UUID, score: int) -> None:
    """Let somebody be done with an activity, wherever it is placed."""
    outbox.add(
        Progress(
            activity_id=activity.id,
            person_id=person,
            state=State.COMPLETED.value,
            score=Decimal(score),
            updated_at=now(),
        )
    )


def point_at(outbox: Outbox, activity: Activity) -> None:
    """Let the link lead to another activity, as a launch does that finds it picked again."""
    with transaction(outbox.database):
        db().get_one(Placement, outbox.placement.id).activity_id = activity.id
        progress.fill_anew(outbox.placement.id)


def sent(outbox: Outbox, score: int, answer: PostAnswer | None = ACCEPTED) -> UUID:
    """Let somebody earn a score with the first activity, and post it."""
    person = outbox.earn("alice", score)
    outbox.post(answer, NOON)
    return person


def due(outbox: Outbox) -> list[Decimal]:
    """Return the scores that a worker would post now."""
    leased = outbox.lease(NOON + MINUTE)
    begun = [outbox.begin(one, NOON + MINUTE) for one in leased]
    return [one.score for one in begun if one]


@rule("R-3.9")
@pytest.mark.parametrize(
    ("before", "after", "expected"), [(80, 90, [90]), (80, 80, []), (80, 70, []), (80, None, [])]
)
def test_a_cell_is_filled_anew_only_where_the_new_value_is_not_lower(
    outbox: Outbox, other: Activity, before: int, after: int | None, expected: list[int]
) -> None:
    person = sent(outbox, before)
    if after is not None:
        finish(outbox, other, person, after)
    point_at(outbox, other)
    assert due(outbox) == expected
    stays = after is None or after < before
    with transaction(outbox.database, read_only=True):
        assert count_former(outbox.placement.id) == int(stays)
        page = grade_cells.cells(outbox.placement.id)
    assert (page.cells[0].obstacle == "former") is stays
    assert page.former == int(stays)


@rule("R-3.9")
def test_what_was_not_sent_yet_is_never_sent(outbox: Outbox, other: Activity) -> None:
    person = outbox.earn("alice", 80)
    point_at(outbox, other)
    assert due(outbox) == []
    assert outbox.row(person).state == DeliveryState.LEFT_ALONE
    with transaction(outbox.database):
        assert deliveries.send_again(placement_id=outbox.placement.id) == 0
        deliveries.wake(outbox.placement.id)
        deliveries.look_again(outbox.placement.id)
    assert due(outbox) == []


def test_a_lower_score_goes_into_a_cell_that_never_got_the_former_one(
    outbox: Outbox, other: Activity
) -> None:
    person = outbox.earn("alice", 80)
    finish(outbox, other, person, 30)
    point_at(outbox, other)
    assert due(outbox) == [30]


def test_a_score_that_may_have_arrived_is_not_lowered(outbox: Outbox, other: Activity) -> None:
    person = sent(outbox, 80, LOST)
    finish(outbox, other, person, 30)
    point_at(outbox, other)
    assert due(outbox) == []
    assert outbox.row(person).score == 80


def test_a_post_that_is_under_way_is_recorded_and_not_tried_again(
    outbox: Outbox, other: Activity
) -> None:
    person = outbox.earn("alice", 80)
    outbox.post(BUSY, NOON, between=lambda: point_at(outbox, other))
    assert due(outbox) == []
    with transaction(outbox.database):
        deliveries.point_elsewhere(outbox.placement.id)
    assert outbox.row(person).state == DeliveryState.LEFT_ALONE


def test_what_is_reached_later_goes_in_once_it_is_as_much(outbox: Outbox, other: Activity) -> None:
    person = sent(outbox, 80)
    point_at(outbox, other)
    outbox.queue(person, 79)
    assert due(outbox) == []
    outbox.queue(person, 81)
    assert due(outbox) == [81]


def test_an_equal_score_makes_the_cell_the_new_activitys_without_a_post(
    outbox: Outbox, other: Activity
) -> None:
    person = sent(outbox, 80)
    point_at(outbox, other)
    outbox.queue(person, 80)
    row = outbox.row(person)
    assert (row.activity_id, row.state) == (other.id, DeliveryState.SENT)
    assert row.acknowledged_version == row.version


def test_pointed_back_the_first_activity_goes_on(outbox: Outbox, other: Activity) -> None:
    outbox.earn("alice", 80)
    point_at(outbox, other)
    point_at(outbox, outbox.activity)
    (leased,) = outbox.lease(NOON + MINUTE)
    assert leased.is_in_doubt


def test_a_cell_that_somebody_changed_stays_held(outbox: Outbox, other: Activity) -> None:
    person = sent(outbox, 80)
    outbox.change(outbox.row(person), state=DeliveryState.HELD.value)
    finish(outbox, other, person, 90)
    point_at(outbox, other)
    assert due(outbox) == []
    assert outbox.row(person).score == 90


def test_a_comparison_lets_the_former_activitys_cells_be(outbox: Outbox, other: Activity) -> None:
    person = sent(outbox, 80)
    point_at(outbox, other)
    row, cleared, later = outbox.row(person), ResultRead(ACCEPTED), NOON + MINUTE
    for activity, finding in ((other, Finding.EQUAL), (outbox.activity, Finding.NOT_THERE)):
        with transaction(outbox.database), locked([row.id]) as cells:
            assert verdicts.compare(cells[row.id], cleared, later, later, activity.id) is finding
    assert due(outbox) == []


def test_a_cell_from_before_this_was_kept_is_the_links_own(outbox: Outbox) -> None:
    person = outbox.earn("alice", 80)
    row: Delivery = outbox.row(person)
    outbox.change(row, activity_id=None)
    assert due(outbox) == [80]
