"""Grades that a tool reads back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from lti_app.testing.sandbox.answers import error_page
from lti_app.testing.sandbox.gradebook import Cell, Column
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.service import (
    RESULTS_TYPE,
    RefusedError,
    answer,
    number_argument,
    refusal,
    require_accept,
    require_column,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.state import current_platform
from lti_app.testing.sandbox.tools import RESULT_READONLY

blueprint = Blueprint("moodle_results", __name__)
blueprint.register_error_handler(RefusedError, refusal)


@blueprint.get(f"{addresses.SERVICES}/<course_id>/lineitems/<item_id>/lineitem/results")
def read_results(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    require_accept(RESULTS_TYPE)
    tool = require_token(platform, RESULT_READONLY)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, tool)
        if number_argument("limit") > 0:
            return error_page("Call to a member function out() on null")  # Moodle's own fault
        wanted = number_argument("user_id")
        endpoint = addresses.lineitem(platform, course.id, column.id, tool)
        results = [
            _as_json(endpoint, column, person_id, cell)
            for (column_id, person_id), cell in platform.gradebook.cells.items()
            if column_id == column.id and cell.changed_at and wanted in (0, person_id)
        ]
    return answer(results, RESULTS_TYPE)


def _as_json(endpoint: str, column: Column, person_id: int, cell: Cell) -> dict[str, Any]:
    """A grade of nought looks like no grade: Moodle leaves the score out."""
    base, _, query = endpoint.partition("?")
    result: dict[str, Any] = {
        "id": f"{base}/results?{query}&user_id={person_id}",
        "userId": str(person_id),
    }
    if cell.final and cell.changed_at:
        result |= {
            "resultScore": cell.final,
            "resultMaximum": column.maximum,
            "scoreOf": endpoint,
            "timestamp": cell.changed_at.isoformat(),
        }
        if cell.feedback:
            result["comment"] = cell.feedback
    return result
