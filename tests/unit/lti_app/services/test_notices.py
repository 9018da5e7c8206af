"""People are told a thing once, in their own inbox; until they have read it, it can be undone."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from lti_app import clock
from lti_app.domain.errors import NotFound
from lti_app.domain.rulings import RulingKind
from lti_app.language import speaking
from lti_app.services import notices, rulings
from lti_app.services.notices import InboxPage
from lti_app.services.retention import READ_NOTICES_KEPT, UNREAD_NOTICES_KEPT, purge_notices
from lti_app.store.courses import Activity
from lti_app.store.notices import Notice
from lti_app.store.session import Database, db, transaction
from tests.outbox import Outbox, open_outbox

UNTIL = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


@pytest.fixture
def alice(outbox: Outbox) -> UUID:
    return outbox.learner()


@pytest.fixture
def teacher(outbox: Outbox) -> UUID:
    return outbox.learner("Tina", roles=("can_author", "can_review"))


def tell(outbox: Outbox, person: UUID, about: UUID, **changes: Any) -> bool:
    """Tell somebody that they have more time."""
    given: dict[str, Any] = {"activity_id": outbox.activity.id, "until": UNTIL} | changes
    with transaction(outbox.database):
        return notices.notify(person, "ruling.more_time", about=about, **given)


def inbox(outbox: Outbox, person: UUID, page: int = 1, zone: str | None = None) -> InboxPage:
    """Look into somebody's inbox."""
    with transaction(outbox.database, read_only=True), speaking("en"):
        return notices.inbox(person, page, zone)


def titles(outbox: Outbox, person: UUID) -> list[str]:
    return [notice.words.title for notice in inbox(outbox, person).notices]


def read(outbox: Outbox, person: UUID, notice: UUID) -> None:
    with transaction(outbox.database):
        notices.read(person, notice)


def extend(outbox: Outbox, person: UUID, by: UUID, days: int) -> UUID:
    """Give somebody more time; returns the ruling."""
    with transaction(outbox.database):
        until = clock.now() + days * DAY
        rulings.rule(outbox.activity.id, person, RulingKind.EXTEND, by=by, until=until)
        facts = rulings.rulings_of(outbox.activity.id, [person])[person]
        return next(fact.id for fact in facts if fact.undone_at is None)


def undo(outbox: Outbox, person: UUID, ruling: UUID, by: UUID) -> None:
    with transaction(outbox.database):
        rulings.undo(outbox.activity.id, person, ruling, by=by)


def test_what_is_said_stands_in_the_inbox_with_title_course_and_the_readers_time(
    outbox: Outbox, alice: UUID
) -> None:
    tell(outbox, alice, uuid4())
    (notice,) = inbox(outbox, alice, zone="Europe/Berlin").notices
    assert notice.words.title.startswith("You have until Dec 1, 2026, 1:00")
    assert "“Mentoring sign-up” in “Leading People”" in notice.words.body
    assert (notice.is_read, notice.leads_to) == (False, "visits.first_page")


def test_a_title_is_looked_up_when_it_is_read(outbox: Outbox, alice: UUID) -> None:
    tell(outbox, alice, uuid4())
    outbox.change(outbox.activity, title="100 % mentoring")
    assert "“100 % mentoring”" in titles(outbox, alice)[0]


def test_an_activity_of_no_course_is_named_alone(outbox: Outbox, alice: UUID) -> None:
    outbox.change(outbox.activity, course_id=None)
    tell(outbox, alice, uuid4())
    assert "counts in “Mentoring sign-up”." in inbox(outbox, alice).notices[0].words.body


def test_said_twice_of_one_object_it_is_told_once(outbox: Outbox, alice: UUID) -> None:
    about = uuid4()
    assert [tell(outbox, alice, about), tell(outbox, alice, about)] == [True, False]
    assert tell(outbox, alice, uuid4())
    assert len(titles(outbox, alice)) == 2


