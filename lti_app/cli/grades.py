"""`throughline grades`: where grades are on their way to gradebooks."""

import sys
from uuid import UUID

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.domain.delivery import DeliveryState
from lti_app.services import deliveries, reconciliations
from lti_app.services.runtime import Runtime
from lti_app.store.progress import count_deliveries
from lti_app.store.reconciliations import Reconciliation, list_columns, list_findings
from lti_app.store.session import db, transaction

_EVERYTHING = 10**9
_placement = click.option("--placement", type=click.UUID, help="Only this link's column.")


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


@grades.command(epilog="Example: throughline grades retry --state held")
@_placement
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in deliveries.RETRIED]),
    help="Only cells in this state; may be repeated (all that are not delivered).",
)
def retry(*, placement: UUID | None, states: tuple[str, ...]) -> None:
    """Send again what is not delivered; a grade that a person typed stays."""
    chosen = [DeliveryState(state) for state in states] or deliveries.RETRIED
    with transaction(runtime().database):
        count = deliveries.send_again(placement_id=placement, states=chosen)
    click.echo(f"{count} cells are sent again; held ones are looked into first.")


@grades.command(epilog="Example: throughline grades reconcile --json")
@_placement
@as_json
def reconcile(*, placement: UUID | None, is_json: bool) -> None:
    """Read gradebooks back, show where they differ, and send what is ours; exit 1 if one fails."""
    opened = runtime()
    with transaction(opened.database, read_only=True):
        columns = list_columns()
    if placement is not None and placement not in columns:
        raise click.BadParameter("no link with a column has this id", param_hint="--placement")
    rows: list[dict[str, object]] = []
    failed = False
    for column in [placement] if placement else columns:
        found = reconciliations.run_now(opened, column)
        summary, differences = _found(opened, column, found)
        failed = failed or summary.get("reason") is not None
        rows += [summary, *differences]
    show(rows, is_json=is_json, empty="No link has a gradebook column yet.")
    if failed:
        sys.exit(1)


def _found(
    opened: Runtime, column: UUID, found: UUID | None
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return what a reading has found, in one row for the column and one for each difference."""
    if found is None:
        return {"placement": column, "reason": "another process is reading it"}, []
    with transaction(opened.database, read_only=True):
        row = db().get_one(Reconciliation, found)
        differences: list[dict[str, object]] = [
            {
                "placement": column,
                "person": finding.person_id,
                "finding": finding.kind,
                "ours": finding.ours,
                "gradebook": finding.theirs,
                "maximum": finding.maximum,
            }
            for finding, _ in list_findings(found, _EVERYTHING)
        ]
        summary: dict[str, object] = {
            "placement": column,
            "equal": row.equal,
            "different": len(differences),
            "strangers": row.strangers,
            "reason": row.reason,
        }
    return summary, differences
