"""Deployments that a launch makes known, waits for, or finds blocked; links that name no kind."""

import pytest
from sqlalchemy import func, select, update

from lti_app.store.people import Person
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest


def test_a_deployment_that_launches_first_waits_for_approval_and_nobody_is_stored(
    tool: ToolUnderTest, lms: Sandbox
) -> None:
    tool.register(lms, status=None)
    for person in ("alice", "tina"):
        page = tool.answer(tool.browser(), lms, person, lms.activities[101])
        assert page.status_code == 403
    with transaction(tool.database, read_only=True):
        assert db().scalars(select(Deployment.status)).all() == ["pending"]
        assert db().scalar(select(func.count()).select_from(Person)) == 0


def test_an_approved_deployment_opens(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status="pending")
    assert tool.answer(tool.browser(), lms, "alice", lms.activities[101]).status_code == 403
    with transaction(tool.database):
        db().execute(update(Deployment).values(status="active"))
    assert tool.launch(tool.browser(), lms, "alice", lms.activities[101]).status_code == 200


def test_a_registration_may_approve_by_itself(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status=None, auto_approve=True)
    assert tool.launch(tool.browser(), lms, "alice", lms.activities[101]).status_code == 200


def test_a_blocked_deployment_is_refused(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status="blocked")
    page = tool.answer(tool.browser(), lms, "alice", lms.activities[101])
    assert page.status_code == 403
    assert "<code>deployment_blocked ·" in page.get_data(as_text=True)


def test_a_disabled_registration_ends_open_visits_and_new_logins(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    with transaction(registered_tool.database):
        db().execute(update(Registration).values(is_active=False))
    assert browser.get(page.request.path).status_code == 403
    login = lms.make_login("alice", lms.activities[101])
    assert browser.post("/lti/login", data=login).status_code == 400


@pytest.mark.parametrize(("person", "sees_how"), [("tina", True), ("alice", False)])
def test_a_link_without_a_kind_says_that_it_is_not_set_up(
    registered_tool: ToolUnderTest, lms: Sandbox, person: str, sees_how: bool
) -> None:
    def edit(claims: dict[str, object]) -> None:
        claims["https://purl.imsglobal.org/spec/lti/claim/custom"] = {}

    page = registered_tool.answer(registered_tool.browser(), lms, person, lms.activities[101], edit)
    assert page.status_code == 403
    assert ("kind=mentoring" in page.get_data(as_text=True)) is sees_how


def test_options_that_make_no_sense_are_named_as_such(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    def edit(claims: dict[str, object]) -> None:
        claims["https://purl.imsglobal.org/spec/lti/claim/custom"] = {
            "kind": "mentoring",
            "sides": "everybody",
        }

    page = registered_tool.answer(registered_tool.browser(), lms, "tina", lms.activities[101], edit)
    assert page.status_code == 400
    assert "<code>options ·" in page.get_data(as_text=True)


@pytest.mark.parametrize(("typed", "kept"), [("other", "moodle"), ("canvas", "canvas")])
def test_the_first_launch_tells_the_family_that_nobody_typed(
    registered_tool: ToolUnderTest, lms: Sandbox, typed: str, kept: str
) -> None:
    with transaction(registered_tool.database):
        db().execute(update(Registration).values(family=typed))
    registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    with transaction(registered_tool.database, read_only=True):
        assert db().scalars(select(Registration.family)).all() == [kept]
