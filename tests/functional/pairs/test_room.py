"""The room of a pair and its goals, over HTTP: for its two alone, from whichever course."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select

from lti_app import clock
from lti_app.clock import now
from lti_app.domain.goals import EvidenceKind, GoalDraft, GoalMeasure
from lti_app.services import pair_clock
from lti_app.services.facts import publish_fact
from lti_app.services.goals import agree_goals
from lti_app.services.jobs import Job, every, run_due
from lti_app.store.goals import Goal, GoalUpdate
from lti_app.store.notices import Notice
from lti_app.store.session import db, transaction
from lti_app.testing.browser.document import Document
from lti_app.testing.tool import ToolUnderTest
from tests.days import in_days
from tests.functional.mentoring.visitors import Visitor, read
from tests.functional.pairs.people import Team, answer, page_of

PLAN = GoalDraft(
    title="A strategic plan for my team",
    measure=GoalMeasure.DELIVERABLE,
    artefact="Strategic plan for my team",
    due_on=in_days(31),
)
TALKS = GoalDraft(
    title="Talk with three people of sales",
    measure=GoalMeasure.NUMBER,
    baseline="0",
    target="3",
    unit="people",
    due_on=in_days(212),
    evidence_kind=EvidenceKind.LINK,
    evidence="https://wiki.example/talks",
)


def begin(team: Team, *drafts: GoalDraft) -> UUID:
    """Let Alice and Mona be a pair that has agreed on goals; returns the pair's id."""
    pair_id = team.offer()
    for who in ("alice", "mona"):
        assert answer(team.visit(who), pair_id, "accepted").status_code == 303
    if drafts:
        with transaction(team.tool.database):
            agree_goals(pair_id, drafts, now())
    return pair_id


def goal_of(tool: ToolUnderTest, title: str) -> UUID:
    """Return the id of a goal."""
    with transaction(tool.database, read_only=True):
        return next(row.id for row in db().scalars(select(Goal)) if row.body["title"] == title)


def room(visitor: Visitor, pair_id: UUID, rest: str = "") -> Document:
    """Open a page of the room and read it."""
    page = visitor.get(f"pairs/{pair_id}/{rest}")
    assert page.status_code == 200, page.get_data(as_text=True)
    return read(page)


def links_of(page: Document, text: str = "") -> list[str]:
    """Return where the links of a page lead, or those with a text."""
    return [link.url.removeprefix("http://localhost") for link in page.links if text in link.text]


def send(visitor: Visitor, pair_id: UUID, rest: str, values: Mapping[str, str]) -> tuple[int, str]:
    """Send a form of the room; returns status and page."""
    sent = visitor.post(f"pairs/{pair_id}/{rest}", form_of="me/notices", **values)
    return sent.status_code, sent.get_data(as_text=True)


def test_both_find_the_room_from_their_pages_and_from_any_course(team: Team) -> None:
    pair_id = begin(team, PLAN, TALKS)
    for who, part, other in (
        ("alice", "mentor", "Mona Mentor"),
        ("mona", "mentee", "Alice Adams"),
    ):
        here, elsewhere = team.visit(who), team.visit(who, activity=102)
        for visitor in (here, elsewhere):
            assert f"{visitor.visit}pairs/{pair_id}/" in links_of(page_of(visitor))
            page = room(visitor, pair_id)
            assert f"You and your {part}, {other}" in page.text
            assert PLAN.title in page.text
            assert TALKS.title in page.text
            assert "and nobody else" in page.text
    mona = team.visit("mona")
    inbox = read(mona.get("me/inbox"))
    notice = next(form for form in inbox.forms if any(one.name == "open" for one in form.buttons))
    told = mona.post(notice.action.split(mona.visit)[1], form_of="me/inbox", open="1")
    assert told.headers["Location"].endswith(f"/pairs/{pair_id}/"), "the newest notice leads there"


def test_nobody_else_gets_into_a_room_and_no_word_of_it_gets_out(team: Team) -> None:
    pair_id = begin(team, PLAN)
    goal = goal_of(team.tool, PLAN.title)
    note = {"note": "Plantednote: it goes well."}
    assert send(team.visit("alice"), pair_id, f"goals/{goal}/updates", note)[0] == 303
    addresses = ["", "goals/", f"goals/{goal}"]
    for who in ("bob", "charlie", "tina"):
        visitor = team.visit(who)
        for rest in addresses:
            page = visitor.get(f"pairs/{pair_id}/{rest}")
            assert page.status_code == 404, (who, rest)
            assert "strategic plan" not in page.get_data(as_text=True)
    for rest in (f"goals/{goal}/updates", f"goals/{goal}/mark"):
        sent = {**note, "mark": "met", "seen": "open"}
        assert send(team.visit("bob"), pair_id, rest, sent)[0] == 404
    desk = team.desk.visitor
    for rest in addresses:
        assert desk.get(f"pairs/{pair_id}/{rest}").status_code == 403
    one = team.read(f"pairs/{pair_id}").text
    assert "1 goal" in one
    assert "none marked yet" in one
    assert "Plantednote" not in one
    assert "strategic plan" not in one
    mona = team.visit("mona")
    told = mona.get("me/inbox").get_data(as_text=True)
    assert "something new about a goal" in told
    assert "Plantednote" not in told
    assert "Plantednote" in room(mona, pair_id, f"goals/{goal}").text