def test_said_twice_at_the_same_moment_it_is_told_once(outbox: Outbox, alice: UUID) -> None:
    about, together, new = uuid4(), Barrier(2, timeout=30), []

    def say() -> None:
        together.wait()
        new.append(tell(outbox, alice, about))

    threads = [Thread(target=say) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False, True]
    assert inbox(outbox, alice).unread == 1


def test_what_is_rolled_back_was_never_said(outbox: Outbox, alice: UUID) -> None:
    with pytest.raises(ZeroDivisionError), transaction(outbox.database):
        notices.notify(
            alice,
            "ruling.more_time",
            about=uuid4(),
            activity_id=outbox.activity.id,
            until=UNTIL,
        )
        raise ZeroDivisionError
    assert titles(outbox, alice) == []


@pytest.mark.parametrize("changes", [{"until": "soon"}, {"why": 1}, {"activity_id": None}], ids=str)
def test_what_does_not_fit_its_kind_is_refused(
    outbox: Outbox, alice: UUID, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="more_time"):
        tell(outbox, alice, uuid4(), **changes)


def test_what_nobody_announced_is_refused(outbox: Outbox, alice: UUID) -> None:
    with pytest.raises(ValueError, match="no notice is announced"), transaction(outbox.database):
        notices.notify(alice, "knitting.rows", about=uuid4())


def test_everybody_sees_their_own_alone(outbox: Outbox, alice: UUID) -> None:
    bob = outbox.learner("Bob")
    tell(outbox, alice, uuid4())
    (notice,) = inbox(outbox, alice).notices
    assert titles(outbox, bob) == []
    for act in (notices.read, notices.read_all):
        with pytest.raises(NotFound), transaction(outbox.database):
            act(bob, notice.id)
    assert inbox(outbox, alice).unread == 1


