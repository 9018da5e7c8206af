"""A tool's side of the sandbox: its clock, its calls to the services, its key server."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Activity, LoopbackServer, Sandbox

TOOL_URL = "http://127.0.0.1:5000"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        """Move the clock on."""
        self.time += timedelta(seconds=seconds)


class Services:
    """Calls the grade and roster services with a bearer token."""

    def __init__(self, sandbox: Sandbox, client: FlaskClient, clock: Clock) -> None:
        self.sandbox = sandbox
        self.client = client
        self.clock = clock
        tool = sandbox.tools[1]
        self.headers = {"Authorization": f"Bearer {sandbox.issue_access_token(tool, tool.scopes)}"}

    def call(self, method: str, url: str, body: object = None, **headers: str) -> TestResponse:
        """Call an address, with headers given as `accept=…` or `content_type=…`."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        return self.client.open(
            url.removeprefix(self.sandbox.base_url),
            method=method,
            data=None if body is None else json.dumps(body),
            headers={**self.headers, **named},
        )

    def lineitem(self, activity: Activity) -> str:
        """The path of an activity's own column."""
        return f"/mod/lti/services.php/{activity.course.id}/lineitems/{activity.column_id}/lineitem"

    def post_score(self, activity: Activity, username: str, **changes: Any) -> TestResponse:
        """Post a finished grade of 80 of 100; a change to None leaves the member out."""
        score = {
            "userId": str(self.sandbox.people[username].id),
            "timestamp": self.clock().isoformat(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": 80,
            "scoreMaximum": 100,
        } | changes
        score = {name: value for name, value in score.items() if value is not None}
        url = f"{self.lineitem(activity)}/scores?type_id=1"
        return self.call("POST", url, score, content_type=SCORE_TYPE)


class ToolKeys:
    """The key server of a tool, on a real port."""

    def __init__(self, key: RSAKey) -> None:
        self.keys = [key]
        self.fetched = 0
        self.answer: Callable[[], Response] | None = None
        app = Flask(__name__)
        app.add_url_rule("/jwks.json", view_func=self._serve, endpoint="jwks")
        self.server = LoopbackServer(app)
        self.url = f"{self.server.url}/jwks.json"

    def _serve(self) -> Response:
        self.fetched += 1
        if self.answer:
            return self.answer()
        return jsonify(keys=[key.as_dict(private=False) for key in self.keys])
