"""How a course gets into a programme: linked at the desk, by a code, or by asking."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app.clock import real_now
from lti_app.domain.programmes import ProgrammeState
from lti_app.store.courses import Activity, Course
from lti_app.store.organisations import Organisation
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import JoinCode, JoinRequest, Programme, ProgrammeCourse
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import PURPOSE, Desk, open_desk
from tests.functional.mentoring.visitors import PREVIEW, Visitor, claims, read, visit

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
FIRST, SECOND = "Leading People", "Leadership 101"


def course_id(desk: Desk, title: str = FIRST) -> UUID:
    """Return the id of a course that somebody has launched from."""
    with transaction(desk.tool.database, read_only=True):
        return db().scalars(select(Course.id).where(Course.title == title)).one()


def link(desk: Desk, programme_id: UUID, title: str = FIRST) -> int:
    """Link a course at the desk; returns the status of the answer."""
    path = f"programmes/{programme_id}/courses/link"
    return desk.post(path, course=str(course_id(desk, title))).status_code


def places(desk: Desk) -> dict[str | None, tuple[str, str, int | None]]:
    """Return who takes part: side, state, version of the text they agreed to."""
    with transaction(desk.tool.database, read_only=True):
        rows = db().execute(
            select(Person.name, Participant).join(Person, Person.id == Participant.person_id)
        )
        return {name: (row.side, row.state, row.consent_version) for name, row in rows}


def make_code(desk: Desk, programme_id: UUID, days: int = 30) -> str:
    """Make a code at the desk; returns it as the page shows it."""
    answer = desk.post(f"programmes/{programme_id}/courses/codes", days=str(days))
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    return html.split("<code>")[1].split("</code>")[0]


def in_programme(desk: Desk) -> dict[str, UUID]:
    """Return which courses are in which programme."""
    with transaction(desk.tool.database, read_only=True):
        rows = db().execute(
            select(Course.title, ProgrammeCourse.programme_id).join(
                Course, Course.id == ProgrammeCourse.course_id
            )
        )
        return {str(title): programme_id for title, programme_id in rows}


def test_before_a_course_is_known_the_page_says_how_it_becomes_known(desk: Desk) -> None:
    page = desk.read(f"programmes/{desk.create()}/courses")
    assert "No course belongs to the programme yet." in page.text
    assert FIRST in page.text, "Dana launched from there"
    assert SECOND not in page.text


def test_a_linked_course_and_all_its_activities_belong_to_the_programme(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    visit(registered_tool, lms, "tina", activity=102)
    assert link(desk, programme_id) == 303
    visit(registered_tool, lms, "tina", activity=103)
    with transaction(desk.tool.database, read_only=True):
        programmes = set(db().scalars(select(Activity.programme_id)))
    assert programmes == {programme_id}, "the activity that came later belongs to it, too"
    page = desk.read(f"programmes/{programme_id}/courses")
    assert "1 course in this programme" in page.text
    assert "Every course that the tool knows is in a programme." in page.text


def test_who_signed_up_before_takes_part_and_is_asked_for_their_consent(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    visit(registered_tool, lms, "bob").sign_up(side="mentor")
    visit(registered_tool, lms, "charlie").save("step/part")
    preview = claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview")
    visit(registered_tool, lms, "tina", preview).sign_up()
    programme_id = desk.open()
    link(desk, programme_id)
    assert places(desk) == {
        "Alice Adams": ("mentee", "submitted", None),
        "Bob Brown": ("mentor", "submitted", None),
    }


def test_mentees_are_approved_at_once_where_the_programme_says_so_also_those_of_before(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    visit(registered_tool, lms, "bob").sign_up(side="mentor")
    programme_id = desk.open(purpose_type="onboard")
    link(desk, programme_id)
    assert {name: state for name, (_, state, _) in places(desk).items()} == {
        "Alice Adams": "approved",
        "Bob Brown": "submitted",
    }


def test_who_signs_up_in_a_course_of_the_programme_takes_part_at_once(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    link(desk, programme_id)
    alice = visit(registered_tool, lms, "alice")
    assert PURPOSE in alice.first.get_data(as_text=True)
    assert alice.sign_up().status_code == 303
    assert places(desk) == {"Alice Adams": ("mentee", "submitted", 1)}


@pytest.mark.parametrize("state", [ProgrammeState.DRAFT, ProgrammeState.CLOSING])
def test_nobody_signs_up_to_a_programme_that_is_not_open_and_nothing_is_kept(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, state: ProgrammeState
) -> None:
    programme_id = desk.open()
    link(desk, programme_id)
    alice = visit(registered_tool, lms, "alice")
    assert alice.save("step/part").status_code == 303
    with transaction(desk.tool.database):
        db().get_one(Programme, programme_id).state = state.value
    answer = alice.sign_up()
    assert answer.status_code == 409
    assert "What you just sent was not saved." in answer.get_data(as_text=True)
    assert places(desk) == {}
    text = read(alice.get()).text
    is_early = state is ProgrammeState.DRAFT
    assert ("is not open yet" if is_early else "Sign-up has closed") in text
    assert alice.save("check").status_code == 409


def test_the_first_of_two_sign_ups_of_one_person_counts(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    with time_machine.travel(real_now() - timedelta(hours=1)):
        visit(registered_tool, lms, "alice", activity=104).sign_up(side="mentor")
    visit(registered_tool, lms, "alice", activity=101).sign_up(side="mentee")
    programme_id = desk.open()
    link(desk, programme_id, SECOND)
    link(desk, programme_id, FIRST)
    assert places(desk) == {"Alice Adams": ("mentor", "submitted", None)}


def test_a_course_that_is_taken_out_leaves_its_people_in(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    programme_id = desk.open()
    link(desk, programme_id)
    path = f"programmes/{programme_id}/courses/unlink"
    assert desk.post(path, course=str(course_id(desk))).status_code == 303
    assert in_programme(desk) == {}
    assert places(desk).keys() == {"Alice Adams"}
    assert PURPOSE not in visit(registered_tool, lms, "alice").first.get_data(as_text=True)
    assert desk.post(path, course=str(course_id(desk))).status_code == 404


def test_a_course_is_in_one_programme_at_most(desk: Desk) -> None:
    first, second = desk.open(), desk.open(title="Second")
    assert link(desk, first) == 303
    assert link(desk, first) == 303, "the same again changes nothing"
    assert link(desk, second) == 409
    assert in_programme(desk) == {FIRST: first}


@pytest.mark.parametrize("course", ["", "not-an-id", str(UUID(int=5))])
def test_what_is_no_course_of_the_organisation_is_not_linked(desk: Desk, course: str) -> None:
    answer = desk.post(f"programmes/{desk.open()}/courses/link", course=course)
    assert answer.status_code in {400, 404}


def test_courses_are_found_by_a_part_of_their_name_and_shown_in_pages(desk: Desk) -> None:
    with transaction(desk.tool.database):
        deployment_id = db().scalars(select(Course.deployment_id)).first()
        for number in range(60):
            db().add(
                Course(
                    deployment_id=deployment_id,
                    context_id=f"c{number}",
                    title=f"Course {number:02} 100%",
                )
            )
    programme_id = desk.create()
    path = f"programmes/{programme_id}/courses"
    page = desk.read(f"{path}?q=course%200")
    assert len(page.tables[-1].rows) == 1 + 10
    assert len(desk.read(f"{path}?page=3").tables[-1].rows) == 1 + 11
    assert len(desk.read(f"{path}?q=100%25&page=99").tables[-1].rows) == 1 + 10
    assert "No course of this name is free." in desk.read(f"{path}?q=nothing").text
    assert "No course of this name is free." in desk.read(f"{path}?q=_____________").text


def test_an_instructor_brings_a_course_in_by_a_code(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    code = make_code(desk, programme_id)
    assert code not in desk.get(f"programmes/{programme_id}/courses").get_data(as_text=True)
    tina = visit(registered_tool, lms, "tina")
    tina.first = tina.get("programme/")
    assert "The course is in no programme" in read(tina.first).text
    assert tina.post("programme/join", code=code.lower()).status_code == 303
    assert in_programme(desk) == {FIRST: programme_id}
    assert "The course belongs to “Lead and stay”." in read(tina.get("programme/")).text
    assert "let 1 course in" in desk.read(f"programmes/{programme_id}/courses").text
    assert tina.post("programme/join", code=code).status_code == 303, "again changes nothing"
    assert "let 1 course in" in desk.read(f"programmes/{programme_id}/courses").text


@pytest.mark.parametrize("spoil", ["expire", "revoke", "other organisation", "close"])
def test_a_code_that_is_over_lets_nobody_in(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, spoil: str
) -> None:
    programme_id = desk.open()
    code = make_code(desk, programme_id)
    with transaction(desk.tool.database):
        row = db().scalars(select(JoinCode)).one()
        if spoil == "expire":
            row.expires_at = real_now()
        elif spoil == "close":
            db().get_one(Programme, programme_id).state = ProgrammeState.CLOSING.value
        elif spoil == "other organisation":
            other = Organisation(name="Elsewhere")
            db().add(other)
            db().flush()
            db().get_one(Programme, programme_id).organisation_id = other.id
        code_id = row.id
    if spoil == "revoke":
        path = f"programmes/{programme_id}/courses/codes/{code_id}/revoke"
        assert desk.post(path).status_code == 303
        assert "revoked" in desk.read(f"programmes/{programme_id}/courses").text
    tina = visit(registered_tool, lms, "tina")
    answer = tina.post("programme/join", form_of="programme/", code=code)
    assert answer.status_code == (409 if spoil == "close" else 422)
    if spoil != "close":
        assert "This code does not work" in read(answer).text
    assert in_programme(desk) == {}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Please type the code."),
        ("hello", "This is no code"),
        ("7K4M-0QXT-93BD", "This code does not work"),
        ("x" * 41, "Please write at most 40 characters"),
    ],
)
def test_what_is_no_code_is_said_and_stays_in_the_field(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, typed: str, sentence: str
) -> None:
    answer = visit(registered_tool, lms, "tina").post(
        "programme/join", form_of="programme/", code=typed
    )
    assert answer.status_code == 422
    page = read(answer)
    assert sentence in page.text
    assert any(one.name == "code" and one.value == typed for one in page.forms[-2].fields)


ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"


@pytest.mark.parametrize("role", [f"{MEMBERSHIP}Learner", ASSISTANT, f"{MEMBERSHIP}Mentor"])
def test_only_an_instructor_of_the_course_brings_it_in_or_asks(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, role: str
) -> None:
    programme_id = desk.open()
    code = make_code(desk, programme_id)
    visitor = visit(registered_tool, lms, "tina", claims(roles=[role]))
    assert visitor.get("programme/").status_code == 403
    assert visitor.post("programme/join", code=code).status_code == 403
    assert visitor.post("programme/ask", note="Please").status_code == 403
    assert in_programme(desk) == {}


def ask(tina: Visitor) -> int:
    """Ask for a place in a programme; returns the status of the answer."""
    return tina.post(
        "programme/ask", form_of="programme/", note="Into the one for new leads, please."
    ).status_code


def test_an_instructor_asks_and_the_desk_lets_the_course_in(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    tina = visit(registered_tool, lms, "tina")
    assert ask(tina) == 303
    assert ask(tina) == 409, "once is enough"
    assert "You asked on" in read(tina.get("programme/")).text
    page = desk.read(f"programmes/{programme_id}/courses")
    assert "Into the one for new leads, please." in page.text
    assert "Tina Torres" in page.text
    assert answer(desk, programme_id, "accept") == 303
    assert in_programme(desk) == {FIRST: programme_id}
    assert "Asked for" not in desk.read(f"programmes/{programme_id}/courses").text


def test_a_refusal_is_seen_and_the_instructor_can_ask_again(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    tina = visit(registered_tool, lms, "tina")
    ask(tina)
    assert answer(desk, programme_id, "refuse") == 303
    assert answer(desk, programme_id, "accept") == 409, "it was answered"
    assert "was refused. You can ask again." in read(tina.get("programme/")).text
    assert ask(tina) == 303
    assert in_programme(desk) == {}


def test_a_course_that_joins_otherwise_leaves_no_request_behind(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    ask(visit(registered_tool, lms, "tina"))
    link(desk, programme_id)
    assert "Asked for" not in desk.read(f"programmes/{programme_id}/courses").text


@pytest.mark.parametrize("note", ["", "x" * 401])
def test_asking_takes_a_note_that_fits(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, note: str
) -> None:
    answered = visit(registered_tool, lms, "tina").post(
        "programme/ask", form_of="programme/", note=note
    )
    assert answered.status_code == 422
    assert any(one.value == note for one in read(answered).forms[-1].fields)


def test_the_request_of_another_organisation_is_not_there(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    ask(visit(registered_tool, lms, "tina"))
    with transaction(desk.tool.database):
        other = Organisation(name="Elsewhere")
        db().add(other)
        db().flush()
        db().execute(update(JoinRequest).values(organisation_id=other.id))
    assert "Asked for" not in desk.read(f"programmes/{programme_id}/courses").text
    assert answer(desk, programme_id, "accept") == 404


def answer(desk: Desk, programme_id: UUID, what: str) -> int:
    """Answer the last request at the desk; returns the status."""
    with transaction(desk.tool.database, read_only=True):
        latest = select(JoinRequest.id).order_by(JoinRequest.created_at.desc())
        request_id = db().scalars(latest).first()
    path = f"programmes/{programme_id}/courses/requests/{request_id}"
    return desk.post(path, answer=what).status_code


def test_who_runs_one_programme_manages_its_courses(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    erin = open_desk(registered_tool, lms, "erin", programme_id)
    assert link(erin, programme_id) == 303
    assert make_code(erin, programme_id)
