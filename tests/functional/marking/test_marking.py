"""From a released session to a published mark and the gradebook, and back down by a person."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_app.services.people import find_learner
from lti_app.services.progress import refresh_progress
from lti_app.services.visits import find_placement
from lti_app.store.audit import AuditEntry
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.notices import Notice
from lti_app.store.people import Person
from lti_app.store.progress import Ruling
from lti_app.store.session import db, transaction
from plugins.coaching.models.marks import PracticeMark
from tests.functional.marking.released import LEVELS, LOG, Practice, shown
from tests.functional.mentoring.visitors import Visitor, read

REMARK = "Wait a little longer before you offer an idea."


@pytest.fixture
def release(practice: Practice) -> UUID:
    """Return Alice's released session; everything else that is asked of her is done."""
    first = practice.lead("alice", "bob")
    practice.lead("bob", "alice")
    return practice.release(first)


def mark(tina: Visitor, release: UUID, **changes: str) -> TestResponse:
    """Save levels and a remark."""
    page = tina.get(f"practice/marking/{release}")
    seen = next(one.value for form in read(page).forms for one in form.fields if one.name == "seen")
    given = {**LEVELS, "remark": REMARK, "seen": seen, **changes}
    return send(tina, f"practice/marking/{release}", **given)


def send(visitor: Visitor, path: str, **values: Any) -> TestResponse:
    """Send a form, with the token of the page where grades are compared, which all staff have."""
    return visitor.post(path, form_of="grades/reconcile", **values)


def test_evidence_stands_beside_each_row_and_names_nobody(
    practice: Practice, release: UUID
) -> None:
    tina = practice.visitors["tina"]
    assert "Alice Adams" in tina.get("practice/marking").get_data(as_text=True)
    page = read(tina.get(f"practice/marking/{release}"))
    for words in (
        str(LOG["goal"]),
        "You fear to let people down.",
        "Not people: my old team.",
        "Confirmed by the partner: 1 yes, 1 partly, 0 no",
        "1 of 2 options said by the coachee",
        "The coach talked between a quarter and a half of the time",
        "1 open, 1 closed",
        "There is an action with a day.",
        "1.0 summaries for each question",
    ):
        assert words in page.text, words
    assert "Bob" not in page.text


def test_a_released_session_is_marked_and_published(practice: Practice, release: UUID) -> None:
    tina, alice = practice.visitors["tina"], practice.visitors["alice"]
    # Half of it is saved, and is nobody's business but the markers'.
    assert mark(tina, release, flow="").headers["Location"].endswith("done=saved")
    assert "Nothing is published yet" in read(alice.get("practice/marks")).text
    assert mark(tina, release).headers["Location"].endswith("done=marked")
    page = read(tina.get(f"practice/marking/{release}"))
    assert "76.67 of 100, which is 15.33 of 20 points" in page.text
    practice.send()
    assert practice.grade("alice") is None
    assert REMARK not in read(alice.get("practice/marks")).text
    preview = read(tina.get("practice/publish"))
    assert ["Alice Adams", "new: 76.67", "new: 95.33"] in preview.tables[0].rows
    assert practice.publish().status_code == 303
    practice.send()
    assert practice.grade("alice") == 95.33
    marks = read(alice.get("practice/marks")).text
    assert REMARK in marks
    assert "Listening: level 3 of 3" in marks
    assert "is marked" in read(alice.get("me/inbox")).text


def test_a_grade_falls_only_by_a_mark_that_was_shown_and_confirmed(
    practice: Practice, release: UUID
) -> None:
    tina, alice = practice.visitors["tina"], practice.visitors["alice"]
    mark(tina, release)
    practice.publish()
    practice.send()
    assert mark(tina, release, listening="1", remark="").status_code == 303
    practice.send()
    assert practice.grade("alice") == 95.33
    assert "Listening: level 3 of 3" in read(alice.get("practice/marks")).text
    preview = read(tina.get("practice/publish"))
    assert "1 grade falls." in preview.text
    assert ["Alice Adams", "76.67 → 56.67", "falls: 95.33 → 91.33"] in preview.tables[0].rows
    assert practice.publish().status_code == 303
    practice.send()
    assert practice.grade("alice") == 91.33
    assert "Listening: level 1 of 3" in read(alice.get("practice/marks")).text
    with transaction(practice.tool.database, read_only=True):
        assert db().scalars(
            select(AuditEntry.person_id).where(AuditEntry.action == "grade.lower")
        ).all() == [practice.ids["alice"]]
        kinds = select(Notice.key).order_by(Notice.created_at)
        assert [*db().scalars(kinds)] == ["practice.marked", "practice.marked_anew"]


