"""A roster is read page by page; it adds, it lets go and takes back, and it demotes nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from lti_app.clock import now
from lti_app.domain.launch import Context, Launch, MessageType, Profile, ResourceLink
from lti_app.domain.roles import Roles
from lti_app.lti.http import Response
from lti_app.lti.rosters import SCOPE_ROSTER, Member
from lti_app.services import launches, members, rosters
from lti_app.services.rosters import RosterState
from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.courses import Course, Enrolment, find_enrolment
from lti_app.store.encryption import Cipher
from lti_app.store.lms_health import LmsHealth
from lti_app.store.notices import Notice
from lti_app.store.people import Identity, Person, lock_people
from lti_app.store.registrations import SigningKey
from lti_app.store.rosters import Roster, lock_enrolments
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.worker.score_delivery import deliver_due
from tests.outbox import Outbox, open_outbox
from tests.proofs import rule
from tests.unit.lti_app.worker.wire import LMS, Wire

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
LEARNER, TEACHER = Roles(is_learner=True), Roles(can_author=True, can_review=True)


@dataclass
class World:
    """An LMS, and a course of the tool whose roster it has; nothing is read yet."""

    lms: Sandbox
    wire: Wire
    runtime: Runtime
    outbox: Outbox

    @property
    def course(self) -> UUID:
        return self.outbox.course.id

    def read(self, *, fresh: bool = True) -> RosterState:
        """Read the roster as far as it gets now."""
        with transaction(self.runtime.database):
            if fresh:
                db().get_one(Roster, self.course).asked_at = None
                rosters.ask_now(self.course)
        while rosters.read_due(self.runtime):
            pass
        return self.state()

    def state(self) -> RosterState:
        with transaction(self.runtime.database, read_only=True):
            found = rosters.find_state(self.course)
            assert found is not None
            return found

    def people(self) -> dict[str | None, tuple[bool, list[str]]]:
        """Return who is in the course: by name, whether active, and the roles."""
        with transaction(self.runtime.database, read_only=True):
            rows = db().execute(
                select(Person.name, Enrolment)
                .join(Enrolment, Enrolment.person_id == Person.id)
                .where(Enrolment.course_id == self.course)
            )
            return {name: (row.is_active, row.role_names) for name, row in rows}

    def active(self) -> set[str]:
        """Return the first names of who is active."""
        return {(name or "").split()[0] for name, (active, _) in self.people().items() if active}

    def launch(self, name: str, roles: Roles = LEARNER, profile: Profile | None = None) -> UUID:
        """Let somebody come from the course; returns the person."""
        person = self.lms.person(name)
        launch = Launch(
            MessageType.RESOURCE_LINK,
            deployment_id="1",
            subject=self.lms.subject(name),
            roles=roles,
            resource_link=ResourceLink("11"),
            target_link_uri="",
            context=Context("2"),
            profile=profile or Profile(name=person.name),
            roster_url=self.url,
        )
        with transaction(self.runtime.database):
            found = launches.record_launch(self.outbox.registration.id, launch).person_id
            assert found is not None
            return found

    def suspend(self, name: str, *, is_suspended: bool = True) -> None:
        course = self.lms.courses[2]
        course.enrolments[self.lms.person(name).id].suspended = is_suspended

    def fill(self, count: int) -> None:
        """Put more students into the course of the LMS."""
        for number in range(count):
            person = self.lms.add_person(f"s{number}", f"S{number}", "Student")
            self.lms.enrol(self.lms.courses[2], person)

    @property
    def url(self) -> str:
        claims = self.lms.claims_for("alice", self.lms.activities[101], "")
        url: str = claims[NRPS]["context_memberships_url"]
        return url

    @property
    def calls(self) -> list[str]:
        return [call for call in self.wire.calls if "memberships" in call or "names" in call]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=True) as clock:
        yield clock


@pytest.fixture
def new_world(
    settings: Settings,
    lms_key: SandboxKey,
    tool_key: tuple[str, str, dict[str, str]],
    clock: time_machine.Traveller,
) -> Callable[[str, Database], World]:
    def make(profile: str, database: Database) -> World:
        lms = Sandbox.demo(LMS, settings.public_url, profile=profile)
        lms.use_key(lms_key)
        cipher = Cipher(settings.secret_keys)
        wire = Wire(settings, lms)
        kid, private, public = tool_key
        with transaction(database):
            encrypted = cipher.encrypt(private)
            db().add(SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True))
        outbox = open_outbox(database, issuer=LMS, family=profile)
        world = World(lms, wire, Runtime(settings, database, cipher, wire), outbox)
        with transaction(database):
            rosters.note_service(outbox.registration, outbox.course.id, world.url)
        return world

    return make


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What follows from an answer is the same everywhere; `world` is for what SQL decides."""
    return sqlite_url


