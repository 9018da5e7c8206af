"""The pages where teachers add links, change, duplicate and delete them, and copy courses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, request

from lti_app.testing.sandbox import courses
from lti_app.testing.sandbox.answers import error_page, page
from lti_app.testing.sandbox.pages import (
    current_sandbox,
    current_session,
    go,
    take_notices,
    visible_course,
)
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.selecting import save
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Selection

blueprint = Blueprint("authoring", __name__, url_prefix="/course/<int:course_id>")


@blueprint.get("/select/<int:tool_id>")
def select(course_id: int, tool_id: int) -> Response:
    """The tool's own page to choose from, in a frame as large as Moodle's dialogue."""
    sandbox = current_sandbox()
    found = _edited(course_id)
    if isinstance(found, Response):
        return found
    course, _ = found
    tool = sandbox.tools.get(tool_id)
    if tool is None or not tool.offers_picker:
        return error_page("There is no such tool.", 404)
    activity = _activity(course, request.args.get("update", 0, type=int))
    placement = request.args.get("placement", "")
    selection = Selection(course, tool, placement, activity, activity.title if activity else "")
    frame = sandbox.profile.selection_path(selection)
    return page("select.html", course=course, tool=tool, activity=activity, frame=frame)


@blueprint.route("/picked/<key>", methods=["GET", "POST"])
def picked(course_id: int, key: str) -> Response:
    """What the tool sent back: one link fills a form, several are listed; nothing is made yet."""
    found = _edited(course_id)
    if isinstance(found, Response):
        return found
    course, session = found
    picked = session.picked.get(key)
    if picked is None or picked.selection.course is not course:
        return error_page("There is nothing to save.", 404)
    if request.method == "GET":
        return page(
            "picked.html",
            course=course,
            picked=picked,
            sesskey=session.sesskey,
            notices=take_notices(session),
        )
    items = picked.items
    if len(items) == 1 and request.form.get("name"):
        items = (replace(items[0], title=request.form["name"]),)
    del session.picked[key]
    save(current_sandbox(), picked.selection, items)
    return go(f"/course/{course.id}")


@blueprint.post("/links/<int:cmid>/duplicate")
def duplicate(course_id: int, cmid: int) -> Response:
    return _with_link(course_id, cmid, courses.duplicate)


@blueprint.post("/links/<int:cmid>/delete")
def delete(course_id: int, cmid: int) -> Response:
    return _with_link(course_id, cmid, courses.delete)


@blueprint.post("/copy")
def copy(course_id: int) -> Response:
    """Copy the course, or restore it from a backup: the same happens."""
    found = _edited(course_id)
    if isinstance(found, Response):
        return found
    course, _ = found
    how = "restored" if request.form.get("how") == "restore" else "copy"
    number = sum(course.id in one.history for one in current_sandbox().courses.values()) + 1
    copied = courses.copy_course(current_sandbox(), course, f"{course.full_name} {how} {number}")
    return go(f"/course/{copied.id}")


def _with_link(course_id: int, cmid: int, what: Callable[[Platform, Activity], object]) -> Response:
    found = _edited(course_id)
    if isinstance(found, Response):
        return found
    course, _ = found
    activity = _activity(course, cmid)
    if activity is None:
        return error_page("There is no such activity.", 404)
    what(current_sandbox(), activity)
    return go(f"/course/{course.id}")


def _activity(course: Course, cmid: int) -> Activity | None:
    activity = current_sandbox().activities.get(cmid)
    return activity if activity and activity.course is course else None


def _edited(course_id: int) -> tuple[Course, LmsSession] | Response:
    """The course, for who may edit it; what changes something carries the session's key."""
    course = visible_course(course_id)
    if isinstance(course, Response):
        return course
    session = current_session()
    assert session  # or the course would not be visible
    sent = request.form.get("sesskey") if request.method == "POST" else session.sesskey
    if not course.edits_grades(session.person) or sent != session.sesskey:
        return error_page("You may not edit this course.", 403)
    return course, session
