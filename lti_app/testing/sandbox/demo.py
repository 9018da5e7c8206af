"""The people, courses and activities that the demo starts with."""

from __future__ import annotations

from lti_app.testing.sandbox.people import Role
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Tool

_KIND = "kind=mentoring"
#: What the tool asks to be told at every launch: which courses this one was copied from.
_CUSTOM = "ctx_history=$Context.id.history"
_PEOPLE = (
    ("tina", "Tina", "Torres", Role.TEACHER),
    ("nina", "Nina", "Novak", Role.NON_EDITING_TEACHER),
    ("alice", "Alice", "Adams", Role.STUDENT),
    ("bob", "Bob", "Brown", Role.STUDENT),
    ("charlie", "Charlie", "Clark", Role.STUDENT),
)


def fill(platform: Platform) -> None:
    """Two courses with everybody in them."""
    platform.add_person("adam", "Adam", "Abbott", is_admin=True)
    first = platform.add_course("Leading People", "LEAD")
    second = platform.add_course("Leadership 101", "L101")
    for username, given_name, family_name, role in _PEOPLE:
        platform.add_person(username, given_name, family_name)
        platform.enrol(first, username, role)
        platform.enrol(second, username, role)


def place(platform: Platform, tool_url: str) -> None:
    """Register the tool by hand, and link it."""
    launch_url = f"{tool_url}/lti/launch"
    tool = platform.new_tool(
        "Throughline",
        f"{tool_url}/lti/login",
        [launch_url],
        f"{tool_url}/lti/jwks.json",
        launch_url,
        custom=_CUSTOM,
    )
    link(platform, tool)


def link(platform: Platform, tool: Tool) -> None:
    """Link a tool: three times in one course, for the page of three frames, and once."""
    first, second = platform.courses.values()
    platform.add_activity(first, tool, "Mentoring sign-up", _KIND)
    platform.add_activity(first, tool, "Mentoring sign-up, spring", _KIND)
    platform.add_activity(first, tool, "Mentoring sign-up, autumn", _KIND)
    platform.add_activity(second, tool, "Mentoring sign-up", _KIND)
