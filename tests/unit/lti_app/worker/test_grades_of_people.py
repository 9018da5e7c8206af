"""What a person typed into a gradebook is never changed by us, whatever happens in which order."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from uuid import UUID

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

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
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
Event = tuple[str, object]
ToolKey = tuple[str, str, dict[str, str]]


class World:
    """An LMS with one learner, the tool's rows, and a clock that only events move."""

    def __init__(
        self, database: Database, profile: str, key: ToolKey, scopes: tuple[str, ...]
    ) -> None:
        wanted = Settings(database_url="", secret_keys=("s" * 40,), public_url="https://tool.test")
        self.lms = Sandbox.demo(LMS, wanted.public_url, profile=profile)
        self.activity: Activity = self.lms.activities[101]
        self.wire = Wire(wanted, self.lms)
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
        self.alice: UUID = self.outbox.learner(subject=self.lms.subject("alice"))
        self.best: int | None = None
        self.typed: float | None = None

    @property
    def cell(self) -> Cell:
        """Return the learner's cell."""
        return self.lms.grade(self.activity, "alice")

    def happen(self, event: Event) -> None:
        """Let something happen, and look what became of the person's grade."""
        kind, value = event
        handlers: dict[str, Callable[[object], None]] = {
            "earn": self._earn,
            "type": self._type,
            "plain": self._plain,
            "lock": self._lock,
            "work": self._work,
            "wait": self._wait,
            "meanwhile": self._meanwhile,
        }
        handlers[kind](value)
        if self.typed is not None:
            assert self.cell.final == self.typed

    def settle_down(self) -> None:
        """Let the worker do all that it ever will."""
        self.cell.locked = False
        for _ in range(4):
            self._wait(8 * 3600)
            self._work("none")

    def _earn(self, score: object) -> None:
        assert isinstance(score, int)
        self.best = max(self.best or 0, score)
        self.outbox.queue(self.alice, score)

    def _type(self, value: object, *, overridden: bool = True) -> None:
        assert isinstance(value, int)
        column = self.lms.gradebook.columns[self.activity.column_id or 0]
        person = self.lms.person("alice")
        with suppress(LockedGradeError):
            self.lms.gradebook.grade_by_teacher(
                column, person.id, value, self.lms.now(), overridden=overridden
            )
            self.typed = value

    def _plain(self, value: object) -> None:
        self._type(value, overridden=False)

    def _lock(self, value: object) -> None:
        self.cell.locked = bool(value) and self.lms.profile.family == "moodle"

    def _wait(self, seconds: object) -> None:
        assert isinstance(seconds, int)
        self.clock.shift(timedelta(seconds=seconds))

    def _work(self, fault: object) -> None:
        self.wire.fault = str(fault)
        with suppress(KeyboardInterrupt):
            deliver_due(self.runtime)
        self.wire.fault = "none"

    def _meanwhile(self, value: object) -> None:
        """Have the teacher type between our look into the cell and the arrival of our post.

        Moodle refuses the post. Canvas cannot: there the look is as late as it can be.
        """
        if self.lms.profile.family == "moodle":
            self.wire.after_read = lambda: self._slowly(value)
        self._work("none")
        self.wire.after_read = None

    def _slowly(self, value: object) -> None:
        self._wait(2)
        self._plain(value)
        self._wait(2)

    clock: time_machine.Traveller


events = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.sampled_from(OURS)),
        st.tuples(st.sampled_from(["type", "plain", "meanwhile"]), st.sampled_from(THEIRS)),
        st.tuples(st.just("lock"), st.booleans()),
        st.tuples(st.just("work"), st.sampled_from(FAULTS)),
        st.tuples(st.just("work"), st.just("none")),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 30, 300, 8 * 3600])),
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
            world = World(database, profile, tool_key, scopes)
            world.clock = clock
            yield world
        database.dispose()
        file.unlink()

    return make


@rule("R-4.12")
@pytest.mark.parametrize("profile", ["moodle", "canvas", "canvas without reading"])
@settings(max_examples=25, deadline=None)
@given(first=st.sampled_from(OURS), rest=events)
@example(first=60, rest=[("type", 55), ("work", "none"), ("earn", 90)])
@example(first=60, rest=[("plain", 0), ("work", "none"), ("earn", 90)])
@example(first=60, rest=[("work", "none"), ("wait", 30), ("plain", 0), ("earn", 90)])
@example(first=60, rest=[("work", "lost after"), ("plain", 11), ("earn", 90), ("wait", 300)])
@example(first=60, rest=[("type", 11), ("work", "dies after"), ("wait", 300), ("earn", 90)])
@example(first=60, rest=[("meanwhile", 11), ("earn", 90)])
def test_what_a_person_typed_stays(
    new_world: NewWorld, profile: str, first: int, rest: list[Event]
) -> None:
    scopes = (SCOPE_SCORE,) if "without" in profile else ALL_SCOPES
    with new_world(profile.partition(" ")[0], scopes) as world:
        world.happen(("earn", first))
        for event in rest:
            world.happen(event)
        world.settle_down()
        if world.typed is not None:
            assert world.cell.final == world.typed
        elif world.outbox.row(world.alice).state == "sent":
            assert world.cell.final == world.best
        else:
            assert world.outbox.row(world.alice).answer_reason in {"locked", "cannot_read_back"}
        if isinstance(world.cell, CanvasCell):
            assert world.cell.attempts <= 1
            assert world.cell.comments == []