def test_a_room_opens_with_the_pair_and_stays_to_be_read_when_it_has_ended(team: Team) -> None:
    pair_id = team.offer()
    alice = team.visit("alice")
    assert alice.get(f"pairs/{pair_id}/").status_code == 404, "an offer has no room"
    for who in ("alice", "mona"):
        answer(team.visit(who), pair_id, "accepted")
    assert "You agree on your goals together" in room(alice, pair_id).text
    with transaction(team.tool.database):
        agree_goals(pair_id, [PLAN], now())
    goal = goal_of(team.tool, PLAN.title)
    assert alice.post(f"pairs/{pair_id}/leave", form_of="pairs/").status_code == 303
    page = room(alice, pair_id)
    assert "Ended on" in page.text
    assert PLAN.title in room(team.visit("mona"), pair_id, f"goals/{goal}").text
    status, refused = send(alice, pair_id, f"goals/{goal}/updates", {"note": "Still here."})
    assert status == 409
    assert "Your pair has ended" in refused
    wrong = {"mark": "won", "seen": "open", "words": "This is what I want to remember of it."}
    status, refused = send(alice, pair_id, f"goals/{goal}/mark", wrong)
    assert status == 422
    assert wrong["words"] in refused


def test_a_goal_is_written_about_and_marked_by_either_and_counted_at_the_desk(team: Team) -> None:
    pair_id = begin(team, PLAN, TALKS)
    alice, mona = team.visit("alice"), team.visit("mona")
    plan, talks = goal_of(team.tool, PLAN.title), goal_of(team.tool, TALKS.title)
    written = {"note": "Two of them.\nOne more in May.", "value": "2"}
    assert send(alice, pair_id, f"goals/{talks}/updates", written)[0] == 303
    page = room(mona, pair_id, f"goals/{talks}")
    assert "Two of them." in page.text
    assert "2 people" in page.text
    assert "https://wiki.example/talks" in links_of(page)
    met = {"mark": "met", "seen": "open", "words": "The board took it."}
    assert send(mona, pair_id, f"goals/{plan}/mark", met)[0] == 303
    partly = {"mark": "partly", "seen": "open", "words": ""}
    assert send(alice, pair_id, f"goals/{talks}/mark", partly)[0] == 303
    assert "The board took it." in room(alice, pair_id, f"goals/{plan}").text
    desk = team.read(f"pairs/{pair_id}").text
    assert "2 goals" in desk
    assert "1 met, 1 partly, 0 dropped: 50 % of those marked are met" in desk


#: Form of a goal → what is sent → what the page says.
WRONG: tuple[tuple[str, Mapping[str, str], str], ...] = (
    ("updates", {"note": " "}, "Please write how it goes."),
    ("updates", {"note": "x" * 601}, "at most 600 characters"),
    ("updates", {"note": "Well.", "value": "9" * 21}, "at most 20 characters"),
    ("mark", {"seen": "open"}, "Please choose how it ended."),
    ("mark", {"seen": "open", "mark": "won"}, "Not a valid choice"),
    ("mark", {"seen": "open", "mark": "open", "words": "Hm."}, "Not a valid choice"),
    ("mark", {"seen": "odd", "mark": "met", "words": "y" * 601}, "at most 600 characters"),
)


def test_what_is_wrong_with_a_note_or_a_mark_is_said_and_what_was_typed_stays(team: Team) -> None:
    pair_id = begin(team, TALKS)
    goal = goal_of(team.tool, TALKS.title)
    alice = team.visit("alice")
    for rest, values, says in WRONG:
        status, page = send(alice, pair_id, f"goals/{goal}/{rest}", values)
        assert status == 422, (rest, values)
        assert says in page
        for name in ("note", "words"):
            assert values.get(name, "").strip() in page
    with transaction(team.tool.database, read_only=True):
        assert db().scalars(select(GoalUpdate)).all() == []


def test_a_note_that_is_refused_after_the_other_marked_the_goal_is_still_there(team: Team) -> None:
    pair_id = begin(team, PLAN)
    alice, goal = team.visit("alice"), goal_of(team.tool, PLAN.title)
    send(team.visit("mona"), pair_id, f"goals/{goal}/mark", {"mark": "met", "seen": "open"})
    written = {"note": "Two talks more, and both went well.", "value": "9" * 21}
    status, refused = send(alice, pair_id, f"goals/{goal}/updates", written)
    assert status == 422
    assert written["note"] in refused