def test_the_newest_stands_first_in_pages(
    outbox: Outbox, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE_SIZE", 2)
    for days in range(3):
        clock.set_offset(days * DAY)
        tell(outbox, alice, uuid4(), until=UNTIL + days * DAY)
    pages = [inbox(outbox, alice, number) for number in (1, 2, 99)]
    assert [page.number for page in pages] == [1, 2, 2]
    shown = [[notice.words.title[15:20] for notice in page.notices] for page in pages[:2]]
    assert shown == [["Dec 3", "Dec 2"], ["Dec 1"]]


def test_all_that_was_shown_is_marked_as_read_and_nothing_newer(
    outbox: Outbox, alice: UUID
) -> None:
    for hours in range(3):
        clock.set_offset(timedelta(hours=hours))
        tell(outbox, alice, uuid4())
    newest, shown, _ = inbox(outbox, alice).notices
    with transaction(outbox.database):
        notices.read_all(alice, shown.id)
    assert [notice.is_read for notice in inbox(outbox, alice).notices] == [False, True, True]
    assert inbox(outbox, alice).unread == 1
    read(outbox, alice, newest.id)
    assert inbox(outbox, alice).unread == 0


def test_when_a_notice_was_read_first_stays(outbox: Outbox, alice: UUID) -> None:
    tell(outbox, alice, uuid4())
    (notice,) = inbox(outbox, alice).notices
    read(outbox, alice, notice.id)
    clock.set_offset(DAY)
    read(outbox, alice, notice.id)
    with transaction(outbox.database, read_only=True):
        read_at = db().get_one(Notice, notice.id).read_at
    assert read_at is not None
    assert read_at < clock.now() - DAY / 2


def test_with_its_activity_a_notice_goes(outbox: Outbox, alice: UUID) -> None:
    tell(outbox, alice, uuid4())
    with transaction(outbox.database):
        db().delete(db().get_one(Activity, outbox.activity.id))
    assert titles(outbox, alice) == []


def test_what_a_plugin_told_that_is_gone_is_not_shown_nor_counted(
    outbox: Outbox, alice: UUID
) -> None:
    tell(outbox, alice, uuid4())
    (notice,) = inbox(outbox, alice).notices
    with transaction(outbox.database):
        db().get_one(Notice, notice.id).key = "of_old.rows"
    assert (inbox(outbox, alice).notices, inbox(outbox, alice).unread) == ((), 0)
    with pytest.raises(NotFound):
        read(outbox, alice, notice.id)


@pytest.mark.parametrize(
    ("is_read", "age", "stays"),
    [
        (True, READ_NOTICES_KEPT - DAY, True),
        (True, READ_NOTICES_KEPT + DAY, False),
        (False, READ_NOTICES_KEPT + DAY, True),
        (False, UNREAD_NOTICES_KEPT + DAY, False),
    ],
)
def test_what_was_read_goes_after_its_time_and_the_rest_much_later(
    outbox: Outbox, alice: UUID, is_read: bool, age: timedelta, stays: bool
) -> None:
    tell(outbox, alice, uuid4())
    if is_read:
        read(outbox, alice, inbox(outbox, alice).notices[0].id)
    with transaction(outbox.database):
        purge_notices(clock.now() + age)
    assert len(titles(outbox, alice)) == stays


class TestMoreTime:
    """A learner is told of more time, and of nothing that is not true any more."""

    @pytest.fixture(autouse=True)
    def _it_closes(self, outbox: Outbox) -> None:
        outbox.change(outbox.activity, closes_at=clock.now() + DAY)

    def test_a_learner_is_told_until_when(self, outbox: Outbox, alice: UUID, teacher: UUID) -> None:
        extend(outbox, alice, teacher, days=5)
        (title,) = titles(outbox, alice)
        assert title.startswith("You have until ")
        assert titles(outbox, teacher) == []

    def test_time_that_changes_nothing_is_not_told(
        self, outbox: Outbox, alice: UUID, teacher: UUID
    ) -> None:
        outbox.change(outbox.activity, closes_at=clock.now() + 9 * DAY)
        extend(outbox, alice, teacher, days=5)
        assert titles(outbox, alice) == []

    def test_where_nothing_closes_nothing_is_told(
        self, outbox: Outbox, alice: UUID, teacher: UUID
    ) -> None:
        outbox.change(outbox.activity, closes_at=None)
        undo(outbox, alice, extend(outbox, alice, teacher, days=5), teacher)
        assert titles(outbox, alice) == []

    def test_another_time_takes_the_place_of_one_that_was_not_read(
        self, outbox: Outbox, alice: UUID, teacher: UUID
    ) -> None:
        extend(outbox, alice, teacher, days=5)
        (first,) = titles(outbox, alice)
        extend(outbox, alice, teacher, days=7)
        (second,) = titles(outbox, alice)
        assert first != second

    def test_who_read_of_more_time_is_told_when_it_becomes_less(
        self, outbox: Outbox, alice: UUID, teacher: UUID
    ) -> None:
        extend(outbox, alice, teacher, days=5)
        read(outbox, alice, inbox(outbox, alice).notices[0].id)
        outbox.change(outbox.activity, closes_at=clock.now() + 3 * DAY)
        extend(outbox, alice, teacher, days=2)
        assert len(titles(outbox, alice)) == 2

    @pytest.mark.parametrize("was_read", [True, False])
    def test_what_is_taken_back_is_told_to_those_who_know_of_it(
        self, outbox: Outbox, alice: UUID, teacher: UUID, was_read: bool
    ) -> None:
        ruling = extend(outbox, alice, teacher, days=5)
        if was_read:
            read(outbox, alice, inbox(outbox, alice).notices[0].id)
        undo(outbox, alice, ruling, teacher)
        told = titles(outbox, alice)
        assert ("Your extra time for “Mentoring sign-up” was taken back" in told) is was_read
        assert len(told) == 2 * was_read
