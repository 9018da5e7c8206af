"""`throughline person`: what is done about one person on their wish."""

import sys

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services import erasure
from lti_app.store.session import transaction


@click.group()
def person() -> None:
    """One person, and what the tool keeps of them."""


@person.command(
    epilog="Example: throughline person erase alice@example.org; then once more with --yes"
)
@click.argument("who", metavar="PERSON")
@click.option("--yes", "is_sure", is_flag=True, help="Do it; there is no way back.")
@as_json
def erase(*, who: str, is_sure: bool, is_json: bool) -> None:
    """Delete what a person wrote and all that names them, and end their pairs.

    PERSON is an id or an e-mail address. Without --yes it only says who is meant, and exits with 1.
    """
    with transaction(runtime().database, read_only=not is_sure):
        found = erasure.find_person(who)
        row: dict[str, object] = {"person": str(found.id), "name": found.name or found.own_name}
        if is_sure:
            done = erasure.erase(found.id)
            row = {
                "person": str(found.id),
                "pairs_ended": done.pairs,
                "rows_deleted": done.rows,
                "grades_stopped": done.grades,
            }
    show([row], is_json=is_json, empty="")
    if not is_sure:
        click.echo("Nothing was changed. With --yes they are erased, for good.", err=True)
        sys.exit(1)
