"""`throughline grades`: where grades are on their way to gradebooks."""

import click
from sqlalchemy import func, select

from lti_app.cli.support import as_json, runtime, show
from lti_app.store.progress import Delivery
from lti_app.store.session import db, transaction


@click.group()
def grades() -> None:
    """Grades on their way to gradebooks."""


@grades.command(epilog="Example: throughline grades status --json")
@as_json
def status(is_json: bool) -> None:
    """Count gradebook cells by state."""
    counted = select(Delivery.state, func.count()).group_by(Delivery.state)
    with transaction(runtime().database, read_only=True):
        rows = [
            {"state": state, "cells": count}
            for state, count in db().execute(counted.order_by(Delivery.state))
        ]
    show(rows, is_json=is_json, empty="No grade has been earned yet.")
