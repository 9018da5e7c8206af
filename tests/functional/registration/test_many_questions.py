"""Whoever has an invite asks as often as they like, and fills nothing."""

from sqlalchemy import func, select

from lti_app.services.invites import MOST_REQUESTS
from lti_app.store.invites import RegistrationRequest
from lti_app.store.session import db, transaction
from lti_app.testing.tool import ToolUnderTest
from tests.functional.registration.administrator import Administrator, says


def test_of_one_invite_the_newest_ten_questions_wait_for_an_answer(
    tool: ToolUnderTest, adam: Administrator, invite: str
) -> None:
    pages = [adam.ask(invite) for _ in range(MOST_REQUESTS + 2)]
    with transaction(tool.database, read_only=True):
        kept = db().scalar(select(func.count()).select_from(RegistrationRequest))
    assert kept == MOST_REQUESTS
    assert says(adam.confirm(pages[0]))[:2] == (403, "registration_expired")
    assert adam.confirm(pages[-1]).status_code == 200
