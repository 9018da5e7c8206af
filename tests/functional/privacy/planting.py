"""A word in every field is found where the permission table lets somebody read it, only there."""

import io
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.services.jobs import Job, every, run_due
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from lti_app.worker.mailing import send_mail
from lti_app.worker.score_delivery import deliver_due
from tests.functional.privacy.world import World
from tests.post_office import PostOffice

TEAM: Final = ("lena", "dana")
#: What can be chosen stands in the forms that ask everybody, the first page among them.
ASKS: Final = re.compile(r"/mentoring/(step/|groups$|$)")
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
    "Plantedgoalofboth": ("alice", "bob", "charlie", "mona", "olga", "rita", "sven", *TEAM),
    "Plantedwishofbob": ("bob", *TEAM),
    "Plantedtagofbob": ("bob", *TEAM),
    "Plantedinterestofbob": ("bob", *TEAM),
    "Plantedfamilyofbob": ("bob", *TEAM),
    "Plantedwishofcharlie": ("charlie", *TEAM),
    "Plantedwishofrita": ("rita", *TEAM),
    "Plantedwishofsven": ("sven", *TEAM),
    # What is written and not sent yet (SIGN_UP).
    "Planteddraftofolga": ("olga",),
    # Charlie is paired by now, and what was changed before is not shown any more.
    "Planteddraftofcharlie": (),
    # What a pair agreed on and writes about it (GOAL): its two alone.
    "Plantedgoaltext": ("alice", "bob"),
    "Plantednoteofalice": ("alice", "bob"),
    "Plantedmarkofbob": ("alice", "bob"),
    # A charter, once both have signed; before, each one's own answers (CHARTER).
    "Plantedtextoftwo": ("alice", "bob"),
    "Plantedanswerofcharlie": ("charlie",),
    # Practice: who leads, their partner, and of what was released who teaches; see
    # `tests/functional/coaching/test_privacy.py`.
    "handedgoal": ("alice", "bob"),
    "handedcorrection": ("alice", "bob"),
    "handedreflectionopened": ("alice",),
    "draftgoal": ("alice",),
    "draftreflectionopened": ("alice",),
    "waitinggoal": ("charlie",),
    "waitingreflectionopened": ("charlie",),
    "releasedgoal": ("charlie", "tina", "nina"),
    "releasedcorrection": ("charlie", "tina", "nina"),
    "releasedreflectionopened": ("tina", "nina"),
    "aliceprepared": ("alice",),
    "charlieprepared": ("charlie",),
    # Addresses: one's own, and of the other of a pair, to write to them (PAIR_FACT).
    "charlie@example.org": ("charlie", "mona"),
    "tina@example.org": ("tina",),
    "ed@example.org": ("ed",),
    # Another organisation.
    "Plantedwishofed": ("ed",),
    "Plantedwishofmona": TEAM,
    "Ed Elsewhere": ("ed", "emma"),
    "A programme elsewhere": ("eve",),
    "Plantedskillofelsewhere": ("eve",),
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


def words_in(text: str) -> set[str]:
    """Return which of the words stand in a text."""
    return {word for word in READERS if word in text}


def found_in(page: TestResponse) -> set[str]:
    """Return which words stand on a page, but for those that a form lets everybody choose."""
    words = words_in(SELECT.sub("", page.get_data().decode(errors="replace")))
    return words - TO_CHOOSE if ASKS.search(page.request.path) else words


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
    found = {name: words_in("\n".join(texts)) for name, texts in taken.items()}
    # A mail is addressed to somebody.
    found["mail"] = {word for word in found["mail"] if "@" not in word}
    return found
