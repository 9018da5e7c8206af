"""The gradebook as a table, with a small form for the teacher."""

from __future__ import annotations

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.answers import error_page, page
from lti_app.testing.sandbox.gradebook import Cell, Column
from lti_app.testing.sandbox.pages import current_sandbox, current_session, go, visible_course
from lti_app.testing.sandbox.people import Course, Person
from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity

blueprint = Blueprint("gradebook_page", __name__)
PATH = "/grade/report/grader/index.php"


@blueprint.get(PATH)
def gradebook() -> Response:
    """Rows are people, columns are grade items. A student sees one row."""
    sandbox = current_sandbox()
    course = visible_course(request.args.get("id", 0, type=int))
    if isinstance(course, Response):
        return course
    session = current_session()
    assert session  # or the course would not be visible
    with sandbox.lock:
        columns = sandbox.gradebook.columns_of(course.id)
        rows = [_row(sandbox, one, columns) for one in _shown(course, session.person)]
        return page(
            "gradebook.html",
            course=course,
            columns=[(column, _column_path(sandbox, column)) for column in columns],
            rows=rows,
            edits=course.edits_grades(session.person),
            sesskey=session.sesskey,
        )


def _shown(course: Course, person: Person) -> list[Person]:
    if course.is_staff(person):
        return course.students()
    return [one for one in course.students() if one is person]


def _row(sandbox: Sandbox, person: Person, columns: list[Column]) -> dict[str, object]:
    cells = [
        (
            column,
            sandbox.gradebook.cell(column.id, person.id),
            _review_path(sandbox, column, person),
        )
        for column in columns
    ]
    return {"person": person, "cells": cells}


def _review_path(sandbox: Sandbox, column: Column, person: Person) -> str | None:
    """Where the work behind a grade is looked at, if there is any to be launched."""
    activity = _activity(sandbox, column)
    if activity is None or sandbox.profile.review(sandbox, activity, person) is None:
        return None
    return sandbox.profile.review_path(activity, person)


def _column_path(sandbox: Sandbox, column: Column) -> str | None:
    """Where the head of a column leads to, if the product leads anywhere."""
    activity = _activity(sandbox, column)
    return sandbox.profile.column_path(activity) if activity else None


def _activity(sandbox: Sandbox, column: Column) -> Activity | None:
    every = sandbox.activities.values()
    return next((one for one in every if one.column_id == column.id), None)


@blueprint.post(PATH)
def write_grade() -> Response:
    """Type a grade (it then overrides the tool's), lock a cell or a whole column."""
    sandbox = current_sandbox()
    course = visible_course(request.args.get("id", 0, type=int))
    if isinstance(course, Response):
        return course
    session = current_session()
    assert session  # or the course would not be visible
    column = sandbox.gradebook.columns.get(request.form.get("item", 0, type=int))
    user = request.form.get("user", 0, type=int)
    if request.form.get("sesskey") != session.sesskey or not course.edits_grades(session.person):
        return error_page("You may not edit grades here.", 403)
    if column is None or column.course_id != course.id or not course.is_gradable(user):
        return error_page("There is no such grade.", 404)
    with sandbox.lock:
        _write(sandbox, column, sandbox.gradebook.cell(column.id, user))
    return go(f"{PATH}?id={course.id}")


def _write(platform: Platform, column: Column, cell: Cell) -> None:
    """An empty field and "as it is" change nothing; a typed grade overrides the tool's."""
    grade = request.form.get("grade", type=float)
    if grade is not None:
        value = min(max(grade, 0.0), column.maximum)
        feedback = request.form.get("feedback")
        platform.gradebook.type_grade(column, cell, value, feedback, platform.now())
    cell.overridden = _chosen("overridden", unchanged=cell.overridden)
    if not cell.overridden:
        cell.show_raw(column)
    cell.locked = _chosen("locked", unchanged=cell.locked)
    column.locked = _chosen("column_locked", unchanged=column.locked)


def _chosen(name: str, *, unchanged: bool) -> bool:
    return {"on": True, "off": False}.get(request.form.get(name, ""), unchanged)
