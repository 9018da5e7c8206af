"""From two answers to one text that both have signed, and what follows; over HTTP."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lti_app.clock import now
from lti_app.domain.goals import GoalState
from lti_app.services.goals import goals_of, mark_goal
from lti_app.store.facts import Fact
from lti_app.store.session import db, transaction
from plugins.charter.rules import Stage
from plugins.charter.seals import is_intact
from tests.functional.charter.two import GOAL, GOOD, Two

Act = Callable[[Two, str], int]


def step(act: str) -> Act:
    """Return what presses a button of the page, whether or not the page shows it."""
    return lambda two, who: two.step(who, act).status_code


#: What one of the two can do; `text` and `answer` write, the others move the charter.
ACTS: Final[Mapping[str, Act]] = {
    "propose": step("propose"),
    "accept": step("accept"),
    "reopen": step("reopen"),
    "amend": step("amend"),
    "discard": step("discard"),
    "sign": lambda two, who: two.sign(who).status_code,
    "ready": lambda two, who: two.post(who, "ready", act="ready").status_code,
    "back": lambda two, who: two.post(who, "ready", act="back").status_code,
    "text": lambda two, who: two.post(who, "text/why", revision=9, why="Other.").status_code,
    "answer": lambda two, who: two.post(who, "answers/why", **GOOD["why"]).status_code,
    "close": lambda two, who: two.post(who, "close", outcome="It went well.").status_code,
}
#: Where the two are → what Alice can do there without taking them on, and how they get to the next
#: place. All else is refused, and changes nothing. Whoever may write is refused here, too: with a
#: state of the text that there never was, it is a clash.
STORY: Final[Sequence[tuple[str, frozenset[str], Callable[[Two], object]]]] = (
    ("apart, not begun", frozenset({"answer"}), lambda two: two.get_ready("alice")),
    ("apart, ready", frozenset({"back"}), lambda two: two.get_ready("mona")),
    ("comparing", frozenset(), lambda two: two.lay_before("alice")),
    ("proposed by Alice", frozenset(), lambda two: two.step("mona", "accept")),
    ("agreed", frozenset({"sign", "reopen"}), lambda two: two.sign("alice")),
    ("signed by Alice", frozenset({"reopen"}), lambda two: two.sign("mona")),
    ("in force", frozenset({"amend"}), lambda two: two.step("alice", "amend")),
    ("being amended", frozenset({"propose", "discard"}), lambda two: two.leave("mona")),
    ("over", frozenset(), lambda two: None),
)
#: What leads whoever clicks twice to what is there already.
AGAIN: Final = frozenset({"ready", "propose", "reopen", "sign", "amend", "discard"})


def test_what_the_stage_does_not_allow_is_refused_and_changes_nothing(two: Two) -> None:
    for where, is_open, go_on in STORY:
        before = two.stored()
        for name in ACTS.keys() - is_open:
            status = ACTS[name](two, "alice")
            is_there = status == 303 and name in AGAIN
            assert is_there or status in {409, 422}, (where, name, status)
            assert two.stored() == before, (where, name)
        go_on(two)
    assert two.row().stage == Stage.CLOSED


def test_who_clicks_twice_sees_what_the_first_click_did(two: Two) -> None:
    def twice(who: str, act: str, **values: str) -> None:
        for _ in range(2):
            done = two.post(who, "step", act=act, **values)
            assert done.status_code == 303, (act, done.get_data(as_text=True))
            assert done.headers["Location"].endswith(f"/charter/?done={act}")

    for who in ("alice", "mona"):
        two.answer(who)
        for _ in range(2):
            two.do(who, "ready", act="ready")
    assert two.told("mona").count("other_ready") == 1
    assert two.told("mona").count("revealed") == 1
    two.write("alice")
    twice("alice", "propose")
    twice("mona", "accept", seen=two.seen("mona"))
    twice("mona", "reopen")
    twice("mona", "propose")
    twice("alice", "accept", seen=two.seen("alice"))
    for who in ("alice", "mona"):
        seen = two.seen(who, "sign")
        for _ in range(2):
            assert two.sign(who, seen=seen).status_code == 303
    assert len(two.signatures()) == 2
    twice("alice", "amend")
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why="To lead better.")
    assert two.step("alice", "amend").status_code == 303, "what is written meanwhile stays"
    assert two.row().text["why"] == "To lead better."
    twice("mona", "discard")
    told = [one for one in two.told("alice") if one in {"agreed", "proposed", "discarded"}]
    assert sorted(told) == ["agreed", "discarded", "proposed"], "told once of each"


def test_a_pair_gets_to_a_charter_that_both_have_signed(two: Two) -> None:
    two.compare()
    assert two.told("mona") == ["other_ready", "revealed"]
    assert two.progress("alice") == ("started", 30)
    two.write("alice")
    two.do("alice", "step", act="propose")
    assert two.progress("alice") == ("started", 60)
    assert two.progress("mona") == ("started", 30)
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why="To lead well.")
    seen = two.read("alice").text
    assert "To lead well." not in seen, "a counter proposal that was not sent yet"
    two.do("mona", "step", act="propose")
    countered = two.get("alice").get_data(as_text=True)
    assert "<ins>" in countered
    assert "<del>" in countered
    assert two.step("alice", "accept").status_code == 303
    assert two.sign("mona").status_code == 303
    assert two.progress("mona") == ("started", 60)
    assert two.sign("alice").status_code == 303
    expect_version(two)


def expect_version(two: Two) -> None:
    """See the one version that both have signed: sealed, told of, shown, and with its goal."""
    [version] = two.versions()
    assert version.number == 1
    assert is_intact(version.body, version.sha256)
    assert "To lead well." in version.body
    assert "Alice Adams" not in version.body, "names are no part of what is sealed"
    assert two.progress("alice") == two.progress("mona") == ("completed", 100)
    assert two.told("alice")[-2:] == ["countered", "signed"]
    assert two.told("mona")[-1] == "in_force"
    shown = two.read("alice", "versions/1").text
    assert "Checked just now: this text is the one that both signed." in shown
    assert version.sha256 in shown
    with transaction(two.tool.database, read_only=True):
        assert [goal.draft.title for goal in goals_of(two.pair_id)] == [GOAL["title"]]


def test_a_text_without_a_goal_that_is_far_enough_cannot_be_proposed(two: Two) -> None:
    two.compare()
    for section, values in GOOD.items():
        two.do("alice", f"text/{section}", revision=two.revision("alice", section), **values)
    revision = two.revision("alice", "goals")
    vague = {"title": "A deeper understanding of the sales process", "measure": "milestone"}
    led_to = two.do("alice", "text/goals/new", revision=revision, **vague)
    helped = two.people["alice"].browser.get(led_to).get_data(as_text=True)
    assert "How will you show it, by when?" in helped
    refused = two.step("alice", "propose")
    assert refused.status_code == 422
    assert "No goal is far enough yet" in refused.get_data(as_text=True)
    [goal] = two.row().text["goals"]
    mended = vague | {"measure": "demonstration", "shown_to": "Mona", "due_on": "Q2 2027"}
    mended |= {"evidence": "I walk Mona through how we sell, end to end."}
    two.do("alice", f"text/goals/{goal['key']}", revision=1, **mended)
    assert two.step("alice", "propose").status_code == 303


def test_who_signs_says_of_each_goal_that_it_is_realistic_and_worth_it(two: Two) -> None:
    two.agree()
    seen = two.seen("alice", "sign")
    refused = two.post("alice", "sign", seen=seen, agrees="y")
    assert refused.status_code == 422
    assert "is it worth it?" in refused.get_data(as_text=True)
    assert two.row().stage == Stage.AGREED


def test_nobody_agrees_to_or_signs_a_text_that_they_have_not_seen(two: Two) -> None:
    two.propose()
    seen = two.seen("mona")
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why="To lead well.")
    two.do("mona", "step", act="propose")
    assert two.post("alice", "step", act="accept", seen=seen).status_code == 409
    assert two.step("alice", "accept").status_code == 303
    assert two.sign("alice", seen=seen).status_code == 409
    assert two.row().stage == Stage.AGREED


def test_what_both_have_signed_holds_until_both_have_signed_the_next_version(two: Two) -> None:
    two.bring_into_force()
    two.do("mona", "step", act="amend")
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why="To lead better.")
    two.do("mona", "step", act="propose")
    changed = two.get("alice").get_data(as_text=True)
    assert "<ins>" in changed, "what is different from the version in force"
    two.step("alice", "accept")
    two.sign("alice")
    assert two.progress("alice") == ("completed", 100)
    assert "To lead better." not in two.read("mona", "versions/1").text
    assert two.get("mona", "versions/2").status_code == 404
    two.step("mona", "reopen")
    assert two.row().stage == Stage.COMPARING
    assert two.sign("mona").status_code == 409, "the signature is void, and so is the text"
    two.do("mona", "step", act="propose")
    two.step("alice", "accept")
    for who in ("mona", "alice"):
        assert two.sign(who).status_code == 303
    first, second = two.versions()
    assert (first.number, second.number, second.previous) == (1, 2, 1)
    assert "To lead better." in second.body
    assert "To lead better." not in first.body


def test_an_amendment_can_be_given_up(two: Two) -> None:
    two.bring_into_force()
    two.do("mona", "step", act="amend")
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why="To lead better.")
    two.do("alice", "step", act="discard")
    assert "To lead better." not in two.get("mona").get_data(as_text=True)
    assert two.row().stage == Stage.ACTIVE
    two.do("alice", "step", act="amend")
    assert "To lead better." not in two.get("mona").get_data(as_text=True)


def test_a_charter_is_closed_once_its_goals_are_marked_and_each_adds_a_line(two: Two) -> None:
    two.bring_into_force()
    early = two.post("alice", "close", outcome="Too early.")
    assert early.status_code == 409
    assert "mark each goal first" in early.get_data(as_text=True)
    with transaction(two.tool.database):
        [goal] = goals_of(two.pair_id)
        alice = two.id_of("alice", in_transaction=True)
        mark_goal(two.pair_id, goal.id, alice, GoalState.MET, seen=goal.state)
    assert two.post("alice", "close", outcome="").status_code == 422
    said = {"outcome": "I lead a project now.", "thanks": "Your questions.", "goes_on": "y"}
    two.do("alice", "close", **said)
    read = two.read("mona").text
    assert "I lead a project now." in read
    assert "stay in touch informally" not in read, "only one of them has said so"
    assert two.told("mona")[-1] == "closed"
    two.do("mona", "close", outcome="She asks better questions than I did.", goes_on="y")
    assert "Both of you would like to stay in touch informally." in two.read("alice").text
    assert two.progress("alice") == ("completed", 100)


def test_the_two_look_at_their_charter_again_and_note_it(two: Two) -> None:
    two.bring_into_force()
    days = [one.due_on for one in two.reviews()]
    assert len(days) == 3
    assert day_of_fact(two, "charter.review_due") == days[0]
    two.pass_days((days[0] - now().date()).days + 1)
    assert two.told("alice")[-1] == two.told("mona")[-1] == "review_due"
    assert "overdue" in two.read("alice").text
    two.do("mona", "reviews", day=str(days[0]))
    assert two.post("alice", "reviews", day=str(days[0])).status_code == 409
    assert two.post("alice", "reviews", day="soon").status_code == 400
    assert day_of_fact(two, "charter.review_due") == days[1]


def day_of_fact(two: Two, kind: str) -> date:
    """Return on which day something of the pair is, by the calendar of the programme."""
    with transaction(two.tool.database, read_only=True):
        at = db().scalars(select(Fact.at).where(Fact.kind == kind)).one()
    return at.astimezone(ZoneInfo("Europe/Berlin")).date()
