"""One of two is erased: the charter that both signed stays valid, and nothing of theirs alone."""

from hashlib import sha256
from typing import Final

from sqlalchemy import select

from lti_app.services import erasure
from lti_app.store.migrations import metadata
from lti_app.store.session import db, transaction
from tests.functional.charter.two import Two

#: What each writes apart, and what stands in the text of both.
OWN: Final = "Plantedownanswer of %s: I want to be trusted."
COMMON: Final = "Plantedcommontext: one of us leads a first project."


def found(two: Two, *words: str) -> set[tuple[str, str]]:
    """Return in which tables some words stand, looking at every value of every row."""
    with transaction(two.tool.database, read_only=True):
        texts = {
            table.name: "\n".join(str(tuple(row)) for row in db().execute(select(table)))
            for table in metadata().sorted_tables
        }
    return {(name, word) for name, text in texts.items() for word in words if word in text}


def sign_both(two: Two) -> None:
    """Bring the two to a charter in force, with words of their own on the way."""
    for who in ("alice", "mona"):
        two.answer(who)
        two.do(who, "answers/why", why=OWN % who)
        two.do(who, "ready", act="ready")
    two.write("alice", why=COMMON, success="Plantedsuccess: a team that says so.")
    two.do("alice", "step", act="propose")
    assert two.step("mona", "accept").status_code == 303
    for who in ("alice", "mona"):
        assert two.sign(who).status_code == 303


def erase(two: Two, who: str) -> None:
    """Erase somebody."""
    person_id = two.id_of(who)
    with transaction(two.tool.database):
        erasure.erase(person_id)


def test_the_partner_keeps_what_both_signed_and_nothing_is_left_of_what_one_wrote(two: Two) -> None:
    sign_both(two)
    theirs = (OWN % "alice", "Alice Adams", two.lms.people["alice"].email)
    assert {word for _, word in found(two, *theirs)} == set(theirs)
    erase(two, "alice")
    assert found(two, *theirs) == set()
    (version,) = two.versions()
    assert version.sha256 == sha256(version.body.encode()).hexdigest()
    assert COMMON in version.body
    page = two.read("mona", "versions/1")
    assert COMMON in page.text
    assert "Former partner" in page.text
    assert found(two, OWN % "mona") != set(), "what Mona wrote is hers"
    erase(two, "mona")
    assert found(two, COMMON, "Plantedsuccess", OWN % "mona", "Mona Mentor") == set()
