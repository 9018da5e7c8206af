"""A word in every field is found where the permission table lets somebody read it, only there."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app import clock, logs
from lti_app.services.jobs import Job, every, run_due
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from lti_app.worker.mailing import send_mail
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import read
from tests.functional.privacy.test_every_address import PAGES
from tests.functional.privacy.world import TERMS, World
from tests.post_office import PostOffice

TEAM: Final = ("lena", "dana")
#: What can be chosen stands in the forms that ask everybody.
ASKS: Final = re.compile(r"/mentoring/(step/|groups$)")
TO_CHOOSE: Final = frozenset(
    {
        "Plantedskillofalice",
        "Plantedgoalofboth",
        "Plantedtagofbob",
        "Plantedinterestofalice",
        "Plantedinterestofbob",
        "Plantedfamilyofalice",
        "Plantedfamilyofbob",
        "I live with a disability or a long illness",
    }
)
SELECT: Final = re.compile(r"<select.*?</select>", re.DOTALL)
#: Word → who comes across it on a page.
READERS: Final[Mapping[str, tuple[str, ...]]] = {
    # Answers: their person and the programme team (PROFILE); the other of a pair learns what the
    # two have in common and what is missing, and nothing else.
    "Plantedwishofalice": ("alice", *TEAM),
    "Plantedinterestofalice": ("alice", *TEAM),
    "Plantedfamilyofalice": ("alice", *TEAM),
    "Plantedskillofalice": ("alice", "bob", *TEAM),
    "Plantedgoalofboth": ("alice", "bob", "charlie", "rita", "sven", *TEAM),
    "Plantedwishofbob": ("bob", *TEAM),
    "Plantedtagofbob": ("bob", *TEAM),
    "Plantedinterestofbob": ("bob", *TEAM),
    "Plantedfamilyofbob": ("bob", *TEAM),
    "Plantedwishofcharlie": ("charlie", *TEAM),
    "Plantedwishofrita": ("rita", *TEAM),
    "Plantedwishofsven": ("sven", *TEAM),
    # What is written and not sent yet (SIGN_UP).
    "Planteddraftofcharlie": ("charlie",),
    # What a pair agreed on and writes about it (GOAL): its two alone.
    "Plantedgoaltext": ("alice", "bob"),
    "Plantednoteofalice": ("alice", "bob"),
    "Plantedmarkofbob": ("alice", "bob"),
    # EXCLUSION and SELF_DESCRIPTION: their person alone.
    "plantedexclusionofalice": ("alice",),
    "Plantedexclusionofbob": ("bob",),
    "Plantedexclusionofcharlie": ("charlie",),
    # Groups stand in the form that offers them to everybody, ticked or not, and nowhere else.
    "I live with a disability or a long illness": (),
    # What the programme team writes.
    "Plantednotetorita": ("rita", *TEAM),
    "Plantedoverridenote": TEAM,
    # Why somebody declined: who made the offer reads it.
    "We are too close at work": TEAM,
    # What an instructor wrote to the teams of the organisation.
    "Plantedrequestoftina": (*TEAM, "erin"),
    # A reporting line stands in the file of who may run all programmes, and on no page.
    "plantedmanager": (),
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return the log as it is written, of everything that the test does."""
    written = io.StringIO()
    logs.configure(written, json=True)
    yield written
    structlog.reset_defaults()


