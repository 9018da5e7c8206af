"""A learner signs up: what the pages ask, keep, say and hand to the gradebook."""

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.store.courses import Activity
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import db, transaction
from lti_app.testing.browser.document import Form
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.mentoring.models import SignUp
from tests.functional.mentoring.visitors import (
    GOOD,
    PREVIEW,
    WHY,
    Visitor,
    claims,
    read,
    visit,
    without_names,
)


def progress_of(tool: ToolUnderTest) -> list[tuple[str, Decimal | None]]:
    with transaction(tool.database, read_only=True):
        return [(row.state, row.score) for row in db().scalars(select(Progress))]


def count(tool: ToolUnderTest, table: type[Delivery | SignUp]) -> int:
    with transaction(tool.database, read_only=True):
        return len(db().scalars(select(table)).all())


def close(tool: ToolUnderTest) -> None:
    with transaction(tool.database):
        db().execute(update(Activity).values(closes_at=clock.now() - timedelta(seconds=1)))


def form_of(page: TestResponse) -> Form:
    """Return the form of a step, or of the last page."""
    return next(form for form in read(page).forms if "mentoring/" in form.action)


def heading(visitor: Visitor, path: str = "mentoring/") -> str:
    """Return what the page says first, frame and list of steps left out."""
    html = visitor.get(path).get_data(as_text=True)
    return " ".join(html.split("<h1")[1].split("</h1>")[0].split(">", 1)[1].split())


