"""A time is stored and returned as an aware instant in UTC, whatever the database."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import StatementError

from lti_app import clock
from lti_app.store.organisations import Organisation
from lti_app.store.session import Database, db, transaction

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def stored(database: Database, at: datetime | None) -> datetime:
    """Return a time as another transaction reads it."""
    with transaction(database):
        row = Organisation(name="Northwind", created_at=at) if at else Organisation(name="Now")
        db().add(row)
    with transaction(database, read_only=True):
        return db().get_one(Organisation, row.id).created_at


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-9)), ZoneInfo("Pacific/Auckland")], ids=str
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(
    database: Database, zone: timezone | ZoneInfo
) -> None:
    returned = stored(database, NOON.astimezone(zone))
    assert returned == NOON
    assert returned.utcoffset() == timedelta()


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs a zone"):
        stored(database, NOON.replace(tzinfo=None))


def test_a_row_is_dated_by_the_products_clock(database: Database) -> None:
    clock.set_offset(timedelta(days=30))
    assert stored(database, None) - clock.real_now() > timedelta(days=29)
