"""The inbox of a visit: one's own notices, in every hat, and nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lti_app.services import notices
from lti_app.store.courses import Activity
from lti_app.store.notices import Notice
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.sandbox.people import Role
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    OWN,
    PREVIEW,
    Visitor,
    claims,
    read,
    token_of,
    visit,
)

INBOX = "me/inbox"


@pytest.fixture
def alice(registered_tool: ToolUnderTest, lms: Sandbox) -> Visitor:
    """Return Alice, who learns."""
    return visit(registered_tool, lms, "alice")


def tell(tool: ToolUnderTest, name: str, *, days: int = 7, activity: int = 0) -> UUID:
    """Tell somebody of more time; returns the notice's id."""
    with transaction(tool.database):
        person = db().query(Person).filter_by(name=name).one()
        activities = db().query(Activity).order_by(Activity.created_at).all()
        about = uuid4()
        notices.notify(
            person.id,
            "ruling.more_time",
            about=about,
            activity_id=activities[activity].id,
            until=datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=days),
        )
        return db().query(Notice).filter_by(about=str(about)).one().id


def post(visitor: Visitor, path: str, **values: str) -> TestResponse:
    """Send a form of the inbox, with the token of the visit."""
    token = token_of(visitor.first) or token_of(visitor.get(INBOX))
    data = {"csrf_token": token, **values}
    return visitor.browser.post(visitor.visit + path, data=data, headers=OWN)


def test_an_empty_inbox_says_what_will_be_in_it(alice: Visitor) -> None:
    page = read(alice.get(INBOX))
    assert "Nothing here yet." in page.text
    assert "Inbox" in page.title


def test_every_page_of_a_visit_leads_to_the_inbox_and_says_how_much_is_new(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    tell(registered_tool, "Alice Adams")
    for path in ("mentoring/", INBOX):
        assert "Inbox 1 (1 new notice)" in read(alice.get(path)).text
    for days in range(100):
        tell(registered_tool, "Alice Adams", days=days)
    assert "Inbox 99+ (101 new notices)" in read(alice.get()).text


def test_a_notice_is_opened_and_is_read_then(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    notice = tell(registered_tool, "Alice Adams")
    page = read(alice.get(INBOX))
    (form,) = [form for form in page.forms if form.action.endswith(str(notice))]
    assert {field.name for field in form.fields} >= {"csrf_token", "open"}
    answer = post(alice, f"{INBOX}/{notice}", open="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, alice.visit)
    assert "You have read everything." in read(alice.get(INBOX)).text


def test_what_is_only_read_leads_back_to_the_inbox(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    notice = tell(registered_tool, "Alice Adams")
    answer = post(alice, f"{INBOX}/{notice}", page="2")
    assert answer.headers["Location"] == f"{alice.visit}{INBOX}?page=2"


def test_looking_marks_nothing_as_read(registered_tool: ToolUnderTest, alice: Visitor) -> None:
    tell(registered_tool, "Alice Adams")
    alice.get(INBOX)
    assert "1 notice is new." in read(alice.get(INBOX)).text


def test_all_are_marked_as_read_at_once(registered_tool: ToolUnderTest, alice: Visitor) -> None:
    for _ in range(3):
        newest = tell(registered_tool, "Alice Adams")
    assert post(alice, f"{INBOX}/all", newest=str(newest)).status_code == 303
    page = read(alice.get(INBOX))
    assert "You have read everything." in page.text
    assert not [form for form in page.forms if form.action.endswith("/all")]


@pytest.mark.parametrize("newest", ["", "first", "00000000-0000-4000-8000-00000000000g"])
def test_what_is_no_notice_cannot_be_marked(alice: Visitor, newest: str) -> None:
    assert post(alice, f"{INBOX}/all", newest=newest).status_code == 400


def test_an_inbox_has_pages(registered_tool: ToolUnderTest, alice: Visitor) -> None:
    for days in range(31):
        tell(registered_tool, "Alice Adams", days=days)
    assert read(alice.get(INBOX)).text.count("Your instructor has set") == 30
    older = alice.get(f"{INBOX}?page=2")
    assert read(older).text.count("Your instructor has set") == 1
    assert "Mark all as read" not in older.get_data(as_text=True)
    assert read(alice.get(f"{INBOX}?page=x")).text == read(alice.get(INBOX)).text


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_nobody_reaches_the_notices_of_another_person(
    registered_tool: ToolUnderTest, lms: Sandbox, alice: Visitor, name: str
) -> None:
    notice = tell(registered_tool, "Alice Adams")
    other = visit(registered_tool, lms, name)
    assert "Nothing here yet." in read(other.get(INBOX)).text
    for path, values in ((f"{INBOX}/{notice}", {}), (f"{INBOX}/all", {"newest": str(notice)})):
        assert post(other, path, **values).status_code == 404
    assert other.browser.get(alice.visit + INBOX).status_code == 403
    assert "1 notice is new." in read(alice.get(INBOX)).text


def test_a_teacher_does_not_see_a_learners_inbox(
    registered_tool: ToolUnderTest, lms: Sandbox, alice: Visitor
) -> None:
    tell(registered_tool, "Alice Adams")
    teacher = visit(registered_tool, lms, "tina")
    assert "Nothing here yet." in read(teacher.get(INBOX)).text


def test_one_person_has_one_inbox_in_every_hat_and_course(
    registered_tool: ToolUnderTest, lms: Sandbox, alice: Visitor
) -> None:
    tell(registered_tool, "Alice Adams")
    lms.enrol(lms.courses[3], "alice", Role.TEACHER)
    teaching = visit(registered_tool, lms, "alice", activity=104)
    page = read(teaching.get(INBOX))
    assert "1 notice is new." in page.text
    assert "in “Leading People”" in page.text
    # The page that it leads to belongs to another visit than this one.
    assert "Open You have" not in page.text


@pytest.mark.parametrize("roles", [[MEMBERSHIP + "Mentor"], [MEMBERSHIP + "Learner", PREVIEW]])
def test_guests_and_previews_have_an_inbox_too(
    registered_tool: ToolUnderTest, lms: Sandbox, roles: list[str]
) -> None:
    visitor = visit(registered_tool, lms, "bob", claims(roles=roles))
    tell(registered_tool, "Bob Brown")
    assert "1 notice is new." in read(visitor.get(INBOX)).text


def test_what_changes_something_comes_from_the_inbox_itself(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    notice = tell(registered_tool, "Alice Adams")
    for headers, data in (({}, {"csrf_token": token_of(alice.first)}), (OWN, {})):
        answer = alice.browser.post(f"{alice.visit}{INBOX}/{notice}", data=data, headers=headers)
        assert answer.status_code == 403
    assert "1 notice is new." in read(alice.get(INBOX)).text


def test_an_error_page_of_a_visit_does_not_ask_for_the_inbox(alice: Visitor) -> None:
    answer = alice.get("grades/")
    assert answer.status_code == 403
    assert "Inbox" not in read(answer).text


def test_a_title_of_markup_is_shown_as_it_was_typed(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    tell(registered_tool, "Alice Adams")
    with transaction(registered_tool.database):
        db().query(Activity).one().title = "<b>R&D</b>"
    page = alice.get(INBOX).get_data(as_text=True)
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in page
    assert "<b>R" not in page
