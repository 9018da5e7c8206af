"""What a person typed into a gradebook is never changed by us, whatever happens in which order."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest
import time_machine
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lti_app.lti.scores import SCOPE_SCORE
from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.encryption import Cipher
from lti_app.store.registrations import SigningKey
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.sandbox.gradebook import Cell, LockedGradeError
from lti_app.worker.score_delivery import deliver_due
from tests.outbox import ALL_SCOPES, Outbox, open_outbox
from tests.proofs import rule
from tests.unit.lti_app.worker.wire import LMS, Wire

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
#: As many as it takes for their column to be read as a whole.
CLASS = ("alice", "bob", "charlie")
#: What a person types is never what we send, or nobody could tell the two apart.
OURS = (60, 70, 80, 90, 100)
THEIRS = (0, 11, 55)
FAULTS = (
    "none",
    "500",
    "503",
    "409",
    "429",
    "lost before",
    "lost after",
    "dies before",
    "dies after",
)
READ_FAULTS = ("500", "404", "403", "lost after", "dies after")
#: By so many seconds the LMS's clock is wrong.
SKEWS = (0, -59, 59)
Event = tuple[str, str, object]
ToolKey = tuple[str, str, dict[str, str]]


class World:
    """An LMS with a class, the tool's rows, and a clock that only events move."""

    def __init__(
        self,
        database: Database,
        profile: str,
        key: ToolKey,
        scopes: tuple[str, ...],
        clock: time_machine.Traveller,
    ) -> None:
        wanted = Settings(database_url="", secret_keys=("s" * 40,), public_url="https://tool.test")
        self.lms = Sandbox.demo(LMS, wanted.public_url, profile=profile)
        self.activity: Activity = self.lms.activities[101]
        self.wire = Wire(wanted, self.lms)
        self.clock = clock
        cipher = Cipher(wanted.secret_keys)
        self.runtime = Runtime(wanted, database, cipher, self.wire)
        kid, private, public = key
        with transaction(database):
            encrypted = cipher.encrypt(private)
            db().add(SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True))
        self.outbox: Outbox = open_outbox(database, issuer=LMS, family=profile)
        claims = self.lms.claims_for("alice", self.activity, "")
        service = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
        self.outbox.column(service["lineitem"], scopes)
        self.people = {
            name: self.outbox.learner(name, subject=self.lms.subject(name)) for name in CLASS
        }
        self.best: dict[str, int] = {}
        #: What persons left in cells; None where they cleared one.
        self.typed: dict[str, float | None] = {}
        #: Whose cell somebody cleared in Canvas, which shows it like one that was never filled.
        self.cleared: set[str] = set()

    @property
    def is_moodle(self) -> bool:
        """Return whether the LMS refuses what is older than what it has."""
        return self.lms.profile.family == "moodle"

    def cell(self, name: str) -> Cell:
        """Return a learner's cell."""
        return self.lms.grade(self.activity, name)

    def happen(self, event: Event) -> None:
        """Let something happen, and look what became of the grades that persons gave."""
        kind, name, value = event
        handlers: dict[str, Callable[[str, object], None]] = {
            "earn": self._earn,
            "type": self._type,
            "plain": self._plain,
            "clear": self._clear,
            "lock": self._lock,
            "work": self._work,
            "read": self._read,
            "wait": self._wait,
            "meanwhile": self._meanwhile,
        }
        handlers[kind](name, value)
        self.check_typed()

    def check_typed(self) -> None:
        """Look whether everything that a person left in a cell is still there."""
        for name, value in self.typed.items():
            assert self.cell(name).final == value, name

    def settle_down(self) -> None:
        """Let the worker do all that it ever will."""
        for name in CLASS:
            self.cell(name).locked = False
        for _ in range(4):
            self._wait("", 8 * 3600)
            self._work("", "none")

    def _earn(self, name: str, score: object) -> None:
        assert isinstance(score, int)
        for learner in (name,) if name else CLASS:
            self.best[learner] = max(self.best.get(learner, 0), score)
            self.outbox.queue(self.people[learner], score)

    def _type(self, name: str, value: object, *, overridden: bool = True) -> None:
        assert value is None or isinstance(value, int)
        column = self.lms.gradebook.columns[self.activity.column_id or 0]
        person = self.lms.person(name)
        with suppress(LockedGradeError):
            self.lms.gradebook.grade_by_teacher(
                column, person.id, value, self.lms.now(), overridden=overridden
            )
            self.typed[name] = value
            if value is None and not self.is_moodle:
                del self.typed[name]
                self.cleared.add(name)

    def _plain(self, name: str, value: object) -> None:
        self._type(name, value, overridden=False)

    def _clear(self, name: str, _: object) -> None:
        self._type(name, None)

    def _lock(self, name: str, value: object) -> None:
        self.cell(name).locked = bool(value) and self.is_moodle

    def _wait(self, _: str, seconds: object) -> None:
        assert isinstance(seconds, int)
        self.clock.shift(timedelta(seconds=seconds))

    def _work(self, _: str, fault: object) -> None:
        self.wire.fault = str(fault)
        with suppress(KeyboardInterrupt):
            deliver_due(self.runtime)
        self.wire.fault = self.wire.read_fault = "none"

    def _read(self, name: str, fault: object) -> None:
        """Let the worker meet a fault when it looks into a cell or a column."""
        self.wire.read_fault = str(fault)
        self._work(name, "none")

    def _meanwhile(self, name: str, value: object) -> None:
        """Have the teacher type between our look into the cell and the arrival of our post.

        Moodle refuses the post. Canvas cannot: there the look is as late as it can be.
        """
        if self.is_moodle:
            self.wire.after_read = lambda: self._slowly(name, value)
        self._work(name, "none")
        self.wire.after_read = None

    def _slowly(self, name: str, value: object) -> None:
        self.wire.after_read = None
        self._wait(name, 2)
        self._plain(name, value)
        self._wait(name, 2)


