"""The tool under attack: gunicorn with two workers, two LMSs, and what must be so after a blow."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import requests
from sqlalchemy import func, select, update

from lti_app.store.registrations import Registration
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Sandbox, Source
from lti_app.testing.tool import register
from tests.conftest import PUBLIC_URL
from tests.gunicorn import Browser, Process

Claims = dict[str, Any]
Edit = Callable[[Claims], object]
Begun = TypeVar("Begun")
#: The code and the number that a page of refusal shows.
QUOTED = re.compile(r"<code>(\w+) · ([0-9a-f]{12})</code>")
_LOG_SECONDS = 5.0
#: So many logins are begun before the tool is started anew: a start takes seconds, and what began
#: before it is all the same to it.
_AHEAD = 30


@dataclass
class Login:
    """A login that has got as far as the LMS, in its browser."""

    browser: Browser
    state: str
    nonce: str
    claims: Claims


@dataclass
class OwnLms:
    """An LMS that is there for one attack, and Alice's login from there.

    Its address leads nowhere: no more than its keys is asked for.
    """

    arena: "Arena"
    lms: Sandbox
    registration_id: UUID
    login: Login

    def keep_keys_at(self, url: str) -> None:
        """Say where its key server is."""
        mine = update(Registration).where(Registration.id == self.registration_id)
        with transaction(self.arena.database):
            db().execute(mine.values(jwks_url=url))

    def launch(self) -> "Blow":
        """Post its answer to the login."""
        return self.arena.launch(self.login, self.lms.sign(self.login.claims))


@dataclass
class Blow:
    """One hostile request and its answer."""

    answer: requests.Response
    seconds: float
    #: How many visits and registrations there were before.
    stood: tuple[int, int]
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
    #: What has been begun for later, by its kind.
    begun: dict[object, list[Any]] = field(default_factory=dict)

    def begin(self, person: str = "alice", source: Source | None = None) -> Login:
        """Log in, up to the LMS's authorization address."""
        kind = ("login", person, source is None)
        login = self.ahead(kind, lambda: self._begin(self.lms, person, source))
        # An LMS says when it signs, however long ago the login was.
        login.claims = _claims(self.lms, person, source, login.nonce)
        return login

    def open_lms(self) -> OwnLms:
        """Let an LMS come up and be registered, and Alice log in from there."""
        own = self.ahead("lms", self._open_lms)
        own.login.claims = _claims(own.lms, "alice", None, own.login.nonce)
        return own

    def ahead(self, kind: object, begin: Callable[[], Begun]) -> Begun:
        """Return what has been begun; if the tool is started anew, then it was so since."""
        begun: list[Begun] = self.begun.setdefault(kind, [])
        if not begun:
            begun += [begin() for _ in range(_AHEAD if self.restarts else 1)]
            if self.restarts:
                self.process.restart()
        return begun.pop()

    def _open_lms(self) -> OwnLms:
        lms = Sandbox.demo(f"http://lms-{uuid4()}.example", PUBLIC_URL)
        lms.use_key(self.lms.signing_key)
        return OwnLms(self, lms, register(self.database, lms), self._begin(lms, "alice", None))

    def _begin(self, lms: Sandbox, person: str, source: Source | None) -> Login:
        browser, asked_for = Browser(), source or lms.activities[101]
        answer = self.process.post("/lti/login", browser, **lms.make_login(person, asked_for))
        answer = self.process.get(answer.headers["Location"], browser)
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        nonce = asked["nonce"][0]
        return Login(browser, asked["state"][0], nonce, _claims(lms, person, source, nonce))

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
        stood, began = self.count(), self.log.stat().st_size
        started = time.monotonic()
        # Not `request`: a prepared address is sent as it is, however odd.
        answer = (browser or Browser()).request(
            method, self.process.url + path, allow_redirects=False, timeout=30, **request
        )
        return Blow(answer, time.monotonic() - started, stood, began)

    def count(self) -> tuple[int, int]:
        """Return how many visits and registrations there are."""
        with transaction(self.database, read_only=True):
            registrations = db().scalar(select(func.count()).select_from(Registration)) or 0
        return self.count_visits(), registrations

    def count_visits(self) -> int:
        """Return how many visits there are."""
        with transaction(self.database, read_only=True):
            return db().scalar(select(func.count()).select_from(Visit)) or 0

    def line_of(self, number: str, began: int) -> Mapping[str, Any]:
        """Return the line of the log that quotes a number and says why not."""
        until = time.monotonic() + _LOG_SECONDS
        while time.monotonic() < until:
            for line in self.lines(began):
                if line.get("correlation_id") == number and line["event"] == "refused":
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{number} is not in the log")

    def lines(self, began: int = 0) -> list[Mapping[str, Any]]:
        """Return what was logged since."""
        with self.log.open("rb") as file:
            file.seek(began)
            text = file.read().decode(errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _claims(lms: Sandbox, person: str, source: Source | None, nonce: str) -> Claims:
    return lms.claims_for(person, source or lms.activities[101], nonce)


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
    assert arena.count() == blow.stood
    assert not [line for line in arena.lines(blow.log_began) if line["level"] == "error"]
    if case.code:
        quoted = QUOTED.search(blow.answer.text)
        assert quoted is not None, blow.answer.text
        assert quoted[1] == case.code
        line = arena.line_of(quoted[2], blow.log_began)
        assert (line["code"], line["status"]) == (case.code, case.status)