def test_what_changed_since_the_page_was_shown_is_not_published(
    practice: Practice, release: UUID
) -> None:
    tina = practice.visitors["tina"]
    mark(tina, release)
    page = tina.get("practice/publish")
    mark(tina, release, flow="0")
    answer = send(tina, "practice/publish", **shown(page))
    assert answer.status_code == 409
    assert "so nothing was published" in read(answer).text
    practice.send()
    assert practice.grade("alice") is None
    assert send(tina, "practice/publish", **shown(answer)).status_code == 303
    # Said twice, it is done, and nobody is told again.
    assert send(tina, "practice/publish", **shown(answer)).status_code == 303
    practice.send()
    assert practice.grade("alice") == 92.67
    with transaction(practice.tool.database, read_only=True):
        assert [*db().scalars(select(Notice.key))] == ["practice.marked"]
    again = read(tina.get(f"practice/publish?person={practice.ids['alice']}"))
    assert "There is nothing to publish" in again.text


def test_two_markers_do_not_overwrite_each_other_unseen(practice: Practice, release: UUID) -> None:
    tina = practice.visitors["tina"]
    stale = {**LEVELS, "remark": REMARK, "seen": "0" * 16, "questions": "0"}
    mark(tina, release)
    answer = send(tina, f"practice/marking/{release}", **stale)
    assert answer.status_code == 409
    page = read(answer)
    assert "Somebody else has saved marks" in page.text
    form = next(one for one in page.forms if "questions" in one.names())
    assert ("questions", "0") in form.pairs({})
    again = send(
        tina,
        f"practice/marking/{release}",
        **stale | {"seen": next(one.value for one in form.fields if one.name == "seen")},
    )
    assert again.status_code == 303


def test_a_faulty_mark_comes_back_with_all_that_was_typed(
    practice: Practice, release: UUID
) -> None:
    for name, value, says in (
        ("listening", "4", "Not a valid choice"),
        ("flow", "three", "Invalid Choice"),
        ("remark", "x" * 2001, "these are 2001"),
    ):
        answer = mark(practice.visitors["tina"], release, **{name: value})
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert says in page
        assert name == "remark" or REMARK in page
    with transaction(practice.tool.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(PracticeMark)) == 0


def test_nobody_but_staff_of_the_course_marks_and_learners_read_their_own_alone(
    practice: Practice, release: UUID
) -> None:
    tina, bob = practice.visitors["tina"], practice.visitors["bob"]
    mark(tina, release)
    practice.publish()
    for path in ("practice/board", "practice/marking", f"practice/marking/{release}"):
        assert bob.get(path).status_code == 403, path
    assert bob.get(f"practice/review/{practice.ids['alice']}").status_code == 403
    assert send(bob, f"practice/marking/{release}", **LEVELS).status_code == 403
    assert send(bob, "practice/publish").status_code == 403
    assert REMARK not in bob.get("practice/marks").get_data(as_text=True)
    other = practice.lms.add_activity(
        practice.lms.courses[3], practice.lms.tools[1], "Elsewhere", "kind=practice\nrubric=20"
    )
    elsewhere = Practice(practice.tool, practice.lms, other, practice.clock).come("tina")
    for path in (f"practice/marking/{release}", f"practice/marking/{uuid4()}"):
        assert elsewhere.get(path).status_code == 404
        assert send(elsewhere, path, **LEVELS).status_code == 404
    assert "Alice" not in elsewhere.get("practice/marking").get_data(as_text=True)
    page = elsewhere.get(f"practice/publish?person={practice.ids['alice']}")
    assert "There is nothing to publish" in read(page).text
    assert tina.get("practice/publish?person=nobody").status_code == 400


def test_what_is_not_released_is_in_no_page_of_those_who_teach(practice: Practice) -> None:
    practice.lead("alice", "bob", "awaiting_confirmation")
    practice.lead("bob", "alice")
    tina = practice.visitors["tina"]
    alice = practice.ids["alice"]
    for path in ("practice/board", "practice/marking?show=all", f"practice/review/{alice}"):
        text = tina.get(path).get_data(as_text=True)
        assert str(LOG["goal"]) not in text
        assert "let people down" not in text
    assert "What is not released stays" in read(tina.get(f"practice/review/{alice}")).text


