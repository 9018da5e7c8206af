"""`throughline admin`: the way into administration."""

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services.sign_in_links import make_administrator_link
from lti_app.store.session import transaction


@click.group()
def admin() -> None:
    """The pages of administration."""


@admin.command(epilog='Example: throughline admin link --name "Ada Example"')
@click.option(
    "--name",
    default="Administrator",
    show_default=True,
    help="What pages and records call whoever uses the link.",
)
@as_json
def link(*, name: str, is_json: bool) -> None:
    """Print a link that opens administration once, within 15 minutes."""
    held = runtime()
    with transaction(held.database):
        code = make_administrator_link(name)
    address = f"{held.settings.public_url}/signin/link/{code}"
    if is_json:
        show([{"link": address}], is_json=True, empty="")
    else:
        click.echo(address)
