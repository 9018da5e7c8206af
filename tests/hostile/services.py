"""Attacks of an LMS by what its services answer, on a worker as it is operated."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TextIO
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update

from lti_app.clock import real_now
from lti_app.services import deliveries, reconciliations, rosters
from lti_app.store.courses import Enrolment, LineItem, Placement
from lti_app.store.lms_health import LmsHealth
from lti_app.store.people import Identity
from lti_app.store.progress import Delivery
from lti_app.store.reconciliations import Reconciliation, ReconciliationFinding
from lti_app.store.registrations import Deployment
from lti_app.store.rosters import Roster
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import register
from tests.conftest import PUBLIC_URL
from tests.hostile.arena import Arena
from tests.hostile.spoiling import (
    METADATA,
    NONSENSE,
    UNREADABLE,
    WRONG,
    Reply,
    SpoiledLms,
    linking,
    listing,
    saying,
    serve_spoiled,
)
from tests.unit.lti_app.lti.peer import Conversation
from tests.waiting import Found, wait_for

#: What a call may take at most (60 s), and what comes before and after on a busy machine.
PATIENCE: Final = 90.0
#: A dozen look at once: with the usual pause they would take a core from whom they wait for.
_PAUSE_SECONDS: Final = 0.25
_POINTS: Final = 80


@dataclass
class Worker:
    """The worker as it is operated, beside the arena's pages."""

    process: subprocess.Popen[bytes]

    @property
    def lives(self) -> bool:
        """Tell whether it still works."""
        return self.process.poll() is None


@contextmanager
def working(arena: Arena, log: TextIO) -> Iterator[Worker]:
    """Run the worker until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lti_app", "worker"],
        env={**os.environ, **arena.process.environment},
        stderr=log,
    )
    try:
        yield Worker(process)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@dataclass
class Course:
    """A course of an LMS of its own, in which Alice has earned a grade that nobody has sent yet."""

    arena: Arena
    spoiled: SpoiledLms
    registration_id: UUID
    placement_id: UUID
    course_id: UUID
    person_id: UUID

    def queue(self) -> None:
        """Let Alice earn a grade."""
        with transaction(self.arena.database):
            deliveries.queue(self.placement_id, self.person_id, Decimal(_POINTS))

    def mend(self) -> None:
        """Let the LMS answer well from now on, and be asked at once."""
        self.spoiled.front.replies.clear()
        with transaction(self.arena.database):
            db().execute(delete(LmsHealth).where(LmsHealth.registration_id == self.registration_id))
            mine = Delivery.placement_id == self.placement_id
            db().execute(update(Delivery).where(mine).values(due_at=real_now()))
            db().execute(
                update(LineItem)
                .where(LineItem.placement_id == self.placement_id)
                .values(search_until=None)
            )
            db().execute(
                update(Roster).where(Roster.course_id == self.course_id).values(asked_at=None)
            )

    def close(self) -> None:
        """Leave nothing that the worker would ask an LMS for that is gone."""
        with transaction(self.arena.database):
            db().execute(delete(Roster).where(Roster.course_id == self.course_id))
            db().execute(delete(Delivery).where(Delivery.placement_id == self.placement_id))

    def delivery(self) -> Delivery:
        """Return the grade on its way."""
        with transaction(self.arena.database, read_only=True):
            return (
                db()
                .scalars(select(Delivery).where(Delivery.placement_id == self.placement_id))
                .one()
            )

    def roster(self) -> Roster:
        """Return how far the reading of the roster is."""
        with transaction(self.arena.database, read_only=True):
            return db().get_one(Roster, self.course_id)

    def people(self) -> list[tuple[UUID, bool]]:
        """Return who is in the course, and whether they still are."""
        with transaction(self.arena.database, read_only=True):
            mine = select(Enrolment.person_id, Enrolment.is_active).where(
                Enrolment.course_id == self.course_id
            )
            return sorted((person, active) for person, active in db().execute(mine))

    def posts(self) -> int:
        """Return how many scores the LMS has taken."""
        return sum(one.took_effect for one in self.spoiled.lms.log.of("scores"))

    def grade(self) -> float | None:
        """Return what the LMS's gradebook has."""
        found = self.spoiled.lms.grade(self.spoiled.lms.activities[101], "alice").final
        return None if found is None else float(found)


