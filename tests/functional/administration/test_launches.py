"""What launches came to, from the launch itself to the administrator's page."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from lti_app.services import launch_outcomes
from lti_app.services.launch_outcomes import LaunchFact
from lti_app.store.registrations import Deployment
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.admin.launches import CODES
from tests.functional.mentoring.visitors import CUSTOM, Visitor, read

Act = Callable[[ToolUnderTest, Sandbox, FlaskClient], TestResponse]
_RAISED = re.compile(r"(?:LaunchRefused|MalformedRequest)\(\s*\"(\w+)\"")


def latest(tool: ToolUnderTest) -> LaunchFact:
    """Return the newest launch that was noted."""
    with transaction(tool.database, read_only=True):
        (newest,) = launch_outcomes.latest(1)
        return newest


def number_of(page: TestResponse) -> str:
    """Return the number that a refusal shows."""
    return page.get_data(as_text=True).split(" · ")[-1].split("</code>")[0]


def _unknown_lms(_tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    form = dict(lms.make_login("alice", lms.activities[101])) | {"client_id": "nobody"}
    return browser.post("/lti/login", data=form)


def _rubbish_login(_tool: ToolUnderTest, _lms: Sandbox, browser: FlaskClient) -> TestResponse:
    return browser.post("/lti/login", data={"iss": "x"})


def _without_subject(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    return tool.answer(browser, lms, "alice", lms.activities[101], lambda c: c.pop("sub"))


def _other_browser(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    activity = lms.activities[101]
    auth_url = tool.begin(tool.browser(), lms, "alice", activity)
    return browser.post("/lti/launch", data=lms.answer_login(auth_url, "alice", activity))


def _platform_error(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    auth_url = tool.begin(browser, lms, "alice", lms.activities[101])
    state = re.search(r"state=([^&]+)", auth_url)
    assert state
    return browser.post("/lti/launch", data={"error": "login_required", "state": state[1]})


def _without_kind(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    return tool.answer(browser, lms, "alice", lms.activities[101], lambda c: c.update({CUSTOM: {}}))


def _pending(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    with transaction(tool.database):
        db().execute(update(Deployment).values(status="pending"))
    return tool.answer(browser, lms, "alice", lms.activities[101])


def _opened(tool: ToolUnderTest, lms: Sandbox, browser: FlaskClient) -> TestResponse:
    return tool.answer(browser, lms, "alice", lms.activities[101])


#: What happens → its code, and whether the LMS is known.
TABLE: dict[str, tuple[Act, str, bool]] = {
    "opened": (_opened, "opened", True),
    "pending": (_pending, "pending", True),
    "link without a kind": (_without_kind, "not_set_up", True),
    "no subject": (_without_subject, "subject", True),
    "another browser": (_other_browser, "state_invalid", True),
    "the LMS says no": (_platform_error, "platform_error", True),
    "unknown LMS": (_unknown_lms, "unknown_platform", False),
    "rubbish": (_rubbish_login, "malformed", False),
}


@pytest.mark.parametrize("what", TABLE)
def test_a_launch_is_noted_with_its_code_and_lms_and_found_by_its_number(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor, what: str
) -> None:
    act, code, is_known = TABLE[what]
    answer = act(registered_tool, lms, registered_tool.browser())
    noted = latest(registered_tool)
    assert noted.code == code
    assert (noted.registration_id is not None) is is_known
    if "If you ask for help" in answer.get_data(as_text=True):
        assert noted.correlation_id == number_of(answer)
    page = ada.get(f"admin/launches?number={noted.correlation_id}").get_data(as_text=True)
    assert page.count(noted.correlation_id) == 2  # in the field, and in the only line
    assert str(CODES[code]) in page


def test_what_is_wrong_with_a_visit_or_another_address_is_no_launch(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    registered_tool.browser().get("/v/" + "x" * 43 + "/mentoring/")
    registered_tool.browser().get("/lti/launch")
    registered_tool.browser().get("/nowhere")
    assert "Nobody has opened the tool" in ada.get("admin/launches").get_data(as_text=True)


def test_the_page_counts_by_day_and_is_narrowed_by_lms_and_code(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    for act in (_opened, _opened, _without_subject, _unknown_lms):
        act(registered_tool, lms, registered_tool.browser())
    page = ada.get("admin/launches").get_data(as_text=True)
    assert "By day" in page
    lms_id = latest(registered_tool)
    assert lms_id.registration_id is None
    with transaction(registered_tool.database, read_only=True):
        opened = launch_outcomes.latest(1, code="opened")[0]
    narrowed = ada.get(f"admin/launches?lms={opened.registration_id}")
    lines = narrowed.get_data(as_text=True)
    assert str(CODES["unknown_platform"]) not in lines.split("By day")[1]
    assert str(CODES["subject"]) in lines.split("By day")[1]
    by_code = ada.get("admin/launches?code=subject").get_data(as_text=True)
    assert by_code.split("The newest")[1].count("<code>subject</code>") == 1
    assert "<code>opened</code>" not in by_code


@pytest.mark.parametrize("query", ["number=zz", "code=nonsense", "number=" + "f" * 12])
def test_a_query_that_finds_nothing_or_makes_no_sense_is_said_in_words(
    ada: Visitor, query: str
) -> None:
    page = ada.get(f"admin/launches?{query}")
    assert page.status_code == 200
    text_ = page.get_data(as_text=True)
    assert (
        "A number has twelve digits" in text_ if "zz" in query else "No launch like this" in text_
    )


def test_an_lms_that_is_no_id_is_refused(ada: Visitor) -> None:
    assert ada.get("admin/launches?lms=x").status_code == 400


def test_a_launch_is_answered_even_where_it_cannot_be_noted(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    with closing(registered_tool.database.engine.connect()) as connection, connection.begin():
        connection.execute(text("ALTER TABLE launch_count RENAME TO away"))
    try:
        page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
        refused = _without_subject(registered_tool, lms, registered_tool.browser())
    finally:
        with closing(registered_tool.database.engine.connect()) as connection, connection.begin():
            connection.execute(text("ALTER TABLE away RENAME TO launch_count"))
    assert page.status_code == 200
    assert refused.status_code == 401


def test_a_stranger_fills_no_more_than_a_few_rows(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    stranger = registered_tool.browser()
    for number in range(launch_outcomes.PER_MINUTE + 10):
        stranger.post("/lti/launch", data={"state": f"{number:040d}", "id_token": "x"})
    with transaction(registered_tool.database, read_only=True):
        kept = launch_outcomes.latest(1000)
        (counted,) = launch_outcomes.count([])
    # The minute may have changed on the way.
    assert len(kept) <= launch_outcomes.PER_MINUTE * 2
    assert counted.total == launch_outcomes.PER_MINUTE + 10


def test_every_code_can_be_chosen(ada: Visitor) -> None:
    (form,) = (form for form in read(ada.get("admin/launches")).forms if form.method == "get")
    (field,) = (field for field in form.fields if field.name == "code")
    assert {value for value, _ in field.options} == {"", *CODES}
