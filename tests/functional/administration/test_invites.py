"""Invites in the browser: shown once, listed, revoked; and what they are made for."""

import re

import pytest
from sqlalchemy import select

from lti_app.domain.secrets import hash_secret
from lti_app.services.organisations import add_organisation
from lti_app.store.audit import AuditEntry
from lti_app.store.invites import Invite
from lti_app.store.registrations import Registration
from lti_app.store.session import db, transaction
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import Visitor

ADDRESS = re.compile(r"http://127\.0\.0\.1:5000/lti/register\?invite=([A-Za-z0-9_-]{43})")


def only_one(tool: ToolUnderTest) -> Invite:
    """Return the only invite."""
    with transaction(tool.database, read_only=True):
        return db().scalars(select(Invite)).one()


def test_an_invite_is_shown_once_and_stored_as_a_hash(tool: ToolUnderTest, ada: Visitor) -> None:
    assert "None yet." in ada.get("admin/invites").get_data(as_text=True)
    answer = ada.post("admin/invites", days="3")
    assert answer.status_code == 200
    found = ADDRESS.search(answer.get_data(as_text=True))
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    invite = only_one(tool)
    assert invite.token_hash == hash_secret(found[1])
    assert (invite.expires_at - invite.created_at).days == 3
    listed = ada.get("admin/invites").get_data(as_text=True)
    assert found[1] not in listed
    assert "Open" in listed
    with transaction(tool.database, read_only=True):
        entry = db().scalars(select(AuditEntry).filter_by(action="invite.add")).one()
    assert entry.by_person


@pytest.mark.parametrize("days", ["", "0", "91", "-1", "soon", "1.5"])
def test_a_number_of_days_that_cannot_be_is_refused(
    tool: ToolUnderTest, ada: Visitor, days: str
) -> None:
    answer = ada.post("admin/invites", days=days)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write a whole number from 1 to 90." in page
    assert f'value="{days}"' in page
    with transaction(tool.database, read_only=True):
        assert not db().scalars(select(Invite)).all()


def test_an_invite_is_for_the_organisation_that_was_chosen(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    with transaction(tool.database):
        bank = add_organisation("Example Bank").id
    ada.post("admin/invites", days="7", organisation=str(bank))
    assert only_one(tool).organisation_id == bank
    assert "Example Bank" in ada.get("admin/invites").get_data(as_text=True)


def test_an_update_stays_with_the_organisation_of_its_lms(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    with transaction(registered_tool.database):
        bank = add_organisation("Example Bank").id
        lms = db().scalars(select(Registration)).one()
    page = ada.get(f"admin/invites?updates={lms.id}").get_data(as_text=True)
    assert f'selected value="{lms.id}"' in page
    answer = ada.post("admin/invites", days="7", organisation=str(bank), registration=str(lms.id))
    assert "choose to update" in answer.get_data(as_text=True)
    invite = only_one(registered_tool)
    assert (invite.registration_id, invite.organisation_id) == (lms.id, lms.organisation_id)


@pytest.mark.parametrize("field", ["organisation", "registration"])
@pytest.mark.parametrize("typed", ["x", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there_any_more_is_refused_in_words(
    tool: ToolUnderTest, ada: Visitor, field: str, typed: str
) -> None:
    answer = ada.post("admin/invites", days="7", **{field: typed})
    assert answer.status_code == 422
    assert "any more" in answer.get_data(as_text=True)


def test_revoking_asks_first_and_makes_the_address_worthless(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    made = ADDRESS.search(ada.post("admin/invites", days="7").get_data(as_text=True))
    assert made
    path = f"admin/invites/{only_one(tool).id}/revoke"
    assert "Revoke this invite?" in ada.get(path).get_data(as_text=True)
    assert only_one(tool).revoked_at is None
    assert ada.post(path).status_code == 303
    assert only_one(tool).revoked_at is not None
    page = ada.get("admin/invites?done=revoke").get_data(as_text=True)
    assert "Revoked" in page
    assert "worth nothing any more" in page
    refused = tool.browser().get(
        f"/lti/register?invite={made[1]}&openid_configuration=https://lms.example"
    )
    assert refused.status_code == 403