def test_the_best_of_several_released_sessions_counts(practice: Practice, release: UUID) -> None:
    tina = practice.visitors["tina"]
    weaker = practice.release(practice.lead("alice", "bob", number=2), minutes=1, goal="Another.")
    following = mark(tina, release, next="1").headers["Location"]
    assert re.search(rf"/marking/{weaker}\?", following)
    mark(tina, weaker, listening="0")
    practice.publish()
    practice.send()
    assert practice.grade("alice") == 95.33
    marks = read(practice.visitors["alice"].get("practice/marks")).text
    assert "Conversation 2: 46.67 of 100" in marks
    assert "the best one counts" in marks
    # A later one that is better raises the grade.
    mark(tina, weaker, ownership="3", questions="3", flow="3", listening="3")
    practice.publish(practice.ids["alice"])
    practice.send()
    assert practice.grade("alice") == 100


def test_a_mark_alone_makes_nobody_complete(practice: Practice) -> None:
    release = practice.release(practice.lead("bob", "alice"))
    tina = practice.visitors["tina"]
    mark(tina, release)
    page = read(tina.get("practice/publish"))
    assert ["Bob Brown", "new: 76.67", "none yet: something is still to be done"] in page.tables[
        0
    ].rows
    practice.publish()
    practice.send()
    assert practice.grade("bob") is None


def test_a_grade_is_held_and_a_mark_counts_after_the_close(
    practice: Practice, release: UUID
) -> None:
    tina, alice = practice.visitors["tina"], practice.ids["alice"]
    # What was handed in before the close is marked after it; the learner has done their part.
    with transaction(practice.tool.database):
        placement = find_placement(db().scalars(select(Placement.id)).one())
        refresh_progress(placement, [find_learner(placement, alice).person])
    assert send(tina, "grades/close").status_code == 303
    assert send(tina, f"grades/learner/{alice}/rule", kind="hold").status_code == 303
    mark(tina, release)
    practice.publish()
    practice.send()
    assert practice.grade("alice") is None
    page = read(tina.get(f"practice/review/{alice}"))
    assert "On hold until it is undone" in page.text
    assert "published: 76.67 of 100 by Tina Torres, Nov 23, 2026" in page.text
    with transaction(practice.tool.database, read_only=True):
        ruling = db().scalars(select(Ruling.id)).one()
    send(tina, f"grades/learner/{alice}/undo", ruling=str(ruling))
    practice.send()
    assert practice.grade("alice") == 95.33
    # Marked anew after the close, too.
    mark(tina, release, flow="3")
    practice.publish()
    practice.send()
    assert practice.grade("alice") == 96.67


def test_the_work_opens_from_the_gradebook_of_the_lms(practice: Practice, release: UUID) -> None:
    browser = practice.tool.browser()
    source = practice.lms.review(practice.activity, "alice")
    answer = practice.tool.answer(browser, practice.lms, "tina", source)
    page = browser.get(answer.headers["Location"], follow_redirects=True)
    assert page.request.path.endswith(f"/practice/review/{practice.ids['alice']}")
    links = {link.text: link.url for link in read(page).links}
    assert links["Conversation 1"].endswith(f"/practice/marking/{release}")
    assert str(LOG["goal"]) not in page.get_data(as_text=True)


def test_a_course_of_five_hundred_is_shown_page_by_page(practice: Practice) -> None:
    practice.lead("alice", "bob", "awaiting_confirmation")
    with transaction(practice.tool.database):
        placement = db().scalars(select(Placement)).one()
        organisation_id = db().get_one(Person, practice.ids["alice"]).organisation_id
        people = [
            Person(id=uuid4(), organisation_id=organisation_id, name=f"Learner {number:03}")
            for number in range(500)
        ]
        db().add_all(people)
        db().flush()
        db().add_all(
            Enrolment(
                course_id=placement.course_id,
                person_id=person.id,
                role_names=["is_learner"],
                is_active=True,
            )
            for person in people
        )
    tina = practice.visitors["tina"]
    first = read(tina.get("practice/board"))
    assert len(first.tables[0].rows) == 51
    last = read(tina.get("practice/board?show=not_begun&page=10"))
    assert "Not begun (501)" in last.text
    assert last.tables[0].rows[-1][0] == "Learner 498"
    found = read(tina.get("practice/board?q=learner 321"))
    assert [row[0] for row in found.tables[0].rows[1:]] == ["Learner 321"]
    waits = read(tina.get("practice/board?show=waits")).tables[0].rows
    assert [row[0] for row in waits[1:]] == ["Alice Adams"]
    assert "waits for Bob Brown since" in waits[1][3]
    owes = read(tina.get("practice/board?show=owes")).tables[0].rows
    assert [row[0] for row in owes[1:]] == ["Bob Brown"]
    assert "has to answer Alice Adams since" in owes[1][3]
