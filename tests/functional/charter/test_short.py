"""The short form of a coaching programme, and requests that no page of ours sends."""

from sqlalchemy import update

from lti_app.store.programmes import Programme
from lti_app.store.session import db, transaction
from plugins.charter.terms import from_json
from tests.functional.charter.two import GOAL, Two
from tests.functional.mentoring.visitors import read, visit


def test_coaching_has_one_goal_a_number_of_sessions_and_four_sections(two: Two) -> None:
    with transaction(two.tool.database):
        db().execute(update(Programme).values(relationship_kind="coaching"))
    assert two.get("alice", "answers/offers").status_code == 404
    for who in ("alice", "mona"):
        two.do(who, "answers/why", why="One thing that I want to change.")
        two.do(who, "answers/success", success="I hold the talk that I have put off.")
        meeting = {"sessions": "4", "minutes": "45", "channel": "video", "books": "turns"}
        two.do(who, "answers/meeting", **meeting)
        two.do(who, "answers/goals/new", **GOAL)
        full = two.post(who, "answers/goals/new", **GOAL)
        assert full.status_code == 409
        assert "as many goals as the charter holds" in full.get_data(as_text=True)
        two.do(who, "ready", act="ready")
    assert "4 sessions, 45 minutes, by video" in two.read("mona").text
    two.do("mona", "text/goals/new", revision=two.revision("mona", "goals"), **GOAL)
    two.do("mona", "step", act="propose")
    two.step("alice", "accept")
    for who in ("alice", "mona"):
        two.sign(who)
    assert two.progress("alice") == two.progress("mona") == ("completed", 100)
    assert from_json(two.row().proposal).sessions == "4"


def test_what_no_page_of_ours_sends_is_refused(two: Two) -> None:
    two.bring_into_force()
    for path in ("versions/99999999999999999999", "versions/0", "answers/x", "text/x", "nonsense"):
        assert two.get("alice", path).status_code == 404, path
    two.do("alice", "step", act="amend")
    for revision in ("9" * 5000, "-1", "\u0661", ""):
        sent = two.post("alice", "text/why", revision=revision, why="Something else.")
        assert sent.status_code == 409, revision
    assert two.get("alice", f"text/goals/new?from={'9' * 5000}").status_code == 200
    assert two.post("alice", "step", act="nonsense").status_code == 400
    assert two.post("alice", "ready", act="").status_code == 400
    assert two.post("alice", "text/goals/new", revision="0").status_code == 422


def test_who_has_no_pair_reads_what_comes_next(two: Two) -> None:
    bob = visit(two.tool, two.lms, "bob", activity=two.charter.cmid)
    home = read(bob.get("charter/")).text
    assert "You have no pair yet" in home
    assert "Nothing is taken off your grade while you wait." in home
    for side in ("mentee", "mentor", "nonsense"):
        assert bob.get(f"charter/guide?side={side}").status_code == 200
