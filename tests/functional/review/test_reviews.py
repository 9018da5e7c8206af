"""Who may open whose work from the gradebook, in Moodle's way and in Canvas's."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.services import rosters
from lti_app.store.people import Person
from lti_app.store.progress import Delivery
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.testing.sandbox.tools import Review, review_of
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from plugins.mentoring.activity import Mentoring
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    WHY,
    Edit,
    Visitor,
    claims,
    read,
    visit,
)
from tests.proofs import rule

FOR_USER = "https://purl.imsglobal.org/spec/lti/claim/for_user"
ASSISTANT = [
    f"{MEMBERSHIP}Instructor",
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
]


@pytest.fixture
def moodle(registered_tool: ToolUnderTest, lms: Sandbox) -> Sandbox:
    """Return a Moodle, which offers reviews of every column."""
    return lms


@pytest.fixture
def review(tool: ToolUnderTest, moodle: Sandbox) -> Callable[..., TestResponse]:
    """Return a function that launches the grade analysis of somebody, as somebody."""

    def open_review(
        who: str, about: str | None, edit: Edit | None = None, activity: int = 101
    ) -> TestResponse:
        source = moodle.review(moodle.activities[activity], about)
        return opened(tool, moodle, who, source, edit)

    return open_review


def opened(
    tool: ToolUnderTest, lms: Sandbox, who: str, source: Activity, edit: Edit | None = None
) -> TestResponse:
    """Launch, and follow as far as it leads."""
    browser = tool.browser()
    answer = tool.answer(browser, lms, who, source, edit)
    if answer.status_code != 303:
        return answer
    return browser.get(answer.headers["Location"], follow_redirects=True)


def heading(page: TestResponse) -> str:
    """Return the words of a page's one main heading."""
    (found,) = re.findall("<h1>(.*?)</h1>", page.get_data(as_text=True), re.DOTALL)
    return re.sub("<[^>]+>", "", found).strip()


def person_named(tool: ToolUnderTest, name: str) -> Person:
    with transaction(tool.database, read_only=True):
        return db().scalars(select(Person).where(Person.name == name)).one()


@rule("R-9.1")
@pytest.mark.parametrize(
    ("who", "edit"), [("tina", None), ("nina", claims(roles=ASSISTANT)), ("adam", None)]
)
def test_staff_see_that_somebody_signed_up_and_when_and_not_what(
    tool: ToolUnderTest,
    moodle: Sandbox,
    review: Callable[..., TestResponse],
    who: str,
    edit: Edit | None,
) -> None:
    visit(tool, moodle, "alice").sign_up()
    answer = review(who, "alice", edit)
    alice = person_named(tool, "Alice Adams")
    assert re.fullmatch(rf"/v/[^/]+/mentoring/review/{alice.id}", answer.request.path)
    page = read(answer)
    assert heading(answer) == "Alice Adams"
    assert "Signed up on" in page.text
    assert "100 of 100" in page.text
    for secret in (WHY, "Listening well", "Building a strong team", "Europe/Berlin"):
        assert secret not in page.text
    decide = next(link for link in page.links if link.text == "Decide about this grade")
    assert decide.url.endswith(f"/grades/learner/{alice.id}")


@rule("R-9.1")
def test_what_is_ruled_stands_beside_the_work(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse]
) -> None:
    visit(tool, moodle, "alice")
    alice = person_named(tool, "Alice Adams")
    tina = visit(tool, moodle, "tina")
    tina.get("mentoring/board")
    page = tina.get(f"grades/learner/{alice.id}")
    tina = Visitor(tina.browser, page)
    assert tina.post(f"grades/learner/{alice.id}/rule", kind="excuse").status_code == 303
    text = read(review("nina", "alice")).text
    assert "Excused" in text
    assert "by Tina Torres" in text


@rule("R-9.1")
def test_learners_come_to_their_own_page(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse]
) -> None:
    visit(tool, moodle, "alice").sign_up()
    answer = review("alice", "alice")
    assert answer.request.path.endswith("/mentoring/")
    assert WHY in answer.get_data(as_text=True)


