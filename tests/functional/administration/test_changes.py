"""The record of changes: every act has words, is found by narrowing, and pages stay quick."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from lti_app.clock import real_now
from lti_app.store.audit import AuditEntry, record_audit
from lti_app.store.organisations import Organisation
from lti_app.store.session import db, transaction
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.admin.audit import FACTS
from tests.functional.mentoring.visitors import Visitor, read


def test_an_act_of_tomorrow_is_shown_by_its_code(tool: ToolUnderTest, ada: Visitor) -> None:
    with transaction(tool.database):
        record_audit(None, "turn", "teapot", 1, detail={"colour": "blue"})
    page = ada.get("admin/changes").get_data(as_text=True)
    assert "teapot.turn" in page
    assert "colour" not in FACTS
    assert "colour" in page


def test_the_list_is_narrowed_and_says_when_nothing_is_left(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    ada.post("admin/organisations", name="Example Bank")
    with transaction(tool.database, read_only=True):
        bank = db().scalars(select(Organisation.id).filter_by(name="Example Bank")).one()
    by_bank = ada.get(f"admin/changes?organisation={bank}").get_data(as_text=True)
    assert "Added an organisation" in by_bank
    assert "Signed in by a link" not in by_bank
    nothing = ada.get("admin/changes?what=deployment").get_data(as_text=True)
    assert "Nothing here." in nothing
    assert ada.get("admin/changes?what=nonsense").status_code == 200


@pytest.mark.parametrize(
    "query", ["who=x", "organisation=1", "before=x", f"before=2026-11-25T10:00:00~{UUID(int=4)}"]
)
def test_a_query_that_makes_no_sense_is_refused_in_words(ada: Visitor, query: str) -> None:
    assert ada.get(f"admin/changes?{query}").status_code == 400


def test_twenty_thousand_entries_come_in_pages_each_once(tool: ToolUnderTest, ada: Visitor) -> None:
    count, start = 20_000, real_now() - timedelta(days=1)
    with transaction(tool.database):
        db().execute(
            insert(AuditEntry),
            [
                {
                    "id": uuid4(),
                    "by_person": False,
                    "action": "deployment.block",
                    "object_id": str(number),
                    "details": {"count": number},
                    # Many at one moment, so that the time alone does not order them.
                    "created_at": start + timedelta(seconds=number // 60),
                }
                for number in range(count)
            ],
        )
    seen: list[str] = []
    path = "admin/changes?what=deployment"
    for _ in range(3):
        page = ada.get(path)
        text = page.get_data(as_text=True)
        seen += [part.split("<")[0] for part in text.split("How many: <bdi>")[1:]]
        (older,) = (link for link in read(page).links if link.text == "Older")
        path = older.url.split(ada.visit)[1]
    assert len(seen) == len(set(seen)) == 150
    assert set(map(int, seen)) <= set(range(count - 200, count))


def test_the_last_page_has_no_older_one_and_leads_back(tool: ToolUnderTest, ada: Visitor) -> None:
    with transaction(tool.database, read_only=True):
        oldest = db().scalars(select(AuditEntry).order_by(AuditEntry.created_at)).first()
    assert oldest
    at = (oldest.created_at + timedelta(seconds=0.5)).isoformat().replace("+", "%2B")
    page = ada.get(f"admin/changes?before={at}~{UUID(int=0)}")
    texts = [link.text for link in read(page).links]
    assert "Older" not in texts
    assert "Newest" in texts
