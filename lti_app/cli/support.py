"""What the commands share: the runtime from the environment, and two ways to print."""

import json
import os
from collections.abc import Mapping, Sequence

import click

from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import from_environment

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


def runtime() -> Runtime:
    """Return what this process holds.

    Raises:
        SettingsError: the environment lacks something.
    """
    return open_runtime(from_environment(os.environ))


def show(rows: Sequence[Mapping[str, object]], *, is_json: bool, empty: str) -> None:
    """Print rows as JSON or as lines of `name: value`.

    Args:
        rows: all with the same names.
        is_json: print a JSON list.
        empty: sentence for people where there are none.
    """
    if is_json:
        click.echo(json.dumps(rows, default=str, indent=2))
    elif not rows:
        click.echo(empty)
    for row in () if is_json else rows:
        click.echo("  ".join(f"{name}: {value}" for name, value in row.items()))