@rule("R-9.1")
@pytest.mark.parametrize(
    ("who", "about", "edit"),
    [
        ("bob", "alice", None),
        ("bob", "charlie", None),
        ("nina", "alice", claims(roles=[])),
        ("alice", "alice", claims(roles=[])),
        ("adam", "alice", claims(roles=["Mentor"])),
    ],
)
def test_nobody_else_sees_it(
    tool: ToolUnderTest,
    moodle: Sandbox,
    review: Callable[..., TestResponse],
    who: str,
    about: str,
    edit: Edit | None,
) -> None:
    visit(tool, moodle, "alice").sign_up()
    answer = review(who, about, edit)
    assert answer.status_code == 403
    assert heading(answer) == "This is somebody else's work"
    assert "Only people who teach in this course, or assist there" in read(answer).text
    assert "Alice" not in answer.get_data(as_text=True)


@rule("R-9.1")
def test_somebody_unknown_has_no_work_yet(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse]
) -> None:
    answer = review("tina", "alice", claims(**{FOR_USER: {"user_id": "4711"}}))
    assert answer.status_code == 200
    assert answer.request.path.endswith("/review/")
    assert heading(answer) == "No work yet"


@rule("R-9.1")
def test_somebody_of_another_course_has_no_work_here(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse]
) -> None:
    visit(tool, moodle, "alice", activity=104).sign_up()
    answer = review("tina", "alice")
    assert heading(answer) == "No work yet"
    assert "Alice" not in answer.get_data(as_text=True)
    alice = person_named(tool, "Alice Adams")
    tina = visit(tool, moodle, "tina")
    for path in (f"review/{alice.id}", f"mentoring/review/{alice.id}", f"review/{uuid4()}"):
        assert tina.get(path).status_code == 404


@rule("R-9.1")
def test_who_never_came_is_known_by_the_list_of_the_course(
    tool: ToolUnderTest,
    moodle: Sandbox,
    review: Callable[..., TestResponse],
    lms_fetches_keys: None,
) -> None:
    visit(tool, moodle, "tina")
    while rosters.read_due(tool.runtime):
        pass
    answer = review("tina", "bob")
    assert heading(answer) == "Bob Brown"
    page = read(answer)
    assert "No work yet: has not opened this activity." in page.text


def test_a_review_may_be_the_first_that_is_heard_of_a_link(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse]
) -> None:
    assert heading(review("tina", "alice")) == "No work yet"
    assert visit(tool, moodle, "alice").first.status_code == 200


@rule("R-9.1")
@pytest.mark.parametrize(
    "about",
    ["7", [], ["7"], {}, {"user_id": None}, {"user_id": 7}, {"user_id": ""}, 7],
)
def test_a_request_that_names_somebody_wrongly_is_refused(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse], about: object
) -> None:
    assert review("tina", "alice", claims(**{FOR_USER: about})).status_code == 401


@rule("R-9.1")
@pytest.mark.parametrize("edit", [None, claims(**{FOR_USER: None})])
def test_a_request_about_nobody_opens_the_link_as_any_launch_does(
    tool: ToolUnderTest, moodle: Sandbox, review: Callable[..., TestResponse], edit: Edit | None
) -> None:
    visit(tool, moodle, "alice").sign_up()
    assert heading(review("tina", None, edit)) == "Who has signed up"
    answer = review("alice", None, edit)
    assert answer.request.path.endswith("/mentoring/")
    assert WHY in answer.get_data(as_text=True)
    assert heading(review("bob", None, edit)) == "Sign up for mentoring"


def test_learners_find_no_way_around(tool: ToolUnderTest, moodle: Sandbox) -> None:
    visit(tool, moodle, "alice").sign_up()
    alice = person_named(tool, "Alice Adams")
    bob = visit(tool, moodle, "bob")
    own = person_named(tool, "Bob Brown")
    for path in (f"review/{alice.id}", "review/", f"mentoring/review/{own.id}"):
        assert bob.get(path).status_code == 403
    assert heading(bob.get(f"review/{alice.id}")) == "This is somebody else's work"
    assert bob.get(f"review/{own.id}").headers["Location"] == bob.visit


