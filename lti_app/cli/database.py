"""`throughline db`: bring the database up to date, or say how it differs."""

import os
import sys

import click

from lti_app.settings import from_environment
from lti_app.store import durability, migrations


@click.group()
def db() -> None:
    """The database."""


@db.command(epilog="Example: throughline db upgrade")
def upgrade() -> None:
    """Bring the database up to date."""
    migrations.upgrade(from_environment(os.environ).database_url)
    click.echo("The database is up to date.")


@db.command(epilog="Example: throughline db check")
def check() -> None:
    """Say how the database differs from what the code expects; exit 1 if it does."""
    url = from_environment(os.environ).database_url
    faults = [*migrations.check(url), *durability.check(url)]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("The database is as the code expects it.")
