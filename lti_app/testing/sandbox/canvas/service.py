"""What the grade services have in common: media types, bearer tokens, pages, refusals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from flask import Response, make_response, request

from lti_app.testing.sandbox.canvas.gradebook import CanvasGradebook
from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Tool

LINEITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_Entry = TypeVar("_Entry")
_WORDS = {400: "bad_request", 401: "unauthorized", 404: "not_found", 412: "precondition_failed"}


class RefusedError(Exception):
    """The service says no, with a status and a reason."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def answer(body: object, media_type: str, status: int = 200) -> Response:
    response = make_response(json.dumps(body), status)
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    return response


def refusal(refused: RefusedError) -> Response:
    """Canvas's JSON for an error."""
    word = _WORDS.get(refused.status, "unprocessable_entity")
    body = {"errors": {"type": word, "message": refused.reason}}
    return answer(body, "application/json", refused.status)


def require_token(platform: Platform, *scopes: str) -> Tool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = platform.access_token(value) if scheme == "Bearer" else None
    if token is None or not token.scopes.intersection(scopes):
        raise RefusedError(401, "Invalid Developer Key or missing scope")
    return token.tool


def require_course(platform: Platform, course_id: str) -> Course:
    """A course that is over is not found."""
    course = platform.courses.get(int(course_id)) if course_id.isdecimal() else None
    if course is None or course.concluded:
        raise RefusedError(404, "The specified resource does not exist.")
    return course


def require_column(platform: Platform, item_id: str, course: Course, tool: Tool) -> Column:
    column = platform.gradebook.columns.get(int(item_id)) if item_id.isdecimal() else None
    if column is None or column.course_id != course.id or column.tool_id != tool.id:
        raise RefusedError(404, "The specified resource does not exist.")
    return column


def activity_of(platform: Platform, column: Column) -> Activity | None:
    """The link that a column is coupled with."""
    return next((one for one in platform.activities.values() if one.column_id == column.id), None)


def gradebook_of(platform: Platform) -> CanvasGradebook:
    assert isinstance(platform.gradebook, CanvasGradebook)
    return platform.gradebook


def paged(
    entries: Sequence[_Entry], url: str, size: int, *, largest: int = 100
) -> tuple[Sequence[_Entry], str]:
    """One page of entries, and the Link header; `limit` asks for another size, up to `largest`."""
    size = min(max(request.args.get("limit", size, type=int), 1), largest)
    number = max(request.args.get("page", 1, type=int), 1)
    last = max(-(-len(entries) // size), 1)
    pages = {"current": number, "next": number + 1, "first": 1, "last": last}
    if number >= last:
        del pages["next"]
    kept = {name: value for name, value in request.args.items() if name != "page"}
    links = (
        f'<{url}?{urlencode({**kept, "page": page})}>; rel="{name}"' for name, page in pages.items()
    )
    return entries[(number - 1) * size : number * size], ",".join(links)