@pytest.fixture
def moodle(new_world: Callable[[str, Database], World], sqlite_database: Database) -> World:
    return new_world("moodle", sqlite_database)


@pytest.fixture
def canvas(new_world: Callable[[str, Database], World], sqlite_database: Database) -> World:
    return new_world("canvas", sqlite_database)


@pytest.fixture(params=["moodle-sqlite", "moodle-postgresql", "canvas-postgresql"])
def world(new_world: Callable[[str, Database], World], request: pytest.FixtureRequest) -> World:
    profile, kind = request.param.split("-")
    return new_world(profile, request.getfixturevalue(f"{kind}_database"))


@rule("R-5.3", "R-5.6")
def test_people_who_never_came_are_in_the_course(world: World) -> None:
    state = world.read()
    assert world.active() == {"Tina", "Nina", "Alice", "Bob", "Charlie"}
    assert world.people()["Alice Adams"] == (True, ["is_learner"])
    assert world.people()["Tina Torres"] == (True, ["can_author", "can_review"])
    assert (state.people, state.reason, state.is_due) == (5, None, False)
    assert state.read_at is not None
    with transaction(world.runtime.database, read_only=True):
        emails = set(db().scalars(select(Person.email)))
        assert db().scalar(select(Enrolment.launched_at).limit(1)) is None
        # Nobody has a way in, and nobody was told anything.
        for table in (Visit, Notice):
            assert db().scalar(select(func.count()).select_from(table)) == 0
    assert "alice@example.org" in emails


@rule("R-5.1")
def test_many_people_come_in_pages_and_the_same_again_changes_nothing(world: World) -> None:
    world.fill(210)
    assert world.read().people == 215
    pages = len(world.calls)
    assert pages == {"moodle": 2, "canvas": 5}[world.lms.profile.family]
    before = world.people()
    assert world.read().people == 215
    assert len(world.calls) == 2 * pages
    assert world.people() == before
    with transaction(world.runtime.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(Identity)) == 215


def test_who_launches_later_is_the_same_person(world: World) -> None:
    world.read()
    alice = world.launch("alice")
    with transaction(world.runtime.database, read_only=True):
        found = db().scalars(select(Person).where(Person.name == "Alice Adams")).one()
        assert found.id == alice
    assert world.people()["Alice Adams"] == (True, ["is_learner"])


def test_an_lms_that_names_people_anew_for_each_client_does_so_in_its_roster(
    moodle: World,
) -> None:
    moodle.outbox.change(moodle.outbox.registration, subject_per_client=True)
    moodle.read()
    alice = moodle.launch("alice")
    with transaction(moodle.runtime.database, read_only=True):
        assert set(db().scalars(select(Identity.client_id))) == {"client"}
        assert db().scalars(select(Person.id).where(Person.name == "Alice Adams")).one() == alice


@rule("R-5.3")
def test_who_is_gone_is_inactive_and_who_is_back_is_active(world: World) -> None:
    world.read()
    world.suspend("bob")
    world.read()
    assert world.active() == {"Tina", "Nina", "Alice", "Charlie"}
    assert world.people()["Bob Brown"] == (False, ["is_learner"])
    world.suspend("bob", is_suspended=False)
    world.read()
    assert "Bob" in world.active()


@rule("R-1.32")
def test_staff_of_the_last_launch_are_not_made_learners(world: World) -> None:
    world.launch("nina", TEACHER)
    world.read()
    assert world.people()["Nina Novak"] == (True, ["can_author", "can_review"])


def test_a_teacher_who_last_came_as_a_learner_is_staff(world: World) -> None:
    world.launch("tina", LEARNER)
    world.read()
    assert world.people()["Tina Torres"] == (True, ["can_author", "can_review"])


def test_roles_of_people_who_never_came_follow_the_roster(moodle: World) -> None:
    moodle.read()
    moodle.lms.enrol(moodle.lms.courses[2], "bob", Role.TEACHER)
    moodle.read()
    assert moodle.people()["Bob Brown"] == (True, ["can_author", "can_review"])
    moodle.lms.enrol(moodle.lms.courses[2], "bob", Role.STUDENT)
    moodle.read()
    assert moodle.people()["Bob Brown"] == (True, ["is_learner"])