@contextmanager
def course_of(arena: Arena) -> Iterator[Course]:
    """Serve an LMS, and let Alice come from there."""
    # Ports come again, and an issuer stays.
    issuer = f"http://lms-{uuid4()}.example"
    lms = Sandbox.demo("http://localhost:0", PUBLIC_URL, issuer=issuer)
    lms.use_key(arena.lms.signing_key)
    lms.tools[1].jwks_url = f"{arena.process.url}/lti/jwks.json"
    with serve_spoiled(lms) as spoiled:
        registration_id = register(arena.database, lms)
        arena.enter("alice", lms)
        with transaction(arena.database, read_only=True):
            placement = (
                db()
                .scalars(
                    select(Placement)
                    .join(Deployment, Deployment.id == Placement.deployment_id)
                    .where(Deployment.registration_id == registration_id)
                )
                .one()
            )
            person_id = (
                db().scalars(select(Identity.person_id).where(Identity.issuer == lms.issuer)).one()
            )
        assert placement.course_id is not None
        course = Course(
            arena, spoiled, registration_id, placement.id, placement.course_id, person_id
        )
        try:
            yield course
        finally:
            course.close()


@dataclass(frozen=True)
class ServiceCase:
    """One hostile answer.

    Attributes:
        name: what it is.
        replies: what the LMS's services answer.
        attack: lets the worker meet them; sees that nothing wrong comes of it, and that the next
            good answer is taken.
    """

    name: str
    replies: Mapping[str, Reply]
    attack: Callable[[Course], None]


def send_a_grade(course: Course) -> None:
    """Let a grade be sent: it stays on its way, and arrives once when the LMS is mended."""
    course.queue()
    met = _await(lambda: course.delivery().answer_reason, "the answer")
    assert course.delivery().state != "sent", met
    assert course.posts() == 0
    course.mend()
    _await(lambda: course.delivery().state == "sent", "the grade")
    assert course.grade() == _POINTS
    assert course.posts() == 1


def find_the_column(course: Course) -> None:
    """Let a grade be sent whose column is not known yet."""
    with transaction(course.arena.database):
        db().get_one(LineItem, course.placement_id).url = None
    send_a_grade(course)


def read_the_roster(course: Course) -> None:
    """Let a roster be read: nobody is let go, and everybody is there when the LMS is mended."""
    before = course.people()
    _ask_for_roster(course)
    _await(lambda: course.roster().reason, "the reason")
    assert course.roster().read_at is None
    assert [one for one in before if one not in course.people()] == []
    course.mend()
    _ask_for_roster(course)
    _await(lambda: course.roster().read_at, "the roster")
    assert course.roster().reason is None
    assert course.roster().people >= len(before)


def read_some_of_the_roster(course: Course) -> None:
    """Let a roster be read of which something is odd: what can be read is, and nobody is let go."""
    before, began = course.people(), real_now()
    _ask_for_roster(course)
    # The first reading, of a course that has just been opened, may have been before all this.
    _await(
        lambda: course.spoiled.front.asked and (course.roster().attempted_at or began) > began,
        "the end of the reading",
    )
    assert [one for one in before if one not in course.people()] == []
    course.mend()
    _ask_for_roster(course)
    _await(lambda: course.roster().reason is None and course.roster().read_at, "the roster")


def _ask_for_roster(course: Course) -> None:
    with transaction(course.arena.database):
        assert rosters.ask_now(course.course_id)


def compare_the_column(course: Course) -> None:
    """Let a column be read back: nothing is found in it, and nothing is sent because of it."""
    assert _compare(course).reason is not None
    course.mend()
    assert _compare(course).reason is None
    assert course.posts() == 0


def compare_with_odd_cells(course: Course) -> None:
    """Let a column be read back whose cells are odd: whatever is found, nothing is sent."""
    _compare(course)
    assert course.posts() == 0
    course.mend()
    done = _compare(course)
    assert done.reason is None
    with transaction(course.arena.database, read_only=True):
        found = ReconciliationFinding.reconciliation_id == done.id
        assert db().scalar(select(func.count()).where(found)) == 0


def _compare(course: Course) -> Reconciliation:
    with transaction(course.arena.database):
        asked = reconciliations.request(course.placement_id, by=None)

    def finished() -> Reconciliation | None:
        with transaction(course.arena.database, read_only=True):
            row = db().get_one(Reconciliation, asked)
            return row if row.finished_at else None

    return _await(finished, "the comparison")


def _await(find: Callable[[], Found | None], what: str) -> Found:
    return wait_for(find, what, PATIENCE, pause_seconds=_PAUSE_SECONDS)


