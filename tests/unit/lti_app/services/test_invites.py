"""Invites over their life: open, used, revoked, expired; used by one at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine

from lti_app.clock import real_now
from lti_app.domain.errors import Conflict, NotFound, RegistrationRefused
from lti_app.services import invites
from lti_app.services.invites import NewInvite
from lti_app.store.invites import Invite
from lti_app.store.organisations import Organisation
from lti_app.store.registrations import Registration
from lti_app.store.session import Database, db, transaction
from tests.proofs import rule

LATER = timedelta(days=7, seconds=1)


def make(database: Database) -> NewInvite:
    """Make an invite for the default organisation."""
    with transaction(database):
        return invites.invite_for(None, None)


def lease(database: Database, invite: NewInvite) -> UUID:
    """Begin to use an invite."""
    with transaction(database):
        return invites.lease_invite(db().get_one(Invite, invite.id))


def refusal(database: Database, token: str | None) -> str:
    """Return the code with which a token is refused, or `open`."""
    with transaction(database, read_only=True):
        try:
            invites.open_invite(token)
        except RegistrationRefused as error:
            return error.code
    return "open"


def add_registration(database: Database, name: str) -> UUID:
    """Register an LMS for an organisation of its own."""
    with transaction(database):
        organisation = Organisation(name=name)
        db().add(organisation)
        db().flush()
        added = Registration(
            organisation_id=organisation.id,
            issuer=f"https://{name}.example",
            client_id="x",
            auth_url="https://lms.example/a",
            token_url="https://lms.example/t",
            jwks_url="https://lms.example/k",
        )
        db().add(added)
        db().flush()
        return added.id


def test_an_invite_is_known_by_its_address_alone(database: Database) -> None:
    made = make(database)
    assert made.url("https://tool.example") == (
        f"https://tool.example/lti/register?invite={made.token}"
    )
    with transaction(database, read_only=True):
        assert made.token not in db().get_one(Invite, made.id).token_hash
    assert refusal(database, made.token) == "open"
    assert refusal(database, made.token[:-1]) == "invite_unknown"
    assert refusal(database, None) == refusal(database, "") == "invite_missing"


@rule("R-7.1")
def test_an_invite_expires_and_is_deleted_months_later(database: Database) -> None:
    made = make(database)
    with time_machine.travel(real_now() + LATER):
        assert refusal(database, made.token) == "invite_expired"
        with pytest.raises(RegistrationRefused, match="invite_expired"):
            lease(database, made)
    for days, deleted in ((80, 0), (100, 1)):
        with transaction(database):
            assert invites.purge_invites(real_now() + timedelta(days=days)) == deleted
    assert refusal(database, made.token) == "invite_unknown"


def test_a_revoked_invite_is_worth_nothing_and_a_used_one_stays_used(database: Database) -> None:
    revoked, used = make(database), make(database)
    held = lease(database, used)
    with transaction(database):
        invites.use_up_invite(used.id, held)
        for made in (revoked, used):
            invites.revoke_invite(made.id)
    assert refusal(database, revoked.token) == "invite_revoked"
    assert refusal(database, used.token) == "invite_used"


def test_an_invite_of_another_organisation_cannot_be_revoked(database: Database) -> None:
    made = make(database)
    with transaction(database), pytest.raises(NotFound):
        invites.revoke_invite(made.id, organisation_id=uuid4())
    with transaction(database), pytest.raises(NotFound):
        invites.revoke_invite(uuid4())
    with transaction(database):
        invites.revoke_invite(made.id, organisation_id=made.organisation_id)
    assert refusal(database, made.token) == "invite_revoked"


def test_an_invite_for_an_update_belongs_to_the_organisation_of_the_registration(
    database: Database,
) -> None:
    registration_id = add_registration(database, "alice")
    add_registration(database, "bob")
    with transaction(database):
        by_itself = invites.invite_for(None, registration_id)
        named = invites.invite_for("alice", registration_id)
        assert by_itself.organisation_id == named.organisation_id
    with transaction(database), pytest.raises(Conflict):
        invites.invite_for("bob", registration_id)
    with transaction(database), pytest.raises(NotFound):
        invites.invite_for(None, uuid4())


@rule("R-7.1")
def test_of_eight_who_use_an_invite_at_once_one_does(database: Database) -> None:
    made = make(database)

    def use(_: int) -> str:
        try:
            lease(database, made)
        except RegistrationRefused as error:
            return error.code
        return "mine"

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(use, range(8)))
    assert codes == ["invite_busy"] * 7 + ["mine"]


def test_an_invite_that_came_to_nothing_can_be_used_again(database: Database) -> None:
    made = make(database)
    held = lease(database, made)
    with transaction(database):
        invites.release_invite(made.id, held)
    lease(database, made)


def test_who_dies_with_an_invite_loses_it_after_a_minute(database: Database) -> None:
    made = make(database)
    lost = lease(database, made)
    with time_machine.travel(real_now() + timedelta(seconds=61)):
        held = lease(database, made)
        with transaction(database), pytest.raises(RegistrationRefused, match="invite_busy"):
            invites.use_up_invite(made.id, lost)
        with transaction(database):
            invites.use_up_invite(made.id, held)
    assert refusal(database, made.token) == "invite_used"
