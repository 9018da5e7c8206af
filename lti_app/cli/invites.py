"""`throughline invite`: addresses by which an LMS registers itself."""

from datetime import timedelta
from uuid import UUID

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services.invites import LIFETIME, invite_for, revoke_invite, state_of
from lti_app.services.organisations import organisation_called
from lti_app.store.invites import list_invites
from lti_app.store.session import transaction

_MOST_DAYS = 90


@click.group()
def invite() -> None:
    """Invites: each lets one LMS register itself, once."""


@invite.command(epilog='Example: throughline invite create --organisation "Example Bank"')
@click.option("--organisation", help="Its name; the default organisation if left out.")
@click.option(
    "--registration",
    type=click.UUID,
    help="Update this registration (`throughline platform list`) instead of making a new one.",
)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=LIFETIME.days,
    show_default=True,
    help="For how long it is good.",
)
@as_json
def create(
    *, organisation: str | None, registration: UUID | None, days: int, is_json: bool
) -> None:
    """Make an invite, and print the address to enter in the LMS; it is shown only once."""
    held = runtime()
    with transaction(held.database):
        made = invite_for(organisation, registration, lifetime=timedelta(days=days))
    row = {
        "invite": str(made.id),
        "url": made.url(held.settings.public_url),
        "expires": made.expires_at.isoformat(timespec="seconds"),
    }
    show([row], is_json=is_json, empty="")


@invite.command("list", epilog="Example: throughline invite list --json")
@click.option("--organisation", help="Only this organisation's, by its name.")
@as_json
def list_all(*, organisation: str | None, is_json: bool) -> None:
    """List the invites of the last months, newest first; their addresses are not kept."""
    with transaction(runtime().database, read_only=True):
        only = organisation_called(organisation).id if organisation else None
        rows = [
            {
                "invite": str(one.id),
                "state": state_of(one),
                "expires": one.expires_at.isoformat(timespec="seconds"),
                "updates": one.registration_id and str(one.registration_id),
            }
            for one in list_invites(only)
        ]
    show(rows, is_json=is_json, empty="There is no invite.")


@invite.command(epilog="Example: throughline invite revoke 2f0c2d0e-4a55-4a0c-8f0a-8f6f9f9d3a11")
@click.argument("invite_id", metavar="INVITE", type=click.UUID)
def revoke(invite_id: UUID) -> None:
    """Make an invite worthless that has not been used yet."""
    with transaction(runtime().database):
        revoke_invite(invite_id)
    click.echo("The invite is worth nothing any more.")
