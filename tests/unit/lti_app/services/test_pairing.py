"""What is gathered before two people are paired: reporting lines, courses, training, the queue."""

from datetime import timedelta
from uuid import UUID

import pytest

from lti_app import clock
from lti_app.clock import now
from lti_app.domain.errors import NotFound
from lti_app.domain.pairing_rules import Obstacle
from lti_app.domain.pairs import Answer
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import Side
from lti_app.services.organisations import add_organisation
from lti_app.services.pairing import Option, QueuePage, compare, list_options, list_queue
from lti_app.store.courses import Activity, Course, Enrolment
from lti_app.store.people import Person
from lti_app.store.progress import Progress
from lti_app.store.reporting import ReportingEdge
from lti_app.store.session import Database, db, transaction
from tests.pairs import Pairing, open_pairing


@pytest.fixture
def pairing(database: Database) -> Pairing:
    return open_pairing(database)


def obstacles(pairing: Pairing) -> list[Obstacle]:
    """Return what keeps Alice and Mona apart."""
    with transaction(pairing.database, read_only=True):
        found = compare(pairing.world.programme_id, pairing.alice, pairing.mona)
    return [reason.obstacle for reason in found.verdict.broken]


def options(pairing: Pairing, person_id: UUID, search: str = "") -> list[Option]:
    """Return whom somebody could be paired with."""
    with transaction(pairing.database, read_only=True):
        _, page = list_options(pairing.world.programme_id, person_id, search, 1, "UTC")
    return list(page.options)


def queue(pairing: Pairing, side: Side, search: str = "", page: int = 1) -> QueuePage:
    """Return who of a side can be paired."""
    with transaction(pairing.database, read_only=True):
        return list_queue(pairing.world.programme_id, side, search, page)


def names(page: QueuePage) -> list[str | None]:
    """Return the names of people, in order."""
    return [one.person.name for one in page.people]


def report(pairing: Pairing, *chain: str) -> None:
    """Upload a reporting line, from the bottom to the top."""
    with transaction(pairing.database):
        for person, manager in zip(chain, chain[1:], strict=False):
            db().add(
                ReportingEdge(
                    organisation_id=pairing.world.outbox.organisation.id,
                    person_ref=person,
                    manager_ref=manager,
                    imported_at=now(),
                )
            )


def call(pairing: Pairing, person_id: UUID, address: str) -> None:
    """Give somebody an address."""
    with transaction(pairing.database):
        db().get_one(Person, person_id).email = address


@pytest.mark.parametrize(
    ("levels", "chain", "fits"),
    [
        (0, ("alice@example.org", "mona@example.org"), True),
        (1, ("alice@example.org", "mona@example.org"), False),
        (1, ("mona@example.org", "alice@example.org"), False),
        (1, ("alice@example.org", "x", "mona@example.org"), True),
        (2, ("alice@example.org", "x", "mona@example.org"), False),
        (2, ("alice@example.org", "x", "y", "mona@example.org"), True),
        (5, ("mona@example.org", "v", "w", "x", "y", "alice@example.org"), False),
    ],
)
def test_h4_reporting_lines_are_looked_at_as_far_up_as_the_programme_says(
    pairing: Pairing, levels: int, chain: tuple[str, ...], *, fits: bool
) -> None:
    call(pairing, pairing.alice, "Alice@Example.org")
    call(pairing, pairing.mona, "mona@example.org")
    report(pairing, *chain)
    pairing.world.change(rules={"reporting_levels": levels})
    assert obstacles(pairing) == ([] if fits else [Obstacle.REPORTING_LINE])


def test_h4_a_line_of_another_organisation_says_nothing(pairing: Pairing) -> None:
    call(pairing, pairing.alice, "alice@example.org")
    call(pairing, pairing.mona, "mona@example.org")
    with transaction(pairing.database):
        other = add_organisation("Elsewhere").id
        db().add(
            ReportingEdge(
                organisation_id=other,
                person_ref="alice@example.org",
                manager_ref="mona@example.org",
                imported_at=now(),
            )
        )
    assert obstacles(pairing) == []


def enrol(pairing: Pairing, person_id: UUID, course: Course, *roles: str) -> None:
    """Put somebody into a course."""
    pairing.world.outbox.add(
        Enrolment(course_id=course.id, person_id=person_id, role_names=list(roles))
    )


