"""Every address of the tool says who may call it, and lies where the design puts it."""

import re

import pytest
from flask import Flask

from lti_app.activity import RESERVED_KEYS, catalogue
from lti_app.domain.permissions import TABLE, Reach
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.guards import Public, Requires, guard_of
from tests.functional.privacy.expectations import PUBLIC, ROWS
from tests.functional.privacy.test_acts import ACTS

#: Files of ours and of Bootstrap; they are the same for everybody.
FILES = {"static", "bootstrap.static"}
OUTSIDE = re.compile(
    r"/(lti/(login(/continue)?|launch(/continue)?|jwks\.json|register|canvas\.json|setup)"
    r"|healthz|readyz|admin/|signin/link/<code>|t/<token>)"
)
#: Where what people write and how they are paired is shown and changed.
PERSONAL = {"desk", "programme", "pairs", "room", "goals", "mentoring"}
#: The first page of a visit, and the way to it.
NO_WORDS = {"", "enter"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Routes are the same on every database."""
    return sqlite_url


@pytest.fixture
def views(tool: ToolUnderTest) -> dict[str, tuple[str, object]]:
    """Return address and guard of every endpoint that is a view of ours."""
    application: Flask = tool.app
    return {
        rule.endpoint: (rule.rule, guard_of(application.view_functions[rule.endpoint]))
        for rule in application.url_map.iter_rules()
        if rule.endpoint not in FILES
    }


def test_every_view_has_a_guard(views: dict[str, tuple[str, object]]) -> None:
    unguarded = [name for name, (_, guard) in views.items() if guard is None]
    assert not unguarded


def test_every_guard_is_a_row_of_the_permission_table(
    views: dict[str, tuple[str, object]],
) -> None:
    for guard in (guard for _, guard in views.values() if isinstance(guard, Requires)):
        assert (guard.kind, guard.action) in TABLE


def test_a_public_view_says_why(views: dict[str, tuple[str, object]]) -> None:
    for guard in (guard for _, guard in views.values() if isinstance(guard, Public)):
        assert len(guard.reason) > 5


def test_outside_a_visit_there_are_only_the_protocol_and_the_doors(
    views: dict[str, tuple[str, object]],
) -> None:
    outside = [address for address, _ in views.values() if not address.startswith("/v/")]
    assert [address for address in outside if not OUTSIDE.fullmatch(address)] == []


def test_inside_a_visit_a_page_belongs_to_the_spine_or_to_an_activity(
    views: dict[str, tuple[str, object]],
) -> None:
    words = {
        address.removeprefix("/v/<visit_token>").strip("/").split("/")[0]
        for address, _ in views.values()
        if address.startswith("/v/")
    }
    assert words <= NO_WORDS | RESERVED_KEYS | set(catalogue())


def test_an_activity_cannot_take_a_word_of_the_tools_own() -> None:
    assert not RESERVED_KEYS & set(catalogue())


def test_a_page_of_administration_is_for_those_who_reach_the_whole_tool(
    views: dict[str, tuple[str, object]],
) -> None:
    guards = [
        guard for address, guard in views.values() if address.startswith("/v/<visit_token>/admin")
    ]
    assert guards
    assert all(isinstance(guard, Requires) and guard.of is Reach.TOOL for guard in guards)


def test_a_page_that_shows_something_is_public_only_to_enter_a_visit(
    views: dict[str, tuple[str, object]],
) -> None:
    public = {
        name
        for name, (address, guard) in views.items()
        if address.startswith("/v/") and isinstance(guard, Public)
    }
    assert public <= {"visits.enter", "window.open_page"}


def test_who_gets_in_is_written_down_for_every_address(
    views: dict[str, tuple[str, object]],
) -> None:
    guards = {name: guard for name, (_, guard) in views.items()}
    assert {name for name, one in guards.items() if isinstance(one, Requires)} == set(ROWS)
    assert {name for name, one in guards.items() if isinstance(one, Public)} == set(PUBLIC)


def test_every_act_about_people_in_programmes_is_tried(tool: ToolUnderTest) -> None:
    rules = tool.app.url_map.iter_rules()
    acts = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    assert {name for name in acts if name.split(".")[0] in PERSONAL} == set(ACTS)