_ATTACKS: Final[Mapping[str, tuple[str, Callable[[Course], None], Mapping[str, Reply]]]] = {
    "token": ("token", send_a_grade, UNREADABLE),
    "score": ("scores", send_a_grade, NONSENSE),
    "result": ("results", send_a_grade, UNREADABLE),
    "column": ("lineitems", find_the_column, UNREADABLE),
    "roster": ("memberships", read_the_roster, UNREADABLE),
    "comparison": ("results", compare_the_column, UNREADABLE),
}


def _members() -> Iterator[tuple[str, Reply]]:
    good = {"user_id": '"4711"', "roles": '["Learner"]', "status": '"Active"', "name": '"A B"'}
    for name in (*good, "email", "given_name", "lis_person_sourcedid"):
        for kind, value in WRONG.items():
            entry = ", ".join(f'"{key}": {text}' for key, text in {**good, name: value}.items())
            yield f"{name} is {kind}", saying(listing(f"{{{entry}}}"))
    yield "the same person 3,000 times", saying(listing(",".join(['{"user_id": "7"}'] * 3000)))
    yield "a key twice", saying(listing('{"user_id": "7", "user_id": "8", "roles": []}'))
    for kind, value in WRONG.items():
        yield f"an entry is {kind}", saying(listing(value))
    yield "a mark first", saying(b"\xef\xbb\xbf" + listing('{"user_id": "7"}'))
    yield "UTF-16", saying(listing('{"user_id": "7"}').decode().encode("utf-16"))


def _cells() -> Iterator[tuple[str, Reply]]:
    for name in ("userId", "resultScore", "resultMaximum", "comment"):
        for kind, value in WRONG.items():
            good = {"userId": '"4711"', "resultScore": "80", "resultMaximum": "100"}
            entry = ", ".join(f'"{key}": {text}' for key, text in {**good, name: value}.items())
            yield f"{name} is {kind}", saying(f"[{{{entry}}}]".encode())
    yield "a maximum of nothing", saying(b'[{"userId":"4","resultScore":1,"resultMaximum":0}]')
    yield "next to nothing", saying(b'[{"userId":"4","resultScore":1e-99999999}]')


#: Where a page may say that the list goes on.
_TARGETS: Final[Mapping[str, str]] = {
    "in a ring": "?page=2",
    "elsewhere": "https://elsewhere.example/roster",
    "at the metadata": f"http://{METADATA}/latest/",
    "at nothing": "http://[",
    "with a name": "http://name:word@localhost/",
    "in a file": "file:///etc/passwd",
    "behind a NUL": "http://localhost/\x01",
    "in another script": "http://löcalhost/",
}


def service_cases() -> Mapping[str, list[ServiceCase]]:
    """Return all families of hostile answers, by name."""
    families = {
        family: [ServiceCase(name, {service: reply}, attack) for name, reply in replies.items()]
        for family, (service, attack, replies) in _ATTACKS.items()
    }
    families["roster"] += [
        ServiceCase(f"goes on {name}", {"memberships": linking(target)}, read_the_roster)
        for name, target in _TARGETS.items()
    ]
    families["member"] = [
        ServiceCase(name, {"memberships": reply}, read_some_of_the_roster)
        for name, reply in _members()
    ]
    families["cell"] = [
        ServiceCase(name, {"results": reply}, compare_with_odd_cells) for name, reply in _cells()
    ]
    return families


def slow_cases() -> list[ServiceCase]:
    """Return answers that end at a deadline alone."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    def drip(begin: bytes, text: bytes) -> Reply:
        def reply(peer: Conversation) -> None:
            peer.socket.sendall(begin)
            peer.drip(text)

        return reply

    ways: Mapping[str, Reply] = {
        "silence": lambda peer: peer.stay_silent(),
        "dripping headers": drip(head, b"X: y\r\n"),
        "a dripping body": drip(head + b"\r\n", b" "),
    }
    return [
        ServiceCase(f"{family}: {name}", {service: reply}, attack)
        for family, (service, attack) in {
            "token": ("token", send_a_grade),
            "score": ("scores", send_a_grade),
            "result": ("results", send_a_grade),
            "roster": ("memberships", read_the_roster),
        }.items()
        for name, reply in ways.items()
    ]


def carry_out(arena: Arena, worker: Worker, case: ServiceCase) -> None:
    """Let an LMS answer so, and see what becomes of it."""
    began = arena.log.stat().st_size
    with course_of(arena) as course:
        course.spoiled.front.replies.update(case.replies)
        case.attack(course)
        assert course.spoiled.front.asked or not case.replies, "nobody asked"
    assert worker.lives
    assert not [line for line in arena.lines(began) if line["level"] == "error"]
