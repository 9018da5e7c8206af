"""Deep linking as Moodle does it: the frame that asks a tool for links, and what it answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.answers import error_page, form_page
from lti_app.testing.sandbox.content import read_answer
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.launch import login_parameters, repost, session_of
from lti_app.testing.sandbox.moodle.tokens import (
    NoKeysetError,
    RefusedError,
    check_times,
    verify,
)
from lti_app.testing.sandbox.selecting import finish
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Selection, Tool

blueprint = Blueprint("moodle_selection", __name__)


@blueprint.get(addresses.SELECT)
def select() -> Response:
    platform = current_platform()
    session = session_of(platform)
    selection = _wanted(platform, session)
    if session is None or selection is None:
        return error_page("Sorry, but you do not currently have permissions to do that.")
    with platform.lock:
        launch_id = session.begin_launch(selection)
    fields = login_parameters(platform, session.person, selection, launch_id)
    return form_page(selection.tool.login_url, fields)


@blueprint.post(addresses.SELECTED)
def selected() -> Response:
    """Take the answer if it is the tool's; audience, nonce and deployment are not looked at."""
    platform = current_platform()
    session = session_of(platform)
    if session is None and not request.form.get("repost"):
        return repost()
    selection = _wanted(platform, session)
    if session is None or selection is None or request.args.get("sesskey") != session.sesskey:
        return error_page("Your session has most likely timed out.")
    try:
        claims = _verified(platform, selection.tool, request.form.get("JWT", ""))
    except RefusedError as refused:
        return error_page(str(refused))
    except NoKeysetError:
        return error_page("Could not get the keys of the tool.")
    return finish(platform, session, selection, read_answer(claims))


def _wanted(platform: Platform, session: LmsSession | None) -> Selection | None:
    course = platform.courses.get(request.args.get("course", 0, type=int))
    tool = platform.tools.get(request.args.get("id", 0, type=int))
    if session is None or course is None or tool is None:
        return None
    if not course.edits_grades(session.person):
        return None
    activity = platform.activities.get(request.args.get("update", 0, type=int))
    title = request.args.get("title", "") or (activity.title if activity else "")
    return Selection(course, tool, activity=activity, title=title)


def _verified(platform: Platform, tool: Tool, token: str) -> dict[str, Any]:
    claims = verify(platform, tool, token)
    if claims.get("iss") != tool.client_id:
        raise RefusedError("Incorrect consumer key")
    check_times(claims, platform.now())
    return claims