def plant(world: World) -> None:
    """Write into the fields that are still empty: draft, groups, override, reason."""
    charlie = {"goal_areas": ["team"], "wish": "Planteddraftofcharlie: there is more to say."}
    private = {"people": "Plantedexclusionofcharlie"}
    decline = {"answer": "declined", "reason": "too_close"}
    override = {"act": "offer", "code": "other", "note": "Plantedoverridenote: they know."}
    pairing = world.at_desk(f"pairing/{world.ids['charlie']}/{world.ids['bob']}")
    for who, path, values in (
        ("charlie", "mentoring/private", private),
        ("charlie", "mentoring/step/goals", charlie),
        ("alice", "mentoring/groups", {"groups": ["disability"]}),
        ("alice", f"pairs/{world.ids['pair']}/answer", {"answer": "accepted"}),
        ("dana", pairing, override),
    ):
        done = world.post(who, path, values)
        assert done.status_code == 303, (path, done.get_data(as_text=True))
    world.agree_on_a_goal()
    goal = f"pairs/{world.ids['pair']}/goals/{world.ids['goal']}"
    note = {"note": "Plantednoteofalice: it goes well."}
    assert world.post("alice", f"{goal}/updates", note).status_code == 303
    mark = {"mark": "partly", "seen": "open", "words": "Plantedmarkofbob."}
    assert world.post("bob", f"{goal}/mark", mark).status_code == 303
    world.find_other_pair()
    done = world.post("charlie", f"pairs/{world.ids['other pair']}/answer", decline)
    assert done.status_code == 303


def pages_of(world: World, who: str) -> Iterator[TestResponse]:
    """Open every page that somebody can reach: by links from the first one, and of the table."""
    visitor = world.people[who]
    waiting = [visitor.visit, *(visitor.visit + row.address(world) for row in PAGES.values())]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = visitor.browser.get(address, follow_redirects=True)
        yield page
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        paths = {
            link.url.split("#")[0].removeprefix("http://localhost") for link in read(page).links
        }
        waiting += [path for path in paths if path.startswith(visitor.visit)]


def words_in(text: str) -> set[str]:
    """Return which of the words stand in a text."""
    return {word for word in READERS if word in text}


def found_by(world: World, who: str) -> set[str]:
    """Return which words somebody comes across, but for those that a form lets everybody choose."""
    found = set()
    for page in pages_of(world, who):
        words = words_in(SELECT.sub("", page.get_data(as_text=True)))
        found |= words - TO_CHOOSE if ASKS.search(page.request.path) else words
    return found


def test_a_word_in_every_field_is_found_by_those_who_may_read_it_and_by_nobody_else(
    world: World, lines: io.StringIO, office: PostOffice
) -> None:
    plant(world)
    found = {who: found_by(world, who) for who in world.people}
    wrong = {
        who: sorted(words ^ {word for word, readers in READERS.items() if who in readers})
        for who, words in found.items()
    }
    assert {who: words for who, words in wrong.items() if words} == {}
    assert written_elsewhere(world, lines, office) == {
        "mail": set(),
        "notices": set(),
        "gradebook": set(),
        "log": set(),
        "words.csv": {word for word in TO_CHOOSE if word in TERMS.decode()},
        "lines.csv": {"plantedmanager"},
    }


def written_elsewhere(world: World, lines: io.StringIO, office: PostOffice) -> dict[str, set[str]]:
    """Let the worker send all mail and grades, take all files out; returns the words in each."""
    clock.set_offset(timedelta(minutes=10))
    run_due(world.tool.runtime, [Job(f"mail-{uuid4()}"[:40], every(timedelta(hours=1)), send_mail)])
    while deliver_due(world.tool.runtime):
        pass
    letters = [letter.as_string() for letter in office.letters]
    scores = [one.body for one in world.lms.log.of("scores")]
    with transaction(world.tool.database, read_only=True):
        notices = [str(vars(one)) for one in db().scalars(select(Notice))]
    taken = {
        "mail": letters,
        "notices": notices,
        "gradebook": scores,
        "log": lines.getvalue().splitlines(),
        "words.csv": [world.post("dana", "desk/taxonomy/export", {}).get_data(as_text=True)],
        "lines.csv": [world.post("dana", "desk/reporting-lines/export", {}).get_data(as_text=True)],
    }
    assert all(taken.values()), "there is nothing to look at"
    return {name: words_in("\n".join(texts)) for name, texts in taken.items()}
