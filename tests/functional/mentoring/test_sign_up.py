"""A learner signs up: what the pages ask, keep, say and hand to the gradebook."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from lti_app import clock
from lti_app.store.courses import Activity
from lti_app.store.people import Person
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.mentoring.models import SignUp
from tests.functional.mentoring.visitors import (
    PREVIEW,
    WHY,
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


def test_the_form_fits_one_page_and_carries_the_learners_name(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    page = read(alice.first)
    form = next(form for form in page.forms if "why" in form.names())
    assert form.names() == {"side", "why", "skills", "goal_areas", "time_zone", "consent"}
    assert "Alice Adams" in page.text
    assert "Alice" not in page.title


def test_it_says_who_can_see_what_before_anything_is_sent(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    text = read(visit(registered_tool, lms, "alice").first).text
    assert "What you answer: only you." in text
    assert "instructors, teaching assistants" in text


def test_signing_up_redirects_to_a_page_that_says_so(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    answer = alice.sign_up()
    assert answer.status_code == 303
    text = read(alice.browser.get(answer.headers["Location"])).text
    assert "You are signed up as a mentee" in text
    assert WHY in text
    assert "Listening well · Giving feedback" in text
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
    form = next(form for form in read(alice.get("mentoring/change")).forms if form.names())
    kept = dict(form.pairs({}))
    assert (kept["side"], kept["why"], kept["time_zone"]) == ("mentee", WHY, "Europe/Berlin")
    alice.sign_up(side="mentor", why="By now I would rather share.")
    text = read(alice.get()).text
    assert "You are signed up as a mentor" in text
    assert "By now I would rather share." in text
    assert progress_of(registered_tool) == [("completed", Decimal(100))]


def test_a_form_with_faults_comes_back_with_the_text_and_stores_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    answer = alice.sign_up(why="Too short", consent=None)
    assert answer.status_code == 422
    page = read(answer)
    assert page.title.startswith("Error: ")
    assert "2 answers need another look" in page.text
    form = next(form for form in page.forms if "why" in form.names())
    assert ("why", "Too short") in form.pairs({})
    assert ("skills", "listening") in form.pairs({})
    assert progress_of(registered_tool) == []


def test_every_fault_leads_to_its_question_and_is_tied_to_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    answer = visit(registered_tool, lms, "alice").sign_up(why="", skills=None)
    html = answer.get_data(as_text=True)
    for field in ("why", "skills"):
        assert f'href="#{field}"' in html
        assert f'id="{field}"' in html
        assert f'id="{field}-error"' in html
        assert f'aria-describedby="{field}-error' in html


def test_markup_in_an_answer_stays_text(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up(why="<script>alert(1)</script> and more of it")
    html = alice.get().get_data(as_text=True)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_draft_is_kept_without_checks_and_nothing_is_graded(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    assert alice.post(why="Not sure yet", later="1").status_code == 303
    page = read(alice.get())
    assert "You are not signed up yet." in page.text
    form = next(form for form in page.forms if "why" in form.names())
    assert ("why", "Not sure yet") in form.pairs({})
    assert progress_of(registered_tool) == [("started", None)]
    assert count(registered_tool, Delivery) == 0


def test_whoever_is_signed_up_cannot_fall_back_to_a_draft(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    assert alice.post(why="x", later="1").status_code == 422
    assert progress_of(registered_tool) == [("completed", Decimal(100))]


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
    form = next(form for form in read(elsewhere.first).forms if "why" in form.names())
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
    alice.sign_up(side=None)
    assert f"You are signed up as a {side}" in read(alice.get()).text


def test_after_the_close_the_form_is_gone(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    close(registered_tool)
    page = read(alice.get())
    assert "Sign-up has closed" in page.text
    assert not [form for form in page.forms if form.names()]


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
    assert alice.get("mentoring/change").status_code == 303
    assert alice.sign_up(side="mentor").status_code == 409
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
    visit(registered_tool, lms, "alice").sign_up()
    bob = visit(registered_tool, lms, "bob")
    html = bob.get().get_data(as_text=True) + bob.get("mentoring/change").get_data(as_text=True)
    assert WHY not in html
    assert "Alice" not in html
    assert "checked" not in html


def test_two_activities_of_one_course_keep_their_sign_ups_apart(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    other = visit(registered_tool, lms, "alice", activity=102)
    assert WHY not in other.first.get_data(as_text=True)
    assert any("why" in form.names() for form in read(other.first).forms)
