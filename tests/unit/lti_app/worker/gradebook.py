"""The grade services of an LMS, scripted: keeps cells, and fails as a test says."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lti_app.clock import real_now
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.settings import Settings
from lti_app.store.session import db

Fault = Response | HttpFailure | BaseException | Callable[[], object]

#: When these tests happen, unless they move on.
NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
ERROR = Response(500, {}, b"out of memory")
LOST = HttpFailure("timeout")


@dataclass(frozen=True)
class Call:
    """One call of the tool."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def score(self) -> dict[str, Any]:
        """Return the score that was posted."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


@dataclass
class Faults:
    """What the next calls of a service meet; a callable runs, and the call goes on as usual."""

    before: list[Fault] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)


class Gradebook(HttpClient):
    """Takes the place of the tool's HTTP client: no network, and a check at every call.

    Attributes:
        tells_time: answers say when they were made, so that columns are read as a whole.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.cells: dict[str, float] = {}
        self.maxima: dict[str, float] = {}
        self.calls: list[Call] = []
        self.tokens = 0
        self.valid_tokens: set[str] = set()
        self.tells_time = False
        self.faults = {name: Faults() for name in ("token", "scores", "results")}
        self._lock = threading.Lock()

    def of(self, service: str) -> list[Call]:
        """Return the calls of one service."""
        return [call for call in self.calls if _service(call.url) == service]

    def posts(self) -> Counter[str]:
        """Return how many scores were posted for whom."""
        return Counter(call.score["userId"] for call in self.of("scores"))

    def revoke(self) -> None:
        """Accept no token any more that was given out before."""
        self.valid_tokens.clear()

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        deadline: float = 8.0,
        largest: int = 0,
    ) -> Response:
        """Answer a GET."""
        return self._handle(Call("GET", url, headers or {}, b""))

    def post(
        self,
        url: str,
        data: bytes | Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Response:
        """Answer a POST."""
        return self._handle(Call("POST", url, headers or {}, bytes(data)))  # type: ignore[arg-type]

    def _handle(self, call: Call) -> Response:
        _check_no_transaction()
        with self._lock:
            self.calls.append(call)
        service = _service(call.url)
        faults = self.faults[service]
        if (met := _meet(faults.before)) is not None:
            return met
        answer = {"token": self._token, "scores": self._scores, "results": self._results}[service](
            call
        )
        met = _meet(faults.after)
        return answer if met is None else met

    def _token(self, _: Call) -> Response:
        with self._lock:
            self.tokens += 1
            token = f"token-{self.tokens}"
            self.valid_tokens.add(token)
        return Response(200, {}, json.dumps({"access_token": token, "expires_in": 3600}).encode())

    def _scores(self, call: Call) -> Response:
        if not self._is_authorised(call):
            return Response(401, {}, b"")
        self.cells[call.score["userId"]] = call.score["scoreGiven"]
        self.maxima[call.score["userId"]] = call.score["scoreMaximum"]
        return Response(200, {}, b"")

    def _results(self, call: Call) -> Response:
        if not self._is_authorised(call):
            return Response(401, {}, b"")
        users = parse_qs(urlsplit(call.url).query).get("user_id", [*self.cells])
        results = [self._result(user) for user in users if user in self.cells]
        date = {"Date": format_datetime(real_now(), usegmt=True)} if self.tells_time else {}
        return Response(200, date, json.dumps(results).encode())

    def _result(self, user: str) -> dict[str, object]:
        """Return a cell like an LMS that rescales nothing: what was posted, out of as much."""
        if not self.cells[user]:
            return {"userId": user}
        maximum = self.maxima.get(user, 100)
        return {"userId": user, "resultScore": self.cells[user], "resultMaximum": maximum}

    def _is_authorised(self, call: Call) -> bool:
        return call.headers["Authorization"].removeprefix("Bearer ") in self.valid_tokens


def _service(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]


def _check_no_transaction() -> None:
    try:
        db()
    except RuntimeError:
        return
    raise AssertionError("a transaction is open during a call to the LMS")


def _meet(faults: list[Fault]) -> Response | None:
    fault = faults.pop(0) if faults else None
    if fault is None or isinstance(fault, Response):
        return fault
    if isinstance(fault, BaseException):
        raise fault
    fault()
    return None