def test_of_two_who_mark_at_once_the_second_sees_first_what_the_other_chose(team: Team) -> None:
    pair_id = begin(team, PLAN)
    goal = goal_of(team.tool, PLAN.title)
    alice, mona = team.visit("alice"), team.visit("mona")
    mark = f"goals/{goal}/mark"
    assert send(mona, pair_id, mark, {"mark": "met", "seen": "open"})[0] == 303
    late = {"mark": "partly", "seen": "open", "words": "Planted: not all of it."}
    status, page = send(alice, pair_id, mark, late)
    assert status == 409
    assert "a moment faster" in page
    assert "Planted: not all of it." in page
    assert send(alice, pair_id, mark, late | {"seen": "met"})[0] == 303
    assert "partly met" in room(mona, pair_id, f"goals/{goal}").text


def test_the_next_charter_keeps_what_was_reached_and_drops_what_it_leaves_out(team: Team) -> None:
    pair_id = begin(team, PLAN, TALKS)
    alice = team.visit("alice")
    plan, talks = goal_of(team.tool, PLAN.title), goal_of(team.tool, TALKS.title)
    send(alice, pair_id, f"goals/{plan}/mark", {"mark": "met", "seen": "open"})
    other = GoalDraft(title="Something else, by the end", due_on=in_days(62))
    with transaction(team.tool.database):
        agree_goals(pair_id, [other], now())
    with transaction(team.tool.database, read_only=True):
        states = {row.id: row.state for row in db().scalars(select(Goal))}
    assert (states[plan], states[talks]) == ("met", "dropped")
    listed = room(alice, pair_id, "goals/").text
    assert listed.index(other.title) < listed.index(PLAN.title)


def test_when_its_day_has_come_the_next_step_is_to_say_how_a_goal_ended(team: Team) -> None:
    pair_id = begin(team, TALKS)
    alice = team.visit("alice")
    assert links_of(room(alice, pair_id), "Say how it ended") == []
    clock.set_offset(timedelta(days=213))
    alice = team.visit("alice")
    page = room(alice, pair_id)
    assert "Your next step" in page.text
    goal = goal_of(team.tool, TALKS.title)
    assert f"{alice.visit}pairs/{pair_id}/goals/{goal}" in links_of(page, "Say how it ended")


def test_both_are_told_once_that_the_day_of_a_goal_has_come(team: Team) -> None:
    pair_id = begin(team, PLAN, TALKS)
    assert tell_of_goals(team) == 0
    clock.set_offset(timedelta(days=32))
    assert tell_of_goals(team) == 2
    assert tell_of_goals(team) == 0, "once"
    for who in ("alice", "mona"):
        visitor = team.visit(who)
        assert "The day of a goal of your pair has come" in read(visitor.get("me/inbox")).text
    alice, plan = team.visit("alice"), goal_of(team.tool, PLAN.title)
    assert PLAN.title not in read(alice.get("me/inbox")).text, "no word of the goal itself"
    clock.set_offset(timedelta(days=213))
    send(team.visit("mona"), pair_id, f"goals/{plan}/mark", {"mark": "met", "seen": "open"})
    talks = goal_of(team.tool, TALKS.title)
    send(alice, pair_id, f"goals/{talks}/mark", {"mark": "partly", "seen": "open"})
    assert tell_of_goals(team) == 0, "nobody is told of what is marked"


def test_who_pauses_is_told_of_a_goal_when_the_pair_goes_on_within_two_weeks(team: Team) -> None:
    pair_id = begin(team, PLAN)
    clock.set_offset(timedelta(days=30))
    alice = team.visit("alice")
    assert send(alice, pair_id, "pause", {"weeks": "2"})[0] == 303
    clock.set_offset(timedelta(days=40))
    assert tell_of_goals(team) == 0
    assert send(team.visit("alice"), pair_id, "resume", {})[0] == 303
    assert tell_of_goals(team) == 2
    clock.set_offset(timedelta(days=60))
    assert tell_of_goals(team) == 0


def tell_of_goals(team: Team) -> int:
    """Let the worker do what is due; returns how many were told of a goal's day."""
    before = count_told(team)
    job = Job(f"settle_{uuid4().hex[:8]}", every(timedelta(weeks=1)), pair_clock.settle_pairs)
    run_due(team.tool.runtime, [job])
    return count_told(team) - before


def count_told(team: Team) -> int:
    """Return how often somebody was told of a goal's day."""
    with transaction(team.tool.database, read_only=True):
        return db().scalar(select(func.count()).where(Notice.key == "goal.due")) or 0


def test_facts_that_no_activity_has_words_for_are_not_on_the_desk(team: Team) -> None:
    pair_id = begin(team)
    with transaction(team.tool.database):
        publish_fact("mentoring.state", pair_id=pair_id, code="signed")
    assert "Work so far" not in team.read(f"pairs/{pair_id}").text
