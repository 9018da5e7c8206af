"""The step that made one audit trail of two keeps every row, both ways, on both databases."""

from sqlalchemy import text

from lti_app.store import migrations
from lti_app.store.session import Database, transaction

BEFORE, AFTER = "20261125_1500", "20261125_1530"
ORGANISATION, ENTRY = "0" * 32, "1" * 32
PLANTED = (
    "INSERT INTO organisation (id, name, created_at)"
    f" VALUES ('{ORGANISATION}', 'Default organisation', '2026-11-01 12:00:00')",
    "INSERT INTO audit (id, organisation_id, verb, object_kind, object_id, detail, at)"
    f" VALUES ('{ENTRY}', '{ORGANISATION}', 'block', 'deployment', 'x', '{{}}',"
    " '2026-11-02 12:00:00')",
)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    database = Database(url)
    try:
        with transaction(database, read_only=True) as session:
            return [tuple(row) for row in session.execute(text(query))]
    finally:
        database.dispose()


def test_what_was_audited_before_stays_audited(bare_database_url: str) -> None:
    migrations.upgrade(bare_database_url, BEFORE)
    database = Database(bare_database_url)
    with transaction(database) as session:
        for statement in PLANTED:
            session.execute(text(statement))
    database.dispose()

    migrations.upgrade(bare_database_url, AFTER)

    moved = rows(bare_database_url, "SELECT action, object_id, by_person FROM audit_entry")
    assert [(action, of, bool(by)) for action, of, by in moved] == [
        ("deployment.block", "x", False)
    ]
    assert rows(bare_database_url, "SELECT key FROM organisation") == [("default",)]

    migrations.downgrade(bare_database_url, BEFORE)

    assert rows(bare_database_url, "SELECT verb, object_kind, object_id FROM audit") == [
        ("block", "deployment", "x")
    ]
    assert rows(bare_database_url, "SELECT id FROM audit_entry") == []
