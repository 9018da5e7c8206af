"""Learners practise: they get a partner, lead, log, hand over, answer, release, and are graded."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update

from lti_app import clock
from lti_app.api import ErasesPeople
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.coaching.activity import activity
from plugins.coaching.models import PracticeAnswer, PracticeRelease, PracticeSeat, PracticeSession
from tests.days import TODAY, in_days
from tests.functional.coaching.people import FULL_LOG, ONE, Practice
from tests.functional.mentoring.visitors import MEMBERSHIP, PREVIEW, claims, read, visit


@pytest.fixture
def practice(registered_tool: ToolUnderTest, lms: Sandbox) -> Practice:
    return Practice(registered_tool, lms)


def progress_of(practice: Practice) -> dict[str, tuple[str, Decimal | None]]:
    with transaction(practice.tool.database, read_only=True):
        rows = db().execute(
            select(Person.name, Progress.state, Progress.score).join(
                Progress, Progress.person_id == Person.id
            )
        )
        return {str(name).split()[0]: (state, score) for name, state, score in rows}


def grades(practice: Practice) -> dict[str, Decimal]:
    with transaction(practice.tool.database, read_only=True):
        rows = db().execute(
            select(Person.name, Delivery.score).join(Delivery, Delivery.person_id == Person.id)
        )
        return {str(name).split()[0]: score for name, score in rows}


def test_two_learners_coach_each_other_and_their_grades_follow(practice: Practice) -> None:
    practice.come("alice", "bob")
    assert "Get a partner" in practice.text("alice")
    practice.join("alice")
    assert "You wait for a partner" in practice.text("alice")
    practice.join("bob")
    assert "Coach Bob Brown" in practice.text("alice")

    first = practice.hand_over("alice")
    assert "Your partner has it since" in practice.text("alice", f"session/{first}")
    assert "Your coach waits for your answer" in practice.text("bob")
    assert practice.confirm("bob", first).status_code == 303
    page = practice.text("alice", f"session/{first}")
    assert "Your partner has answered. It counts." in page
    assert "I would like to be asked." in page
    assert progress_of(practice)["Alice"][0] == "started"
    assert grades(practice) == {}

    second = practice.hand_over("bob")
    assert practice.confirm("alice", second).status_code == 303
    assert "Everything is done" in practice.text("alice")
    assert progress_of(practice) == {
        "Alice": ("completed", Decimal(100)),
        "Bob": ("completed", Decimal(100)),
    }
    assert grades(practice) == {"Alice": Decimal(100), "Bob": Decimal(100)}


def test_a_verdict_is_given_by_the_partner_alone_and_once(practice: Practice) -> None:
    practice.join("alice", "bob", "charlie")
    session = practice.hand_over("alice")
    with transaction(practice.tool.database, read_only=True):
        partner = db().scalars(select(PracticeSession)).one().coachee_id
    bob_is_it = practice.id_of("bob") == partner
    it, other = ("bob", "charlie") if bob_is_it else ("charlie", "bob")
    assert practice.get(other, f"partner/{session}").status_code == 404
    assert practice.confirm(other, session).status_code == 404
    assert practice.confirm("alice", session).status_code == 404
    assert practice.get(it, f"session/{session}").status_code == 404

    refused = practice.confirm(it, session, verdict_1="")
    assert refused.status_code == 422
    assert "I would like to be asked." in refused.get_data(as_text=True)
    assert practice.confirm(it, session).status_code == 303
    assert practice.confirm(it, session, verdict_0="no").status_code == 409
    with transaction(practice.tool.database, read_only=True):
        answer = db().scalars(select(PracticeAnswer)).one()
        assert (answer.verdicts, answer.person_id) == (["yes", "partly"], partner)


def test_a_draft_keeps_everything_whatever_button_saves_it(practice: Practice) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    for button in ("", "more", "home", "short", "full"):
        changed = {**FULL_LOG, "goal": f"Saved by {button or 'enter'}."}
        sent = practice.post(
            "alice", f"{path}/save", **practice.form("alice", path), **changed, then=button
        )
        assert sent.status_code == 303
        html = practice.get("alice", path).get_data(as_text=True)
        assert changed["goal"] in html
    shown = {
        field.value for form in read(practice.get("alice", path)).forms for field in form.fields
    }
    assert set(FULL_LOG.values()) - {FULL_LOG["goal"]} - shown == set()


def test_what_cannot_be_read_is_shown_again_with_everything_that_was_typed(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    for wrong in ({"minutes": "long"}, {"held_on": "yesterday"}, {"action": "x" * 4001}):
        answer = practice.write("alice", path, **wrong)
        assert answer.status_code == 422
        html = answer.get_data(as_text=True)
        assert "Not saved yet" in html
        assert str(FULL_LOG["goal"]) in html
        assert next(iter(wrong.values())) in html


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", ""], ids=["²", "long", "-1", "none"])
def test_a_row_with_an_odd_number_is_no_row(practice: Practice, number: str) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    odd = {f"{name}-{number}": "Odd" for name in ("questions", "summaries")}
    assert practice.write("alice", path, **odd).status_code == 303
    assert "Odd" not in practice.text("alice", path)
    asked = {f"questions-{at}": "What have you tried?" for at in range(3)}
    assert practice.post("alice", "prepare", **asked, **odd).status_code == 303


def test_of_thousands_of_rows_as_many_are_read_as_the_page_has(practice: Practice) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    rows = {f"questions-{at}-text": f"Question {at}?" for at in range(4000)}
    assert practice.write("alice", path, **rows).status_code == 303
    page = practice.get("alice", path).get_data(as_text=True)
    assert "Question 19?" in page
    assert "Question 20?" not in page
    refused = practice.write("alice", path, **rows, minutes="x")
    assert refused.status_code == 422
    assert len(refused.data) < 100_000


def test_a_log_is_saved_as_one_types_and_no_window_overwrites_another_unseen(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    here, other = practice.form("alice", path), practice.form("alice", path)
    saved = practice.post("alice", f"{path}/autosave", **here, goal="First words")
    assert saved.get_json()["revision"] == 1
    # The same page goes on, whichever revision it knows of: an answer may have been lost.
    assert practice.post("alice", f"{path}/autosave", **here, goal="More words").status_code == 200
    stale = practice.post("alice", f"{path}/autosave", **other, goal="Other words")
    assert stale.status_code == 409
    assert "another window" in stale.get_json()["said"]
    asked = practice.post("alice", f"{path}/save", **other, goal="Other words")
    assert asked.status_code == 409
    html = asked.get_data(as_text=True)
    assert "Other words" in html
    revision = read(asked)
    newer = {
        field.name: field.value
        for form in revision.forms
        for field in form.fields
        if field.name in {"revision", "writer"}
    }
    assert practice.post("alice", f"{path}/save", **newer, goal="Other words").status_code == 303
    assert "Other words" in practice.get("alice", path).get_data(as_text=True)
    too_long = practice.post("alice", f"{path}/autosave", **newer, goal="x" * 4001)
    assert too_long.status_code == 422
    assert "4000" in too_long.get_json()["said"]


def test_whose_visit_is_over_finds_what_they_wrote_on_the_page_that_says_so(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    practice.form("alice", path)
    with transaction(practice.tool.database):
        db().execute(update(Visit).values(used_at=clock.real_now() - timedelta(hours=3)))
    answer = practice.post("alice", f"{path}/save", **FULL_LOG)
    assert answer.status_code == 403
    html = answer.get_data(as_text=True)
    assert "What you wrote was not saved" in html
    assert str(FULL_LOG["reality"]) in html
    alice = practice.people["alice"]
    elsewhere = {"Origin": "https://evil.example"}
    sent = alice.browser.post(alice.visit + f"practice/{path}", data=FULL_LOG, headers=elsewhere)
    assert str(FULL_LOG["reality"]) not in sent.get_data(as_text=True)


def test_a_log_is_handed_over_when_it_has_what_the_partner_needs(practice: Practice) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice")
    practice.write("alice", path, **{"summaries-1": "", "by_when": ""})
    assert "two of your summaries" in practice.text("alice", f"{path}/hand")
    refused = practice.post("alice", f"{path}/hand")
    assert refused.status_code == 422
    assert "by when they will do it" in refused.get_data(as_text=True)
    practice.write("alice", path)
    assert practice.post("alice", f"{path}/hand").status_code == 303
    assert practice.post("alice", f"{path}/hand").status_code == 303, "a second click"
    for late in (f"{path}/save", f"{path}/autosave"):
        answer = practice.post("alice", late, revision="1", writer="x", goal="Changed afterwards")
        assert answer.status_code == 409, late


def test_the_short_form_asks_less_and_keeps_what_the_long_one_had(practice: Practice) -> None:
    practice.join("alice", "bob")
    path = practice.begin("alice", "short")
    short = {
        "held_on": str(in_days(0)),
        "minutes": "10",
        "goal": "A short goal",
        "action": "One step",
        "by_when": str(in_days(7)),
        "questions-0-text": "What else?",
        "summaries-0": "You want one step.",
        "next_time": str(FULL_LOG["next_time"]),
    }
    assert (
        practice.post("alice", f"{path}/save", **practice.form("alice", path), **short).status_code
        == 303
    )
    assert practice.post("alice", f"{path}/hand").status_code == 303


def test_a_withdrawn_conversation_leaves_no_words_and_another_can_be_led(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    session = practice.hand_over("alice")
    assert practice.post("alice", f"session/{session}/give-up").status_code == 303
    assert practice.get("bob", f"partner/{session}").status_code == 404
    with transaction(practice.tool.database, read_only=True):
        assert db().scalars(select(PracticeSession)).one().log == {}
    assert practice.hand_over("alice") != session


def test_who_is_erased_leaves_no_name_with_others_and_takes_nothing_that_others_did(
    practice: Practice,
) -> None:
    practice.join("alice", "bob")
    first = practice.hand_over("alice", goal="Bob wants to say no.")
    practice.confirm("bob", first)
    second = practice.hand_over("bob", goal="Alice wants to say yes.")
    practice.confirm("alice", second, correction_1="Bob, I would like to be asked.")
    gone = practice.id_of("bob")
    with transaction(practice.tool.database):
        assert isinstance(activity, ErasesPeople)
        activity.erase_person(gone)
        db().execute(delete(PracticeSession).where(PracticeSession.person_id == gone))
    with transaction(practice.tool.database, read_only=True):
        (left,) = db().scalars(select(PracticeSession)).all()
        own = PracticeAnswer.person_id == left.person_id
        answer = db().scalars(select(PracticeAnswer).where(own)).one()
        assert left.log["goal"] == "[partner] wants to say no."
        assert answer.session_id is None
        assert answer.corrections == ["", ""], "nobody reads what was said to who is gone"
        seats = db().scalars(select(PracticeSeat).where(PracticeSeat.left_at.is_(None))).all()
        assert seats == [], "who is alone in a group sits in none"
    assert "Everything is done" in practice.text("alice")


def test_nothing_is_asked_of_a_preview_and_nobody_is_put_together_with_it(
    practice: Practice,
) -> None:
    edit = claims(custom=dict(ONE), roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview")
    practice.people["preview"] = visit(practice.tool, practice.lms, "nina", edit)
    practice.join("preview", "alice")
    assert "You wait for a partner" in practice.text("alice")
    path = practice.begin("preview")
    assert practice.write("preview", path).status_code == 303


def test_with_a_rubric_nothing_is_posted_before_somebody_has_published(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "rubric": "20"})
    practice.join("alice", "bob")
    first = practice.hand_over("alice", goal="Bob wants to say no; BOB said so, and Brown.")
    practice.confirm("bob", first, correction_1="Ask Alice, said bob.")
    practice.confirm("alice", practice.hand_over("bob"))
    assert "Release a conversation" in practice.text("alice")
    asked = practice.text("alice", f"session/{first}/release")
    assert "[partner] wants to say no; [partner] said so, and [partner]." in asked
    assert practice.post("bob", f"session/{first}/release").status_code == 404
    assert practice.post("alice", f"session/{first}/release").status_code == 303
    assert practice.post("alice", f"session/{first}/release").status_code == 303, "a second click"
    with transaction(practice.tool.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(PracticeRelease)) == 1
    assert practice.post("alice", f"session/{first}/give-up").status_code == 409
    written = {"opened": "x " * 3000, "telling": "What I wrote before I knew that it is released."}
    late = practice.post("alice", f"session/{first}/reflection", **written)
    assert written["telling"] in late.get_data(as_text=True), "what was typed too late is shown"
    assert "Your instructor marks your work" in practice.text("alice")
    assert progress_of(practice)["Alice"] == ("submitted", Decimal("80.00"))
    assert grades(practice) == {}


def test_a_conversation_with_a_team_member_needs_nobody_of_the_course(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "partner": "team"})
    practice.come("alice")
    assert "Lead a conversation" in practice.text("alice")
    practice.hand_over("alice")
    assert progress_of(practice) == {"Alice": ("completed", Decimal(100))}


def test_a_team_member_answers_two_items_by_a_link_that_works_once(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "partner": "team", "sessions": "3"})
    practice.come("alice")
    for number in range(3):
        session = practice.hand_over("alice", goal="Plantedgoal")
        made = practice.post("alice", f"session/{session}/link").get_data(as_text=True)
        first = made.split("/t/")[1].split('"')[0]
        again = practice.post("alice", f"session/{session}/link").get_data(as_text=True)
        token = again.split("/t/")[1].split('"')[0]
        outside = registered_tool.browser()
        assert outside.get(f"/t/{first}").status_code == 404, "a new link ends the old one"
        page = outside.get(f"/t/{token}").get_data(as_text=True)
        assert f"Your conversation of {TODAY:%b} {TODAY.day}, {TODAY.year}" in page
        for hidden in ("Plantedgoal", "Alice", "Coaching practice", "Leading People"):
            assert hidden not in page
        assert outside.post(f"/t/{token}", data={"listened": "yes"}).status_code == 422
        for answer, status in (({"listened": "yes", "own_step": "partly"}, 200), ({}, 404)):
            assert outside.post(f"/t/{token}", data=answer).status_code == status
        assert "Your team member has answered" in practice.text("alice", f"session/{session}")
        home = practice.text("alice")
        assert ("Yes: 3" in home) is (number == 2), "answers are told as sums of three or more"
    assert practice.post("alice", f"session/{session}/link").status_code == 303


def test_three_questions_that_open_are_the_preparation(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "preparation": "yes"})
    practice.come("alice")
    assert "Prepare three questions" in practice.text("alice")
    questions = {f"questions-{at}": f"What is number {at}?" for at in range(3)}
    refused = practice.post("alice", "prepare", **questions | {"questions-1": "Do this."})
    assert refused.status_code == 422
    assert "Do this." in refused.get_data(as_text=True)
    assert practice.post("alice", "prepare", **questions).status_code == 303
    assert "Get a partner" in practice.text("alice")
    practice.join("alice", "bob")
    assert "What is number 2?" in practice.text("alice", practice.begin("alice"))