def test_the_list_of_learners_leads_to_each_ones_work(tool: ToolUnderTest, moodle: Sandbox) -> None:
    visit(tool, moodle, "alice").sign_up()
    alice = person_named(tool, "Alice Adams")
    tina = visit(tool, moodle, "tina")
    links = {link.text: link.url for link in read(tina.first).links}
    assert links["Alice Adams"].endswith(f"/mentoring/review/{alice.id}")
    page = read(tina.get(f"grades/learner/{alice.id}"))
    assert any(link.url.endswith(f"/review/{alice.id}") for link in page.links)


def test_an_activity_without_such_a_page_has_the_tools_own(
    tool: ToolUnderTest,
    moodle: Sandbox,
    review: Callable[..., TestResponse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Mentoring, "review_endpoint")
    visit(tool, moodle, "alice").sign_up()
    answer = review("tina", "alice")
    assert heading(answer) == "Alice Adams"
    page = read(answer)
    assert "Has completed the activity." in page.text
    assert "100 of 100" in page.text


def handed_in(tool: ToolUnderTest, canvas: Sandbox, who: str, activity: int = 101) -> Review:
    """Let somebody sign up and the grade arrive; returns what Canvas launches for it."""
    visit(tool, canvas, who, activity=activity).sign_up()
    assert deliver_due(tool.runtime) == 1
    return canvas.review(canvas.activities[activity], who)


@rule("R-9.2")
def test_canvas_is_told_an_address_that_leads_to_the_work(
    tool: ToolUnderTest, canvas: Sandbox
) -> None:
    source = handed_in(tool, canvas, "alice")
    with transaction(tool.database, read_only=True):
        cell = db().scalars(select(Delivery.id)).one()
    assert source.target_link_uri == f"http://127.0.0.1:5000/lti/launch?for={cell}"
    answer = opened(tool, canvas, "tina", source)
    assert heading(answer) == "Alice Adams"
    page = read(answer)
    assert "Signed up on" in page.text
    assert WHY not in page.text
    own = opened(tool, canvas, "alice", source)
    assert WHY in own.get_data(as_text=True)
    other = opened(tool, canvas, "bob", source)
    assert other.status_code == 403
    assert "Alice" not in other.get_data(as_text=True)


@rule("R-9.2")
def test_the_address_works_from_a_link_that_the_tool_does_not_know(
    tool: ToolUnderTest, canvas: Sandbox
) -> None:
    source = handed_in(tool, canvas, "alice")

    def from_elsewhere(given: dict[str, Any]) -> None:
        given["https://purl.imsglobal.org/spec/lti/claim/resource_link"] = {"id": "the course"}
        given["https://purl.imsglobal.org/spec/lti/claim/custom"] = {}

    answer = opened(tool, canvas, "tina", source, from_elsewhere)
    assert heading(answer) == "Alice Adams"


@rule("R-9.2")
def test_an_address_of_another_course_or_of_nothing_shows_nothing(
    tool: ToolUnderTest, canvas: Sandbox
) -> None:
    foreign = handed_in(tool, canvas, "alice", activity=104)
    here = canvas.activities[101]
    unknown = f"http://127.0.0.1:5000/lti/launch?for={uuid4()}"
    for address in (foreign.target_link_uri, unknown):
        source = review_of(here, canvas.person("alice"), address)
        answer = opened(tool, canvas, "tina", source)
        assert heading(answer) == "No work yet"
        assert opened(tool, canvas, "bob", source).status_code == 403


@pytest.mark.parametrize("query", ["for=", "for=alice", "for=1&for=2", "other=1"])
def test_what_is_no_name_of_a_cell_is_an_ordinary_launch(
    tool: ToolUnderTest, canvas: Sandbox, query: str
) -> None:
    address = f"http://127.0.0.1:5000/lti/launch?{query}"
    source = review_of(canvas.activities[101], canvas.person("alice"), address)
    assert opened(tool, canvas, "alice", source).request.path.endswith("/mentoring/")
