"""A tool's side of the sandbox's Canvas."""

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.sandbox.canvas.scores import EXTENSION
from tests.functional.sandbox.calls import SCORE_TYPE, Clock


class CanvasServices:
    """Calls the grade services with a bearer token."""

    def __init__(self, sandbox: Sandbox, client: FlaskClient, clock: Clock) -> None:
        self.sandbox = sandbox
        self.client = client
        self.clock = clock
        tool = sandbox.tools[1]
        self.headers = {"Authorization": f"Bearer {sandbox.issue_access_token(tool, tool.scopes)}"}

    def call(self, method: str, path: str, body: object = None, **query: str) -> TestResponse:
        """Call an address below a course's API."""
        return self.client.open(
            f"/api/lti/courses/{path}",
            method=method,
            query_string=query,
            data=None if body is None else json.dumps(body),
            headers=self.headers | ({"Content-Type": SCORE_TYPE} if body is not None else {}),
        )

    def column(self, activity: Activity) -> str:
        """Return the path of an activity's own column."""
        return f"{activity.course.id}/line_items/{activity.column_id}"

    def post_score(
        self, activity: Activity, username: str, extension: object = None, **changes: Any
    ) -> TestResponse:
        """Post a finished grade of 80 of 100; a change to None leaves the member out."""
        score = {
            "userId": self.sandbox.subject(username),
            "timestamp": self.clock().isoformat(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": 80,
            "scoreMaximum": 100,
            EXTENSION: extension,
        } | changes
        score = {name: value for name, value in score.items() if value is not None}
        return self.call("POST", f"{self.column(activity)}/scores", score)

    def result(self, activity: Activity, username: str) -> dict[str, Any] | None:
        """Return what a tool reads of a cell."""
        user = self.sandbox.subject(username)
        answer = self.call("GET", f"{self.column(activity)}/results", user_id=user)
        found: list[dict[str, Any]] = answer.get_json()
        return found[0] if found else None

    def grade(self, activity: Activity, username: str, value: float | None) -> None:
        """Have the teacher type a grade."""
        column = self.sandbox.gradebook.columns[activity.column_id or 0]
        person = self.sandbox.person(username)
        self.sandbox.gradebook.grade_by_teacher(column, person.id, value, self.clock())

    def cell(self, activity: Activity, username: str) -> CanvasCell:
        """Return the submission of a person."""
        cell = self.sandbox.grade(activity, username)
        assert isinstance(cell, CanvasCell)
        return cell
