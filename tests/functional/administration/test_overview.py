"""The first page of administration: what needs attention, and what does not."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_app.clock import real_now
from lti_app.store.lms_health import LmsHealth
from lti_app.store.registrations import Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import Visitor

APPROVAL = "1 deployment waits for approval."
FAILS = "Grades are held back because the LMS fails."


def shown(ada: Visitor) -> str:
    """Return the page as text."""
    return ada.get("admin/").get_data(as_text=True)


def test_without_an_lms_it_says_how_to_register_one(ada: Visitor) -> None:
    assert "No LMS is registered yet." in shown(ada)


def test_it_says_when_nothing_needs_attention(registered_tool: ToolUnderTest, ada: Visitor) -> None:
    assert "Nothing needs attention." in shown(ada)


def test_a_deployment_that_waits_is_shown_until_its_lms_is_switched_off(
    tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    tool.register(lms, status="pending")
    assert APPROVAL in shown(ada)
    with transaction(tool.database):
        db().execute(update(Registration).values(is_active=False))
    assert APPROVAL not in shown(ada)


@pytest.mark.parametrize(
    ("pauses", "reason", "says"),
    [
        (1, "lms_error", "The LMS reported an error of its own."),
        (3, "token_refused", "has to look at the tool&#39;s registration"),
        (2, "a code of tomorrow", "Its last answers were errors."),
        (2, None, "Its last answers were errors."),
    ],
)
def test_an_lms_that_fails_is_shown_with_the_reason_in_words(
    registered_tool: ToolUnderTest, ada: Visitor, pauses: int, reason: str | None, says: str
) -> None:
    with transaction(registered_tool.database):
        registration = db().scalars(select(Registration.id)).one()
        until = real_now() + timedelta(minutes=1)
        db().add(
            LmsHealth(
                registration_id=registration,
                failures=5,
                pauses=pauses,
                paused_until=until,
                reason=reason,
            )
        )
    page = shown(ada)
    assert FAILS in page
    assert says in page


def test_an_lms_that_failed_once_or_asked_for_a_rest_is_not_a_matter(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    with transaction(registered_tool.database):
        registration = db().scalars(select(Registration.id)).one()
        db().add(LmsHealth(registration_id=registration, failures=1, pauses=0))
    assert FAILS not in shown(ada)
