"""The audit trail: pages of it, narrowed, newest first, each entry once; and its end."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from lti_app import clock
from lti_app.clock import real_now
from lti_app.services.organisations import add_organisation
from lti_app.services.retention import AUDIT_KEPT, purge_audit
from lti_app.services.sign_in_links import make_administrator_link
from lti_app.store.audit import (
    AuditEntry,
    Chosen,
    list_administrators,
    list_page,
    record_audit,
)
from lti_app.store.people import Person
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import SignInLink


@pytest.fixture
def bank(database: Database) -> UUID:
    """Return an organisation; adding it is the first entry."""
    with transaction(database):
        return add_organisation("Example Bank").id


def actions(database: Database, chosen: Chosen, limit: int = 100) -> list[str]:
    """Return the actions of a page."""
    with transaction(database, read_only=True):
        return [entry.action for entry, _, _ in list_page(chosen, limit)]


def test_pages_hold_every_entry_once_even_of_one_moment(
    database: Database, bank: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    with transaction(database):
        for number in range(7):
            record_audit(bank, f"act{number}", "thing", number)
    seen: list[str] = []
    before: tuple[datetime, UUID] | None = None
    while True:
        with transaction(database, read_only=True):
            page = [row[0] for row in list_page(Chosen("thing", before=before), 3)]
        if not page:
            break
        seen += [entry.action for entry in page]
        before = (page[-1].created_at, page[-1].id)
    assert sorted(seen) == [f"thing.act{number}" for number in range(7)]


def test_the_newest_come_first(database: Database, bank: UUID) -> None:
    for verb in ("first", "second"):
        with transaction(database):
            record_audit(bank, verb, "thing", 1)
    assert actions(database, Chosen("thing")) == ["thing.second", "thing.first"]


def test_entries_are_narrowed_by_kind_and_organisation_and_person(
    database: Database, bank: UUID
) -> None:
    with transaction(database):
        make_administrator_link("Ada Admin")
        ada = db().get_one(Person, db().scalars(select(SignInLink.person_id)).one())
        record_audit(None, "rotate", "signing_key", "k1", actor_id=ada.id)
        record_audit(bank, "block", "deployment", 1, actor_id=ada.id)
        record_audit(bank, "block", "deploymentx", 1)
    assert actions(database, Chosen("deployment")) == ["deployment.block"]
    assert actions(database, Chosen("deploy_ent")) == []
    by_bank = actions(database, Chosen(organisation_id=bank))
    assert sorted(by_bank) == ["deployment.block", "deploymentx.block", "organisation.add"]
    by_ada = actions(database, Chosen(actor_id=ada.id))
    assert sorted(by_ada) == ["deployment.block", "signing_key.rotate"]


def test_only_administrators_have_a_name_in_it(database: Database, bank: UUID) -> None:
    with transaction(database):
        make_administrator_link("Ada Admin")
        ada = db().scalars(select(SignInLink.person_id)).one()
        tina = Person(organisation_id=bank, name="Tina Teacher", own_name="Tina")
        db().add(tina)
        db().flush()
        record_audit(bank, "one", "thing", 1, actor_id=ada)
        record_audit(bank, "two", "thing", 1, actor_id=tina.id)
        record_audit(None, "three", "thing", 1)
    with transaction(database, read_only=True):
        page = {entry.action: (whose, name) for entry, whose, name in list_page(Chosen("thing"), 9)}
        names = [name for _, name in list_administrators()]
    assert page == {
        "thing.one": ("Example Bank", "Ada Admin"),
        "thing.two": ("Example Bank", None),
        "thing.three": (None, None),
    }
    assert names == ["Ada Admin"]


def test_somebody_who_is_erased_is_told_from_the_command_line(
    database: Database, bank: UUID
) -> None:
    with transaction(database):
        person = Person(organisation_id=bank)
        db().add(person)
        db().flush()
        record_audit(bank, "one", "thing", 1, actor_id=person.id)
        record_audit(bank, "two", "thing", 1)
    with transaction(database):
        db().delete(db().get_one(Person, person.id))
    with transaction(database, read_only=True):
        entries = {entry.action: entry for entry, _, _ in list_page(Chosen("thing"), 9)}
    assert entries["thing.one"].actor_id is None
    assert entries["thing.one"].by_person
    assert not entries["thing.two"].by_person


def test_entries_are_deleted_after_two_years(database: Database, bank: UUID) -> None:
    with transaction(database):
        old = real_now() - AUDIT_KEPT - timedelta(hours=1)
        db().execute(update(AuditEntry).values(created_at=old))
        record_audit(bank, "new", "thing", 1)
    with transaction(database):
        assert purge_audit(real_now()) == 1
    assert actions(database, Chosen()) == ["thing.new"]
