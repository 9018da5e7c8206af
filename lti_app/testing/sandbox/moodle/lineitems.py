"""The columns of the gradebook as a service: list, make, read, change, delete."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, request

from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.numbers import is_numeric
from lti_app.testing.sandbox.moodle.service import (
    LINEITEM_TYPE,
    LINEITEMS_TYPE,
    RefusedError,
    answer,
    no_handler,
    number_argument,
    refusal,
    require_accept,
    require_column,
    require_content_type,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import LINEITEM, LINEITEM_READONLY, Tool

blueprint = Blueprint("moodle_lineitems", __name__)
blueprint.register_error_handler(RefusedError, refusal)

_LIST = f"{addresses.SERVICES}/<course_id>/lineitems"
_ONE = f"{_LIST}/<item_id>/lineitem"


@blueprint.get(_LIST)
def list_items(course_id: str) -> Response:
    """Here even `*/*` is refused: the header must be the media type or missing."""
    platform = current_platform()
    require_accept(LINEITEMS_TYPE, LINEITEM_TYPE)
    tool = require_token(platform, LINEITEM, LINEITEM_READONLY)
    if request.headers.get("Accept", "") not in ("", LINEITEMS_TYPE):
        raise RefusedError(400, "No context or unsupported content type")
    course = require_course(platform, course_id)
    with platform.lock:
        columns = _filtered(platform, course, tool)
        limit, start = number_argument("limit"), number_argument("from")
        shown = columns[start : start + limit] if limit > 0 else columns
        items = [_as_json(platform, course, column, tool) for column in shown]
    response = answer(items, LINEITEMS_TYPE)
    if limit > 0:
        response.headers["Link"] = _links(platform, course, tool, len(columns))
    return response


def _filtered(platform: Platform, course: Course, tool: Tool) -> list[Column]:
    wanted = request.args
    return [
        column
        for column in platform.gradebook.columns_of(course.id)
        if column.tool_id == tool.id
        and wanted.get("tag", column.tag) == column.tag
        and wanted.get("resource_id", column.resource_id) == column.resource_id
        and wanted.get("resource_link_id", str(column.link_id)) == str(column.link_id)
    ]


def _links(platform: Platform, course: Course, tool: Tool, total: int) -> str:
    """Typographic quotes, and addresses escaped for HTML: as Moodle sends them."""
    limit, start = number_argument("limit"), number_argument("from")
    base = addresses.lineitems(platform, course.id, tool).split("?")[0]
    filters = {
        name: request.args[name]
        for name in ("resource_id", "resource_link_id", "tag")
        if name in request.args
    }

    def link(relation: str, offset: int) -> str:
        query = urlencode({**filters, "type_id": tool.id, "limit": limit, "from": offset})
        return f"<{escape(f'{base}?{query}')}>; rel=\u201c{relation}\u201d"

    links = [link("first", 0)]
    if 0 < start < total:
        links.append(link("prev", max(start - limit, 0)))
    links.append(link("canonical", start))
    if start + limit < total:
        links.append(link("next", start + limit))
    links.append(link("last", max(total - limit + 1, 0)))
    # A header is bytes: UTF-8 here, which every client reads as Latin-1.
    return ", ".join(links).encode().decode("latin-1")


@blueprint.post(_LIST)
def create_item(course_id: str) -> Response:
    platform = current_platform()
    require_content_type(LINEITEM_TYPE)
    tool = require_token(platform, LINEITEM)
    course = require_course(platform, course_id)
    wanted = _body()
    link_id = _link_id(platform, course, tool, wanted)
    with platform.lock:
        column = platform.gradebook.add_column(
            course.id,
            tool.id,
            str(wanted["label"]),
            float(wanted["scoreMaximum"]),
            link_id=link_id,
            resource_id=str(wanted.get("resourceId") or ""),
            tag=str(wanted.get("tag") or ""),
        )
    wanted["id"] = addresses.lineitem(platform, course.id, column.id, tool)
    return answer(wanted, LINEITEM_TYPE, 201)


def _body() -> dict[str, Any]:
    """Label and maximum are all that is asked for; dates are left alone and forgotten."""
    wanted = request.get_json(force=True, silent=True)
    if not isinstance(wanted, dict) or wanted.get("label") is None:
        raise RefusedError(400, "No label or Score Maximum")
    if not is_numeric(wanted.get("scoreMaximum")):
        raise RefusedError(400, "No label or Score Maximum")
    return wanted


def _link_id(platform: Platform, course: Course, tool: Tool, wanted: dict[str, Any]) -> int | None:
    link = wanted.get("resourceLinkId") or wanted.get("ltiLinkId")
    if not link:
        return None
    for activity in platform.activities.values():
        if str(activity.id) == str(link) and activity.course is course and activity.tool is tool:
            return activity.id
    raise RefusedError(403, "Forbidden")


@blueprint.get(_ONE)
def read_item(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    require_accept(LINEITEM_TYPE)
    tool = require_token(platform, LINEITEM, LINEITEM_READONLY)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, tool)
        return answer(_as_json(platform, course, column, tool), LINEITEM_TYPE)


@blueprint.put(_ONE)
def change_item(course_id: str, item_id: str) -> Response:
    """What is not sent is wiped. The column gets the name, the activity keeps its own."""
    platform = current_platform()
    require_content_type(LINEITEM_TYPE)
    tool = require_token(platform, LINEITEM)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, tool)
        wanted = _body()
        link_id = _link_id(platform, course, tool, wanted)
        column.title = str(wanted["label"])
        column.resource_id = str(wanted.get("resourceId") or "")
        column.tag = str(wanted.get("tag") or "")
        column.link_id = link_id or column.link_id
        if float(wanted["scoreMaximum"]) != column.maximum:
            platform.gradebook.rescale(column, float(wanted["scoreMaximum"]))
    wanted["id"] = addresses.lineitem(platform, course.id, column.id, tool)
    return answer(wanted, LINEITEM_TYPE)


@blueprint.delete(_ONE)
def delete_item(course_id: str, item_id: str) -> Response:
    """Goes also for the column of an activity, grades and all."""
    platform = current_platform()
    tool = require_token(platform, LINEITEM)
    require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, tool)
        platform.gradebook.remove_column(column)
        for activity in platform.activities.values():
            if activity.column_id == column.id:
                activity.column_id = None
    return make_response("", 204)


@blueprint.route(f"{addresses.SERVICES}/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
def unknown(**_address: str) -> Response:
    raise no_handler()


def _as_json(platform: Platform, course: Course, column: Column, tool: Tool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": addresses.lineitem(platform, course.id, column.id, tool),
        "label": column.title,
        "scoreMaximum": column.maximum,
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    if column.link_id is not None:
        item |= {"resourceLinkId": str(column.link_id), "ltiLinkId": str(column.link_id)}
    return item
