"""`throughline activity`: the kinds of activity that are installed."""

import click

from lti_app.activity import catalogue
from lti_app.cli.support import as_json, show


@click.group()
def activity() -> None:
    """Kinds of activity."""


@activity.command("list", epilog="Example: throughline activity list")
@as_json
def list_all(*, is_json: bool) -> None:
    """List the installed kinds; a link names one with `kind=<kind>`."""
    rows = [
        {"kind": key, "title": str(one.title), "graded": one.is_graded}
        for key, one in catalogue().items()
    ]
    show(rows, is_json=is_json, empty="No kind of activity is installed.")
