"""The steps work in both directions on both databases, and end where the models are."""

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import func, inspect, select, text

from lti_app.store import migrations
from lti_app.store.organisations import Organisation
from lti_app.store.people import Person
from lti_app.store.session import Database, transaction


def table_names(url: str) -> set[str]:
    """Return the tables of a database, Alembic's own left out."""
    database = Database(url)
    try:
        return set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    finally:
        database.dispose()


def execute(url: str, statement: str) -> None:
    """Run one statement."""
    database = Database(url)
    with transaction(database) as session:
        session.execute(text(statement))
    database.dispose()


def test_a_bare_database_gets_every_table_loses_them_and_gets_them_again(
    bare_database_url: str,
) -> None:
    everything = set(migrations.metadata().tables)

    migrations.upgrade(bare_database_url)
    assert table_names(bare_database_url) == everything
    migrations.downgrade(bare_database_url, "base")
    assert table_names(bare_database_url) == set()
    migrations.upgrade(bare_database_url)
    assert table_names(bare_database_url) == everything
    assert migrations.check(bare_database_url) == []


def test_each_step_alone_can_be_taken_back(bare_database_url: str) -> None:
    for step in reversed(list(migrations.scripts().walk_revisions())):
        migrations.upgrade(bare_database_url, step.revision)
        migrations.downgrade(bare_database_url, str(step.down_revision or "base"))
        migrations.upgrade(bare_database_url, step.revision)
    assert migrations.check(bare_database_url) == []


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    migrations.upgrade(database_url)
    assert migrations.check(database_url) == []


def test_a_database_that_lacks_a_step_is_named(bare_database_url: str) -> None:
    (difference,) = migrations.check(bare_database_url)
    assert "at revision None" in difference


def test_a_database_that_lacks_a_column_is_named(bare_database_url: str) -> None:
    migrations.upgrade(bare_database_url)
    execute(bare_database_url, "ALTER TABLE person DROP COLUMN time_zone")

    (difference,) = migrations.check(bare_database_url)

    assert "add_column" in difference
    assert "time_zone" in difference


def test_a_database_with_every_step_is_current(database: Database) -> None:
    with transaction(database, read_only=True):
        assert migrations.is_current()


def test_a_database_without_a_step_is_not_current(bare_sqlite_url: str) -> None:
    database = Database(bare_sqlite_url)
    with transaction(database, read_only=True):
        assert not migrations.is_current()
    database.dispose()


def copy_organisation_table(config: Config) -> None:
    """Do what SQLite needs for most changes of a table."""
    operations = Operations(MigrationContext.configure(config.attributes["connection"]))
    with operations.batch_alter_table("organisation", recreate="always"):
        pass


def test_on_sqlite_people_survive_a_step_that_copies_the_table_above_them(
    sqlite_database: Database, sqlite_url: str
) -> None:
    with transaction(sqlite_database) as session:
        organisation = Organisation(name="Northwind")
        session.add(organisation)
        session.flush()
        session.add(Person(organisation_id=organisation.id))

    migrations.run(sqlite_url, copy_organisation_table)

    with transaction(sqlite_database, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_step_that_leaves_broken_references_is_rolled_back(
    sqlite_database: Database, sqlite_url: str
) -> None:
    with transaction(sqlite_database) as session:
        organisation = Organisation(name="Northwind")
        session.add(organisation)
        session.flush()
        session.add(Person(organisation_id=organisation.id))

    def lose_organisations(config: Config) -> None:
        config.attributes["connection"].execute(text("DELETE FROM organisation"))

    with pytest.raises(migrations.BrokenReferences):
        migrations.run(sqlite_url, lose_organisations)

    with transaction(sqlite_database, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 1
