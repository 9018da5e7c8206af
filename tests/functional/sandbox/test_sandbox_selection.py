"""A tool is asked for links as Moodle asks, and what it answers becomes activities."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from lti_app.testing.sandbox import Activity, Sandbox, Selection
from tests.functional.sandbox.answers import (
    DEEP_LINKING,
    ITEM,
    LTI,
    SETTINGS,
    Tool,
    press,
)
from tests.functional.sandbox.calls import Clock, Services, ToolKeys


@pytest.fixture
def selection(sandbox: Sandbox) -> Selection:
    return sandbox.selection("Leading People")


@pytest.fixture
def tool(
    sandbox: Sandbox, client: FlaskClient, clock: Clock, tool_key: RSAKey, tool_keys: ToolKeys
) -> Tool:
    client.get("/as/tina")
    return Tool(sandbox, client, clock, tool_key)


def without_column(**changes: Any) -> dict[str, Any]:
    """Return an item that wants no column."""
    return {name: value for name, value in (ITEM | changes).items() if name != "lineItem"}


def test_the_question_is_moodles(tool: Tool, selection: Selection) -> None:
    asked = tool.asked(selection)
    assert asked[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert f"{LTI}resource_link" not in asked
    settings = asked[SETTINGS]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert settings["title"] == "Throughline"
    assert not {"data", "accept_lineitem"} & set(settings)
    assert asked[f"{LTI}custom"]["ctx_history"] == ""


def test_a_link_becomes_an_activity_with_a_column_once_it_is_saved(
    tool: Tool, selection: Selection, sandbox: Sandbox
) -> None:
    before = len(sandbox.activities)
    selected = tool.answer(tool.asked(selection), ITEM)
    assert len(sandbox.activities) == before
    assert "Find a mentor" in tool.save(selected).text
    made = sandbox.activity("Find a mentor")
    assert made.target_link_uri == ITEM["url"]
    assert made.custom == "activity=1\nv=1"
    assert made.submission_review == {}
    column = sandbox.gradebook.columns[made.column_id or 0]
    # What the tool calls the column is ignored.
    assert (column.title, column.maximum) == ("Find a mentor", 20)
    assert (column.resource_id, column.tag) == ("1", "mentoring")


def test_a_teacher_may_give_the_one_link_another_name(
    tool: Tool, selection: Selection, sandbox: Sandbox
) -> None:
    tool.save(tool.answer(tool.asked(selection), ITEM), name="Week 3")
    assert sandbox.activity("Week 3").custom == "activity=1\nv=1"


def test_a_link_that_asks_for_no_column_gets_none(
    tool: Tool, selection: Selection, sandbox: Sandbox
) -> None:
    tool.save(tool.answer(tool.asked(selection), without_column()))
    assert sandbox.activity("Find a mentor").column_id is None


def test_several_links_become_activities_one_by_one(
    tool: Tool, selection: Selection, sandbox: Sandbox
) -> None:
    selected = tool.answer(tool.asked(selection), ITEM, ITEM | {"title": "Charter"})
    tool.save(selected)
    ids = [sandbox.activity(title).id for title in ("Find a mentor", "Charter")]
    assert ids == sorted(ids)


def test_picking_again_keeps_link_and_column(tool: Tool, sandbox: Sandbox) -> None:
    course = sandbox.courses[2]
    activity = sandbox.activity("Mentoring sign-up", course.full_name)
    before = (activity.id, activity.column_id)
    asked = tool.asked(Selection(course, sandbox.tools[1], activity=activity))
    assert asked[SETTINGS]["title"] == "Mentoring sign-up"
    tool.save(tool.answer(asked, ITEM))
    assert (activity.id, activity.column_id) == before
    assert (activity.title, activity.custom) == ("Find a mentor", "activity=1\nv=1")
    column = sandbox.gradebook.columns[activity.column_id or 0]
    assert (column.title, column.maximum, column.resource_id) == ("Find a mentor", 20, "1")


def test_nothing_chosen_and_an_error_lead_back_to_the_course(
    tool: Tool, selection: Selection, sandbox: Sandbox
) -> None:
    before = len(sandbox.activities)
    assert 'href="/course/2"' in tool.answer(tool.asked(selection)).text
    tool.answer(tool.asked(selection), **{f"{DEEP_LINKING}errormsg": "<b>No</b>"})
    assert "&lt;b&gt;No&lt;/b&gt;" in tool.client.get("/course/2").text
    assert "&lt;b&gt;No" not in tool.client.get("/course/2").text
    assert len(sandbox.activities) == before


REFUSED: dict[str, dict[str, Any]] = {
    "another sender": {"iss": "somebody else"},
    "from a second ahead": {"iat": 1894006801},
    "expired": {"exp": 1894006800},
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_moodle_does_not_trust_is_refused(
    tool: Tool, selection: Selection, name: str
) -> None:
    assert tool.answer(tool.asked(selection), ITEM, **REFUSED[name]).status_code == 404


def test_what_moodle_does_not_look_at_passes(tool: Tool, selection: Selection) -> None:
    odd: dict[str, Any] = {"aud": "x", "nonce": None, f"{LTI}message_type": "x"}
    assert tool.answer(tool.asked(selection), ITEM, **odd).status_code == 200


def test_a_text_that_is_no_answer_is_refused(tool: Tool, selection: Selection) -> None:
    for text in ("", "a.b.c"):
        assert tool.post(tool.asked(selection), text).status_code == 404


def test_another_key_than_the_tools_is_refused(tool: Tool, selection: Selection) -> None:
    asked = tool.asked(selection)
    tool.key = RSAKey.generate_key(2048, {"kid": "tool-key"})
    assert tool.answer(asked, ITEM).status_code == 404


def test_without_the_session_cookie_the_answer_is_posted_once_more(
    tool: Tool, selection: Selection
) -> None:
    asked = tool.asked(selection)
    tool.client.get("/switch")
    page = tool.answer(asked, ITEM)
    assert 'name="repost"' in page.text
    assert 'name="JWT"' in page.text


@pytest.mark.parametrize("username", ["nina", "alice"])
def test_only_who_edits_the_course_is_let_in(
    tool: Tool, selection: Selection, sandbox: Sandbox, username: str
) -> None:
    asked = tool.asked(selection)
    tool.client.get(f"/as/{username}")
    path = sandbox.profile.selection_path(selection)
    assert tool.client.get(path).status_code == 404
    assert tool.answer(asked, ITEM).status_code == 404
    assert tool.client.get("/course/2/select/1").status_code == 403
    assert press(tool.client, 2, "copy").status_code == 403
    assert "Edit the course" not in tool.client.get("/course/2").text


def test_the_dialogue_is_as_large_as_moodles(tool: Tool) -> None:
    page = tool.client.get("/course/2/select/1").text
    assert 'width="770"' in page
    assert 'height="578"' in page


def test_a_duplicate_is_another_link_with_another_column_to_the_same(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    activity.custom = "activity=1"
    press(client, 2, f"links/{activity.cmid}/duplicate")
    copied = sandbox.activity("Mentoring sign-up (copy)")
    assert copied.course is activity.course
    assert copied.custom == "activity=1"
    assert copied.id != activity.id
    assert copied.column_id != activity.column_id


def test_a_deleted_link_takes_its_column_along(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    press(client, 2, f"links/{activity.cmid}/delete")
    assert activity.cmid not in sandbox.activities
    assert activity.column_id not in sandbox.gradebook.columns


@pytest.mark.parametrize("how", ["copy", "restore"])
def test_a_copied_course_keeps_what_names_the_content_and_no_grade(
    client: FlaskClient, sandbox: Sandbox, services: Services, activity: Activity, how: str
) -> None:
    client.get("/as/tina")
    activity.custom, activity.target_link_uri = "activity=1", "http://127.0.0.1:5000/x"
    assert activity.column_id
    column = sandbox.gradebook.columns[activity.column_id]
    column.resource_id, column.tag = "1", "mentoring"
    services.post_score(activity, "alice")
    press(client, 2, "copy", how=how)
    course = max(sandbox.courses.values(), key=lambda one: one.id)
    assert course.history == [2]
    copied = sandbox.activity("Mentoring sign-up", course.full_name)
    assert (copied.custom, copied.target_link_uri) == ("activity=1", "http://127.0.0.1:5000/x")
    assert copied.id != activity.id
    assert sandbox.grade(copied, "alice").final is None
    own = sandbox.gradebook.columns[copied.column_id or 0]
    assert (own.course_id, own.resource_id, own.tag) == (course.id, "1", "mentoring")
    assert course.role_of(sandbox.people["alice"]) == activity.course.role_of(
        sandbox.people["alice"]
    )


def test_a_copy_of_a_copy_names_both_courses_nearest_first(
    client: FlaskClient, sandbox: Sandbox
) -> None:
    client.get("/as/tina")
    press(client, 2, "copy")
    press(client, 4, "copy")
    copied = sandbox.courses[5]
    activity = sandbox.activity("Mentoring sign-up", copied.full_name)
    claims = sandbox.claims_for("tina", activity, "n")
    assert claims[f"{LTI}custom"]["ctx_history"] == "4,2"
