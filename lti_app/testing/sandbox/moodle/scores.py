"""Scores that a tool posts: checked, stored and refused as Moodle 4.5 does it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, request

from lti_app.testing.sandbox.gradebook import LockedGradeError, Score, StaleScoreError
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.numbers import is_numeric, read_date
from lti_app.testing.sandbox.moodle.service import (
    SCORE_TYPE,
    RefusedError,
    refusal,
    require_column,
    require_content_type,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import current_platform
from lti_app.testing.sandbox.tools import SCORE

blueprint = Blueprint("moodle_scores", __name__)
blueprint.register_error_handler(RefusedError, refusal)

_SCORES = f"{addresses.SERVICES}/<course_id>/lineitems/<item_id>/lineitem/scores"


@blueprint.get(_SCORES)
def read_scores(**_address: str) -> Response:
    raise RefusedError(405, "GET requests are not allowed.")


@blueprint.post(_SCORES)
def post_score(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    require_content_type(SCORE_TYPE)
    tool = require_token(platform, SCORE)
    course = require_course(platform, course_id)
    with platform.lock:
        column = require_column(platform, item_id, tool)
        posted = _posted(course)
        if posted is None:
            return _refused(400, "Incorrect score received" + request.get_data(as_text=True))
        person_id, score = posted
        try:
            platform.gradebook.take_score(column, person_id, score, platform.now())
        except StaleScoreError:
            reason = "Refusing score with an earlier timestamp for item"
            return _refused(409, f"{reason} {column.id} and user {person_id}")
        except LockedGradeError:
            return _refused(500, "Internal Server Error")
    return make_response("", 200, {"Content-Type": f"{SCORE_TYPE}; charset=utf-8"})


def _refused(status: int, reason: str) -> Response:
    """Here Moodle says why in the status line; the body is an empty list whatever went wrong."""
    line = " ".join(reason.split()).encode("latin-1", "replace").decode("latin-1")
    response = make_response("[]")
    response.status = f"{status} {line}"
    response.headers["Content-Type"] = "text/html; charset=UTF-8"
    return response


def _posted(course: Course) -> tuple[int, Score] | None:
    """Person and score, or None: all mistakes get the same answer.

    The activity's progress may be any word. Unless the grading is finished, what was posted is
    "no grade", and that erases the one there is.
    """
    try:
        body: Any = json.loads(request.get_data())
    except ValueError:
        return None
    required = ("userId", "timestamp", "activityProgress", "gradingProgress")
    if not isinstance(body, dict) or any(body.get(name) is None for name in required):
        return None
    at = read_date(body["timestamp"])
    given, maximum = body.get("scoreGiven"), body.get("scoreMaximum")
    if at is None or (given is not None and (not is_numeric(given) or maximum is None)):
        return None
    if maximum is not None and not is_numeric(maximum):
        return None
    user = str(body["userId"])
    if not user.isdecimal() or not course.is_gradable(int(user)):
        return None
    if body["gradingProgress"] != "FullyGraded":
        given = None
    return int(user), Score(
        given=None if given is None else float(given),
        maximum=1.0 if maximum is None else float(maximum),
        comment=body.get("comment"),
        at=at,
    )
