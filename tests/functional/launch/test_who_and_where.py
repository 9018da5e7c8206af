"""Which person, course and link a launch is about: by what the LMS signs, and by nothing else."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from lti_app.store.base import Base
from lti_app.store.courses import Course, Placement
from lti_app.store.people import Person
from lti_app.store.progress import Delivery
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.score_delivery import deliver_due
from tests.functional.mentoring.visitors import PREVIEW, Visitor
from tests.proofs import rule

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
Claims = dict[str, Any]


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return an empty PostgreSQL database: what is asked here is not a matter of SQL."""
    return postgresql_url


def count(tool: ToolUnderTest, table: type[Base]) -> int:
    """Return how many rows a table has."""
    with transaction(tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(table)) or 0


def called(subject: str) -> Callable[[Claims], None]:
    """Return an edit that gives somebody a subject, and everybody one name and address."""
    return lambda claims: claims.update(sub=subject, name="Al Adams", email="al@lms.example")


def install(deployment: str, claims: Claims) -> None:
    """Let a message come from one installation of the tool."""
    claims[f"{_CLAIM}deployment_id"] = deployment


@rule("R-1.22")
def test_two_subjects_are_two_people_however_alike(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    for subject in ("7", "8", "7"):
        registered_tool.launch(
            registered_tool.browser(), lms, "alice", lms.activities[101], called(subject)
        )
    assert count(registered_tool, Person) == 2


@rule("R-1.23", "R-1.20")
def test_one_link_id_in_two_deployments_is_two_links(tool: ToolUnderTest, lms: Sandbox) -> None:
    tool.register(lms, status=None, auto_approve=True)

    for deployment in ("1", "2"):
        browser = tool.browser()
        login = lms.make_login("alice", lms.activities[101])
        del login["lti_deployment_id"]
        asked = browser.get(browser.post("/lti/login", data=login).headers["Location"])
        answer = lms.answer_login(
            asked.headers["Location"],
            "alice",
            lms.activities[101],
            partial(install, deployment),
        )
        assert browser.post("/lti/launch", data=answer).status_code == 303
    assert count(tool, Placement) == 2
    assert count(tool, Course) == 2


@rule("R-1.24")
@pytest.mark.parametrize("subject", [None, "", 7])
def test_without_a_subject_nothing_is_opened_and_nobody_stored(
    registered_tool: ToolUnderTest, lms: Sandbox, subject: object
) -> None:
    answer = registered_tool.answer(
        registered_tool.browser(),
        lms,
        "alice",
        lms.activities[101],
        lambda c: c.update(sub=subject),
    )
    assert answer.status_code == 401
    assert "You must be signed in to your course" in answer.get_data(as_text=True)
    assert count(registered_tool, Person) == 0


@rule("R-1.31")
def test_a_test_user_completes_the_work_and_is_never_graded(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    first = registered_tool.launch(
        browser,
        lms,
        "alice",
        lms.activities[101],
        lambda c: c.update({f"{_CLAIM}roles": [_LEARNER, PREVIEW], "sub": "preview"}),
    )
    assert Visitor(browser, first).sign_up().status_code == 303
    deliver_due(registered_tool.runtime)
    assert count(registered_tool, Delivery) == 0
    assert not lms.log.of("scores")


@rule("R-1.38")
def test_what_a_link_was_in_lti_1_1_changes_nothing(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    old = {"user_id": "34212", "oauth_consumer_key": "key", "resource_link_id": "7"}
    page = registered_tool.launch(
        registered_tool.browser(),
        lms,
        "alice",
        lms.activities[101],
        lambda c: c.update({f"{_CLAIM}lti1p1": old}),
    )
    assert page.status_code == 200
