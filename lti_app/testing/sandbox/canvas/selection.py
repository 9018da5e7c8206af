"""Deep linking as Canvas does it: the frame that asks a tool for links, and what it answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request
from joserfc import jwt
from joserfc.errors import JoseError

from lti_app.testing.sandbox.answers import error_page
from lti_app.testing.sandbox.canvas.launch import begin, session_of
from lti_app.testing.sandbox.canvas.placements import PLACEMENTS
from lti_app.testing.sandbox.canvas.tokens import RefusedError, keys_of
from lti_app.testing.sandbox.content import read_answer
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.selecting import finish
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Selection, Tool

blueprint = Blueprint("canvas_selection", __name__)


@blueprint.get("/courses/<int:course_id>/external_tools/<int:tool_id>/resource_selection")
def select(course_id: int, tool_id: int) -> Response:
    platform = current_platform()
    found = _wanted(platform, course_id, tool_id)
    if found is None:
        return error_page("You may not add anything here.", 401)
    session, selection = found
    return begin(platform, session, selection)


@blueprint.post("/courses/<int:course_id>/deep_linking_response")
def selected(course_id: int) -> Response:
    """Check the answer; a fault is JSON in the frame, and the teacher is stuck with it."""
    platform = current_platform()
    found = _wanted(platform, course_id, request.args.get("tool", 0, type=int))
    if found is None:
        return error_page("You may not add anything here.", 401)
    session, selection = found
    try:
        claims = _verified(platform, selection.tool, request.form.get("JWT", ""))
    except RefusedError as refused:
        name, words = refused.args
        return make_response(jsonify({"errors": {name: [{"message": words}]}}), 400)
    at_once = PLACEMENTS[selection.placement].creates_at_once
    return finish(platform, session, selection, read_answer(claims), creates_at_once=at_once)


def _wanted(
    platform: Platform, course_id: int, tool_id: int
) -> tuple[LmsSession, Selection] | None:
    session = session_of(platform)
    course, tool = platform.courses.get(course_id), platform.tools.get(tool_id)
    placement = request.args.get("placement", "")
    if session is None or course is None or tool is None or placement not in PLACEMENTS:
        return None
    if not course.edits_grades(session.person):
        return None
    return session, _selection(platform, course, tool, placement)


def _selection(platform: Platform, course: Course, tool: Tool, placement: str) -> Selection:
    activity = platform.activities.get(request.args.get("assignment_id", 0, type=int))
    return Selection(course, tool, placement, activity)


def _verified(platform: Platform, tool: Tool, token: str) -> dict[str, Any]:
    """Signature, sender, audience, times, and a nonce that was never seen before."""
    try:
        claims = jwt.decode(token, keys_of(tool), algorithms=["RS256"]).claims
    except (JoseError, KeyError, TypeError, ValueError):
        raise RefusedError("jwt", "JWT verification failure") from None
    now = platform.now().timestamp()
    audience = claims.get("aud")
    if claims.get("iss") != tool.client_id:
        raise RefusedError("jwt", "Client not found")
    if platform.issuer not in (audience if isinstance(audience, list) else [audience]):
        raise RefusedError("aud", "the 'aud' is invalid")
    if not claims.get("exp", 0) > now or claims.get("iat", now + 1) > now + 30:
        raise RefusedError("exp", "the JWT has expired or is not yet valid")
    nonce = str(claims.get("nonce") or "")
    with platform.lock:
        if not nonce or nonce in platform.seen_assertions:
            raise RefusedError("jti", "the 'jti' is invalid")
        platform.seen_assertions.add(nonce)
    return claims
