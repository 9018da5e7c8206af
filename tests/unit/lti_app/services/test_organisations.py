"""Organisations: names that are their own, and the one that is meant where none is named."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.services.organisations import (
    add_organisation,
    organisation_called,
    rename_organisation,
)
from lti_app.store.audit import Chosen, list_page
from lti_app.store.organisations import DEFAULT_NAME, Organisation
from lti_app.store.session import Database, db, transaction


def test_the_default_organisation_stays_the_default_whatever_it_is_called(
    database: Database,
) -> None:
    with transaction(database):
        first = organisation_called(None)
        rename_organisation(first.id, "Example University", by=None)
    with transaction(database):
        assert organisation_called(None).id == first.id
        assert organisation_called("Example University").id == first.id
        add_organisation(DEFAULT_NAME)
        assert organisation_called(None).id == first.id
        assert db().scalar(select(func.count()).select_from(Organisation)) == 2


def test_one_that_was_added_under_the_default_name_becomes_the_default(database: Database) -> None:
    with transaction(database):
        added = add_organisation(DEFAULT_NAME)
        assert organisation_called(None).id == added.id


def test_a_name_is_kept_without_needless_blanks(database: Database) -> None:
    with transaction(database):
        assert add_organisation("  Example \t Bank ").name == "Example Bank"
        with pytest.raises(Conflict):
            add_organisation("Example  Bank")


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(database: Database, name: str) -> None:
    with transaction(database):
        bank = add_organisation("Example Bank")
        with pytest.raises(MalformedRequest):
            add_organisation(name)
        with pytest.raises(MalformedRequest):
            rename_organisation(bank.id, name, by=None)


def test_renaming_is_audited_once_and_refused_for_a_name_that_is_taken(database: Database) -> None:
    with transaction(database):
        bank, shop = add_organisation("Example Bank"), add_organisation("Example Shop")
        rename_organisation(bank.id, "Example Trust", by=None)
        rename_organisation(bank.id, " Example  Trust", by=None)
        with pytest.raises(Conflict):
            rename_organisation(shop.id, "Example Trust", by=None)
        with pytest.raises(NotFound):
            rename_organisation(UUID(int=1), "X", by=None)
    with transaction(database, read_only=True):
        entries = [entry for entry, _, _ in list_page(Chosen("organisation"), 9)]
    renamed = [entry.details for entry in entries if entry.action == "organisation.rename"]
    assert renamed == [{"name": "Example Trust", "before": "Example Bank"}]
