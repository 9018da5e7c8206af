"""Somebody is erased: no word and no name of theirs is left, and others lose nothing."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_app.domain.errors import Conflict
from lti_app.services import erasure
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.repair import repair_completions
from lti_app.store.goals import GoalUpdate
from lti_app.store.migrations import metadata
from lti_app.store.pairs import Pair
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import read, visit
from tests.functional.privacy.crawl import Target, targets
from tests.functional.privacy.world import World, file_of

ABOUT_PROGRAMMES: Final = frozenset({"desk", "programme", "pairs", "room", "goals", "mentoring"})
#: What the two agreed on, and what Bob wrote, is Bob's as well.
STAYS: Final = {"Plantedgoaltext", "Plantednoteofbob", "Plantedwishofbob", "Plantedexclusionofbob"}
#: What Alice wrote.
GOES: Final = {"Plantedwishofalice", "plantedexclusionofalice", "Plantednoteofalice"}


def plant(world: World) -> None:
    """Let Alice and Bob be a pair that works, and let others name her."""
    address = world.lms.people["alice"].email
    lines = f"person,manager\n{address},boss@example.org\nolga@example.org,{address}\n".encode()
    named = f"Plantedexclusionofbob\nAlice Adams\n{address}"
    for who, path, values in (
        ("alice", f"pairs/{world.ids['pair']}/answer", {"answer": "accepted"}),
        ("bob", "mentoring/private", {"people": named, "again": "Adams, Alice"}),
        ("alice", "mentoring/groups", {"groups": ["disability"]}),
        ("dana", "desk/reporting-lines", file_of(lines)),
    ):
        done = world.post(who, path, values)
        assert done.status_code == 303, (path, done.get_data(as_text=True))
    world.agree_on_a_goal()
    updates = f"pairs/{world.ids['pair']}/goals/{world.ids['goal']}/updates"
    for who in ("alice", "bob"):
        assert world.post(who, updates, {"note": f"Plantednoteof{who}"}).status_code == 303


def found(world: World, words: set[str]) -> dict[str, set[str]]:
    """Return in which tables some words stand, in capitals or not, looking at every value."""
    where: dict[str, set[str]] = {}
    with transaction(world.tool.database, read_only=True):
        for table in metadata().sorted_tables:
            text = "\n".join(str(tuple(row)) for row in db().execute(select(table))).casefold()
            for word in words:
                if word.casefold() in text:
                    where.setdefault(word, set()).add(table.name)
    return where


def erase(world: World, who: str) -> None:
    """Erase somebody."""
    with transaction(world.tool.database):
        erasure.erase(world.ids[who])


def test_no_word_and_no_name_is_left_and_the_partner_keeps_what_was_theirs_as_well(
    world: World,
) -> None:
    plant(world)
    theirs = {"Alice Adams", "Adams, Alice", world.lms.people["alice"].email, *GOES}
    assert found(world, theirs).keys() == theirs
    erase(world, "alice")
    assert found(world, theirs) == {}
    assert found(world, STAYS).keys() == STAYS
    with transaction(world.tool.database, read_only=True):
        pair = db().get_one(Pair, world.ids["pair"])
        assert (pair.state, pair.end_kind, pair.end_reason) == ("ended", "no_fault", None)
        assert [row.note for row in db().scalars(select(GoalUpdate))] == ["Plantednoteofbob"]
    bob = world.people["bob"]
    for rest in ("", "goals/", f"goals/{world.ids['goal']}"):
        page = bob.get(f"pairs/{world.ids['pair']}/{rest}")
        assert page.status_code == 200
        assert "Former partner" in read(page).text, rest
    assert "Former participant" in read(bob.get("pairs/")).text
    assert "Your pair has ended" in read(bob.get("me/inbox")).text
    assert world.people["alice"].get("pairs/").status_code == 403, "her visits are over"
    again = visit(world.tool, world.lms, "alice")
    assert "You take part in no programme yet." in read(again.get("pairs/")).text
    assert again.get(f"pairs/{world.ids['pair']}/").status_code == 404, "she is somebody new"
    with transaction(world.tool.database, read_only=True):
        known = [row.id for row in db().scalars(select(Person)) if row.name == "Alice Adams"]
    assert len(known) == 1
    assert known != [world.ids["alice"]]


def pages_of_programmes(world: World) -> list[Target]:
    """Return all pages about people in programmes that this world has something for."""
    ids = {name: str(value) for name, value in world.ids.items()}
    ids |= {"lead": str(world.programme_id), "import": ids["taxonomy"]}
    ids["line import"] = ids["reporting-lines"]
    found = targets(world.tool.app, ids, "GET")
    return [
        one for one in found if one.is_own and one.is_routed and one.blueprint in ABOUT_PROGRAMMES
    ]


def test_the_others_go_on_the_night_goes_by_and_what_two_shared_goes_with_the_second(
    world: World,
) -> None:
    plant(world)
    erase(world, "alice")
    with pytest.raises(Conflict):
        erase(world, "alice")
    for target in pages_of_programmes(world):
        for who in {"bob", "charlie", "tina", "dana"} & set(target.opens or target.lets):
            page = world.people[who].get(target.path)
            # Of her own work nothing is there any more.
            expected = {200, 404} if target.endpoint == "mentoring.review" else {200, 303}
            assert page.status_code in expected, (who, target)
            assert "Alice Adams" not in page.get_data(as_text=True), (who, target)
    job = Job(f"repair-{uuid4()}"[:40], every(timedelta(days=1)), repair_completions)
    assert run_due(world.tool.runtime, [job]) == 1
    while deliver_due(world.tool.runtime):
        pass
    erase(world, "bob")
    assert found(world, {"Plantedgoaltext", "Plantednoteof", "Plantedwishofbob", "Bob B"}) == {}
