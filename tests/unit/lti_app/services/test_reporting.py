"""Whose managers are who, up to as many levels as a programme says."""

from uuid import UUID

import pytest

from lti_app.clock import now
from lti_app.domain.reporting import ReportingLines
from lti_app.services.reporting import find_reporting_lines
from lti_app.store.people import Person
from lti_app.store.reporting import replace_edges
from lti_app.store.session import Database, db, transaction
from tests.outbox import open_outbox

LINE = ("alice", "bob", "carol", "dave")


@pytest.mark.parametrize(
    ("levels", "above_alice"),
    [
        (0, set()),
        (1, {"bob"}),
        (2, {"bob", "carol"}),
        (3, {"bob", "carol", "dave"}),
        (5, {"bob", "carol", "dave"}),
    ],
)
def test_managers_count_as_many_levels_up_as_is_asked_for(
    database: Database, levels: int, above_alice: set[str]
) -> None:
    outbox = open_outbox(database)
    # Alice is known by her address, the others by what the LMS calls them, in other letters.
    people = {name: outbox.learner(name.title(), subject=name.upper()) for name in LINE}
    with transaction(database):
        db().get_one(Person, people["alice"]).email = "Alice@Example.org"
        managers = {"alice@example.org": "bob", "bob": "carol", "carol": "dave"}
        replace_edges(outbox.organisation.id, managers, now())
    with transaction(database, read_only=True):
        lines = find_reporting_lines(outbox.organisation.id, people.values(), levels)
    for name in LINE[1:]:
        in_line = lines.are_in_line(people["alice"], people[name])
        assert in_line is (name in above_alice)
        assert lines.are_in_line(people[name], people["alice"]) is in_line


def test_lines_of_another_organisation_do_not_count(database: Database) -> None:
    ours = open_outbox(database)
    theirs = open_outbox(database, issuer="https://other.test")
    alice, bob = (ours.learner(name, subject=name) for name in ("alice", "bob"))
    with transaction(database):
        replace_edges(theirs.organisation.id, {"alice": "bob"}, now())
    with transaction(database, read_only=True):
        lines = find_reporting_lines(ours.organisation.id, [alice, bob], 2)
    assert not lines.are_in_line(alice, bob)


def test_who_is_not_known_is_in_nobodys_line() -> None:
    assert not ReportingLines().are_in_line(UUID(int=1), UUID(int=2))
