"""Mail arrives once whatever fails on the way, and only as much of it as its reader wants."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app import clock, logs
from lti_app.domain.mail import MailAnswer, MailChoice, MailOutcome
from lti_app.services import mail_preferences, mails, notices
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings
from lti_app.store.courses import Activity
from lti_app.store.mails import Mail, MailPreference, lock_for_digest
from lti_app.store.notices import Notice
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.worker.mailing import open_mailer, send_mail, write_digests
from tests.outbox import Outbox, open_outbox
from tests.post_office import PostOffice, open_post_office

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ALICE, BOB = "alice@school.example", "bob@school.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Longer than any lease, and than any pause between the first tries.
LATER = timedelta(minutes=20)
RANDOM = Random(0)
#: What depends on what a database does; the rest is proven on one kind.
ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database, of the kind that the test asks for."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'postgresql')}_url"))


@pytest.fixture(autouse=True)
def machine() -> Iterator[time_machine.Traveller]:
    """Let the machine's time run from a noon."""
    with time_machine.travel(NOON, tick=True) as machine:
        yield machine


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def runtime(settings: Settings, office: PostOffice) -> Iterator[Runtime]:
    opened = open_runtime(
        replace(
            settings, mail_server=office.server(), mail_from="Mentoring <mentoring@tool.example>"
        )
    )
    yield opened
    opened.database.dispose()


@pytest.fixture
def outbox(runtime: Runtime) -> Outbox:
    return open_outbox(runtime.database)


@pytest.fixture
def alice(outbox: Outbox) -> UUID:
    return with_address(outbox, outbox.learner("Alice Adams"), ALICE)


def with_address(outbox: Outbox, person: UUID, address: str | None, **values: Any) -> UUID:
    with transaction(outbox.database):
        found = update(Person).where(Person.id == person)
        db().execute(found.values(email=address, **values))
    return person


def tell(outbox: Outbox, person: UUID, *, days: int = 7) -> UUID:
    """Tell somebody what is mailed by itself; returns what it is about."""
    about = uuid4()
    with transaction(outbox.database):
        notices.notify(
            person,
            "ruling.more_time",
            about=about,
            activity_id=outbox.activity.id,
            until=NOON + days * DAY,
        )
    return about


def mention(outbox: Outbox, person: UUID, count: int = 1) -> UUID:
    """Tell somebody what goes into a summary; returns what it is about."""
    about = uuid4()
    with transaction(outbox.database):
        notices.notify(
            person, "grades.waiting", about=about, activity_id=outbox.activity.id, count=count
        )
    return about


def read_everything(outbox: Outbox) -> None:
    with transaction(outbox.database):
        db().execute(update(Notice).values(read_at=clock.now()))


def do(runtime: Runtime, job: Any) -> None:
    """Do a job as the worker does."""
    run_due(runtime, [Job(f"job-{uuid4()}"[:40], every(HOUR), job)])


def work(runtime: Runtime) -> None:
    """Write and send whatever is due."""
    do(runtime, write_digests)
    do(runtime, send_mail)


def settle() -> None:
    """Let so much of the product's time pass that notices are mailed, and it still is day."""
    clock.set_offset(4 * HOUR)


def rows(runtime: Runtime) -> list[tuple[str, str | None]]:
    """Return state and reason of all mails, the oldest first."""
    with transaction(runtime.database, read_only=True):
        found = db().scalars(select(Mail).order_by(Mail.created_at, Mail.id))
        return [(mail.state, mail.reason) for mail in found]


def choose(runtime: Runtime, person: UUID, choice: MailChoice, address: str | None = None) -> None:
    with transaction(runtime.database):
        mail_preferences.save(person, choice, address)


