"""Two people who do something at the same moment, on real connections."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_app.store.session import db, transaction
from plugins.charter.models import VersionChanged
from plugins.charter.rules import Stage
from plugins.charter.terms import from_json
from tests.functional.charter.two import GOAL, Two


def at_once(*acts: Callable[[], int]) -> Sequence[int]:
    """Do several things at the same moment; returns the status of each answer."""
    barrier = Barrier(len(acts), timeout=30)

    def run(act: Callable[[], int]) -> int:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_what_two_people_type_at_once_is_never_lost(two: Two) -> None:
    two.compare()
    revision = two.revision("alice", "why")
    for who in ("alice", "mona"):
        two.get(who, "text/why")
    answers = {}

    def save(who: str) -> int:
        answers[who] = two.post(who, "text/why", revision=revision, why=f"As {who} wants it.")
        return answers[who].status_code

    statuses = at_once(lambda: save("alice"), lambda: save("mona"))
    assert sorted(statuses) == [303, 409]
    loser = next(who for who, answer in answers.items() if answer.status_code == 409)
    winner = "mona" if loser == "alice" else "alice"
    shown = answers[loser].get_data(as_text=True)
    assert f"As {winner} wants it." in shown
    assert f"As {loser} wants it.</textarea>" in shown
    assert from_json(two.row().text).why == f"As {winner} wants it."
    # Whoever was slower has seen the other's text, and decides.
    both = f"As {winner} wants it. As {loser} wants it."
    fresh = str(int(revision) + 1)
    two.do(loser, "text/why", revision=fresh, why=both)
    assert from_json(two.row().text).why == both


def test_both_sign_at_once_and_there_is_one_version_of_one_text(two: Two) -> None:
    two.agree()
    pages = {who: two.get(who, "sign") for who in ("alice", "mona")}
    assert {page.status_code for page in pages.values()} == {200}
    statuses = at_once(lambda: two.sign("alice").status_code, lambda: two.sign("mona").status_code)
    assert list(statuses) == [303, 303]
    [version] = two.versions()
    assert version.number == 1
    assert {one.sha256 for one in two.signatures()} == {version.sha256}
    assert len(two.signatures()) == 2


def test_signing_and_opening_the_text_again_at_once_leave_one_of_the_two(two: Two) -> None:
    two.agree()
    assert two.sign("alice").status_code == 303
    statuses = at_once(
        lambda: two.sign("mona").status_code, lambda: two.step("alice", "reopen").status_code
    )
    is_active = two.row().stage == Stage.ACTIVE
    assert sorted(statuses) == [303, 409]
    assert len(two.versions()) == (1 if is_active else 0)
    assert len(two.signatures()) == (2 if is_active else 0)


def test_both_get_ready_at_once_and_both_read_both(two: Two) -> None:
    for who in ("alice", "mona"):
        two.answer(who)
    statuses = at_once(
        lambda: two.post("alice", "ready", act="ready").status_code,
        lambda: two.post("mona", "ready", act="ready").status_code,
    )
    assert list(statuses) == [303, 303]
    assert two.row().stage == Stage.COMPARING
    for who in ("alice", "mona"):
        assert "no answer yet" not in two.read(who).text
        assert GOAL["title"] in two.read(who).text


def test_a_version_never_changes_whoever_asks(two: Two) -> None:
    two.bring_into_force()
    [version] = two.versions()
    with pytest.raises(VersionChanged), transaction(two.tool.database):
        db().merge(version).body = "{}"
        db().flush()
    with pytest.raises(DatabaseError, match="never changes"), transaction(two.tool.database):
        db().execute(text("UPDATE charter_version SET body = '{}'"))
    with pytest.raises(DatabaseError, match="consecutive"), transaction(two.tool.database):
        db().execute(
            text(
                "INSERT INTO charter_version SELECT 3, 1, body, sha256, active_at,"
                " gen_random_uuid(), created_at, programme_id, pair_id FROM charter_version"
            )
        )
