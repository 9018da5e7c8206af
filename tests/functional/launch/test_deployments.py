"""Deployments that a launch makes known, waits for, or finds blocked; links that name no kind."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from lti_app.clock import now
from lti_app.services import deliveries
from lti_app.settings import Settings
from lti_app.store.courses import Activity, LineItem
from lti_app.store.people import Person
from lti_app.store.progress import Progress
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox, SigningKey
from lti_app.testing.stage import open_stage
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import rule


@rule("R-1.21", "V13")
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


@rule("R-1.21")
def test_an_approved_deployment_opens(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status="pending")
    assert tool.answer(tool.browser(), lms, "alice", lms.activities[101]).status_code == 403
    with transaction(tool.database):
        db().execute(update(Deployment).values(status="active"))
    assert tool.launch(tool.browser(), lms, "alice", lms.activities[101]).status_code == 200


@rule("R-1.21")
def test_a_registration_may_approve_by_itself(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status=None, auto_approve=True)
    assert tool.launch(tool.browser(), lms, "alice", lms.activities[101]).status_code == 200


@rule("V13")
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


@rule("R-3.15")
@pytest.mark.parametrize(("role", "sees_how"), [("Learner", False), ("", True)])
def test_a_link_without_a_kind_says_that_it_is_not_set_up(
    registered_tool: ToolUnderTest, lms: Sandbox, role: str, sees_how: bool
) -> None:
    """An administrator of the LMS who does not teach the course reads what is missing."""

    def edit(claims: dict[str, object]) -> None:
        claims["https://purl.imsglobal.org/spec/lti/claim/custom"] = {}
        lis = "http://purl.imsglobal.org/vocab/lis/v2/"
        given = f"{lis}membership#{role}" if role else f"{lis}institution/person#Administrator"
        claims["https://purl.imsglobal.org/spec/lti/claim/roles"] = [given]

    activity = lms.activities[101]
    page = registered_tool.answer(registered_tool.browser(), lms, "adam", activity, edit)
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


@rule("R-1.34")
@pytest.mark.parametrize(("typed", "kept"), [("other", "moodle"), ("canvas", "canvas")])
def test_the_first_launch_tells_the_family_that_nobody_typed(
    registered_tool: ToolUnderTest, lms: Sandbox, typed: str, kept: str
) -> None:
    with transaction(registered_tool.database):
        db().execute(update(Registration).values(family=typed))
    registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    with transaction(registered_tool.database, read_only=True):
        assert db().scalars(select(Registration.family)).all() == [kept]


def test_a_column_that_is_made_anew_is_filled_at_the_next_launch(
    settings: Settings, lms_key: SigningKey
) -> None:
    with open_stage(settings, lms_key) as stage:
        activity = stage.lms.activities[101]
        browser = stage.tool.browser()
        stage.tool.launch(browser, stage.lms, "alice", activity)
        with transaction(stage.tool.database):
            (item,) = db().scalars(select(LineItem))
            person = db().scalars(select(Person.id)).one()
            deliveries.queue(item.placement_id, person, Decimal(100))
        stage.wait_until_delivered()
        assert stage.lms.grade(activity, "alice").final == 100
        columns = stage.lms.gradebook.columns
        columns[900] = replace(columns[activity.column_id or 0], id=900)
        activity.column_id = 900
        stage.tool.launch(browser, stage.lms, "alice", activity)
        stage.wait_until_delivered()
        assert stage.lms.grade(activity, "alice").final == 100


def test_a_link_without_a_course_lists_who_has_begun_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    def edit(claims: dict[str, object]) -> None:
        del claims["https://purl.imsglobal.org/spec/lti/claim/context"]

    registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101], edit)
    with transaction(registered_tool.database):
        activity, person = (
            db().scalars(select(Activity.id)).one(),
            db().scalars(select(Person)).one(),
        )
        started = Progress(
            activity_id=activity, person_id=person.id, state="started", updated_at=now()
        )
        db().add(started)
    board = registered_tool.launch(
        registered_tool.browser(), lms, "tina", lms.activities[101], edit
    )
    assert "Alice Adams" in board.get_data(as_text=True)
