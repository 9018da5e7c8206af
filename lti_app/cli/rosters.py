"""`throughline roster`: who is in the courses, as their LMSs list it."""

import sys
from uuid import UUID

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.services import rosters
from lti_app.services.rosters import RosterState
from lti_app.services.runtime import Runtime
from lti_app.store.courses import Course
from lti_app.store.session import db, transaction


@click.group()
def roster() -> None:
    """People of the courses, as their LMSs list them."""


@roster.command(epilog="Example: throughline roster sync --all --json")
@click.option("--course", type=click.UUID, help="Only this course.")
@click.option("--all", "is_all", is_flag=True, help="All courses whose LMS lists its people.")
@as_json
def sync(*, course: UUID | None, is_all: bool, is_json: bool) -> None:
    """Read who is in the courses, all pages at once; exit 1 if one list is incomplete."""
    if (course is None) is not is_all:
        raise click.UsageError("say either --course or --all")
    opened = runtime()
    with transaction(opened.database, read_only=True):
        courses = rosters.list_courses()
    if course is not None and course not in courses:
        raise click.BadParameter("no course with a roster has this id", param_hint="--course")
    states = [rosters.read_now(opened, one) for one in ([course] if course else courses)]
    show(
        [_row(opened, state) for state in states],
        is_json=is_json,
        empty="No launch has named a roster yet.",
    )
    if any(state.is_due or state.reason for state in states):
        sys.exit(1)


def _row(opened: Runtime, state: RosterState) -> dict[str, object]:
    with transaction(opened.database, read_only=True):
        title = db().get_one(Course, state.course_id).title
    return {
        "course": state.course_id,
        "title": title,
        "as_of": state.read_at,
        "people": state.people,
        # Not read at all: the LMS is left alone for now.
        "reason": state.reason or ("left_alone" if state.is_due else None),
        "next_try": state.next_try_at,
    }
