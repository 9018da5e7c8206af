"""`throughline keys`: the tool's own signing keys."""

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services import signing_keys
from lti_app.store.registrations import list_signing_keys
from lti_app.store.session import transaction


@click.group()
def keys() -> None:
    """The tool's signing keys."""


@keys.command(epilog="Example: throughline keys rotate")
def rotate() -> None:
    """Make a new key and sign with it; the former one stays published for a week."""
    held = runtime()
    with transaction(held.database):
        kid = signing_keys.rotate(held.cipher)
    click.echo(f"Now signing with {kid}.")


@keys.command("list", epilog="Example: throughline keys list --json")
@as_json
def list_all(*, is_json: bool) -> None:
    """List the keys, newest first; never their private halves."""
    with transaction(runtime().database, read_only=True):
        rows = [
            {
                "kid": key.kid,
                "signing": key.is_signing,
                "created": key.created_at.isoformat(timespec="seconds"),
                "replaced": key.replaced_at and key.replaced_at.isoformat(timespec="seconds"),
            }
            for key in list_signing_keys()
        ]
    show(rows, is_json=is_json, empty="There is no key yet; the first start makes one.")
