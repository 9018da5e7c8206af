"""The tool under attack: gunicorn with two workers, two LMSs, and what must be so after a blow."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import func, select

from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Sandbox, Source
from tests.gunicorn import Browser, Process

Claims = dict[str, Any]
Edit = Callable[[Claims], object]
#: The code and the number that a page of refusal shows.
QUOTED = re.compile(r"<code>(\w+) · ([0-9a-f]{12})</code>")
_LOG_SECONDS = 5.0
#: So many logins are begun before the tool is started anew: a start takes seconds, and what began
#: before it is all the same to it. At an LMS that is there for one attack, there is one.
_AHEAD = 30


@dataclass
class Login:
    """A login that has got as far as the LMS, in its browser."""

    browser: Browser
    state: str
    nonce: str
    claims: Claims


@dataclass
class Blow:
    """One hostile request and its answer."""

    answer: requests.Response
    seconds: float
    visits: int
    log_began: int


@dataclass
class Arena:
    """What an attacker meets, and a referee can look into."""

    process: Process
    lms: Sandbox
    other: Sandbox
    database: Database
    log: Path
    #: Whether the tool is started anew between login and launch.
    restarts: bool = False
    _ahead: dict[tuple[object, ...], list[Login]] = field(default_factory=dict)

    def begin(
        self, lms: Sandbox | None = None, person: str = "alice", source: Source | None = None
    ) -> Login:
        """Log in, up to the LMS's authorization address."""
        lms = lms or self.lms
        if not self.restarts:
            return self._begin(lms, person, source)
        kind = (lms.issuer, person, source is None)
        if not self._ahead.get(kind):
            some = range(_AHEAD if lms is self.lms else 1)
            self._ahead[kind] = [self._begin(lms, person, source) for _ in some]
            self.process.restart()
        return self._ahead[kind].pop()

    def _begin(self, lms: Sandbox, person: str, source: Source | None) -> Login:
        browser, source = Browser(), source or lms.activities[101]
        answer = self.process.post("/lti/login", browser, **lms.make_login(person, source))
        answer = self.process.get(answer.headers["Location"], browser)
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        nonce = asked["nonce"][0]
        claims = lms.claims_for(person, source, nonce)
        return Login(browser, asked["state"][0], nonce, claims)

    def enter(self, person: str = "alice", lms: Sandbox | None = None) -> tuple[Browser, str]:
        """Launch somebody; returns their browser and the address of their visit."""
        login = self._begin(lms or self.lms, person, None)
        token = (lms or self.lms).sign(login.claims)
        answer = self.launch(login, token).answer
        assert answer.status_code == 303, answer.text
        self.process.get(answer.headers["Location"], login.browser)
        return login.browser, "/".join(answer.headers["Location"].split("/")[:3])

    def launch(self, login: Login, token: str, **form: str) -> Blow:
        """Post an LMS's answer."""
        fields = {"state": login.state, "id_token": token} | form
        return self.strike("POST", "/lti/launch", login.browser, data=fields)

    def strike(
        self, method: str, path: str, browser: Browser | None = None, **request: Any
    ) -> Blow:
        """Send one request, and note how things stood before it."""
        visits, began = self.count_visits(), self.log.stat().st_size
        started = time.monotonic()
        # Not `request`: a prepared address is sent as it is, however odd.
        answer = (browser or Browser()).request(
            method, self.process.url + path, allow_redirects=False, timeout=30, **request
        )
        return Blow(answer, time.monotonic() - started, visits, began)

    def count_visits(self) -> int:
        """Return how many visits there are."""
        with transaction(self.database, read_only=True):
            return db().scalar(select(func.count()).select_from(Visit)) or 0

    def line_of(self, number: str, began: int) -> Mapping[str, Any]:
        """Return the line of the log that quotes a number."""
        until = time.monotonic() + _LOG_SECONDS
        while time.monotonic() < until:
            for line in self.lines(began):
                if line.get("correlation_id") == number and "code" in line:
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{number} is not in the log")

    def lines(self, began: int = 0) -> list[Mapping[str, Any]]:
        """Return what was logged since."""
        with self.log.open("rb") as file:
            file.seek(began)
            text = file.read().decode(errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


Attack = Callable[[Arena], Blow]


def request(method: str, path: str, **how: Any) -> Attack:
    """Return an attack of one request by a browser that was never here."""
    return lambda arena: arena.strike(method, path, **how)


@dataclass(frozen=True)
class Case:
    """One attack, and how it ends.

    Attributes:
        name: what it is.
        attack: carries it out; the last request is the hostile one.
        status: of the answer.
        code: on the page; empty where gunicorn itself refuses, before the tool is asked.
        seconds: until when the answer has to be there.
    """

    name: str
    attack: Attack
    status: int
    code: str
    seconds: float = 5.0


def assert_refused(arena: Arena, case: Case) -> None:
    """Carry out an attack and see that it is refused as it must be, and leaves nothing behind."""
    blow = case.attack(arena)
    assert blow.answer.status_code == case.status, blow.answer.text
    assert blow.seconds < case.seconds
    assert arena.count_visits() == blow.visits
    assert not [line for line in arena.lines(blow.log_began) if line["level"] == "error"]
    if case.code:
        quoted = QUOTED.search(blow.answer.text)
        assert quoted is not None, blow.answer.text
        assert quoted[1] == case.code
        line = arena.line_of(quoted[2], blow.log_began)
        assert (line["code"], line["status"]) == (case.code, case.status)
