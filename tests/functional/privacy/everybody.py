"""The privacy world with everything in it that the tool has addresses for, and a visit of each hat.

Beside the programme of `world.py`: two charters, two practices, somebody in every capacity at each
of them, an author who is asked for links, and a Canvas of another organisation.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from lti_app.services.invites import create_invite
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.courses import Course
from lti_app.store.notices import Notice
from lti_app.store.organisations import Organisation
from lti_app.store.pairs import Pair
from lti_app.store.people import Person
from lti_app.store.programmes import Programme
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.charter.two import Two
from tests.functional.coaching.people import Practice
from tests.functional.coaching.test_privacy import CUSTOM, open_practice_of_four
from tests.functional.desk.people import DESK, PLAN
from tests.functional.desk.test_courses import FIRST, SECOND
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    PREVIEW,
    Edit,
    Visitor,
    claims,
    visit,
)
from tests.functional.pairs.people import answer
from tests.functional.privacy.planting import plant
from tests.functional.privacy.world import ASSISTANT, World, file_of, open_world

#: Who has which hat, in the visits of this world.
AUTHORS: Final = ("tina", "emma")
REVIEWERS: Final = ("nina",)
LEARNERS: Final = ("alice", "bob", "charlie", "olga", "ed")
PREVIEWS: Final = ("preview",)
#: Gus is nothing in the course, and Mona, a mentor, is in no course.
GUESTS: Final = ("gus", "mona")
ADMINISTRATORS: Final = ("ada",)
TEAM: Final = ("lena", "dana", "erin", "eve")
EVERYBODY: Final = (
    *AUTHORS,
    *REVIEWERS,
    *LEARNERS,
    *PREVIEWS,
    *GUESTS,
    *ADMINISTRATORS,
    *TEAM,
)
FAR_PROGRAMME: Final = "A programme elsewhere"
FAR_TERMS: Final = b"kind,code,label\nskill,far,Plantedskillofelsewhere\n"
#: How a launch makes somebody what they are, where the course does not.
CLAIMS: Final[dict[str, Edit]] = {
    "nina": claims(roles=[ASSISTANT]),
    "preview": claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview", name="Preview"),
    "gus": claims(roles=[]),
    "mona": claims(roles=[]),
}
#: A preview is somebody's; who it is of does not matter.
ACCOUNTS: Final = {"preview": "olga"}


@dataclass
class Everybody:
    """The world, and everybody's visits.

    Attributes:
        visits: person and kind of activity → their visit there; `place` is one in which an LMS asks
            for links. Everything else they open in the visit of `world.people`.
        ids: what stands in an address, by a name of its own.
    """

    world: World
    charter: Activity
    practice: Activity
    visits: dict[tuple[str, str], Visitor] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def tool(self) -> ToolUnderTest:
        """Return the tool."""
        return self.world.tool

    def visit_for(self, who: str, blueprint: str) -> Visitor:
        """Return the visit in which somebody opens the addresses of a blueprint."""
        return self.visits.get((who, blueprint)) or self.world.people[who]

    def come(self, who: str, activity: Activity, kind: str) -> Visitor:
        """Let somebody open an activity."""
        account = ACCOUNTS.get(who, who)
        browser = self.tool.browser()
        first = self.tool.launch(browser, self.world.lms, account, activity, CLAIMS.get(who))
        self.visits[who, kind] = Visitor(browser, first)
        return self.visits[who, kind]


def open_everybody(tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> Everybody:
    """Open the world, fill it, and let everybody come everywhere."""
    world = open_world(tool, lms, elsewhere)
    plant(world)
    first = lms.activities[101]
    charter = lms.add_activity(first.course, first.tool, "Charter", "kind=charter")
    custom = "\n".join(f"{name}={value}" for name, value in CUSTOM.items())
    practice = lms.add_activity(first.course, first.tool, "Practice", custom)
    everybody = Everybody(world, charter, practice)
    for name in ("gus", "mona", "zoe", "dora"):
        lms.add_person(name, name.title(), "Example")
    lms.enrol(first.course, "dora", Role.STUDENT)
    _practise(everybody)
    _pair_with_mona(everybody)
    _write_charters(everybody)
    _let_in(everybody)
    _fill_elsewhere(everybody, elsewhere)
    _look_up(everybody)
    return everybody


def _practise(everybody: Everybody) -> None:
    tool, lms = everybody.tool, everybody.world.lms
    made = open_practice_of_four(tool, lms, everybody.practice.cmid)
    everybody.ids |= {f"session {name}": str(value) for name, value in made.ids.items()}
    for name, visitor in made.practice.people.items():
        everybody.visits[name, "practice"] = visitor
    # Alice's own conversation in another activity is not one of this one's.
    there = lms.add_activity(everybody.practice.course, everybody.practice.tool, "Practice", "")
    other = Practice(tool, lms, {"kind": "practice"}, link=there.cmid)
    other.join("alice", "bob")
    everybody.ids["session there"] = other.begin("alice").removeprefix("session/")


def _pair_with_mona(everybody: Everybody) -> None:
    """Let Mona sign up in the course, and come without one afterwards; Charlie is her mentee."""
    world, lms = everybody.world, everybody.world.lms
    course = everybody.charter.course
    lms.enrol(course, "mona", Role.STUDENT)
    visitor = visit(world.tool, lms, "mona")
    sent = visitor.sign_up(side="mentor", band="4", wish="Plantedwishofmona: I am a mentor.")
    assert sent.status_code == 303, sent.get_data(as_text=True)
    with transaction(world.tool.database, read_only=True):
        world.ids["mona"] = (
            db().scalars(select(Person.id).where(Person.name == "Mona Example")).one()
        )
    approved = world.post("dana", world.at_desk(f"people/{world.ids['mona']}"), {"act": "approve"})
    assert approved.status_code == 303
    pairing = world.at_desk(f"pairing/{world.ids['charlie']}/{world.ids['mona']}")
    override = {"act": "offer", "code": "other", "note": "Plantedoverridenote: they know."}
    assert world.post("dana", pairing, override).status_code == 303
    with transaction(world.tool.database, read_only=True):
        mine = select(Pair.id).where(Pair.mentor_id == world.ids["mona"])
        world.ids["pair of two"] = db().scalars(mine).one()
    for one in (visitor, world.people["charlie"]):
        assert answer(one, world.ids["pair of two"], "accepted").status_code == 303
    world.people["mona"] = everybody.come("mona", lms.activities[101], "mentoring")


def _write_charters(everybody: Everybody) -> None:
    """Let Alice and Bob sign theirs, and Charlie write an answer that is not ready."""
    world = everybody.world
    for name in ("alice", "bob", "charlie", "mona"):
        everybody.come(name, everybody.charter, "charter")
    two = Two(
        world.tool,
        world.lms,
        everybody.charter,
        {name: world.people[name] for name in ("alice", "bob", "charlie")},
        world.programme_id,
        world.ids["pair"],
    )
    for name in ("alice", "bob"):
        two.get_ready(name, why=f"Plantedanswerof{name}: there is a lot to say.")
    two.lay_before("alice", why="Plantedtextoftwo: a project that Alice leads.")
    assert two.step("bob", "accept").status_code == 303
    for name in ("alice", "bob"):
        assert two.sign(name).status_code == 303
    two.pair_id = world.ids["pair of two"]
    two.do("charlie", "answers/why", why="Plantedanswerofcharlie: not ready yet.")


def _let_in(everybody: Everybody) -> None:
    world, lms = everybody.world, everybody.world.lms
    world.people["gus"] = everybody.come("gus", lms.activities[101], "mentoring")
    at_charter = ("tina", "nina", "olga", "preview", "gus")
    for who in at_charter:
        everybody.come(who, everybody.charter, "charter")
    for who in ("olga", "gus"):
        everybody.come(who, everybody.practice, "practice")
    for kind, activity in (("charter", everybody.charter), ("practice", everybody.practice)):
        visitor = everybody.come("dana", activity, kind)
        assert visitor.post("me/hat", form_of="me/notices", hat=DESK).status_code == 303
    for step in ("part", "skills", "levels", "goals"):
        wish = {"wish": "Planteddraftofolga: not sent yet."} if step == "goals" else {}
        assert world.people["olga"].save(f"step/{step}", **wish).status_code == 303
    lms.enrol(lms.activities[104].course, "zoe", Role.STUDENT)
    visit(world.tool, lms, "zoe", activity=104)
    for who in ("tina", "nina", "alice"):
        browser = world.tool.browser()
        edit = CLAIMS.get(who)
        first = world.tool.launch(browser, lms, who, lms.selection(), edit)
        everybody.visits[who, "place"] = Visitor(browser, first)


def _fill_elsewhere(everybody: Everybody, elsewhere: Sandbox) -> None:
    world = everybody.world
    for name, role in (("emma", Role.TEACHER), ("ed", Role.STUDENT)):
        elsewhere.add_person(name, name.title(), "Elsewhere")
        for course in elsewhere.courses.values():
            elsewhere.enrol(course, name, role)
        first = min(elsewhere.activities)
        world.people[name] = visit(world.tool, elsewhere, name, activity=first)
    signed = world.people["ed"].sign_up(wish="Plantedwishofed: I learn elsewhere.")
    assert signed.status_code == 303
    plan = PLAN | {"title": FAR_PROGRAMME}
    assert world.post("eve", "desk/programmes/new", plan).status_code == 303
    made = world.post("eve", "desk/taxonomy", file_of(FAR_TERMS))
    everybody.ids["import far"] = made.headers["Location"].rsplit("/", 1)[1]


def _look_up(everybody: Everybody) -> None:
    """Learn what the tool calls everything that stands in an address."""
    world, ids = everybody.world, everybody.ids
    ids |= {name: str(value) for name, value in world.ids.items()}
    ids["import"], ids["line import"] = ids.pop("taxonomy"), ids.pop("reporting-lines")
    ids["lead"] = str(world.programme_id)
    with transaction(world.tool.database, read_only=True):
        programmes = {one.title: str(one.id) for one in db().scalars(select(Programme))}
        ids["second"], ids["far"] = programmes["Another programme"], programmes[FAR_PROGRAMME]
        for name in ("Zoe Example", "Dora Example", "Ed Elsewhere"):
            ids[name.split()[0].lower()] = _id(select(Person.id).where(Person.name == name))
        for name in ("alice", "bob"):
            told = select(Notice.id).where(Notice.person_id == UUID(ids[name]))
            ids[f"notice of {name}"] = _id(told)
        far = db().scalars(select(Organisation).where(Organisation.name == "Elsewhere")).one()
        near = db().scalars(select(Organisation).where(Organisation.id != far.id)).one()
        ids["organisation"] = str(near.id)
        _look_up_activities(ids, near.id, far.id)
        for key, organisation_id in (("", near.id), (" far", far.id)):
            here = Registration.organisation_id == organisation_id
            deployment = db().scalars(select(Deployment).join(Registration).where(here)).one()
            ids[f"lms{key}"] = str(deployment.registration_id)
            ids[f"deployment{key}"] = str(deployment.id)
    with transaction(world.tool.database):
        ids["invite"] = str(create_invite(near.id).id)


def _look_up_activities(ids: dict[str, str], near: UUID, far: UUID) -> None:
    found = select(ActivityRow.id).join(Course, Course.id == ActivityRow.course_id)
    here = ActivityRow.kind == "mentoring", ActivityRow.organisation_id == near
    ids["activity signup"] = _id(found.where(*here, Course.title == FIRST))
    ids["activity of another course"] = _id(found.where(*here, Course.title == SECOND))
    ids["activity far"] = _id(found.where(ActivityRow.organisation_id == far))


def _id(query: Select[UUID]) -> str:
    """Return the first id that a query finds.

    Raises:
        LookupError: it finds none.
    """
    found = db().scalars(query.limit(1)).first()
    if found is None:
        raise LookupError(query)
    return str(found)
