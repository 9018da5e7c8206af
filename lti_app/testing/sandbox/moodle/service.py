"""What the grade and roster services have in common: media types, bearer tokens, refusals."""

from __future__ import annotations

import json

from flask import Response, make_response, request

from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Tool

LINEITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


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
    """Moodle's JSON for an error that has no body of its own."""
    body = {
        "status": refused.status,
        "reason": refused.reason or "Error",
        "request": {"method": request.method, "url": request.full_path.rstrip("?")},
    }
    response = make_response(json.dumps(body, indent=4), refused.status)
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    return response


def require_accept(*media_types: str) -> None:
    """The whole header is compared with the types, letter by letter; `*/*` anywhere passes."""
    accept = request.headers.get("Accept", "")
    if accept and "*/*" not in accept and accept not in media_types:
        raise no_handler(accept)


def require_content_type(*media_types: str) -> None:
    sent = request.headers.get("Content-Type", "").split(";")[0].strip()
    if sent not in media_types:
        raise no_handler(sent)


def no_handler(media_type: str = "") -> RefusedError:
    return RefusedError(400, f"No handler found for {request.path} {media_type}".strip())


def require_token(platform: Platform, *scopes: str) -> Tool:
    """The tool whose bearer token this is, if it holds one of the scopes and owns the address."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = platform.access_token(value) if scheme == "Bearer" else None
    if token is None or not token.scopes.intersection(scopes):
        raise RefusedError(401, "Unauthorized")
    if request.args.get("type_id", token.tool.deployment_id) != token.tool.deployment_id:
        raise RefusedError(401, "Unauthorized")
    return token.tool


def require_course(platform: Platform, course_id: str) -> Course:
    course = platform.courses.get(int(course_id)) if course_id.isdecimal() else None
    if course is None:
        raise RefusedError(404, f"Not Found: Course {course_id} doesn't exist")
    return course


def require_column(platform: Platform, item_id: str, tool: Tool) -> Column:
    """A tool reaches every column of its own, whatever course the address names."""
    column = platform.gradebook.columns.get(int(item_id)) if item_id.isdecimal() else None
    if column is None:
        raise RefusedError(404, f"Not Found: Grade item {item_id} doesn't exist")
    if column.tool_id != tool.id:
        raise RefusedError(404, "Line item does not exist")
    return column


def number_argument(name: str) -> int:
    """A whole number from the query; what is none counts as nought."""
    return request.args.get(name, 0, type=int)
