"""Who may choose, how often a question is answered, and to which addresses: over HTTP, by force."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.store.courses import Activity
from lti_app.store.session import db, transaction
from lti_app.testing.browser.document import Document, read_document
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import MEMBERSHIP, OWN, ROLES
from tests.proofs import rule

DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = f"{DEEP_LINKING}deep_linking_settings"
CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
Edit = Callable[[dict[str, Any]], object]


def asking(**settings: object) -> Edit:
    """Return an edit that changes what the LMS asks for; Ellipsis takes a setting away."""

    def edit(claims: dict[str, Any]) -> None:
        wanted = claims[SETTINGS] | settings
        claims[SETTINGS] = {name: value for name, value in wanted.items() if value is not ...}

    return edit


def role(name: str) -> Edit:
    """Return an edit that gives the person one role of the course."""
    return lambda claims: claims.update({ROLES: [f"{MEMBERSHIP}{name}"]})


@dataclass
class Picker:
    """A question of an LMS, open in one browser."""

    browser: FlaskClient
    first: TestResponse

    @property
    def visit(self) -> str:
        """Return the address that all pages of the visit begin with."""
        return "/".join(self.first.request.path.split("/")[:3])

    def get(self, path: str = "") -> TestResponse:
        """Open a page of the picker."""
        return self.browser.get(f"{self.visit}/place/{path}")

    def post(self, path: str, **values: str) -> TestResponse:
        """Press a button of the picker."""
        data = {"csrf_token": self.token(), **values}
        return self.browser.post(f"{self.visit}/place/{path}", data=data, headers=OWN)

    def make(self, title: str = "Find a mentor", button: str = "add") -> TestResponse:
        """Choose a new activity."""
        values = {"title": title, "points": "20", "option-sides": "both", button: "1"}
        return self.post("new/mentoring", **values)

    def answered(self) -> dict[str, Any]:
        """Return the claims of the answer that the last page would post."""
        return claims_of(self.get("answer"))

    def token(self) -> str:
        """Return the CSRF token of the visit."""
        pages = (self.first, self.get("new/mentoring"))
        fields = [one for page in pages for form in read(page).forms for one in form.fields]
        return next(one.value for one in fields if one.name == "csrf_token")


def read(page: TestResponse) -> Document:
    """Read a page as somebody without scripts sees it."""
    return read_document(page.get_data(as_text=True), page.request.url)


def claims_of(page: TestResponse) -> dict[str, Any]:
    """Return what the answer on a page says."""
    assert page.status_code == 200, page.get_data(as_text=True)
    form = next(one for one in read(page).forms if one.id == "answer")
    token = dict(form.pairs({}))["JWT"]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def pick(tool: ToolUnderTest, lms: Sandbox, edit: Edit | None = None, who: str = "tina") -> Picker:
    """Let the LMS ask somebody for links to its first course."""
    browser = tool.browser()
    return Picker(browser, tool.launch(browser, lms, who, lms.selection(), edit))


def count_activities(tool: ToolUnderTest) -> int:
    """Return how many activities the tool has."""
    with transaction(tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(Activity)) or 0


@rule("R-3.2")
@pytest.mark.parametrize(
    "name", ["Learner", "Mentor", "ContentDeveloperX", "/Instructor#TeachingAssistant"]
)
def test_who_does_not_author_is_told_so_and_can_only_go_back(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    edit = role(name)
    if name.startswith("/"):
        lis = MEMBERSHIP.removesuffix("#")
        edit = lambda claims: claims.update({ROLES: [f"{lis}{name}"]})  # noqa: E731
    picker = pick(registered_tool, lms, edit)
    assert picker.first.status_code == 403
    assert "Activities are added by instructors" in picker.first.get_data(as_text=True)
    for path in ("new/mentoring", f"activity/{uuid4()}"):
        assert picker.get(path).status_code == 403
    token = next(
        one.value
        for form in read(picker.first).forms
        for one in form.fields
        if one.name == "csrf_token"
    )
    for path in ("new/mentoring", f"activity/{uuid4()}/again", "send", "copy"):
        data = {"csrf_token": token, "title": "x", "points": "1", "option-sides": "both"}
        refused = picker.browser.post(f"{picker.visit}/place/{path}", data=data, headers=OWN)
        assert refused.status_code == 403
    assert count_activities(registered_tool) == 0
    left = picker.browser.post(
        f"{picker.visit}/place/leave", data={"csrf_token": token}, headers=OWN
    )
    assert left.status_code == 303
    assert picker.answered()[f"{DEEP_LINKING}content_items"] == []


@rule("R-3.6")
def test_another_browser_sees_and_answers_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    other = Picker(registered_tool.browser(), picker.first)
    for path in ("", "new/mentoring", "answer"):
        assert other.get(path).status_code == 403
    data = {"csrf_token": picker.token()}
    for path in ("new/mentoring", "send", "leave"):
        refused = other.browser.post(f"{picker.visit}/place/{path}", data=data, headers=OWN)
        assert refused.status_code == 403
    assert count_activities(registered_tool) == 0


@rule("R-3.6")
def test_a_second_click_gives_the_same_answer_and_a_second_window_none(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    assert picker.make().headers["Location"].endswith("/place/answer")
    first = picker.answered()
    assert picker.post("send").status_code == 303
    assert picker.post("leave").status_code == 303
    assert picker.get().headers["Location"].endswith("/place/answer")
    assert picker.answered() == first
    second = picker.make("Another one")
    assert second.status_code == 409
    assert "Your course has its answer already" in second.get_data(as_text=True)
    chosen = first[f"{DEEP_LINKING}content_items"][0]["custom"]["activity"]
    for path in (f"activity/{chosen}/again", f"activity/{chosen}/drop"):
        assert picker.post(path).status_code == 409
    assert picker.answered() == first
    assert count_activities(registered_tool) == 1


@rule("R-3.6")
def test_an_answer_that_the_lms_would_not_take_any_more_is_not_posted(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    picker.make()
    start = real_now()
    with time_machine.travel(start + timedelta(minutes=3, seconds=50)):
        assert picker.get("answer").status_code == 200
    with time_machine.travel(start + timedelta(minutes=4, seconds=10)):
        late = picker.get("answer")
        assert late.status_code == 409
        assert "<form" not in late.get_data(as_text=True)


@rule("R-3.13")
def test_the_answer_may_be_posted_to_the_lms_and_no_other_page_may(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    picker.make()
    page = picker.get("answer")
    own, theirs = "form-action 'self';", f"form-action 'self' {lms.base_url};"
    assert theirs in page.headers["Content-Security-Policy"]
    assert own in picker.first.headers["Content-Security-Policy"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    form = next(one for one in read(page).forms if one.id == "answer")
    assert form.has_visible_button
    assert form.action.startswith(f"{lms.base_url}/")
    assert "<script>" not in page.get_data(as_text=True)


@rule("R-3.13")
def test_an_odd_return_address_stays_an_address(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    odd = f"{lms.base_url}/back?a=%22&b='><script>alert(1)</script>"
    picker = pick(registered_tool, lms, asking(deep_link_return_url=odd))
    picker.make()
    page = picker.get("answer").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


HOSTILE: dict[str, Edit] = {
    "no settings": lambda claims: claims.pop(SETTINGS),
    "settings a list": lambda claims: claims.update({SETTINGS: []}),
    "no return address": asking(deep_link_return_url=...),
    "return address a script": asking(deep_link_return_url="javascript:alert(1)"),
    "return address a file": asking(deep_link_return_url="file:///etc/passwd"),
    "return address relative": asking(deep_link_return_url="/back"),
    "return address with a password": asking(deep_link_return_url="https://a:b@lms.test/"),
    "return address too long": asking(deep_link_return_url="https://lms.test/" + "x" * 3000),
    "return address a list": asking(deep_link_return_url=["https://lms.test/"]),
    "no types": asking(accept_types=...),
    "types of numbers": asking(accept_types=[1]),
    "targets a text": asking(accept_presentation_document_targets="iframe"),
    "data an object": asking(data={"a": 1}),
}


@rule("R-3.5")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_question_that_cannot_be_answered_is_refused_in_words(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    answer = registered_tool.answer(
        registered_tool.browser(), lms, "tina", lms.selection(), HOSTILE[name]
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "<code>deep_linking ·" in page
    assert "question could not be answered" in page


BEARABLE: dict[str, Edit] = {
    "several a text": asking(accept_multiple="yes"),
    "line items a number": asking(accept_lineitem=1),
    "title a list": asking(title=["x"]),
    "title very long": asking(title="t" * 30_000),
    "a thousand types": asking(accept_types=["ltiResourceLink", *["x"] * 1000]),
    "no course": lambda claims: claims.pop(CONTEXT),
    "unknown settings": asking(**{"https://lms.test/x": {"a": [None]}}),
}


@pytest.mark.parametrize("name", BEARABLE)
def test_odd_settings_that_are_not_needed_keep_nobody_from_choosing(
    registered_tool: ToolUnderTest, lms: Sandbox, name: str
) -> None:
    picker = pick(registered_tool, lms, BEARABLE[name])
    assert picker.make().status_code == 303
    assert len(picker.answered()[f"{DEEP_LINKING}content_items"]) == 1


@rule("R-3.5")
@pytest.mark.parametrize("data", ["", "a b&c=\u00e9", "\ud800\0", "x" * 30_000], ids=ascii)
def test_the_lmss_data_come_back_as_they_were(
    registered_tool: ToolUnderTest, lms: Sandbox, data: str
) -> None:
    picker = pick(registered_tool, lms, asking(data=data))
    picker.make()
    assert picker.answered()[f"{DEEP_LINKING}data"] == data


@rule("R-3.4")
def test_a_place_that_takes_no_links_is_explained_and_told_so(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms, asking(accept_types=["file", "html"]))
    assert "Activities cannot be added here" in picker.first.get_data(as_text=True)
    picker.post("leave")
    claims = picker.answered()
    assert claims[f"{DEEP_LINKING}content_items"] == []
    assert "takes no links" in claims[f"{DEEP_LINKING}errormsg"]


@rule("R-3.11")
def test_an_lms_that_takes_no_columns_is_asked_for_none(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms, asking(accept_lineitem=False))
    assert "Points in the gradebook" not in picker.get("new/mentoring").get_data(as_text=True)
    picker.make()
    (item,) = picker.answered()[f"{DEEP_LINKING}content_items"]
    assert "lineItem" not in item


def test_nothing_of_another_course_can_be_linked_or_changed(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    first = pick(registered_tool, lms)
    first.make()
    item = first.answered()[f"{DEEP_LINKING}content_items"][0]
    theirs = UUID(item["custom"]["activity"])
    browser = registered_tool.browser()
    selection = lms.selection("Leadership 101")
    other = Picker(browser, registered_tool.launch(browser, lms, "tina", selection))
    assert "Find a mentor" not in other.first.get_data(as_text=True)
    for unknown in (theirs, uuid4()):
        assert other.get(f"activity/{unknown}").status_code == 404
        for path in (f"activity/{unknown}", f"activity/{unknown}/again"):
            values = {"title": "Mine", "points": "1", "option-sides": "both", "add": "1"}
            assert other.post(path, **values).status_code == 404
    with transaction(registered_tool.database, read_only=True):
        assert db().get_one(Activity, theirs).title == "Find a mentor"


def test_a_form_without_its_token_or_from_another_site_chooses_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    address = f"{picker.visit}/place/new/mentoring"
    values = {"title": "x", "points": "1", "option-sides": "both", "add": "1"}
    evil = {"Origin": "https://evil.example"}
    for token, headers in (("", OWN), ("wrong", OWN), (picker.token(), evil)):
        data = {"csrf_token": token, **values}
        assert picker.browser.post(address, data=data, headers=headers).status_code == 403
    assert count_activities(registered_tool) == 0


def test_a_kind_that_does_not_exist_is_not_found(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    assert picker.get("new/knitting").status_code == 404
    assert picker.get("answer").headers["Location"].endswith("/place/")


def test_an_option_outside_of_the_list_is_told(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    picker = pick(registered_tool, lms)
    values = {"title": "x", "points": "1", "option-sides": "everybody", "add": "1"}
    page = picker.post("new/mentoring", **values)
    assert page.status_code == 422
    assert 'href="#option-sides"' in page.get_data(as_text=True)


def test_a_launch_of_an_activity_has_nothing_to_choose(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "tina", lms.activities[101])
    picker = Picker(browser, page)
    assert picker.get().status_code == 404
    assert picker.get("answer").status_code == 404
