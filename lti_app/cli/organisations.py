"""`throughline organisation`: the tenants."""

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services.organisations import add_organisation
from lti_app.store.organisations import list_organisations
from lti_app.store.session import transaction


@click.group()
def organisation() -> None:
    """Organisations: tenants whose people and data never mix."""


@organisation.command(epilog='Example: throughline organisation add "Example Bank"')
@click.argument("name")
@as_json
def add(name: str, *, is_json: bool) -> None:
    """Add an organisation."""
    with transaction(runtime().database):
        added = add_organisation(name)
        row = {"organisation": str(added.id), "name": added.name}
    show([row], is_json=is_json, empty="")


@organisation.command("list", epilog="Example: throughline organisation list --json")
@as_json
def list_all(*, is_json: bool) -> None:
    """List all organisations."""
    with transaction(runtime().database, read_only=True):
        rows = [{"organisation": str(one.id), "name": one.name} for one in list_organisations()]
    show(rows, is_json=is_json, empty="There is no organisation yet.")
