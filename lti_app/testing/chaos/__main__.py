"""The command: `python -m lti_app.testing.chaos`; exit 1, naming the cells, if a rule is broken."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from lti_app.testing.chaos.plan import EVERY_COMBINATION, LONG, SHORT
from lti_app.testing.chaos.report import table
from lti_app.testing.chaos.storm import open_storm

_SEED = 7


@click.command()
@click.option("--short", "is_short", is_flag=True, help="A minute: two dozen learners.")
@click.option("--seed", default=_SEED, show_default=True, help="Another order of troubles.")
@click.option("--lms", type=click.Choice(["moodle", "canvas"]), help="Only with this one.")
@click.option("--database", type=click.Choice(["postgresql", "sqlite"]), help="Only with this one.")
def main(*, is_short: bool, seed: int, lms: str | None, database: str | None) -> None:
    """Kill programs and break everything while grades are earned, and count the grades."""
    plan = SHORT if is_short else LONG
    is_chosen = lms is not None or database is not None
    combinations = [
        one
        for one in (EVERY_COMBINATION if is_chosen else plan.combinations)
        if lms in {None, one.lms} and database in {None, one.database}
    ]
    logs = Path(tempfile.mkdtemp(prefix="throughline-chaos-logs-"))
    reports = []
    for combination in combinations:
        click.echo(f"\n{combination}, seed {seed}")
        folder = logs / str(combination).replace(" ", "-")
        folder.mkdir()
        with open_storm(plan, combination, seed, _say_when(), folder) as storm:
            reports.append(storm.run())
        click.echo(f"\n{reports[-1]}")
    click.echo(f"\n{table(reports)}")
    if any(report.broken_rules() for report in reports):
        click.echo(f"\nA rule is broken; the programs' logs are in {logs}", err=True)
        sys.exit(1)
    shutil.rmtree(logs)


def _say_when() -> Callable[[str], None]:
    """Return what prints a line with the seconds since now."""
    began = time.monotonic()
    return lambda line: click.echo(f"  {time.monotonic() - began:4.0f} s  {line}")


if __name__ == "__main__":
    main()
