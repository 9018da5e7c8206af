"""Alice and Mona, who are a pair, and what each does with their charter over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.clock import now
from lti_app.domain.programmes import ProgrammeRules
from lti_app.services import pairs
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.notices import Notice
from lti_app.store.pairs import Pair
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme, ProgrammeCourse, from_rules
from lti_app.store.progress import Progress
from lti_app.store.session import Database, db, transaction
from lti_app.testing.browser.document import Document
from lti_app.testing.sandbox import Activity, Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.charter import due
from plugins.charter.models import Charter, Part, Review, Signature, Version
from tests.days import LAST_DAY, in_days
from tests.functional.mentoring.visitors import Visitor, read, visit

#: Section → what somebody answers there, or writes into the text of both.
GOOD: Final[Mapping[str, Mapping[str, Any]]] = {
    "why": {"why": "Alice wants to lead her first project."},
    "meeting": {"every_weeks": "2", "minutes": "60", "channel": "video", "books": "mentee"},
    "success": {"success": "Alice leads a project, and her team says so."},
}
REST: Final[Mapping[str, Mapping[str, Any]]] = {
    "preparation": {"agenda_by": "mentee", "agenda_days": "2"},
    "contact": {"contact": "mail", "reply_days": "3"},
    "offers": {"gives": ["experience", "feedback"], "gives_not": ["boss"]},
    "off_limits": {"off_limits": "My family."},
    "confidentiality": {"confidentiality": "pair"},
    "reviews": {"feedback": "meeting"},
    "exit": {"ask_whom": "The programme team."},
    "ending": {},
}
#: The article's own example: something that will be there, and a date.
GOAL: Final[Mapping[str, str]] = {
    "title": "Create a strategic plan for my team",
    "measure": "deliverable",
    "artefact": "The strategic plan for my team, in writing",
    "due_on": str(in_days(212)),
    "evidence_kind": "document",
    "evidence": "The plan as my manager has read it",
}


@dataclass
class Two:
    """A pair, and a visit of each.

    Attributes:
        charter: where the charter is placed, in the sandbox LMS.
    """

    tool: ToolUnderTest
    lms: Sandbox
    charter: Activity
    people: dict[str, Visitor]
    programme_id: UUID = UUID(int=0)
    pair_id: UUID = UUID(int=0)
    days: timedelta = timedelta()

    def id_of(self, username: str, *, in_transaction: bool = False) -> UUID:
        """Return the id of somebody of the sandbox LMS."""
        person = self.lms.people[username]
        query = select(Person.id).where(Person.name == f"{person.given_name} {person.family_name}")
        if in_transaction:
            return db().scalars(query).one()
        with transaction(self.tool.database, read_only=True):
            return db().scalars(query).one()

    def path(self, rest: str = "") -> str:
        """Return an address of the charter, below a visit."""
        return f"pairs/{self.pair_id}/charter/{rest}"

    def get(self, who: str, rest: str = "") -> TestResponse:
        """Open a page of the charter."""
        return self.people[who].get(self.path(rest))

    def read(self, who: str, rest: str = "") -> Document:
        """Open a page of the charter and read it."""
        page = self.get(who, rest)
        assert page.status_code == 200, page.get_data(as_text=True)
        return read(page)

    def post(self, who: str, rest: str, **values: Any) -> TestResponse:
        """Send a form of the charter."""
        return self.people[who].post(self.path(rest), form_of=self.path("answers/why"), **values)

    def do(self, who: str, rest: str, **values: Any) -> str:
        """Send a form that has to succeed; returns where it leads."""
        done = self.post(who, rest, **values)
        assert done.status_code == 303, done.get_data(as_text=True)
        return done.headers["Location"]

    def step(self, who: str, act: str) -> TestResponse:
        """Press a button that does something to the whole text, as the page has it."""
        values = {"act": act}
        if act == "accept":
            values["seen"] = self.seen(who)
        return self.post(who, "step", **values)

    def seen(self, who: str, rest: str = "") -> str:
        """Return the fingerprint of the text that a page shows; empty where it shows none."""
        page = self.people[who].get(self.path(rest))
        fields = [one for form in read(page).forms for one in form.fields]
        return next((one.value for one in fields if one.name == "seen"), "")

    def answer(self, who: str, *, everything: bool = False, **changes: Any) -> None:
        """Let somebody answer apart, with changes."""
        for section, values in ({**GOOD, **REST} if everything else GOOD).items():
            changed = {name: changes.get(name, value) for name, value in values.items()}
            self.do(who, f"answers/{section}", **changed)
        self.do(who, "answers/goals/new", **GOAL)

    def get_ready(self, who: str, **changes: Any) -> None:
        """Let somebody answer apart, with changes, and mark it as ready."""
        self.answer(who, **changes)
        self.do(who, "ready", act="ready")

    def compare(self) -> None:
        """Let both be ready."""
        for who in ("alice", "mona"):
            self.get_ready(who)

    def write(self, who: str, **changes: Any) -> None:
        """Let somebody write the text of both; what both answered alike stands there already."""
        for section, values in GOOD.items():
            changed = {name: changes.get(name, value) for name, value in values.items()}
            revision = self.revision(who, section)
            self.do(who, f"text/{section}", revision=revision, **changed)
        if not self.row().text.get("goals"):
            revision = self.revision(who, "goals")
            self.do(who, "text/goals/new", revision=revision, **GOAL)

    def revision(self, who: str, section: str) -> str:
        """Return which state of a section a page shows."""
        page = "text/goals/new" if section == "goals" else f"text/{section}"
        fields = [one for form in self.read(who, page).forms for one in form.fields]
        return next(one.value for one in fields if one.name == "revision")

    def propose(self, who: str = "alice") -> None:
        """Bring the two to a proposal."""
        self.compare()
        self.lay_before(who)

    def lay_before(self, who: str, **changes: Any) -> None:
        """Let somebody write the text of both, and propose it."""
        self.write(who, **changes)
        self.do(who, "step", act="propose")

    def sign(self, who: str, **changes: Any) -> TestResponse:
        """Sign, with every tick, as the page asks for it."""
        fields = [one for form in read(self.get(who, "sign")).forms for one in form.fields]
        ticks = {one.name: "y" for one in fields if one.kind == "checkbox"}
        seen = {one.name: one.value for one in fields if one.name == "seen"}
        return self.post(who, "sign", **(ticks | seen | changes))

    def agree(self) -> None:
        """Bring the two to a text that both agree on."""
        self.propose()
        assert self.step("mona", "accept").status_code == 303

    def bring_into_force(self) -> None:
        """Bring the two to a charter that both have signed."""
        self.agree()
        for who in ("alice", "mona"):
            assert self.sign(who).status_code == 303

    def row(self) -> Charter:
        """Return the stored charter."""
        with transaction(self.tool.database, read_only=True):
            return db().scalars(select(Charter)).one()

    def versions(self) -> list[Version]:
        """Return the stored versions."""
        with transaction(self.tool.database, read_only=True):
            return list(db().scalars(select(Version).order_by(Version.number)))

    def part(self, who: str) -> Part:
        """Return what somebody has stored alone."""
        person_id = self.id_of(who)
        with transaction(self.tool.database, read_only=True):
            return db().scalars(select(Part).where(Part.person_id == person_id)).one()

    def signatures(self) -> list[Signature]:
        """Return the stored signatures."""
        with transaction(self.tool.database, read_only=True):
            return list(db().scalars(select(Signature)))

    def reviews(self) -> list[Review]:
        """Return the stored reviews."""
        with transaction(self.tool.database, read_only=True):
            return list(db().scalars(select(Review).order_by(Review.due_on)))

    def stored(self) -> list[object]:
        """Return everything that is stored of charters, to see whether anything has changed."""
        found: list[object] = []
        with transaction(self.tool.database, read_only=True):
            for table in (Charter, Part, Signature, Version, Review):
                columns = [one.key for one in table.__mapper__.column_attrs]
                rows = db().scalars(select(table).order_by(table.created_at, table.id))
                found += [{one: getattr(row, one) for one in columns} for row in rows]
        return found

    def progress(self, who: str) -> tuple[str, int]:
        """Return how far somebody is at the placed charter, and with how many points."""
        person_id = self.id_of(who)
        with transaction(self.tool.database, read_only=True):
            rows = db().scalars(select(Progress).where(Progress.person_id == person_id))
            found = [row for row in rows if row.state != "not_started"]
        return (found[-1].state, int(found[-1].score or 0)) if found else ("not_started", 0)

    def told(self, who: str) -> list[str]:
        """Return what somebody was told of the charter, the oldest first."""
        person_id = self.id_of(who)
        with transaction(self.tool.database, read_only=True):
            query = select(Notice.key).where(
                Notice.person_id == person_id, Notice.key.startswith("charter.")
            )
            keys = list(db().scalars(query.order_by(Notice.created_at, Notice.key)))
        return [key.removeprefix("charter.") for key in keys]

    def let_pass(self, days: float) -> None:
        """Let days pass in which nothing is done that is due."""
        self.days += timedelta(days=days)
        clock.set_offset(self.days)

    def pass_days(self, days: float) -> None:
        """Let days pass, and let what is due by then be done."""
        self.let_pass(days)
        with transaction(self.tool.database):
            due.do(now(), 100)

    def leave(self, who: str) -> None:
        """Let one of the two end the pair."""
        with transaction(self.tool.database):
            pairs.leave(self.pair_id, self.id_of(who, in_transaction=True))


def open_two(tool: ToolUnderTest, lms: Sandbox) -> Two:
    """Place a charter with every section in the first course, and make two of its people a pair.

    They launch; the programme and their pair are put beside that as rows, which is faster than
    going through a desk.
    """
    lms.add_person("mona", "Mona", "Mentor")
    first = lms.activities[101]
    lms.enrol(first.course, "mona", Role.STUDENT)
    custom = f"kind=charter\nsections={','.join(REST)}"
    charter = lms.add_activity(first.course, first.tool, "Charter", custom)
    people = {name: visit(tool, lms, name, activity=charter.cmid) for name in ("alice", "mona")}
    two = Two(tool, lms, charter, people)
    two.programme_id, two.pair_id = pair_up(
        tool.database, mentee_id=two.id_of("alice"), mentor_id=two.id_of("mona")
    )
    return two


def pair_up(database: Database, *, mentee_id: UUID, mentor_id: UUID) -> tuple[UUID, UUID]:
    """Let every course with a charter join a programme, and make two people a pair in it.

    Returns:
        The ids of the programme and of the pair.
    """
    with transaction(database):
        activities = db().scalars(select(ActivityRow).where(ActivityRow.kind == "charter")).all()
        programme = _programme(activities[0].organisation_id)
        db().add(programme)
        db().flush()
        for activity in activities:
            activity.programme_id = programme.id
            course = activity.course_id
            joined = ProgrammeCourse(course_id=course, programme_id=programme.id, joined_at=now())
            db().add(joined)
        for person_id, side in ((mentee_id, "mentee"), (mentor_id, "mentor")):
            db().add(_place(programme.id, person_id, side))
        pair = Pair(
            programme_id=programme.id,
            mentor_id=mentor_id,
            mentee_id=mentee_id,
            state="active",
            offered_at=now(),
            started_at=now(),
        )
        db().add(pair)
        db().flush()
        return programme.id, pair.id


def _programme(organisation_id: UUID) -> Programme:
    return Programme(
        organisation_id=organisation_id,
        title="Lead and stay",
        relationship_kind="mentoring",
        state="running",
        purpose_type="retain",
        purpose="Keep the people whom we would miss the most.",
        starts_on=in_days(-29),
        ends_on=LAST_DAY,
        time_zone="Europe/Berlin",
        consent_text="I agree.",
        rules=from_rules(ProgrammeRules()),
    )


def _place(programme_id: UUID, person_id: UUID, side: str) -> Participant:
    return Participant(
        programme_id=programme_id,
        person_id=person_id,
        side=side,
        seats=1,
        state="matched",
        state_since=now(),
        submitted_at=now(),
        consent_version=1,
    )
