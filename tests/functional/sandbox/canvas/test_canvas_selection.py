"""A tool is asked for links as Canvas asks, and Canvas looks closely at the answer."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from lti_app.testing.sandbox import Sandbox, Selection
from tests.functional.sandbox.answers import DEEP_LINKING, ITEM, LTI, SETTINGS, Tool, press
from tests.functional.sandbox.calls import Clock, ToolKeys


@pytest.fixture
def tool(
    sandbox: Sandbox, client: FlaskClient, clock: Clock, tool_key: RSAKey, tool_keys: ToolKeys
) -> Tool:
    client.get("/as/tina")
    return Tool(sandbox, client, clock, tool_key)


def choose(sandbox: Sandbox, placement: str) -> Selection:
    """Return the question of one place in Canvas."""
    return sandbox.selection("Leading People", placement)


@pytest.mark.parametrize(
    ("placement", "several", "at_once"),
    [
        ("assignment_selection", False, False),
        ("link_selection", True, False),
        ("module_index_menu_modal", True, True),
    ],
)
def test_the_question_depends_on_the_place(
    tool: Tool, sandbox: Sandbox, placement: str, several: bool, at_once: bool
) -> None:
    asked = tool.asked(choose(sandbox, placement))
    settings = asked[SETTINGS]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is several
    assert settings["auto_create"] is at_once
    assert not {"data", "accept_lineitem", "title"} & set(settings)
    assert f"{LTI}resource_link" not in asked


def test_an_assignment_is_called_as_its_column_is_labelled(tool: Tool, sandbox: Sandbox) -> None:
    selected = tool.answer(tool.asked(choose(sandbox, "assignment_selection")), ITEM)
    tool.save(selected)
    made = sandbox.activity("Find a mentor")
    assert sandbox.gradebook.columns[made.column_id or 0].title == "Mentoring"


def test_some_places_make_the_links_at_once(tool: Tool, sandbox: Sandbox) -> None:
    asked = tool.asked(choose(sandbox, "module_index_menu_modal"))
    assert 'href="/course/2"' in tool.answer(asked, ITEM, ITEM | {"title": "Charter"}).text
    assert sandbox.activity("Find a mentor")
    assert sandbox.activity("Charter")


def test_an_assignment_keeps_link_and_column_when_it_is_picked_again(
    tool: Tool, sandbox: Sandbox
) -> None:
    course = sandbox.courses[2]
    activity = sandbox.activity("Mentoring sign-up", course.full_name)
    before = (activity.id, activity.column_id)
    again = Selection(course, sandbox.tools[1], "assignment_selection", activity)
    tool.save(tool.answer(tool.asked(again), ITEM))
    assert (activity.id, activity.column_id) == before
    assert activity.custom == "activity=1\nv=1"


REFUSED: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://elsewhere.example"},
    "another sender": {"iss": "somebody else"},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1894006800},
    "from the future": {"iat": 1894006900},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_fault_is_json_in_the_frame(tool: Tool, sandbox: Sandbox, name: str) -> None:
    asked = tool.asked(choose(sandbox, "assignment_selection"))
    answer = tool.answer(asked, ITEM, **REFUSED[name])
    assert (answer.status_code, answer.mimetype) == (400, "application/json")


def test_an_answer_is_good_once(tool: Tool, sandbox: Sandbox) -> None:
    asked = tool.asked(choose(sandbox, "assignment_selection"))
    assert tool.answer(asked, ITEM, nonce="same").status_code == 200
    assert tool.answer(asked, ITEM, nonce="same").status_code == 400


def test_an_empty_answer_leads_back_to_the_course(tool: Tool, sandbox: Sandbox) -> None:
    asked = tool.asked(choose(sandbox, "link_selection"))
    page = tool.answer(asked, **{f"{DEEP_LINKING}msg": "Another time"})
    assert 'href="/course/2"' in page.text
    assert "Another time" in tool.client.get("/course/2").text


def test_a_copied_course_is_told_by_opaque_names(client: FlaskClient, sandbox: Sandbox) -> None:
    client.get("/as/tina")
    press(client, 2, "copy")
    original = sandbox.activity("Mentoring sign-up", "Leading People")
    copied = sandbox.activity("Mentoring sign-up", sandbox.courses[4].full_name)
    first, second = (sandbox.claims_for("tina", one, "n") for one in (original, copied))
    assert second[f"{LTI}custom"]["ctx_history"] == first[f"{LTI}context"]["id"]
    assert second[f"{LTI}resource_link"]["id"] != first[f"{LTI}resource_link"]["id"]


def test_students_are_asked_for_nothing(tool: Tool, sandbox: Sandbox) -> None:
    asked = tool.asked(choose(sandbox, "assignment_selection"))
    tool.client.get("/as/alice")
    path = sandbox.profile.selection_path(choose(sandbox, "assignment_selection"))
    assert tool.client.get(path).status_code == 401
    assert tool.answer(asked, ITEM).status_code == 401
