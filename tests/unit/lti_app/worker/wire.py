"""The tool's HTTP client, connected to a sandbox LMS of the same process."""

import json
from collections.abc import Callable, Mapping

from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.settings import Settings
from lti_app.testing.sandbox import Sandbox, create_app

LMS = "https://lms.test"


class Wire(HttpClient):
    """Takes the place of the network between the tool and a sandbox LMS, and of its tokens."""

    def __init__(self, wanted: Settings, lms: Sandbox) -> None:
        super().__init__(wanted)
        self.lms = lms
        self.app = create_app(lms)
        self.fault = "none"
        self.read_fault = "none"
        self.calls: list[str] = []
        self.after_read: Callable[[], object] | None = None

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        deadline: float = 8.0,
        largest: int = 0,
    ) -> Response:
        """Answer a GET, the way that was asked for if it is one of results."""
        fault = "none"
        if "/results" in url:
            fault, self.read_fault = self.read_fault, "none"
        if fault.isdecimal():
            return Response(int(fault), {}, b"")
        answer = self._answer("GET", url, headers, b"")
        self._break(fault, "after")
        if self.after_read:
            self.after_read()
        return answer

    def post(
        self,
        url: str,
        data: bytes | Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Response:
        """Answer a POST, the way that was asked for if it is one of a score."""
        if url.endswith("/token"):
            tool = self.lms.tools[1]
            token = self.lms.issue_access_token(tool, tool.scopes)
            return Response(200, {}, json.dumps({"access_token": token}).encode())
        if not url.endswith("/scores") and "/scores?" not in url:
            return self._answer("POST", url, headers, bytes(data))  # type: ignore[arg-type]
        fault, self.fault = self.fault, "none"
        if fault.isdecimal():
            return Response(int(fault), {}, b"")
        self._break(fault, "before")
        answer = self._answer("POST", url, headers, bytes(data))  # type: ignore[arg-type]
        self._break(fault, "after")
        return answer

    def _break(self, fault: str, moment: str) -> None:
        if fault == f"lost {moment}":
            raise HttpFailure("timeout")
        if fault == f"dies {moment}":
            raise KeyboardInterrupt

    def _answer(
        self, method: str, url: str, headers: Mapping[str, str] | None, data: bytes
    ) -> Response:
        self.calls.append(f"{method} {url.removeprefix(LMS)}")
        answer = self.app.test_client().open(
            url.removeprefix(LMS), method=method, headers=dict(headers or {}), data=data
        )
        return Response(answer.status_code, dict(answer.headers), answer.get_data())
