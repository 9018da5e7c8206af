"""Alice owns, Bob shares, Charlie must see nothing: a planted word in every field of a practice.

Who opens which address is tried in `tests/functional/privacy/test_crawl.py`.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.services.due_work import do_due_work
from lti_app.services.jobs import Job, every, run_due
from lti_app.settings import Settings
from lti_app.store.facts import Fact
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.mailing import send_mail
from plugins.coaching.models import PracticeRelease, PracticeSeat, PracticeSession
from tests.functional.coaching.people import FULL_LOG, Practice, enrol
from tests.functional.mentoring.visitors import MEMBERSHIP, PREVIEW, Visitor, claims, read, visit
from tests.functional.privacy.world import ASSISTANT
from tests.post_office import PostOffice, open_post_office

CUSTOM: Final = {"kind": "practice", "sessions": "2", "rubric": "20", "preparation": "yes"}
LEARNERS: Final = ("alice", "bob", "charlie", "dora")
STAFF: Final = ("tina", "nina")
EVERYBODY: Final = (*LEARNERS, "preview", *STAFF)


@dataclass
class World:
    """A practice of four, in pairs, with everything that can be written in it.

    Attributes:
        ids: `handed`, of a session of Alice's that Bob has answered; `draft`, Alice's second one;
            `waiting`, of Charlie's for Dora, not answered; `released`, of Dora's, and `release`,
            its copy; `group`, one in which nobody has begun; and people, by name.
    """

    practice: Practice
    ids: dict[str, UUID] = field(default_factory=dict)

    def session_of(self, who: str, round_: int = 1) -> UUID:
        """Return the session that somebody leads in a round."""
        with transaction(self.practice.tool.database, read_only=True):
            return (
                db()
                .scalars(
                    select(PracticeSession.id).where(
                        PracticeSession.person_id == self.ids[who], PracticeSession.round == round_
                    )
                )
                .one()
            )


def planted(name: str) -> dict[str, str]:
    """Return a log with a word of its own in every field that somebody writes in."""
    words = {
        "goal": f"{name}goal",
        "reality": f"{name}reality",
        "options-0-text": f"{name}option",
        "action": f"{name}action",
        "who_knows": f"{name}who",
        "questions-0-text": f"{name}question?",
        "summaries-0": f"{name}summary",
    }
    reflection = {one: f"{name}reflection{one} " + "x" * 40 for one in ("opened", "telling")}
    return {**FULL_LOG, **words, **reflection, "next_time": f"{name}reflectionnext " + "x" * 40}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return replace(settings, mail_server=office.server(), mail_from="practice@tool.example")


@pytest.fixture
def world(registered_tool: ToolUnderTest, lms: Sandbox, lines: io.StringIO) -> World:
    """Return a practice in which everybody has done something."""
    return open_practice_of_four(registered_tool, lms, 101)


def open_practice_of_four(tool: ToolUnderTest, lms: Sandbox, link: int) -> World:
    """Let everybody come to a practice, and do something there.

    Args:
        tool: registered in the LMS.
        lms: where they come from; Dora gets an account there.
        link: number of a link in the LMS.
    """
    enrol(lms, "dora")
    practice = Practice(tool, lms, CUSTOM, link=link)
    made = World(practice)
    for name in LEARNERS:
        practice.come(name)
        questions = {f"questions-{at}": f"What is {name}prepared{at}?" for at in range(3)}
        assert practice.post(name, "prepare", **questions).status_code == 303
    # In this order Alice sits with Bob, and Charlie with Dora.
    practice.join(*LEARNERS)
    practice.come("tina")
    nina = claims(custom=CUSTOM, roles=[ASSISTANT])
    practice.people["nina"] = visit(tool, lms, "nina", nina, link)
    preview = claims(
        custom=CUSTOM, roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview", name="Preview"
    )
    practice.people["preview"] = visit(tool, lms, "nina", preview, link)
    made.ids = {name: practice.id_of(name) for name in LEARNERS}
    _fill(made)
    return made


def _fill(world: World) -> None:
    practice = world.practice
    for coach, partner, name in (("alice", "bob", "handed"), ("dora", "charlie", "released")):
        session = practice.hand_over(coach, **planted(name))
        changes = {"correction_1": f"{name}correction"}
        assert practice.confirm(partner, session, **changes).status_code == 303
        world.ids[name] = UUID(session)
    assert practice.post("dora", f"session/{world.ids['released']}/release").status_code == 303
    world.ids["waiting"] = UUID(practice.hand_over("charlie", **planted("waiting")))
    path = practice.begin("alice")
    assert practice.write("alice", path, **planted("draft")).status_code == 303
    world.ids["draft"] = UUID(path.removeprefix("session/"))
    with transaction(practice.tool.database, read_only=True):
        world.ids["release"] = db().scalars(select(PracticeRelease.id)).one()
        begun = select(PracticeSession.group_id).where(PracticeSession.group_id.is_not(None))
        free = select(PracticeSeat.group_id).where(
            PracticeSeat.left_at.is_(None), PracticeSeat.group_id.not_in(begun)
        )
        world.ids["group"] = db().scalars(free).first() or UUID(int=0)


#: Every page of a practice.
PAGES: Final = (
    *("", "prepare", "marks", "guide", "groups", "board", "marking", "publish"),
    *("session/{handed}", "session/{draft}/hand", "session/{handed}/release"),
    *("partner/{handed}", "marking/{release}", "review/{alice}"),
)


#: Word → who may come across it; it stands for everything that is planted under its name.
READERS: Final[Mapping[str, set[str]]] = {
    "handed": {"alice", "bob"},
    "handedreflection": {"alice"},
    "handedcorrection": {"alice", "bob"},
    "waiting": {"charlie", "dora"},
    "waitingreflection": {"charlie"},
    "released": {"dora", "charlie", *STAFF},
    "releasedreflection": {"dora", *STAFF},
    "releasedcorrection": {"dora", "charlie", *STAFF},
    "draft": {"alice"},
    "draftreflection": {"alice"},
    **{f"{name}prepared": {name} for name in LEARNERS},
}
WORD: Final = re.compile(
    r"(handed|waiting|released|draft)(goal|reality|option|action|who|question|summary)"
    r"|(?:handed|waiting|released|draft)(?:reflection|correction)"
    rf"|(?:{'|'.join(LEARNERS)})prepared"
)


def words_in(text: str) -> set[str]:
    """Return which kinds of planted words stand in a text."""
    return {found.group(1) or found.group(0) for found in WORD.finditer(text)}


def pages_of(visitor: Visitor, known: Mapping[str, UUID]) -> Iterator[TestResponse]:
    """Open every page that somebody finds by links, and every address of the table."""
    waiting = [
        visitor.visit,
        *(visitor.visit + "practice/" + page.format(**known) for page in PAGES),
    ]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = visitor.browser.get(address, follow_redirects=True)
        yield page
        if page.status_code == 200 and page.mimetype == "text/html":
            links = (
                one.url.split("#")[0].removeprefix("http://localhost") for one in read(page).links
            )
            waiting += [path for path in links if path.startswith(visitor.visit)]


def test_a_word_is_found_by_those_who_may_read_it_and_by_nobody_else(
    world: World, lines: io.StringIO, office: PostOffice
) -> None:
    clock.set_offset(timedelta(days=5))
    jobs = (("due", do_due_work), ("mail", send_mail))
    for name in EVERYBODY[:4]:
        world.practice.come(name)
    found = {
        who: set().union(
            *(
                words_in(page.get_data(as_text=True))
                for page in pages_of(world.practice.people[who], world.ids)
            )
        )
        for who in LEARNERS
    }
    clock.set_offset(timedelta())
    for who in (*STAFF, "preview"):
        pages = pages_of(world.practice.people[who], world.ids)
        found[who] = set().union(*(words_in(page.get_data(as_text=True)) for page in pages))
    allowed = {
        who: {word for word, readers in READERS.items() if who in readers} for who in EVERYBODY
    }
    assert found == allowed
    clock.set_offset(timedelta(days=5))
    for name, work in jobs:
        run_due(
            world.practice.tool.runtime,
            [Job(f"{name}-{uuid4()}"[:40], every(timedelta(hours=1)), work)],
        )
    with transaction(world.practice.tool.database, read_only=True):
        told = [str(vars(one)) for one in db().scalars(select(Notice))]
        facts = [str(vars(one)) for one in db().scalars(select(Fact))]
    letters = [letter.as_string() for letter in office.letters]
    written = {"notices": told, "facts": facts, "mail": letters, "log": [lines.getvalue()]}
    assert all(written.values()), "there is nothing to look at"
    assert {name: words_in("\n".join(texts)) for name, texts in written.items()} == {
        name: set() for name in written
    }
