"""The step from the one page to the steps of a sign-up keeps every answer, both ways."""

import json

from sqlalchemy import text

from lti_app.store import migrations
from lti_app.store.session import Database, transaction

BEFORE, AFTER = "20261125_1800", "20261125_1830"
ORGANISATION, ACTIVITY = "0" * 32, "1" * 32
SENT, DRAFT, GIVER = ("2" * 32, "3" * 32, "4" * 32)
PEOPLE = {SENT: "5" * 32, DRAFT: "6" * 32, GIVER: "7" * 32}
AT = "'2026-11-01 12:00:00'"


def planted() -> list[str]:
    """Return statements that make a sign-up, a draft, and a mentor's sign-up of before."""
    statements = [
        "INSERT INTO organisation (id, name, created_at)"
        f" VALUES ('{ORGANISATION}', 'Example', {AT})",
        "INSERT INTO activity (id, organisation_id, kind, title, options, created_at)"
        f" VALUES ('{ACTIVITY}', '{ORGANISATION}', 'mentoring', 'Sign-up', '{{}}', {AT})",
    ]
    statements += [
        "INSERT INTO person (id, organisation_id, is_preview, created_at)"
        f" VALUES ('{person}', '{ORGANISATION}', false, {AT})"
        for person in PEOPLE.values()
    ]
    for sign_up, side, sent in (
        (SENT, "'mentee'", AT),
        (DRAFT, "NULL", "NULL"),
        (GIVER, "'mentor'", AT),
    ):
        statements.append(
            "INSERT INTO mentoring_sign_up (id, activity_id, person_id, side, why, goal_areas,"
            " time_zone, consent_at, submitted_at, updated_at, created_at)"
            f" VALUES ('{sign_up}', '{ACTIVITY}', '{PEOPLE[sign_up]}', {side}, 'To grow.',"
            f" '[\"team\"]', 'Europe/Berlin', {sent}, {sent}, {AT}, {AT})"
        )
        statements.append(
            f"INSERT INTO mentoring_skill (sign_up_id, skill) VALUES ('{sign_up}', 'feedback')"
        )
    return statements


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    database = Database(url)
    try:
        with transaction(database, read_only=True) as session:
            return [tuple(row) for row in session.execute(text(query))]
    finally:
        database.dispose()


def as_value(stored: object) -> object:
    """Return a JSON column's value, whichever way a database hands it out."""
    return json.loads(stored) if isinstance(stored, str) else stored


def test_sign_ups_and_drafts_of_before_come_along(bare_database_url: str) -> None:
    migrations.upgrade(bare_database_url, BEFORE)
    database = Database(bare_database_url)
    with transaction(database) as session:
        for statement in planted():
            session.execute(text(statement.replace(":", "\\:")))
    database.dispose()

    migrations.upgrade(bare_database_url, AFTER)

    sent, draft, giver = (
        (as_value(answers), as_value(written))
        for answers, written in rows(
            bare_database_url, "SELECT answers, draft FROM mentoring_sign_up ORDER BY id"
        )
    )
    said = {"wish": "To grow.", "goal_areas": ["team"], "time_zone": "Europe/Berlin"}
    wanted = [{"code": "feedback", "level": 0, "priority": 1}]
    offered = [{"code": "feedback", "level": 3, "priority": None}]
    assert sent == ({"side": "mentee", **said, "skills": wanted}, None)
    assert draft == (None, {"side": None, **said, "skills": wanted})
    assert giver == ({"side": "mentor", **said, "skills": offered}, None)

    migrations.downgrade(bare_database_url, BEFORE)

    query = "SELECT side, why, time_zone, submitted_at FROM mentoring_sign_up ORDER BY id"
    back = rows(bare_database_url, query)
    assert [row[:3] for row in back] == [
        ("mentee", "To grow.", "Europe/Berlin"),
        (None, "To grow.", "Europe/Berlin"),
        ("mentor", "To grow.", "Europe/Berlin"),
    ]
    assert [row[3] is not None for row in back] == [True, False, True]
    assert len(rows(bare_database_url, "SELECT skill FROM mentoring_skill")) == 3
