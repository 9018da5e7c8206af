"""Every table with rows about people is deleted from, kept, or its activity's to deal with."""

from lti_app.activity import ErasesPeople, catalogue
from lti_app.store.erasure import DELETED, KEPT, activity_tables
from lti_app.store.migrations import metadata


def names_people(table_name: str) -> bool:
    """Return whether rows of a table are somebody's, and go or stay with them."""
    columns = metadata().tables[table_name].columns
    return any(
        key.column.table.name == "person" and key.ondelete == "CASCADE"
        for column in columns
        for key in column.foreign_keys
    )


def test_no_table_about_people_is_forgotten_when_somebody_is_erased() -> None:
    decided = {row.__tablename__ for row in (*DELETED, *KEPT)}
    decided |= {table.name for table in activity_tables()}
    erasing = {key for key, one in catalogue().items() if isinstance(one, ErasesPeople)}
    open_ = {
        name
        for name in metadata().tables
        if names_people(name) and name not in decided and name.split("_")[0] not in erasing
    }
    assert open_ == set()


def test_what_is_deleted_belongs_to_one_person() -> None:
    for row in DELETED:
        assert "person_id" in row.__table__.columns, row.__tablename__
