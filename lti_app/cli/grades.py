"""`throughline grades`: where grades are on their way to gradebooks."""

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.store.progress import count_deliveries
from lti_app.store.session import transaction


@click.group()
def grades() -> None:
    """Grades on their way to gradebooks."""


@grades.command(epilog="Example: throughline grades status --json")
@as_json
def status(*, is_json: bool) -> None:
    """Count gradebook cells by state."""
    with transaction(runtime().database, read_only=True):
        rows = [{"state": state, "cells": count} for state, count in count_deliveries().items()]
    show(rows, is_json=is_json, empty="No grade has been earned yet.")
