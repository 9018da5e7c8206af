"""The `throughline` command: what an operator does without a browser.

Each group of commands has a module; this one joins them and turns refusals into exit codes: 1 for
what cannot be done, 2 for what was typed wrong or is not set.
"""

import sys

import click

from lti_app.cli import (
    activities,
    administration,
    database,
    demo,
    grades,
    invites,
    keys,
    mail,
    organisations,
    people,
    platforms,
    rosters,
    staff,
    worker,
)
from lti_app.domain.errors import AppError
from lti_app.settings import SettingsError
from lti_app.store.session import DatabaseError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="throughline")
def throughline() -> None:
    """Mentoring and coaching inside the LMS: the operator's commands."""


for group in (
    database.db,
    organisations.organisation,
    platforms.platform,
    invites.invite,
    staff.staff,
    people.person,
    keys.keys,
    worker.worker,
    grades.grades,
    rosters.roster,
    mail.mail,
    activities.activity,
    administration.admin,
    demo.demo,
):
    throughline.add_command(group)


def main() -> None:
    """Run the command line and exit."""
    try:
        throughline()
    except SettingsError as error:
        click.echo(f"Settings: {error}", err=True)
        sys.exit(2)
    except AppError as error:
        click.echo(f"Error: {error.detail or error.code}", err=True)
        sys.exit(1)
    except DatabaseError as error:
        # The first line says what is wrong; the rest quotes the statement.
        first_line = str(error.orig).partition("\n")[0]
        click.echo(
            f"The database cannot be used: {first_line}. Check THROUGHLINE_DATABASE_URL, "
            "and run `throughline db upgrade`.",
            err=True,
        )
        sys.exit(1)
