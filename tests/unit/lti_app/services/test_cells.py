"""What instructors are shown of the cells of a link."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState, Outcome, PostAnswer
from lti_app.domain.progress import State
from lti_app.services import grade_cells
from lti_app.services.grade_cells import CellPage, Show
from lti_app.store.progress import Progress
from lti_app.store.session import Database, transaction
from tests.outbox import Outbox, open_outbox


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


def cells(outbox: Outbox, page: int = 1, show: Show = Show.ALL, search: str = "") -> CellPage:
    with transaction(outbox.database, read_only=True):
        return grade_cells.cells(outbox.placement.id, page, show=show, search=search)


def names(page: CellPage) -> list[str | None]:
    return [cell.name for cell in page.cells]


def progress(outbox: Outbox, person_id: object, **values: object) -> None:
    row = Progress(
        activity_id=outbox.activity.id, person_id=person_id, updated_at=real_now(), state="started"
    )
    for name, value in values.items():
        setattr(row, name, value)
    outbox.add(row)


def test_every_learner_of_the_course_is_there_by_name(outbox: Outbox) -> None:
    outbox.queue(outbox.learner("Bob"), 80)
    progress(outbox, outbox.learner("alice"))
    progress(outbox, outbox.learner(None, own_name="Charlie"))
    progress(outbox, outbox.learner("Preview", is_preview=True))
    outbox.learner("Dora, who never began")
    outbox.learner("Emil, who left before he began", is_active=False)
    outbox.learner("Tina", roles=("can_review", "is_learner"))
    page = cells(outbox)
    assert names(page) == ["alice", "Bob", "Charlie", "Dora, who never began"]
    assert (page.number, page.count, page.total, page.has_column) == (1, 1, 4, True)


def bring(outbox: Outbox, name: str, outcome: Outcome | None) -> None:
    """Have a learner's cell in the state that an answer leaves it in; None: still queued."""
    person = outbox.learner(name)
    outbox.queue(person, 80)
    if outcome is not None:
        outbox.post(PostAnswer(outcome, 400, "locked"), real_now())
        return
    outbox.change(outbox.row(person), due_at=real_now() + timedelta(days=1))


def test_the_list_can_be_narrowed_to_each_kind(outbox: Outbox) -> None:
    bring(outbox, "sent", Outcome.ACCEPTED)
    bring(outbox, "waiting", Outcome.TRANSIENT)
    bring(outbox, "held", Outcome.HELD)
    bring(outbox, "refused", Outcome.NOT_GRADABLE)
    bring(outbox, "gone", Outcome.GONE)
    bring(outbox, "configuration", Outcome.CONFIGURATION)
    bring(outbox, "queued", None)
    outbox.learner("idle")
    progress(outbox, outbox.learner("begun"))
    outbox.rule(outbox.learner("on hold"), "hold")
    outbox.rule(outbox.learner("excused"), "excuse")
    expected = {
        Show.WAITING: ["queued", "waiting"],
        Show.HELD: ["held", "on hold"],
        Show.NOT_DELIVERED: ["configuration", "gone", "refused"],
        Show.DONE: ["sent"],
        Show.NOT_STARTED: ["idle", "on hold"],
        Show.EXCUSED: ["excused"],
    }
    assert {show: names(cells(outbox, show=show)) for show in expected} == expected
    counts = cells(outbox).counts
    assert counts[Show.ALL] == 11
    assert {show: counts[show] for show in expected} == {
        show: len(people) for show, people in expected.items()
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [("ali", ["Alice"]), ("LI", ["Alice", "Charlie"]), ("%", []), ("_", []), ("zoe", [])],
)
def test_a_part_of_a_name_finds_people(outbox: Outbox, search: str, found: list[str]) -> None:
    for name in ("Alice", "Bob", "Charlie"):
        outbox.learner(name)
    page = cells(outbox, search=search)
    assert names(page) == found
    assert page.total == page.counts[Show.ALL] == len(found)


def test_a_page_of_many_learners_takes_as_many_statements_as_one_of_few(outbox: Outbox) -> None:
    def statements(page: int) -> int:
        seen: list[str] = []

        def note(*given: object) -> None:
            seen.append(str(given[2]))

        engine = outbox.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            cells(outbox, page)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    outbox.queue(outbox.learner(), 80)
    few = statements(1)
    for number in range(60):
        person = outbox.learner(f"Learner {number:03}")
        outbox.queue(person, 80)
        outbox.rule(person, "hold")
    assert statements(1) == statements(2) == few


def test_a_cell_shows_our_value_and_the_last_answer(outbox: Outbox) -> None:
    alice = outbox.learner()
    progress(outbox, alice, state="completed", score=Decimal(90))
    outbox.queue(alice, 80)
    start = real_now()
    outbox.post(PostAnswer(Outcome.ACCEPTED, 200), start)
    outbox.queue(alice, 90)
    later = start + timedelta(seconds=2)
    outbox.post(PostAnswer(Outcome.CONFIGURATION, 401, "token_rejected"), later)
    (cell,) = cells(outbox).cells
    assert (cell.progress, cell.score, cell.state) == (
        State.COMPLETED,
        Decimal(90),
        DeliveryState.CONFIGURATION,
    )
    assert (cell.sent_at, cell.accepted_at, cell.accepted_score) == (later, start, Decimal(80))
    assert (cell.status, cell.reason, cell.answered_at) == (401, "token_rejected", later)
    assert cell.due_at == later + timedelta(hours=1)
    assert cell.obstacle is None


def test_progress_without_a_cell_has_no_state(outbox: Outbox) -> None:
    progress(outbox, outbox.learner(), score=Decimal(40))
    (cell,) = cells(outbox).cells
    assert (cell.progress, cell.score, cell.state) == (State.STARTED, Decimal(40), None)


def test_what_keeps_a_grade_back_is_named(outbox: Outbox) -> None:
    outbox.queue(outbox.learner("1", roles=("can_review",)), 80)
    outbox.queue(outbox.learner("2", is_active=False), 80)
    held, excused, set_free = (outbox.learner(name) for name in ("3", "4", "5"))
    for person in (held, excused, set_free):
        outbox.queue(person, 80)
    outbox.rule(held, "hold")
    outbox.rule(excused, "excuse")
    outbox.change(outbox.rule(set_free, "hold"), undone_at=real_now())
    progress(outbox, outbox.learner("6"), is_excused=True)
    obstacles = [cell.obstacle for cell in cells(outbox).cells]
    assert obstacles == ["staff", "inactive", "held", "excused", None, "excused"]


def test_a_long_list_has_pages(outbox: Outbox) -> None:
    for number in range(grade_cells.PAGE_SIZE + 3):
        outbox.queue(outbox.learner(f"Learner {number:03}"), 80)
    first, second = cells(outbox), cells(outbox, 2)
    assert (len(first.cells), len(second.cells)) == (grade_cells.PAGE_SIZE, 3)
    assert (second.number, second.count, second.total) == (2, 2, 53)
    both = names(first) + names(second)
    assert both == sorted(both, key=str)


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-4, 1), (99, 1)])
def test_a_page_that_does_not_exist_is_the_nearest_one(
    outbox: Outbox, asked: int, shown: int
) -> None:
    assert cells(outbox, asked).number == shown


def test_a_link_without_a_column_says_so(outbox: Outbox) -> None:
    outbox.column(url=None)
    assert not cells(outbox).has_column
