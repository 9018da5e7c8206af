"""Results that a tool reads back, ten a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.sandbox.canvas.service import (
    RESULTS_TYPE,
    RefusedError,
    answer,
    paged,
    refusal,
    require_column,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import RESULT_READONLY

blueprint = Blueprint("canvas_results", __name__)
blueprint.register_error_handler(RefusedError, refusal)

PAGE_SIZE = 10


@blueprint.get(f"{addresses.LINE_ITEM}/results")
def read_results(course_id: str, item_id: str) -> Response:
    """Of students only; `user_id` asks for one of them."""
    platform = current_platform()
    tool = require_token(platform, RESULT_READONLY)
    course = require_course(platform, course_id)
    wanted = request.args.get("user_id")
    with platform.lock:
        column = require_column(platform, item_id, course, tool)
        people = {person.id: addresses.subject(platform, person) for person in course.students()}
        results = [
            _as_json(platform, column, people[person_id], cell)
            for (column_id, person_id), cell in platform.gradebook.cells.items()
            if column_id == column.id
            and person_id in people
            and wanted in (None, str(person_id), people[person_id])
            and isinstance(cell, CanvasCell)
            and cell.result
        ]
    url = addresses.lineitem(platform, course.id, column.id) + "/results"
    shown, links = paged(results, url, PAGE_SIZE)
    response = answer(list(shown), RESULTS_TYPE)
    response.headers["Link"] = links
    return response


def _as_json(platform: Platform, column: Column, user: str, cell: CanvasCell) -> dict[str, Any]:
    assert cell.result
    where = addresses.lineitem(platform, column.course_id, column.id)
    result = {
        "id": f"{where}/results/{cell.result.id}",
        "scoreOf": where,
        "userId": user,
        "resultScore": cell.result_score(column),
        "resultMaximum": cell.result.maximum,
        "comment": cell.result.comment,
    }
    return {name: value for name, value in result.items() if value is not None}
