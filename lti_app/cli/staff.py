"""`throughline staff`: who may run programmes, which no role of an LMS gives."""

from uuid import UUID

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services.staff import find_person, list_in_force
from lti_app.services.staff import grant as grant_to
from lti_app.services.staff import revoke as revoke_grant
from lti_app.store.session import transaction


@click.group()
def staff() -> None:
    """The people who run programmes (L&D)."""


@staff.command(
    epilog="Example: throughline staff grant --issuer https://moodle.example.org "
    "--client-id a1B2c3 --email dana@example.org"
)
@click.option("--issuer", required=True, help="The LMS's own address (platform id).")
@click.option("--client-id", required=True, help="The client id that the LMS gave.")
@click.option("--subject", help="The LMS's id of the person (sub); in Moodle their user id.")
@click.option("--email", help="Their address, if the LMS tells it of one person only.")
@click.option("--programme", type=click.UUID, help="Only this programme, by its id.")
@as_json
def grant(
    *,
    issuer: str,
    client_id: str,
    subject: str | None,
    email: str | None,
    programme: UUID | None,
    is_json: bool,
) -> None:
    """Let somebody who has opened the tool before run programmes."""
    with transaction(runtime().database):
        person = find_person(issuer, client_id, subject=subject, email=email)
        granted = grant_to(person, programme)
        row = {
            "grant": str(granted.id),
            "person": str(person.id),
            "name": person.name or person.own_name,
            "programme": str(programme) if programme else "all",
        }
    show([row], is_json=is_json, empty="")


@staff.command("list", epilog="Example: throughline staff list --json")
@click.option("--organisation", help="Only of the organisation of this name.")
@as_json
def list_all(*, organisation: str | None, is_json: bool) -> None:
    """List who may run programmes."""
    with transaction(runtime().database, read_only=True):
        rows = [
            {
                "grant": str(one.id),
                "name": one.name,
                "organisation": one.organisation,
                "programme": one.programme or "all",
                "since": one.created_at.isoformat(timespec="seconds"),
            }
            for one in list_in_force(organisation)
        ]
    show(rows, is_json=is_json, empty="Nobody may run programmes yet.")


@staff.command(epilog="Example: throughline staff revoke 0c7e8a52-7f0e-4b59-9d5d-6f1c8a3b2e10")
@click.argument("grant_id", metavar="GRANT", type=click.UUID)
def revoke(grant_id: UUID) -> None:
    """Take a grant back, at once."""
    with transaction(runtime().database):
        revoke_grant(grant_id)
    click.echo("Revoked.")
