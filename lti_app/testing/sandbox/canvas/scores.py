"""Scores that a tool posts: checked, stored and refused as Canvas does it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.gradebook import (
    CanvasScore,
    NoAttemptsLeftError,
    OldTimestampError,
)
from lti_app.testing.sandbox.canvas.service import (
    SCORE_TYPE,
    RefusedError,
    activity_of,
    answer,
    gradebook_of,
    refusal,
    require_column,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.people import Course, Person
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import SCORE

blueprint = Blueprint("canvas_scores", __name__)
blueprint.register_error_handler(RefusedError, refusal)

EXTENSION = "https://canvas.instructure.com/lti/submission"
_REQUIRED = ("userId", "activityProgress", "gradingProgress", "timestamp")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_FUTURE = timedelta(minutes=1)


@blueprint.post(f"{addresses.LINE_ITEM}/scores")
def post_score(course_id: str, item_id: str) -> Response:
    platform = current_platform()
    tool = require_token(platform, SCORE)
    course = require_course(platform, course_id)
    body: Any = request.get_json(force=True, silent=True)
    with platform.lock:
        column = require_column(platform, item_id, course, tool)
        if not isinstance(body, dict):
            raise RefusedError(400, "param is missing or the value is empty")
        person = _gradable(platform, course, body.get("userId"))
        score = _read(platform, column, body)
        activity = activity_of(platform, column)
        if activity is not None and not activity.published:
            raise RefusedError(422, "The assignment is not published")
        try:
            cell = gradebook_of(platform).post(column, person.id, score, platform.now())
        except OldTimestampError as error:
            sent = f"Provided timestamp of {body['timestamp']}"
            raise RefusedError(400, f"{sent} before last updated timestamp of {error}") from None
        except NoAttemptsLeftError:
            text = "The maximum number of allowed attempts has been reached for this submission"
            raise RefusedError(422, text) from None
        assert cell.result
        where = addresses.lineitem(platform, course.id, column.id)
    return answer({"resultUrl": f"{where}/results/{cell.result.id}"}, SCORE_TYPE)


def _gradable(platform: Platform, course: Course, user: object) -> Person:
    """Students only, by either of the ids that Canvas has for a person."""
    for person in platform.people.values():
        if str(user) in (str(person.id), addresses.subject(platform, person)):
            if course.is_gradable(person.id) and course.lets_in(person) and not person.is_test:
                return person
            break
    raise RefusedError(422, "User not found in course or is not a student")


def _read(platform: Platform, column: Column, body: dict[str, Any]) -> CanvasScore:
    for name in _REQUIRED:
        if not body.get(name):
            raise RefusedError(400, f"param is missing or the value is empty: {name}")
    extension = body.get(EXTENSION) or {}
    score = CanvasScore(
        given=_number(body, "scoreGiven"),
        maximum=_number(body, "scoreMaximum"),
        progress=str(body["gradingProgress"]),
        comment=body.get("comment"),
        at=_moment(body["timestamp"]),
        new_submission=extension.get("new_submission", True) is not False
        and extension.get("submission_type") != "none",
        preserve_score=extension.get("preserve_score") is True,
        prioritize_non_tool_grade=extension.get("prioritize_non_tool_grade") is True,
        submitted_at=_submitted_at(platform, body, extension),
        submission_url=_submission_url(extension),
    )
    if not score.resets:
        _check_numbers(column, score)
    return score


def _number(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise RefusedError(422, f"{name} is not a number") from None


def _moment(value: object) -> datetime:
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value)
    raise RefusedError(400, f"Provided timestamp of {value} not a valid timestamp")


def _submitted_at(
    platform: Platform, body: dict[str, Any], extension: dict[str, Any]
) -> datetime | None:
    submission = body.get("submission") or {}
    value = submission.get("submittedAt") or extension.get("submitted_at")
    moment = _moment(value) if value else None
    if moment and moment > platform.now() + _FUTURE:
        raise RefusedError(400, f"Provided submitted_at timestamp of {value} in the future")
    return moment


def _submission_url(extension: dict[str, Any]) -> str | None:
    if extension.get("submission_type") != "basic_lti_launch":
        return None
    url = extension.get("submission_data")
    if not isinstance(url, str) or not url:
        raise RefusedError(400, "submission_data is missing")
    return url


def _check_numbers(column: Column, score: CanvasScore) -> None:
    if score.maximum is None:
        raise RefusedError(422, "ScoreMaximum not supplied when ScoreGiven present.")
    if score.maximum < 0:
        raise RefusedError(422, "ScoreMaximum must be greater than or equal to 0")
    if score.maximum == 0 and column.maximum != 0:
        raise RefusedError(422, "cannot be zero if line item's maximum is not zero")
    if score.given is not None and score.given < 0:
        raise RefusedError(422, "ScoreGiven must be greater than or equal to 0")