names = st.sampled_from(CLASS)
events = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.sampled_from(["", *CLASS]), st.sampled_from(OURS)),
        st.tuples(st.sampled_from(["type", "plain", "meanwhile"]), names, st.sampled_from(THEIRS)),
        st.tuples(st.just("clear"), names, st.none()),
        st.tuples(st.just("lock"), names, st.booleans()),
        st.tuples(st.just("work"), st.just(""), st.sampled_from(FAULTS)),
        st.tuples(st.just("work"), st.just(""), st.just("none")),
        st.tuples(st.just("read"), st.just(""), st.sampled_from(READ_FAULTS)),
        st.tuples(st.just("wait"), st.just(""), st.sampled_from([0, 1, 30, 300, 8 * 3600])),
    ),
    max_size=14,
)
numbers = count()
NewWorld = Callable[[str, tuple[str, ...]], AbstractContextManager[World]]


@pytest.fixture(scope="module")
def new_world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, tool_key: ToolKey
) -> NewWorld:
    """Return a function that makes a world of its own for each example."""
    folder = tmp_path_factory.mktemp("worlds")

    @contextmanager
    def make(profile: str, scopes: tuple[str, ...]) -> Iterator[World]:
        file = folder / f"{next(numbers)}.sqlite3"
        copyfile(sqlite_template, file)
        database = Database(f"sqlite:///{file}")
        with time_machine.travel(NOON, tick=False) as clock:
            yield World(database, profile, tool_key, scopes, clock)
        database.dispose()
        file.unlink()

    return make


@rule("R-4.12")
@pytest.mark.parametrize("profile", ["moodle", "canvas", "canvas without reading"])
@settings(max_examples=25)
@given(first=st.sampled_from(OURS), skew=st.sampled_from(SKEWS), rest=events)
@example(60, 0, [("type", "bob", 55), ("work", "", "none"), ("earn", "", 90)])
@example(60, 0, [("plain", "bob", 0), ("work", "", "none"), ("earn", "bob", 90)])
@example(60, 0, [("work", "", "none"), ("wait", "", 30), ("plain", "bob", 0), ("earn", "", 90)])
@example(
    60,
    0,
    [("work", "", "lost after"), ("plain", "bob", 11), ("earn", "", 90), ("wait", "", 300)],
)
@example(
    60,
    0,
    [("type", "bob", 11), ("work", "", "dies after"), ("wait", "", 300), ("earn", "", 90)],
)
@example(60, 0, [("meanwhile", "bob", 11), ("earn", "", 90)])
@example(60, -59, [("meanwhile", "bob", 11), ("earn", "", 90)])
@example(60, 59, [("meanwhile", "bob", 11), ("earn", "", 90)])
@example(60, 0, [("work", "", "none"), ("wait", "", 30), ("clear", "bob", None), ("earn", "", 90)])
@example(60, 0, [("read", "", "lost after"), ("type", "bob", 11), ("work", "", "none")])
@example(60, 0, [("meanwhile", "alice", 0), ("wait", "", 30), ("read", "", "403")])
@example(60, 0, [("work", "", "none"), ("earn", "", 70), ("read", "", "404")])
@example(60, 0, [("type", "alice", 0), ("work", "", "none"), ("clear", "alice", None)])
def test_what_a_person_left_in_a_cell_stays(
    new_world: NewWorld, profile: str, first: int, skew: int, rest: list[Event]
) -> None:
    scopes = (SCOPE_SCORE,) if "without" in profile else ALL_SCOPES
    with new_world(profile.partition(" ")[0], scopes) as world:
        world.lms.clock = lambda: datetime.now(UTC) + timedelta(seconds=skew)
        world.happen(("earn", "", first))
        for event in rest:
            world.happen(event)
        world.settle_down()
        world.check_typed()
        for name in CLASS:
            row, cell = world.outbox.row(world.people[name]), world.cell(name)
            if name not in world.typed and row.state == "sent":
                assert cell.final == world.best[name] or name in world.cleared
            elif name not in world.typed and name not in world.cleared:
                # A column that is said to be gone waits for a launch.
                assert row.answer_reason in {"locked", "cannot_read_back", "column_gone"}
            if isinstance(cell, CanvasCell):
                assert cell.attempts <= 1
                assert cell.comments == []