@pytest.mark.parametrize(
    ("roles", "fits"),
    [
        (("can_author", "can_review"), False),
        (("can_review",), False),
        (("is_learner",), True),
        (("is_mentor",), True),
    ],
)
def test_h5_who_marks_a_mentee_in_any_course_is_not_their_mentor(
    pairing: Pairing, roles: tuple[str, ...], *, fits: bool
) -> None:
    outbox = pairing.world.outbox
    course = Course(deployment_id=outbox.deployment.id, context_id="77", title="Another")
    outbox.add(course)
    enrol(pairing, pairing.alice, course, "is_learner")
    enrol(pairing, pairing.mona, course, *roles)
    assert obstacles(pairing) == ([] if fits else [Obstacle.INSTRUCTOR])


def test_h9_two_years_later_the_same_two_may_be_paired_again(pairing: Pairing) -> None:
    pairing.answer(pairing.propose(), pairing.alice, Answer.DECLINED)
    assert obstacles(pairing) == [Obstacle.PAIRED_BEFORE]
    clock.set_offset(timedelta(days=2 * 365 + 2))
    assert obstacles(pairing) == []


def complete(pairing: Pairing, person_id: UUID, kind: str, state: str = "completed") -> None:
    """Let somebody be so far in an activity of a kind."""
    outbox = pairing.world.outbox
    activity = Activity(
        organisation_id=outbox.organisation.id, course_id=outbox.course.id, kind=kind, title=kind
    )
    outbox.add(activity)
    outbox.add(
        Progress(activity_id=activity.id, person_id=person_id, state=state, updated_at=now())
    )


def test_h11_what_counts_as_trained_is_a_completed_activity_of_the_kind(pairing: Pairing) -> None:
    pairing.world.change(rules={"required_training": ("training",)})
    complete(pairing, pairing.alice, "training")
    complete(pairing, pairing.mona, "training", "submitted")
    complete(pairing, pairing.mona, "charter")
    assert obstacles(pairing) == [Obstacle.TRAINING]
    complete(pairing, pairing.mona, "training")
    assert obstacles(pairing) == []


def test_the_queue_is_of_those_with_room_who_waited_more_rounds_first_and_then_longest(
    pairing: Pairing,
) -> None:
    early, unlucky = pairing.ready("Early"), pairing.ready("Unlucky")
    pairing.world.put(early, ParticipantState.APPROVED, submitted_at=now() - timedelta(days=9))
    pairing.world.put(unlucky, ParticipantState.WAITING, waited_rounds=2)
    paused, returned = pairing.ready("Paused"), pairing.ready("Returned")
    pairing.world.put(paused, ParticipantState.PAUSED)
    pairing.world.put(returned, ParticipantState.DRAFT)
    assert names(queue(pairing, Side.MENTEE)) == ["Unlucky", "Early", "Alice", "Bob"]
    assert names(queue(pairing, Side.MENTEE, "LI")) == ["Alice"]
    assert names(queue(pairing, Side.MENTOR)) == ["Mona"]
    pairing.propose()
    assert names(queue(pairing, Side.MENTEE)) == ["Unlucky", "Early", "Bob"]
    assert names(queue(pairing, Side.MENTOR)) == []


def test_the_queue_comes_in_pages(pairing: Pairing) -> None:
    for number in range(25):
        pairing.ready(f"Person {number:02}")
    first, second = queue(pairing, Side.MENTEE), queue(pairing, Side.MENTEE, page=2)
    assert (len(first.people), len(second.people), first.pages.total) == (20, 7, 27)


def test_possible_partners_come_in_the_order_in_which_they_can_be_paired(
    pairing: Pairing,
) -> None:
    call(pairing, pairing.alice, "alice@example.org")
    chief = pairing.ready("Chief", Side.MENTOR, 1)
    call(pairing, chief, "chief@example.org")
    report(pairing, "alice@example.org", "chief@example.org")
    unasked = pairing.ready("Unasked", Side.MENTOR, 1)
    pairing.world.put(unasked, ParticipantState.APPROVED, consent_version=None)
    found = options(pairing, pairing.alice)
    assert [option.other.person.name for option in found] == ["Mona", "Chief", "Unasked"]
    assert [option.verdict.fits for option in found] == [True, False, False]
    assert [one.other.person.name for one in options(pairing, chief)] == ["Bob", "Alice"]
    assert [one.other.person.name for one in options(pairing, pairing.alice, "ona")] == ["Mona"]


def test_nobody_is_laid_beside_a_stranger_or_beside_somebody_of_the_same_side(
    pairing: Pairing,
) -> None:
    stranger = pairing.world.outbox.learner("Charlie")
    for mentee, mentor in (
        (pairing.alice, stranger),
        (stranger, pairing.mona),
        (pairing.alice, pairing.bob),
        (pairing.mona, pairing.alice),
    ):
        with transaction(pairing.database, read_only=True), pytest.raises(NotFound):
            compare(pairing.world.programme_id, mentee, mentor)
