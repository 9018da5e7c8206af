"""What instructors decide on the grade page, and what the gradebook shows of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from lti_app.clock import now
from lti_app.domain.progress import State
from lti_app.services.progress import find_progress, refresh_progress
from lti_app.services.visits import find_placement, to_person
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.courses import Placement
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Fault, Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from plugins.mentoring.models import SignUp
from tests.functional.mentoring.visitors import Visitor, read, token_of, visit


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Let time run from noon."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def activity(lms: Sandbox) -> Activity:
    """Return the link that everybody is launched from."""
    return lms.activities[101]


@pytest.fixture
def teacher(registered_tool: ToolUnderTest, lms: Sandbox) -> Visitor:
    """Return the teacher on the grade page."""
    return visit(registered_tool, lms, "tina")


def send(tool: ToolUnderTest) -> None:
    """Let the worker do everything that is due."""
    while deliver_due(tool.runtime):
        pass


def sign_up(tool: ToolUnderTest, lms: Sandbox, person: str = "alice") -> None:
    """Launch somebody who signs up."""
    assert visit(tool, lms, person).sign_up().status_code == 303


def page_of(tool: ToolUnderTest, name: str) -> str:
    """Return the address of a learner's page within a visit."""
    with transaction(tool.database, read_only=True):
        person = db().query(Person).filter_by(name=name).one()
        return f"grades/learner/{person.id}"


def act(teacher: Visitor, path: str, **values: str) -> TestResponse:
    """Send a form of the grade pages, with the token that a page of the visit carries."""
    token = token_of(teacher.get("grades/close"))
    return teacher.browser.post(
        teacher.visit + path,
        data={"csrf_token": token, **values},
        headers={"Origin": "http://127.0.0.1:5000"},
    )


def text(page: TestResponse) -> str:
    """Return what a page says."""
    return read(page).text


def type_grade(lms: Sandbox, activity: Activity, person: str, value: float) -> None:
    """Let the teacher type a grade into the gradebook, in a way that a tool can write over."""
    column = lms.gradebook.columns[activity.column_id or 0]
    lms.gradebook.grade_by_teacher(
        column, lms.person(person).id, value, lms.now(), overridden=False
    )


def close(tool: ToolUnderTest) -> None:
    """Let the activity be closed since a minute."""
    with transaction(tool.database):
        db().query(ActivityRow).one().closes_at = now() - timedelta(minutes=1)


def undo_all(teacher: Visitor, page: str) -> None:
    """Undo what is ruled for a learner, by the buttons of the page."""
    for form in read(teacher.get(page)).forms:
        if form.action.endswith("/undo"):
            values = {field.name: field.value or "" for field in form.fields if field.name}
            assert act(teacher, f"{page}/undo", **values).status_code == 303


@pytest.mark.parametrize(
    ("kind", "says"), [("hold", "On hold until it is undone"), ("excuse", "Excused")]
)
def test_a_grade_is_kept_back_until_the_ruling_is_undone(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    teacher: Visitor,
    kind: str,
    says: str,
) -> None:
    sign_up(registered_tool, lms)
    page = page_of(registered_tool, "Alice Adams")
    assert act(teacher, f"{page}/rule", kind=kind, until="").status_code == 303
    send(registered_tool)
    assert lms.grade(activity, "alice").final is None
    assert f"{says} by Tina Torres" in text(teacher.get(page))
    undo_all(teacher, page)
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100
    assert "undone by Tina Torres" in text(teacher.get(page))


def test_who_is_excused_stands_in_a_list_of_whom_to_exempt(
    registered_tool: ToolUnderTest, lms: Sandbox, teacher: Visitor
) -> None:
    sign_up(registered_tool, lms)
    sign_up(registered_tool, lms, "bob")
    act(teacher, page_of(registered_tool, "Alice Adams") + "/rule", kind="excuse", until="")
    found = read(teacher.get("grades/?show=excused"))
    assert [row[0] for row in found.tables[0].rows[1:]] == ["Alice Adams"]
    assert "exempt in the LMS (1)" in found.text


@pytest.mark.parametrize(
    ("kind", "until", "says"),
    [
        ("hold", "tomorrow", "This is not a date with a time."),
        ("hold", "2026-11-23T11:00", "This moment has passed already."),
        ("extend", "", "Say until when"),
    ],
)
def test_what_cannot_be_ruled_comes_back_with_what_was_typed(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    teacher: Visitor,
    kind: str,
    until: str,
    says: str,
) -> None:
    sign_up(registered_tool, lms)
    close(registered_tool)
    page = page_of(registered_tool, "Alice Adams")
    answer = act(teacher, f"{page}/rule", kind=kind, until=until)
    assert answer.status_code == 422
    assert says in text(answer)
    assert f'value="{until}"' in answer.get_data(as_text=True)
    assert "Nothing: the learner is treated like everybody else." in text(answer)


def test_an_extension_opens_the_activity_for_one_learner_only(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity, teacher: Visitor
) -> None:
    alice, bob = (visit(registered_tool, lms, name) for name in ("alice", "bob"))
    close(registered_tool)
    page = page_of(registered_tool, "Alice Adams")
    assert act(teacher, f"{page}/rule", kind="extend", until="2026-11-24T12:00").status_code == 303
    assert "Has time until Nov 24, 2026, 12:00 PM (UTC)" in text(teacher.get(page))
    assert bob.save("step/part").status_code == 409
    assert visit(registered_tool, lms, "alice").sign_up().status_code == 303
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100
    assert alice.get().status_code == 200