@ON_BOTH
def test_what_concerns_somebody_arrives_once(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    with_address(outbox, alice, ALICE, time_zone="Europe/Berlin")
    tell(outbox, alice)
    settle()
    for _ in range(3):
        work(runtime)
    (letter,) = office.letters
    assert letter["To"] == ALICE
    assert letter["From"] == "Mentoring <mentoring@tool.example>"
    assert str(letter["Subject"]).startswith("You have until Dec 2, 2026, 1:00")
    assert letter["Message-ID"].endswith("@tool.example>")
    body = letter.get_body(("plain",))
    assert body is not None
    assert "“Mentoring sign-up” in “Leading People”" in body.get_content()
    assert rows(runtime) == [("sent", None)]


@ON_BOTH
def test_what_is_taken_back_at_once_is_not_mailed(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    about = tell(outbox, alice)
    work(runtime)
    with transaction(runtime.database):
        assert not notices.withdraw(alice, "ruling.more_time", about=about)
    settle()
    work(runtime)
    assert office.letters == []


def test_what_is_in_a_mail_already_cannot_be_taken_back(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    about = tell(outbox, alice)
    settle()
    work(runtime)
    with transaction(runtime.database):
        assert notices.withdraw(alice, "ruling.more_time", about=about)
    assert len(office.letters) == 1


@pytest.mark.parametrize("say", [tell, mention])
def test_what_was_read_in_the_tool_is_not_mailed(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID, say: Any
) -> None:
    say(outbox, alice)
    read_everything(outbox)
    settle()
    work(runtime)
    assert (office.letters, rows(runtime)) == ([], [])


def test_what_is_read_while_its_mail_waits_is_not_mailed_either(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    settle()
    with transaction(runtime.database):
        assert not mails.write_single_mails()
    read_everything(outbox)
    work(runtime)
    assert office.letters == []
    assert rows(runtime) == [("skipped", "nothing_left")]


def test_a_server_that_was_down_gets_everything_once_it_is_up(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    machine: time_machine.Traveller,
) -> None:
    bob = with_address(outbox, outbox.learner("Bob"), BOB)
    for person in (alice, bob):
        tell(outbox, person)
    settle()
    down = replace(runtime.settings, mail_server=replace(office.server(), port=1))
    away = replace(runtime, settings=down)
    for _ in range(2):
        work(away)
        machine.shift(LATER)
    assert {state for state, _ in rows(runtime)} == {"queued"}
    assert "not_reached" in {reason for _, reason in rows(runtime)}
    work(runtime)
    assert sorted(str(letter["To"]) for letter in office.letters) == [ALICE, BOB]


def test_an_unreachable_server_is_asked_once_a_run(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    for days in range(5):
        tell(outbox, alice, days=days)
    settle()
    office.replies["mail"] = (99, "450 Not now")
    work(runtime)
    assert office.greetings == 1


def test_many_who_are_told_at_once_are_all_written_to(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mails, "_AT_ONCE", 2)
    for days in range(5):
        tell(outbox, alice, days=days)
    settle()
    do(runtime, send_mail)
    assert len(office.letters) == 5


def test_who_is_refused_for_now_does_not_hold_up_the_others(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    machine: time_machine.Traveller,
) -> None:
    bob = with_address(outbox, outbox.learner("Bob"), BOB)
    for person in (alice, bob):
        tell(outbox, person)
    settle()
    office.replies["rcpt"] = (1, "450 Greylisted")
    work(runtime)
    assert len(office.letters) == 1
    machine.shift(LATER)
    work(runtime)
    assert len(office.letters) == 2


@pytest.mark.parametrize(
    "dies_after", ["lease_next", "record"], ids=["before sending", "after sending"]
)
def test_after_a_crash_there_is_at_most_one_copy_and_it_is_known_to_be_one(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    machine: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
    dies_after: str,
) -> None:
    tell(outbox, alice)
    settle()
    with monkeypatch.context() as patch:
        target = "lti_app.worker.mailing.to_message" if dies_after == "lease_next" else None
        if target:
            patch.setattr(target, die)
        else:
            patch.setattr(mails, "record", die)
        with pytest.raises(Killed):
            work(runtime)
    work(runtime)
    sent_before = len(office.letters)
    assert sent_before == (dies_after == "record")
    machine.shift(LATER)
    for _ in range(2):
        work(runtime)
        machine.shift(LATER)
    assert len(office.letters) == sent_before + 1
    assert len({letter["Message-ID"] for letter in office.letters}) == 1
    assert rows(runtime) == [("sent", None)]


class Killed(BaseException):
    """The process is gone."""


def die(*_given: object, **_options: object) -> None:
    raise Killed


@ON_BOTH
def test_who_lost_the_lease_changes_nothing(
    runtime: Runtime,
    outbox: Outbox,
    alice: UUID,
    machine: time_machine.Traveller,
) -> None:
    tell(outbox, alice)
    settle()
    with transaction(runtime.database):
        mails.write_single_mails()
        first = mails.lease_next(runtime.settings)
    with transaction(runtime.database):
        assert mails.lease_next(runtime.settings) is None
    machine.shift(LATER)
    with transaction(runtime.database):
        second = mails.lease_next(runtime.settings)
    assert first is not None
    assert second is not None
    assert first.letter.message_id == second.letter.message_id
    with transaction(runtime.database):
        mails.record(first, MailAnswer(MailOutcome.FAILED, "message_refused"), RANDOM)
    assert rows(runtime) == [("queued", None)]
    with transaction(runtime.database):
        mails.record(second, MailAnswer(MailOutcome.SENT), RANDOM)
    assert rows(runtime) == [("sent", None)]


def test_what_fails_for_days_is_given_up(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    machine: time_machine.Traveller,
) -> None:
    tell(outbox, alice)
    settle()
    office.replies["rcpt"] = (99, "450 Mailbox full")
    for _ in range(11):
        do(runtime, send_mail)
        machine.shift(30 * HOUR)
        clock.set_offset(clock.now() - clock.real_now() - 30 * HOUR)
    assert rows(runtime) == [("failed", "recipient_refused")]


@ON_BOTH
def test_an_address_that_does_not_exist_is_not_tried_again_until_there_is_another(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    settle()
    office.replies["rcpt"] = (1, "550 5.1.1 No such user")
    work(runtime)
    assert rows(runtime) == [("failed", "recipient_refused")]
    with transaction(runtime.database, read_only=True):
        assert mail_preferences.preferences_of(alice).is_refused
    tell(outbox, alice)
    clock.set_offset(5 * HOUR)
    work(runtime)
    assert office.letters == []
    with_address(outbox, alice, "adams@school.example")
    work(runtime)
    assert [letter["To"] for letter in office.letters] == ["adams@school.example"]


class TestSummary:
    """Everything that is new, once a week at most, by day, and never what was read."""

    @ON_BOTH
    def test_it_holds_all_that_is_unread_once_a_week(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        mention(outbox, alice, 1)
        mention(outbox, alice, 2)
        for hours, letters in ((1, 0), (4, 1), (5, 1), (6 * 24, 1), (8 * 24, 1)):
            clock.set_offset(hours * HOUR)
            work(runtime)
            assert len(office.letters) == letters
        assert office.letters[0]["Subject"] == "2 notices in Throughline wait for you"
        mention(outbox, alice, 3)
        clock.set_offset((8 * 24 + 4) * HOUR)
        work(runtime)
        assert office.letters[1]["Subject"] == "3 notices in Throughline wait for you"
        assert office.letters[0]["Message-ID"] != office.letters[1]["Message-ID"]

    def test_in_the_same_week_more_news_wait(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        mention(outbox, alice)
        settle()
        work(runtime)
        mention(outbox, alice)
        clock.set_offset(3 * DAY)
        work(runtime)
        assert len(office.letters) == 1
        clock.set_offset(8 * DAY)
        work(runtime)
        assert len(office.letters) == 2

    def test_nobody_is_written_to_who_has_read_everything(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        mention(outbox, alice)
        settle()
        work(runtime)
        mention(outbox, alice)
        read_everything(outbox)
        clock.set_offset(9 * DAY)
        work(runtime)
        assert len(office.letters) == 1

    def test_it_waits_for_the_morning_of_its_reader(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        with_address(outbox, alice, ALICE, time_zone="Pacific/Auckland")
        mention(outbox, alice)
        for hours, letters in ((4, 0), (6, 0), (8, 1)):
            clock.set_offset(hours * HOUR)
            work(runtime)
            assert len(office.letters) == letters

    def test_what_concerns_somebody_goes_beside_it_and_is_not_in_it(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        mention(outbox, alice)
        settle()
        work(runtime)
        tell(outbox, alice)
        tell(outbox, alice)
        clock.set_offset(5 * HOUR)
        work(runtime)
        assert len(office.letters) == 3
        mention(outbox, alice)
        clock.set_offset(8 * DAY)
        work(runtime)
        assert office.letters[3]["Subject"] == "2 notices in Throughline wait for you"

    def test_of_very_much_it_names_the_newest_and_counts_the_rest(
        self, runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
    ) -> None:
        for count in range(1, 24):
            mention(outbox, alice, count)
        settle()
        work(runtime)
        body = office.letters[0].get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert "23 grades wait for you" in text
        assert text.count("* ") == 20
        assert "3 older notices are in your inbox." in text

    @ON_BOTH
    def test_many_readers_are_written_to_in_pages(
        self,
        runtime: Runtime,
        outbox: Outbox,
        office: PostOffice,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(mails, "_AT_ONCE", 2)
        for number in range(5):
            name = f"learner{number}"
            person = with_address(outbox, outbox.learner(name), f"{name}@school.example")
            mention(outbox, person)
        settle()
        work(runtime)
        assert len(office.letters) == 5

    @ON_BOTH
    def test_of_two_who_write_it_one_does(
        self, runtime: Runtime, outbox: Outbox, alice: UUID
    ) -> None:
        mention(outbox, alice)
        settle()
        with transaction(runtime.database):
            assert mails.write_digests(None) == (1, None)
        with transaction(runtime.database):
            week_ago = clock.now() - mails.WEEK
            assert not lock_for_digest(alice, week_ago)


@pytest.mark.parametrize(
    ("choice", "subjects"),
    [
        (MailChoice.ALL, ["One notice", "You have"]),
        (MailChoice.DIRECT, ["You have"]),
        (MailChoice.NONE, []),
    ],
)
def test_everybody_gets_what_they_chose(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    alice: UUID,
    choice: MailChoice,
    subjects: list[str],
) -> None:
    choose(runtime, alice, choice)
    tell(outbox, alice)
    mention(outbox, alice)
    settle()
    work(runtime)
    assert sorted(
        str(letter["Subject"])[: len("You have")].strip() for letter in office.letters
    ) == [subject[: len("You have")].strip() for subject in subjects]


def test_what_was_written_before_a_choice_is_not_sent_after_it(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    settle()
    with transaction(runtime.database):
        mails.write_single_mails()
    choose(runtime, alice, MailChoice.NONE)
    work(runtime)
    assert (office.letters, rows(runtime)) == ([], [("skipped", "not_wanted")])


@pytest.mark.parametrize(
    ("address", "values"),
    [(None, {}), ("alice at school", {}), (ALICE, {"is_preview": True})],
    ids=["no address", "no usable address", "preview"],
)
def test_who_cannot_get_mail_has_an_inbox(
    runtime: Runtime,
    outbox: Outbox,
    office: PostOffice,
    address: str | None,
    values: dict[str, Any],
) -> None:
    person = with_address(outbox, outbox.learner("Alice"), address, **values)
    tell(outbox, person)
    mention(outbox, person)
    settle()
    work(runtime)
    assert office.letters == []
    with transaction(runtime.database, read_only=True):
        assert notices.count_unread(person) == 2


def test_where_mail_was_only_just_set_up_nobody_gets_old_news(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    clock.set_offset(8 * DAY)
    work(runtime)
    assert (office.letters, rows(runtime)) == ([], [])


def test_what_was_written_long_ago_and_never_sent_is_old_news_too(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    settle()
    with transaction(runtime.database):
        mails.write_single_mails()
    clock.set_offset(9 * DAY)
    work(runtime)
    assert (office.letters, rows(runtime)) == ([], [("skipped", "stale")])


def test_without_a_mail_server_there_is_only_the_inbox(
    runtime: Runtime, outbox: Outbox, alice: UUID
) -> None:
    tell(outbox, alice)
    mention(outbox, alice)
    settle()
    without = replace(runtime, settings=replace(runtime.settings, mail_server=None))
    work(without)
    assert rows(runtime) == []
    with pytest.raises(ValueError, match="no mail server"):
        open_mailer(without.settings)


def test_with_its_activity_a_mail_has_nothing_to_say(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    tell(outbox, alice)
    settle()
    with transaction(runtime.database):
        mails.write_single_mails()
        db().delete(db().get_one(Activity, outbox.activity.id))
    work(runtime)
    assert (office.letters, rows(runtime)) == ([], [("skipped", "nothing_left")])


def test_a_worker_that_is_to_end_stops_between_two_mails(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    for days in range(3):
        tell(outbox, alice, days=days)
    settle()
    stop = StopAfter(office, letters=1)
    job = Job("example", every(HOUR), send_mail)
    run_due(runtime, [job], stop)  # type: ignore[arg-type]
    assert len(office.letters) == 1
    run_due(runtime, [job])
    assert len(office.letters) == 3


class StopAfter:
    """Is set once the post office has some letters."""

    def __init__(self, office: PostOffice, letters: int) -> None:
        self._office = office
        self._letters = letters

    def is_set(self) -> bool:
        return len(self._office.letters) >= self._letters


def test_the_log_holds_ids_and_codes_only(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    stream = StringIO()
    logs.configure(stream, json=True)
    tell(outbox, alice)
    tell(outbox, alice)
    settle()
    office.replies["rcpt"] = (1, f"450 {ALICE} is busy")
    work(runtime)
    logs.configure()
    said = stream.getvalue()
    assert '"outcome": "sent"' in said
    assert '"reason": "recipient_refused"' in said
    for word in ("alice", "school", "Adams", "until", "busy"):
        assert word not in said


def test_a_title_that_is_no_title_makes_no_other_mail(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    outbox.change(outbox.activity, title="Mentoring\r\nBcc: charlie@school.example\r\n\r\nHello")
    tell(outbox, alice)
    settle()
    work(runtime)
    (letter,) = office.letters
    assert letter["Bcc"] is None
    assert "Mentoring Bcc: charlie@school.example Hello" in letter["Subject"]


@ON_BOTH
def test_old_mails_and_addresses_that_nobody_confirmed_go(
    runtime: Runtime, outbox: Outbox, office: PostOffice, alice: UUID
) -> None:
    mention(outbox, alice)
    choose(runtime, alice, MailChoice.ALL, "adams@school.example")
    settle()
    work(runtime)
    assert len(office.letters) == 2
    with transaction(runtime.database):
        assert mails.purge_mails(clock.now()) == 0
        assert mails.purge_mails(clock.now() + mails.KEPT + DAY) == 3
    with transaction(runtime.database, read_only=True):
        assert db().get_one(MailPreference, alice).asked_address is None
    # What was in a mail is not mailed a second time because the mail is forgotten.
    clock.set_offset(10 * DAY)
    work(runtime)
    assert len(office.letters) == 2
