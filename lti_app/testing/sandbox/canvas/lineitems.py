"""The columns of the gradebook as a service: list (50 a page), make, read, change, delete."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.service import (
    LINEITEM_TYPE,
    LINEITEMS_TYPE,
    RefusedError,
    activity_of,
    answer,
    paged,
    refusal,
    require_column,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import LINEITEM, LINEITEM_READONLY, Activity, Tool

blueprint = Blueprint("canvas_lineitems", __name__)
blueprint.register_error_handler(RefusedError, refusal)

PAGE_SIZE = 50


@blueprint.get(addresses.LINE_ITEMS)
def list_items(course_id: str) -> Response:
    platform = current_platform()
    tool = require_token(platform, LINEITEM, LINEITEM_READONLY)
    course = require_course(platform, course_id)
    with platform.lock:
        items = [
            _as_json(platform, column)
            for column in platform.gradebook.columns_of(course.id)
            if column.tool_id == tool.id and _is_wanted(platform, column)
        ]
    shown, links = paged(items, addresses.lineitems(platform, course.id), PAGE_SIZE)
    response = answer(list(shown), LINEITEMS_TYPE)
    response.headers["Link"] = links
    return response


def _is_wanted(platform: Platform, column: Column) -> bool:
    wanted = request.args
    return (
        wanted.get("tag", column.tag) == column.tag
        and wanted.get("resource_id", column.resource_id) == column.resource_id
        and wanted.get("resource_link_id") in (None, _link_id(platform, column))
    )


@blueprint.post(addresses.LINE_ITEMS)
def create_item(course_id: str) -> Response:
    """Without a link of the course, a new assignment comes up beside the others."""
    platform = current_platform()
    tool = require_token(platform, LINEITEM)
    course = require_course(platform, course_id)
    wanted = _body()
    with platform.lock:
        link = _link(platform, course, tool, wanted.get("resourceLinkId"))
        column = platform.gradebook.add_column(
            course.id,
            tool.id,
            str(wanted["label"]),
            float(wanted["scoreMaximum"]),
            link_id=link.id if link else None,
            resource_id=str(wanted.get("resourceId") or ""),
            tag=str(wanted.get("tag") or ""),
        )
        return answer(_as_json(platform, column), LINEITEM_TYPE, 201)


def _body() -> dict[str, Any]:
    wanted = request.get_json(force=True, silent=True)
    if not isinstance(wanted, dict) or not str(wanted.get("label") or "").strip():
        raise RefusedError(400, "param is missing or the value is empty: label")
    try:
        wanted["scoreMaximum"] = float(wanted.get("scoreMaximum"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RefusedError(400, "param is missing or the value is empty: scoreMaximum") from None
    return wanted


def _link(platform: Platform, course: Course, tool: Tool, link_id: object) -> Activity | None:
    """A link that is not the tool's is not found; one that has no column makes no new one."""
    if not link_id:
        return None
    for activity in platform.activities.values():
        if addresses.link_id(activity) == link_id and activity.tool is tool:
            if activity.course is not course or activity.column_id is None:
                raise RefusedError(412, "")
            return activity
    raise RefusedError(404, "The specified resource does not exist.")


@blueprint.get(addresses.LINE_ITEM)
def read_item(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    tool = require_token(platform, LINEITEM, LINEITEM_READONLY)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, course, tool)
        return answer(_as_json(platform, column), LINEITEM_TYPE)


@blueprint.put(addresses.LINE_ITEM)
def change_item(course_id: str, item_id: str) -> Response:
    """What is not sent stays; a link's own column changes the assignment."""
    platform = current_platform()
    tool = require_token(platform, LINEITEM)
    course = require_course(platform, course_id)
    wanted: dict[str, Any] = request.get_json(force=True, silent=True) or {}
    with platform.lock:
        column = require_column(platform, item_id, course, tool)
        column.title = str(wanted.get("label") or column.title)
        column.resource_id = str(wanted.get("resourceId", column.resource_id))
        column.tag = str(wanted.get("tag", column.tag))
        column.maximum = float(wanted.get("scoreMaximum") or column.maximum)
        activity = activity_of(platform, column)
        if activity:
            activity.title = column.title
        return answer(_as_json(platform, column), LINEITEM_TYPE)


@blueprint.delete(addresses.LINE_ITEM)
def delete_item(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    tool = require_token(platform, LINEITEM)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, course, tool)
        if activity_of(platform, column):
            return make_response("", 401)
        platform.gradebook.remove_column(column)
    return make_response("", 204)


def _link_id(platform: Platform, column: Column) -> str | None:
    for activity in platform.activities.values():
        if column.link_id is not None and activity.id == column.link_id:
            return addresses.link_id(activity)
    return None


def _as_json(platform: Platform, column: Column) -> dict[str, Any]:
    item = {
        "id": addresses.lineitem(platform, column.course_id, column.id),
        "label": column.title,
        "scoreMaximum": column.maximum,
        "resourceId": column.resource_id or None,
        "tag": column.tag or None,
        "resourceLinkId": _link_id(platform, column),
    }
    return {name: value for name, value in item.items() if value is not None}
