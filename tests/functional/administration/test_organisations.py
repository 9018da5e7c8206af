"""Organisations are added and renamed in the browser; what was typed survives an error."""

import pytest
from sqlalchemy import select

from lti_app.store.audit import AuditEntry
from lti_app.store.organisations import Organisation
from lti_app.store.session import db, transaction
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import Visitor


def names(tool: ToolUnderTest) -> list[str]:
    """Return what all organisations are called."""
    with transaction(tool.database, read_only=True):
        return list(db().scalars(select(Organisation.name).order_by(Organisation.name)))


def test_one_is_added_and_the_page_says_so_and_who_did_it_stays_known(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    answer = ada.post("admin/organisations", name=" Example  Bank ")
    assert answer.status_code == 303
    page = ada.browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "The organisation is added." in page
    assert "Example Bank" in page
    with transaction(tool.database, read_only=True):
        entry = db().scalars(select(AuditEntry).filter_by(action="organisation.add")).one()
    assert entry.by_person
    assert entry.details == {"name": "Example Bank"}
    changes = ada.get("admin/changes?what=organisation").get_data(as_text=True)
    assert "Added an organisation" in changes
    assert "Ada Admin" in changes


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Write what the organisation is called."),
        ("   ", "Write what the organisation is called."),
        ("x" * 201, "Use at most 200 characters."),
        ("Default organisation", "Another organisation has this name."),
        ("a\u202eb", "Use letters, digits and signs that can be seen."),
    ],
)
def test_a_name_that_cannot_be_is_refused_where_it_was_typed(
    tool: ToolUnderTest, ada: Visitor, typed: str, says: str
) -> None:
    answer = ada.post("admin/organisations", name=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert f'value="{typed}"' in page
    assert names(tool) == ["Default organisation"]


def test_one_is_renamed_and_a_taken_name_refused(tool: ToolUnderTest, ada: Visitor) -> None:
    ada.post("admin/organisations", name="Example Bank")
    with transaction(tool.database, read_only=True):
        found = db().scalars(select(Organisation).filter_by(name="Example Bank")).one()
    path = f"admin/organisations/{found.id}"
    assert 'value="Example Bank"' in ada.get(path).get_data(as_text=True)
    refused = ada.post(path, name="Default organisation")
    assert refused.status_code == 422
    assert "Another organisation has this name." in refused.get_data(as_text=True)
    assert ada.post(path, name="Example Trust").status_code == 303
    assert names(tool) == ["Default organisation", "Example Trust"]


def test_the_default_one_stays_marked_under_another_name(ada: Visitor, tool: ToolUnderTest) -> None:
    with transaction(tool.database, read_only=True):
        found = db().scalars(select(Organisation)).one()
    ada.post(f"admin/organisations/{found.id}", name="Example University")
    page = ada.get("admin/organisations").get_data(as_text=True)
    assert "Example University" in page
    assert "(default)" in page
    assert ada.get("admin/").status_code == 200