@rule("R-5.8")
def test_students_of_a_student_view_are_left_alone(canvas: World) -> None:
    preview = canvas.lms.add_person("test", "Test", "Student", is_test=True)
    canvas.read()
    canvas.launch("test", Roles(is_learner=True, is_preview=True))
    before = canvas.people()["Test Student"]
    canvas.read()
    assert canvas.people()["Test Student"] == before == (True, ["is_learner", "is_preview"])
    canvas.lms.enrol(canvas.lms.courses[2], preview)
    other = canvas.lms.add_person("test2", "Other", "Student", is_test=True)
    canvas.lms.enrol(canvas.lms.courses[2], other)
    canvas.read()
    assert canvas.people()["Test Student"] == before
    assert "Other Student" not in canvas.people()


@rule("R-5.5")
def test_who_has_named_themselves_is_not_renamed(moodle: World) -> None:
    alice = moodle.launch("alice", profile=Profile())
    bob = moodle.launch("bob", profile=Profile())
    with transaction(moodle.runtime.database):
        db().get_one(Person, alice).own_name = "Sam"
    moodle.read()
    with transaction(moodle.runtime.database, read_only=True):
        assert (db().get_one(Person, alice).name, db().get_one(Person, alice).own_name) == (
            None,
            "Sam",
        )
        assert db().get_one(Person, bob).name == "Bob Brown"


@rule("R-5.5")
def test_without_names_people_are_there_without_names(world: World) -> None:
    world.lms.tools[1].sends_name = world.lms.tools[1].sends_email = False
    world.launch("alice")
    assert world.read().people == 5
    with transaction(world.runtime.database, read_only=True):
        names = list(db().scalars(select(Person.name)))
    assert sorted(name or "" for name in names) == ["", "", "", "", "Alice Adams"]


def test_who_launches_while_the_roster_is_read_is_not_gone(moodle: World) -> None:
    moodle.read()
    moodle.suspend("bob")
    moodle.wire.after_read = lambda: moodle.launch("bob")
    moodle.read()
    assert "Bob" in moodle.active()
    moodle.wire.after_read = None
    moodle.read()
    assert "Bob" not in moodle.active()


@rule("R-5.2")
def test_a_page_that_fails_in_the_middle_lets_nobody_go_and_is_read_again(
    world: World, clock: time_machine.Traveller
) -> None:
    world.fill(210)
    world.read()
    world.suspend("bob")
    world.lms.fail("memberships", "503", count=1, after=1)
    state = world.read()
    assert state.reason == "lms_error"
    assert state.next_try_at is not None
    assert state.read_at is not None
    assert "Bob" in world.active()
    assert rosters.read_due(world.runtime) == 0
    clock.shift(timedelta(seconds=10))
    before = len(world.calls)
    state = world.read(fresh=False)
    assert (state.reason, state.people) == (None, 214)
    assert "Bob" not in world.active()
    # It went on with the page that had failed.
    assert len(world.calls) - before == {"moodle": 1, "canvas": 4}[world.lms.profile.family]


def test_a_reading_that_was_left_for_long_begins_anew(
    moodle: World, clock: time_machine.Traveller
) -> None:
    moodle.fill(210)
    moodle.lms.fail("memberships", "503", count=1, after=1)
    moodle.read()
    moodle.calls.clear()
    clock.shift(timedelta(minutes=20))
    assert moodle.read(fresh=False).people == 215
    assert [("from=" in call) for call in moodle.calls] == [False, True, False, True]


@rule("R-5.2")
@pytest.mark.parametrize(
    ("mode", "reason", "calls"),
    [
        ("loop-link", "endless_pages", 1),
        ("foreign-link", "foreign_address", 1),
        ("html", "unexpected_answer", 1),
        ("404", "roster_gone", 1),
        # Once more, with a new token.
        ("401", "token_rejected", 2),
    ],
)
def test_a_list_without_an_end_makes_nobody_inactive(
    moodle: World, mode: str, reason: str, calls: int
) -> None:
    moodle.fill(210)
    moodle.launch("bob")
    moodle.suspend("bob")
    moodle.lms.fail("memberships", mode)
    state = moodle.read()
    assert (state.reason, state.read_at) == (reason, None)
    assert len(moodle.calls) == calls
    assert "Bob" in moodle.active()