def test_the_first_page_asks_one_question_and_carries_the_learners_name(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    page = read(alice.first)
    assert form_of(alice.first).names() == {"side"}
    assert "Step 1 of 9" in page.text
    assert "Alice Adams" in page.text
    assert "Alice" not in page.title


def test_every_step_says_who_can_see_what_before_anything_is_sent(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    for path in GOOD:
        text = read(alice.get(f"mentoring/{path}") if path != "step/part" else alice.first).text
        assert "Who can see this?" in text
        assert "only you." in text
        if path != "private":
            assert "these people of your course: instructors, teaching assistants" in text
        alice.save(path)


def test_each_step_leads_to_the_next_one(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    paths = [*GOOD, ""]
    for path, following in pairwise(paths):
        answer = alice.save(path)
        assert answer.headers["Location"] == f"{alice.visit}mentoring/{following}"


def test_who_comes_back_goes_on_where_they_stopped(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    alice.save("step/skills")
    again = visit(registered_tool, lms, "alice")
    page = read(again.first)
    assert "You are not signed up yet: go on where you stopped." in page.text
    assert "Step 3 of 9" in page.text
    assert "level_feedback" in form_of(again.first).names()
    assert progress_of(registered_tool) == [("started", None)]


def test_a_step_that_needs_an_earlier_one_waits_for_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    for path in ("step/skills", "step/levels", "private", "check", "step/nonsense"):
        assert alice.get(f"mentoring/{path}").status_code == 303
    alice.save("step/part")
    assert alice.get("mentoring/step/levels").status_code == 303
    assert alice.get("mentoring/step/goals").status_code == 200


def test_nothing_is_sent_before_every_step_is_answered(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    alice.save("step/goals")
    text = read(alice.get("mentoring/check")).text
    assert "These pages still need answers before you can send:" in text
    answer = alice.save("check")
    assert answer.status_code == 422
    assert "How you meet" in read(answer).text
    assert progress_of(registered_tool) == [("started", None)]


def test_the_last_page_shows_everything_before_it_is_sent(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up(consent=None)
    text = read(alice.get("mentoring/check")).text
    for words in (
        "Mentee",
        "Listening well",
        "Feedback: Important",
        "Building a strong team",
        WHY,
        "Experienced, without leading others",
        "Every two weeks",
        "English (C1)",
        "Monday: 12:00–14:00",
    ):
        assert words.lower() in text.lower()


def test_a_mentor_is_asked_what_a_mentor_gives(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob")
    assert bob.sign_up(side="mentor", tags=["remote"], wish="").status_code == 303
    text = read(bob.get()).text
    assert "You are signed up as a mentor" in text
    assert "Skills offered" in text
    assert "Listening well: I do it now and then" in text
    assert "Has led a remote team" in text
    assert "Mentees at a time 2" in text


def test_signing_up_redirects_to_a_page_that_says_so(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    answer = alice.sign_up()
    assert answer.status_code == 303
    text = read(alice.browser.get(answer.headers["Location"])).text
    assert "You are signed up as a mentee" in text
    assert WHY in text
    assert "Listening well" in text
    assert "(Europe/Berlin)" in text


def test_signing_up_completes_and_queues_one_grade(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    assert progress_of(registered_tool) == [("completed", Decimal(100))]
    assert count(registered_tool, Delivery) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("queued", "is on its way to the gradebook"),
        ("waiting", "is on its way to the gradebook"),
        ("sent", "the gradebook of your course has your 100 of 100"),
        ("configuration", "has not taken your 100 of 100 so far"),
        ("held", "has not taken your 100 of 100 so far"),
    ],
)
def test_the_learner_is_told_where_the_grade_is(
    registered_tool: ToolUnderTest, lms: Sandbox, state: str, words: str
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    with transaction(registered_tool.database):
        db().execute(update(Delivery).values(state=state))
    assert words in read(alice.get()).text


def test_the_same_form_sent_twice_signs_up_once(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert [alice.sign_up().status_code for _ in range(2)] == [303, 303]
    assert count(registered_tool, SignUp) == 1
    assert count(registered_tool, Delivery) == 1


def test_answers_can_be_changed_and_the_grade_stays(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    kept = form_of(alice.get("mentoring/step/goals"))
    assert ("wish", WHY) in kept.pairs({})
    assert (
        alice.save("step/goals", wish="By now I would rather learn to delegate.")
        .headers["Location"]
        .endswith("/check")
    )
    before = read(alice.get()).text
    assert "You changed something and have not sent it" in before
    assert "learn to delegate" not in before
    sent = alice.post("mentoring/check")
    assert "Your changes are sent." in read(alice.browser.get(sent.headers["Location"])).text
    assert "learn to delegate" in read(alice.get()).text
    assert progress_of(registered_tool) == [("completed", Decimal(100))]
    assert count(registered_tool, Delivery) == 1


def test_changes_can_be_forgotten_before_they_are_sent(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    alice.save("step/goals", wish="By now I would rather learn to delegate.")
    assert alice.post("mentoring/discard").status_code == 303
    text = read(alice.get()).text
    assert "You changed something" not in text
    assert ("wish", WHY) in form_of(alice.get("mentoring/step/goals")).pairs({})


def test_who_takes_another_part_is_asked_anew_for_what_differs(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    answer = alice.save("step/part", side="mentor")
    assert answer.headers["Location"].endswith("/step/skills")
    assert "as a mentee" in read(alice.get()).text
    assert alice.save("check").status_code == 422
    assert ("skills", "listening") in form_of(alice.get("mentoring/step/skills")).pairs({})
    assert alice.sign_up(side="mentor").status_code == 303
    assert "as a mentor" in read(alice.get()).text
    assert progress_of(registered_tool) == [("completed", Decimal(100))]


def test_a_step_with_faults_comes_back_with_the_text_and_stores_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    answer = alice.sign_up(goal_areas=None, wish="Too short")
    assert answer.status_code == 422
    page = read(answer)
    assert page.title.startswith("Error: ")
    assert "2 answers need another look" in page.text
    assert ("wish", "Too short") in form_of(answer).pairs({})
    assert ("wish", "Too short") not in form_of(alice.get("mentoring/step/goals")).pairs({})
    assert progress_of(registered_tool) == [("started", None)]


def test_without_consent_nothing_is_sent(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    answer = visit(registered_tool, lms, "alice").sign_up(consent=None)
    assert answer.status_code == 422
    assert "without it nobody can be paired" in read(answer).text
    assert progress_of(registered_tool) == [("started", None)]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"wish": "", "goal_areas": None}, ("wish", "goal_areas")),
        ({"skills": None}, ("skills",)),
        ({"band": ""}, ("band",)),
        ({"channels": None, "language_level_1": ""}, ("channels", "language_level_1")),
        ({"cells": None, "time_zone": ""}, ("cells", "time_zone")),
        ({"people": "---"}, ("people",)),
    ],
    ids=str,
)
def test_every_fault_leads_to_its_question_and_is_tied_to_it(
    registered_tool: ToolUnderTest, lms: Sandbox, changes: dict[str, object], fields: Sequence[str]
) -> None:
    answer = visit(registered_tool, lms, "alice").sign_up(**changes)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    for field in fields:
        assert f'href="#{field}"' in html
        assert f'id="{field}"' in html
        assert f'id="{field}-error"' in html
        assert re.search(f'aria-describedby="[^"]*{field}-error', html)


def test_markup_in_an_answer_stays_text(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up(wish="<script>alert(1)</script> and more of it")
    html = alice.get().get_data(as_text=True)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_draft_is_kept_without_checks_and_nothing_is_graded(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    assert alice.save("step/goals", wish="Not sure yet", later="1").status_code == 303
    page = alice.get()
    assert "You are not signed up yet" in read(page).text
    assert ("wish", "Not sure yet") in form_of(page).pairs({})
    assert progress_of(registered_tool) == [("started", None)]
    assert count(registered_tool, Delivery) == 0


def test_a_half_written_change_does_not_touch_what_was_sent(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    alice.save("step/goals", wish="x", later="1")
    assert alice.save("check").status_code == 422
    assert WHY in read(alice.get()).text
    assert progress_of(registered_tool) == [("completed", Decimal(100))]


def test_what_was_answered_elsewhere_can_be_taken_over_and_is_asked_for_first(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    elsewhere = visit(registered_tool, lms, "alice", activity=102)
    assert WHY not in elsewhere.first.get_data(as_text=True)
    assert elsewhere.post("mentoring/copy").status_code == 303
    assert heading(elsewhere) == "Check and send"
    assert WHY in read(elsewhere.get()).text
    assert elsewhere.save("check").status_code == 303
    assert count(registered_tool, Delivery) == 2


def test_nothing_is_taken_over_where_somebody_wrote_already_or_never_did(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob")
    assert "Take over my answers" not in read(bob.first).text
    bob.post("mentoring/copy")
    assert count(registered_tool, SignUp) == 0
    visit(registered_tool, lms, "alice").sign_up()
    elsewhere = visit(registered_tool, lms, "alice", activity=102)
    elsewhere.save("step/part", side="mentor")
    elsewhere.post("mentoring/copy")
    assert ("side", "mentor") in form_of(elsewhere.get("mentoring/step/part")).pairs({})


def test_hours_are_added_and_taken_out_as_stretches_without_losing_the_others(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    morning = {"days": "weekdays", "start": "18", "until": "20"}
    added = alice.save("step/times", cells=[330], add="1", **morning)
    assert added.headers["Location"].endswith("/step/times#hours")
    week = form_of(alice.get("mentoring/step/times")).pairs({})
    ticked = {int(value) for name, value in week if name == "cells"}
    assert ticked == {330} | {48 * day + half for day in range(5) for half in (18, 19)}
    tuesday = {"days": "1", "start": "0", "until": "48"}
    alice.save("step/times", cells=sorted(ticked), take="1", **tuesday)
    week = form_of(alice.get("mentoring/step/times")).pairs({})
    left = {int(value) for name, value in week if name == "cells"}
    assert left == {cell for cell in ticked if cell // 48 != 1}


def test_a_stretch_that_ends_before_it_begins_is_refused_and_the_ticks_stay(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    answer = alice.save("step/times", cells=[10], add="1", days="2", start="20", until="20")
    assert answer.status_code == 422
    assert "let the hours end after they begin" in read(answer).text
    assert ("cells", "10") in form_of(answer).pairs({})


@pytest.mark.parametrize("cell", ["336", "-1", "x", "9" * 400])
def test_half_hours_that_no_week_has_are_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, cell: str
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.save("step/part")
    assert alice.save("step/times", cells=[cell]).status_code == 422
    assert alice.save("step/times", cells=[cell], later="1").status_code == 303


def test_private_wishes_are_on_no_other_page_and_hold_at_once(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up(people="boss@example.org\n\n  Bob   Brown ")
    for path in ("", "check", "step/goals"):
        assert "boss@example.org" not in alice.get(f"mentoring/{path}").get_data(as_text=True)
    assert ("people", "boss@example.org\nBob Brown") in form_of(
        alice.get("mentoring/private")
    ).pairs({})
    close(registered_tool)
    assert alice.save("private", people="Somebody Else").status_code == 303
    assert "Your private wishes are kept." in read(alice.get("mentoring/?done=private")).text
    assert ("people", "Somebody Else") in form_of(alice.get("mentoring/private")).pairs({})


def test_a_learner_without_a_name_is_asked_for_one_and_seen_under_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    nameless = visit(registered_tool, lms, "alice", without_names)
    assert "Name not known" in read(nameless.first).text
    assert "Please give a name." in read(nameless.sign_up()).text
    assert nameless.sign_up(own_name="Sam").status_code == 303
    assert "Sam" in read(nameless.get()).text


def test_the_time_zone_is_not_asked_twice(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    elsewhere = visit(registered_tool, lms, "alice", activity=102)
    elsewhere.save("step/part")
    form = form_of(elsewhere.get("mentoring/step/times"))
    assert ("time_zone", "Europe/Berlin") in form.pairs({})


@pytest.mark.parametrize(
    ("side", "question"),
    [
        ("mentee", "Which skills do you want to grow in?"),
        ("mentor", "Which skills can you help others with?"),
    ],
)
def test_a_link_for_one_side_does_not_ask_which(
    registered_tool: ToolUnderTest, lms: Sandbox, side: str, question: str
) -> None:
    only = claims(custom={"kind": "mentoring", "sides": side})
    alice = visit(registered_tool, lms, "alice", only)
    page = read(alice.first)
    assert question in page.text
    assert not any("side" in form.names() for form in page.forms)
    assert alice.sign_up(side=None).status_code == 303
    assert f"You are signed up as a {side}" in read(alice.get()).text


def test_after_the_close_the_form_is_gone(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    close(registered_tool)
    page = read(alice.get())
    assert "Sign-up has closed" in page.text
    assert not [form for form in page.forms if form.names()]
    assert alice.get("mentoring/step/part").status_code == 303


def test_what_is_sent_after_the_close_does_not_count(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    close(registered_tool)
    late = alice.sign_up()
    assert late.status_code == 409
    assert "was not saved" in read(late).text
    assert count(registered_tool, SignUp) == 0


def test_after_the_close_a_sign_up_stands_and_cannot_be_changed(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    close(registered_tool)
    page = read(alice.get())
    assert "You are signed up as a mentee" in page.text
    assert "Change my answers" not in page.text
    assert alice.get("mentoring/check").status_code == 303
    assert alice.sign_up(side="mentor").status_code == 409
    assert alice.save("check").status_code == 409
    assert "as a mentee" in read(alice.get()).text


def test_a_preview_may_try_everything_and_is_never_graded(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    preview = visit(registered_tool, lms, "alice", claims(roles=[learner, PREVIEW]))
    assert "This is a preview" in read(preview.first).text
    assert preview.sign_up().status_code == 303
    assert "nothing goes to the gradebook" in read(preview.get()).text
    assert count(registered_tool, Delivery) == 0
    with transaction(registered_tool.database, read_only=True):
        assert all(person.is_preview for person in db().scalars(select(Person)))


def test_a_form_from_another_site_is_refused(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert alice.sign_up(csrf_token="guessed").status_code == 403
    assert count(registered_tool, SignUp) == 0


def test_bob_sees_nothing_of_what_alice_wrote(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    visit(registered_tool, lms, "alice").sign_up(people="boss@example.org")
    bob = visit(registered_tool, lms, "bob")
    bob.save("step/part")
    for path in ("", "check", "private", *GOOD):
        html = bob.get(f"mentoring/{path}").get_data(as_text=True)
        assert WHY not in html
        assert "Alice" not in html
        assert "boss@example.org" not in html


def test_two_activities_of_one_course_keep_their_sign_ups_apart(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    other = visit(registered_tool, lms, "alice", activity=102)
    assert WHY not in other.first.get_data(as_text=True)
    assert "Step 1 of 9" in read(other.first).text
