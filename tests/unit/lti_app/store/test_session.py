"""Returning commits, raising rolls back; writers queue up, and nobody half-commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, InternalError

from lti_app.store.organisations import Organisation
from lti_app.store.people import Person
from lti_app.store.session import Database, db, find_or_add, transaction


def names(database: Database) -> list[str]:
    """Return the names of all organisations, as another transaction sees them."""
    with transaction(database, read_only=True):
        return list(db().scalars(select(Organisation.name).order_by(Organisation.name)))


def in_two_threads(work: Callable[[], object]) -> list[object]:
    """Run the same twice at once; returns both results."""
    with ThreadPoolExecutor(2) as threads:
        return [future.result(30) for future in [threads.submit(work) for _ in range(2)]]


def test_returning_commits(database: Database) -> None:
    with transaction(database):
        db().add(Organisation(name="Northwind"))
    assert names(database) == ["Northwind"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_raising_rolls_back(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), transaction(database):
        db().add(Organisation(name="Northwind"))
        db().flush()
        raise error
    assert names(database) == []


def test_a_commit_that_fails_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(IntegrityError), transaction(database):
        db().add(Organisation(name="Northwind"))
        db().add(Organisation(name="Northwind"))
    with transaction(database):
        db().add(Organisation(name="Southwind"))
    assert names(database) == ["Southwind"]


def test_a_transaction_inside_another_is_an_error(database: Database) -> None:
    with (
        transaction(database),
        pytest.raises(RuntimeError, match="already open"),
        transaction(database),
    ):
        pass


def test_without_a_transaction_there_is_no_session() -> None:
    with pytest.raises(RuntimeError, match="no transaction is open"):
        db()


def test_rows_can_be_read_when_their_transaction_is_over(database: Database) -> None:
    with transaction(database):
        organisation = Organisation(name="Northwind")
        db().add(organisation)
    assert organisation.name == "Northwind"


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    def read() -> list[str]:
        return names(database)

    with transaction(database), ThreadPoolExecutor(1) as thread:
        db().add(Organisation(name="Northwind"))
        db().flush()
        assert thread.submit(read).result(10) == []


def test_two_writers_that_read_first_take_turns(database: Database) -> None:
    with transaction(database):
        db().add(Organisation(name="0"))
    ready = Barrier(2)

    def count_up() -> None:
        ready.wait(10)
        with transaction(database):
            row = db().scalars(select(Organisation).with_for_update()).one()
            row.name = str(int(row.name) + 1)

    in_two_threads(count_up)

    assert names(database) == ["2"]


def test_a_row_that_points_at_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), transaction(database):
        db().add(Person(organisation_id=uuid4()))


def test_what_promised_to_read_cannot_write(postgresql_database: Database) -> None:
    with pytest.raises(InternalError), transaction(postgresql_database, read_only=True):
        db().add(Organisation(name="Northwind"))


def test_after_a_reader_the_same_connection_writes_again(database: Database) -> None:
    for name in ("a", "b", "c"):
        names(database)
        with transaction(database):
            db().add(Organisation(name=name))
    assert names(database) == ["a", "b", "c"]


def find_northwind() -> Organisation | None:
    """Return the organisation that both sides of a race want."""
    return db().scalar(select(Organisation).where(Organisation.name == "Northwind"))


def test_find_or_add_adds_once_and_finds_afterwards(database: Database) -> None:
    with transaction(database):
        added, was_new = find_or_add(find_northwind, lambda: Organisation(name="Northwind"))
        found, is_new = find_or_add(find_northwind, lambda: Organisation(name="Northwind"))
    assert (was_new, is_new) == (True, False)
    assert added is found


def test_of_two_that_add_the_same_row_at_once_one_finds_the_others(
    postgresql_database: Database,
) -> None:
    both_looked = Barrier(2)
    looks: list[Organisation | None] = []

    def look() -> Organisation | None:
        found = find_northwind()
        looks.append(found)
        if found is None:
            both_looked.wait(10)
        return found

    def add() -> bool:
        with transaction(postgresql_database):
            _, is_new = find_or_add(look, lambda: Organisation(name="Northwind"))
        return is_new

    assert sorted(map(bool, in_two_threads(add))) == [False, True]
    assert looks[:2] == [None, None]
    with transaction(postgresql_database, read_only=True):
        assert db().scalar(select(func.count()).select_from(Organisation)) == 1


def test_a_row_that_cannot_be_added_and_is_not_there_is_an_error(database: Database) -> None:
    with pytest.raises(IntegrityError), transaction(database):
        find_or_add(lambda: None, lambda: Person(organisation_id=uuid4()))