def test_after_the_close_nothing_new_counts_whatever_the_activity_says(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity
) -> None:
    visit(registered_tool, lms, "alice").save("step/part")
    close(registered_tool)
    with transaction(registered_tool.database):
        # What an activity does that forgets to look at the close.
        row = db().query(SignUp).one()
        row.submitted_at = row.consent_at = now()
        placement = find_placement(db().query(Placement).one().id)
        person = to_person(db().get_one(Person, row.person_id))
        db().flush()
        refresh_progress(placement, [person])
        assert find_progress(placement.activity_id, person.id).state is State.STARTED
    send(registered_tool)
    assert lms.log.count("scores") == 0
    assert lms.grade(activity, "alice").final is None


def test_send_again_gets_a_refused_grade_through_once_the_lms_takes_it(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    teacher: Visitor,
    clock: time_machine.Traveller,
) -> None:
    sign_up(registered_tool, lms)
    alice = lms.person("alice").id
    enrolment = activity.course.enrolments.pop(alice)
    send(registered_tool)
    page = page_of(registered_tool, "Alice Adams")
    assert "Send again" in text(teacher.get(page))
    activity.course.enrolments[alice] = enrolment
    # Two posts of one cell are never in the same second.
    clock.shift(2)
    assert act(teacher, f"{page}/send").status_code == 303
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


def test_a_teachers_grade_is_replaced_only_by_a_confirmed_decision_about_it(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    activity: Activity,
    teacher: Visitor,
    clock: time_machine.Traveller,
) -> None:
    sign_up(registered_tool, lms)
    lms.switches.set("scores", Fault("drop-before", count=1))
    send(registered_tool)
    type_grade(lms, activity, "alice", 55)
    clock.shift(60)
    send(registered_tool)
    page = page_of(registered_tool, "Alice Adams")
    assert "was seen to hold 55 of 100" in text(teacher.get(page))
    act(teacher, f"{page}/send")
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 55
    assert act(teacher, f"{page}/instead", seen="54").status_code == 409
    question = read(teacher.get(f"{page}/instead"))
    assert "Send ours instead?" in question.text
    (form,) = [form for form in question.forms if form.action.endswith("/instead")]
    values = {field.name: field.value or "" for field in form.fields if field.name}
    clock.shift(5)
    assert act(teacher, f"{page}/instead", **values).status_code == 303
    send(registered_tool)
    assert lms.grade(activity, "alice").final == 100


def test_zeros_are_counted_confirmed_and_go_to_empty_cells_only(
    registered_tool: ToolUnderTest, lms: Sandbox, activity: Activity, teacher: Visitor
) -> None:
    sign_up(registered_tool, lms)
    for name in ("bob", "charlie"):
        visit(registered_tool, lms, name)
    send(registered_tool)
    type_grade(lms, activity, "bob", 70)
    asked = act(teacher, "grades/close", zeros="1")
    assert "2 cells are to get their final grade." in text(asked)
    send(registered_tool)
    assert lms.grade(activity, "charlie").final is None
    assert act(teacher, "grades/close", zeros="1", confirmed="2").status_code == 303
    send(registered_tool)
    finals = [lms.grade(activity, name).final for name in ("alice", "bob", "charlie")]
    assert finals == [100, 70, 0]
    rows = read(teacher.get("grades/")).tables[0].rows
    assert "already has a grade for this person" in rows[2][2]
    assert text(visit(registered_tool, lms, "charlie").get()).count("closed")


def test_a_number_of_cells_that_has_changed_is_asked_about_again(
    registered_tool: ToolUnderTest, lms: Sandbox, teacher: Visitor
) -> None:
    visit(registered_tool, lms, "bob")
    assert "1 cell is to get" in text(act(teacher, "grades/close", zeros="1", confirmed="2"))


def test_an_activity_is_closed_and_opened_again(
    registered_tool: ToolUnderTest, lms: Sandbox, teacher: Visitor
) -> None:
    assert act(teacher, "grades/close").status_code == 303
    assert "closed" in text(visit(registered_tool, lms, "alice").first)
    assert act(teacher, "grades/close", reopen="1").status_code == 303
    assert visit(registered_tool, lms, "alice").sign_up().status_code == 303


@pytest.mark.parametrize("path", ["", "/instead"])
def test_a_learner_of_another_course_is_nobody_here(
    registered_tool: ToolUnderTest, lms: Sandbox, teacher: Visitor, path: str
) -> None:
    visit(registered_tool, lms, "alice")
    elsewhere = "grades/learner/00000000-0000-4000-8000-000000000000"
    assert teacher.get(elsewhere + path).status_code == 404
    for action in ("rule", "send", "instead"):
        answer = act(teacher, f"{elsewhere}/{action}", kind="hold", until="", seen="")
        assert answer.status_code == 404


def test_learners_decide_nothing(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    alice = visit(registered_tool, lms, "alice")
    page = page_of(registered_tool, "Alice Adams")
    assert alice.get(page).status_code == 403
    assert alice.get("grades/close").status_code == 403
    for path in ("rule", "undo", "send", "instead"):
        assert alice.post(f"{page}/{path}", kind="hold").status_code == 403
    assert alice.post("grades/close").status_code == 403


def test_a_decision_from_another_site_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, teacher: Visitor
) -> None:
    visit(registered_tool, lms, "alice")
    page = page_of(registered_tool, "Alice Adams")
    answer = teacher.browser.post(f"{teacher.visit}{page}/rule", data={"kind": "hold"})
    assert answer.status_code == 403
