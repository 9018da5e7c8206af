"""What activities tell of people who signed up, and who is meant by a name."""

import pytest

from lti_app.services.profiles import recognise
from lti_app.services.programmes import find_programme
from lti_app.store.people import Person
from lti_app.store.session import Database, db, transaction
from tests.programmes import World, open_programme


@pytest.fixture
def world(database: Database) -> World:
    return open_programme(database)


def test_names_and_addresses_mean_those_who_take_part_and_nobody_else(world: World) -> None:
    alice, bob = world.sign_up("Alice Adams"), world.sign_up("Bob Brown")
    world.outbox.learner("Alice Cooper")
    with transaction(world.database):
        db().get_one(Person, bob).email = "Bob@Example.org"
    with transaction(world.database, read_only=True):
        programme = find_programme(world.programme_id)
        assert recognise(programme, ["adams", "alice", "bob@example.org", "nobody"]) == {
            "adams": {alice},
            "alice": {alice},
            "bob@example.org": {bob},
            "nobody": set(),
        }
        assert recognise(programme, []) == {}