@rule("R-4.18")
def test_a_broken_link_is_followed_all_the_same(moodle: World) -> None:
    moodle.fill(210)
    moodle.lms.fail("memberships", "curly-link")
    assert moodle.read().people == 215


def test_pages_have_an_end_although_each_names_another(
    moodle: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti_app.services.rosters.most_pages", lambda family: 3)
    moodle.fill(810)
    assert moodle.read().reason == "endless_pages"
    assert len(moodle.calls) == 3
    # Whom the pages did name are in the course.
    assert len(moodle.active()) == 600


@rule("R-5.2")
def test_an_empty_roster_is_not_believed(moodle: World) -> None:
    moodle.launch("alice")
    for enrolment in moodle.lms.courses[2].enrolments.values():
        enrolment.suspended = True
    state = moodle.read()
    assert (state.reason, state.read_at) == ("roster_empty", None)
    assert moodle.active() == {"Alice"}


def test_a_token_that_was_revoked_is_replaced(moodle: World) -> None:
    moodle.read()
    moodle.lms.revoke_tokens()
    assert moodle.read().reason is None


def test_a_scope_that_is_not_granted_is_told_and_not_asked_for_again_and_again(
    moodle: World, clock: time_machine.Traveller
) -> None:
    tool = moodle.lms.tools[1]
    tool.scopes = tuple(scope for scope in tool.scopes if scope != SCOPE_ROSTER)
    moodle.wire.post = _without_scope  # type: ignore[method-assign]
    state = moodle.read()
    assert (state.reason, state.is_due, state.next_try_at) == ("scope_missing", False, None)
    clock.shift(timedelta(hours=1))
    assert rosters.read_due(moodle.runtime) == 0


def _without_scope(*_: object, **__: object) -> Response:
    return Response(400, {}, b'{"error": "invalid_scope"}')


def test_an_lms_that_asks_for_patience_gets_it_from_its_rosters(
    moodle: World, clock: time_machine.Traveller
) -> None:
    moodle.lms.fail("memberships", "429", seconds=120, count=1)
    state = moodle.read()
    assert state.reason == "throttled"
    with transaction(moodle.runtime.database):
        health = db().get_one(LmsHealth, moodle.outbox.registration.id)
        assert health.paused_until is not None
        # Somebody who cannot wait asks for it, in vain while the LMS is left alone.
        db().get_one(Roster, moodle.course).due_at = NOON
    assert rosters.read_due(moodle.runtime) == 0
    clock.shift(timedelta(seconds=150))
    assert moodle.read(fresh=False).people == 5
    with transaction(moodle.runtime.database, read_only=True):
        assert db().get_one(LmsHealth, moodle.outbox.registration.id).pauses == 0


def test_failures_of_a_roster_count_as_the_lms_being_down(moodle: World) -> None:
    moodle.lms.fail("memberships", "500")
    for _ in range(5):
        moodle.read()
    with transaction(moodle.runtime.database, read_only=True):
        assert db().get_one(LmsHealth, moodle.outbox.registration.id).pauses == 1


def test_a_course_is_read_by_one_at_a_time(moodle: World) -> None:
    inner: list[int] = []
    moodle.wire.after_read = lambda: inner.append(rosters.read_due(moodle.runtime))
    moodle.read()
    assert inner == [0]


def test_whoever_comes_after_a_crash_goes_on(moodle: World, clock: time_machine.Traveller) -> None:
    moodle.fill(210)

    def die() -> None:
        raise KeyboardInterrupt

    with transaction(moodle.runtime.database):
        rosters.ask_now(moodle.course)
    rosters.read_due(moodle.runtime)
    moodle.wire.after_read = die
    with pytest.raises(KeyboardInterrupt):
        rosters.read_due(moodle.runtime)
    moodle.wire.after_read = None
    assert rosters.read_due(moodle.runtime) == 0
    clock.shift(timedelta(minutes=6))
    assert moodle.read(fresh=False).people == 215


def test_a_fault_of_ours_is_noted_and_tried_again_later(
    moodle: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(members, "keep", fail)
    with pytest.raises(ZeroDivisionError):
        moodle.read()
    state = moodle.state()
    assert state.reason == "fault"
    assert state.next_try_at is not None


def test_another_address_ends_a_reading_of_the_former_one(moodle: World) -> None:
    moodle.wire.after_read = lambda: _name(moodle, f"{moodle.url}?new=1")
    with transaction(moodle.runtime.database):
        rosters.ask_now(moodle.course)
    assert rosters.read_due(moodle.runtime) == 1
    assert moodle.active() == set()
    moodle.wire.after_read = None
    assert moodle.read(fresh=False).people == 5
    assert moodle.calls[-1].endswith("?new=1&limit=200")


def _name(world: World, url: str | None) -> None:
    with transaction(world.runtime.database):
        rosters.note_service(world.outbox.registration, world.course, url)


@rule("R-4.4")
def test_an_address_on_another_server_is_not_kept(moodle: World) -> None:
    _name(moodle, "https://evil.example/members")
    with transaction(moodle.runtime.database, read_only=True):
        assert rosters.find_state(moodle.course) is None
        assert rosters.list_courses() == []


@rule("R-5.3")
def test_staff_have_a_stale_roster_read_and_learners_do_not(
    moodle: World, clock: time_machine.Traveller
) -> None:
    moodle.launch("alice")
    assert not moodle.state().is_due
    moodle.launch("tina", TEACHER)
    assert moodle.state().is_due
    assert moodle.read(fresh=False).people == 5
    clock.shift(timedelta(hours=5))
    moodle.launch("tina", TEACHER)
    assert not moodle.state().is_due
    clock.shift(timedelta(hours=1))
    moodle.launch("nina", Roles(can_review=True))
    assert moodle.state().is_due


def test_a_launch_asks_for_nothing_inside_the_request(moodle: World) -> None:
    moodle.launch("tina", TEACHER)
    assert moodle.wire.calls == []


@rule("R-5.3")
def test_a_person_may_ask_once_a_minute(moodle: World, clock: time_machine.Traveller) -> None:
    def ask() -> bool:
        with transaction(moodle.runtime.database):
            return rosters.ask_now(moodle.course)

    assert ask()
    # Asked for already, so the wish is met.
    assert ask()
    moodle.read(fresh=False)
    assert not ask()
    assert not moodle.state().is_due
    clock.shift(timedelta(minutes=1))
    assert ask()
    assert moodle.state().is_due


@rule("R-5.3")
def test_every_night_the_rosters_of_courses_in_use_are_asked_for(
    moodle: World, clock: time_machine.Traveller
) -> None:
    def ask() -> int:
        with transaction(moodle.runtime.database):
            return rosters.ask_for_stale()

    assert ask() == 1
    assert ask() == 0
    moodle.read(fresh=False)
    assert ask() == 0
    clock.shift(timedelta(days=1))
    assert ask() == 1
    moodle.read(fresh=False)
    clock.shift(timedelta(days=200))
    assert ask() == 0
    moodle.launch("alice")
    assert ask() == 1


def test_nothing_is_read_of_what_is_switched_off(moodle: World) -> None:
    moodle.outbox.change(moodle.outbox.deployment, status="blocked")
    assert moodle.read().is_due
    moodle.outbox.change(moodle.outbox.deployment, status="active")
    moodle.outbox.change(moodle.outbox.registration, is_active=False)
    assert moodle.read().is_due
    assert moodle.calls == []


@rule("R-5.3")
def test_the_grade_of_somebody_who_left_waits_until_they_are_back(world: World) -> None:
    claims = world.lms.claims_for("bob", world.lms.activities[101], "")
    world.outbox.column(claims[AGS]["lineitem"])
    bob = world.launch("bob")
    world.suspend("bob")
    world.read()
    world.outbox.queue(bob, 80)
    assert deliver_due(world.runtime) == 0
    assert world.outbox.row(bob).state == "queued"
    world.suspend("bob", is_suspended=False)
    world.read()
    assert deliver_due(world.runtime) == 1
    assert world.outbox.row(bob).state == "sent"
    assert world.lms.grade(world.lms.activities[101], "bob").final == 80


def test_a_grade_that_was_refused_while_somebody_was_away_is_tried_again(moodle: World) -> None:
    bob = moodle.launch("bob")
    moodle.outbox.queue(bob, 80)
    moodle.suspend("bob")
    moodle.read()
    moodle.outbox.change(moodle.outbox.row(bob), state="not_gradable")
    moodle.read()
    assert moodle.outbox.row(bob).state == "not_gradable"
    moodle.suspend("bob", is_suspended=False)
    moodle.read()
    row = moodle.outbox.row(bob)
    assert (row.state, row.is_unanswered) == ("queued", True)


def test_two_courses_that_share_people_are_read_at_the_same_moment(
    postgresql_database: Database,
) -> None:
    outbox = open_outbox(postgresql_database)
    with transaction(postgresql_database):
        other = Course(deployment_id=outbox.deployment.id, context_id="3")
        db().add(other)
    listed = [Member(f"sub-{number}", LEARNER) for number in range(300)]
    barrier, faults = Barrier(2, timeout=30), []

    def keep(course_id: UUID, people: list[Member]) -> None:
        barrier.wait()
        try:
            with transaction(postgresql_database):
                reading = members.Reading(course_id, now())
                members.keep(outbox.registration, reading, people)
        except Exception as error:  # noqa: BLE001 (told below)
            faults.append(error)

    threads = [
        Thread(target=keep, args=(outbox.course.id, listed)),
        Thread(target=keep, args=(other.id, listed[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with transaction(postgresql_database, read_only=True):
        counts = [
            db().scalar(select(func.count()).select_from(table)) for table in (Identity, Enrolment)
        ]
    assert counts == [300, 600]


def test_a_launch_and_a_page_of_the_roster_do_not_wait_for_each_other_in_a_ring(
    postgresql_database: Database,
) -> None:
    outbox = open_outbox(postgresql_database)
    alice = outbox.learner()
    people_locked, faults = Event(), []

    def keep() -> None:
        try:
            with transaction(postgresql_database):
                lock_people([alice])
                people_locked.set()
                lock_enrolments(outbox.course.id, [alice])
        except Exception as error:  # noqa: BLE001 (told below)
            faults.append(error)

    keeping = Thread(target=keep)
    with transaction(postgresql_database):
        find_enrolment(outbox.course.id, alice, lock=True)
        keeping.start()
        assert people_locked.wait(10)
        # A row that refers to the person, as the visit of a launch does.
        db().add(
            Identity(
                organisation_id=outbox.organisation.id,
                person_id=alice,
                kind="oidc",
                issuer="https://signin.test",
                client_id="",
                subject="alice",
            )
        )
        db().flush()
    keeping.join(10)
    assert faults == []


def test_a_launch_that_comes_while_a_page_is_kept_has_the_last_word(
    new_world: Callable[[str, Database], World],
    postgresql_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = new_world("moodle", postgresql_database)
    world.read()
    update = members._update

    def update_slowly(enrolment: Enrolment, member: Member, reading: members.Reading) -> bool:
        # The enrolment is read, and not written yet: a launch has to wait for us here.
        launching.start()
        launching.join(0.5)
        return update(enrolment, member, reading)

    launching = Thread(target=world.launch, args=("nina", TEACHER))
    monkeypatch.setattr(members, "_update", update_slowly)
    with transaction(world.runtime.database):
        listed = [Member(world.lms.subject("nina"), LEARNER, is_active=False)]
        members.keep(world.outbox.registration, members.Reading(world.course, now()), listed)
    launching.join()
    assert world.people()["Nina Novak"] == (True, ["can_author", "can_review"])


def test_who_is_said_to_be_inactive_is_so_at_once_and_keeps_the_roles(moodle: World) -> None:
    moodle.launch("nina", TEACHER)
    with transaction(moodle.runtime.database):
        listed = [Member(moodle.lms.subject("nina"), LEARNER, is_active=False)]
        members.keep(moodle.outbox.registration, members.Reading(moodle.course, now()), listed)
    assert moodle.people()["Nina Novak"] == (False, ["can_author", "can_review"])


def test_who_is_on_two_pages_has_the_roles_of_both(moodle: World) -> None:
    reading = members.Reading(moodle.course, now())
    for roles, is_active in ((TEACHER, True), (LEARNER, False)):
        with transaction(moodle.runtime.database):
            one = Member("7", roles, is_active=is_active, profile=Profile(name="Dana"))
            members.keep(moodle.outbox.registration, reading, [one])
    assert moodle.people()["Dana"] == (True, ["can_author", "can_review", "is_learner"])


@rule("R-5.8")
def test_observers_and_people_who_never_were_active_are_not_taken_in(moodle: World) -> None:
    listed = [
        Member("7", Roles(is_mentor=True)),
        Member("8", Roles()),
        Member("9", LEARNER, is_active=False),
    ]
    with transaction(moodle.runtime.database):
        members.keep(moodle.outbox.registration, members.Reading(moodle.course, now()), listed)
    assert moodle.people() == {}
    with transaction(moodle.runtime.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(Person)) == 0
