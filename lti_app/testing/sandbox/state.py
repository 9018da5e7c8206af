"""Everything that an LMS remembers, in memory, behind one lock."""

from __future__ import annotations

import itertools
import secrets
import string
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app

from lti_app.testing.sandbox.faults import Fault, Switches
from lti_app.testing.sandbox.gradebook import Cell, Gradebook
from lti_app.testing.sandbox.people import Course, Enrolment, Person, Role
from lti_app.testing.sandbox.service_log import ServiceLog
from lti_app.testing.sandbox.sessions import Sessions
from lti_app.testing.sandbox.signing import SigningKey
from lti_app.testing.sandbox.tools import ALL_SCOPES, Activity, Tool

ACCESS_TOKEN_LIFE = 3600


@dataclass(frozen=True)
class AccessToken:
    """A bearer token that the LMS gave to a tool."""

    tool: Tool
    scopes: frozenset[str]
    expires_at: datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _look_away(_family: str, _stage: str) -> None:
    """Do nothing: nobody is interested."""


def new_client_id() -> str:
    """Fifteen random letters and digits."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(15))


class Platform:
    """The state of one LMS. Hold `lock` around whatever must not change in between."""

    cookie_prefix = "MoodleSession"
    #: A column is called as the tool's label says, and not like its link.
    names_columns_by_label = False
    #: Told of every service request when it has `arrived`, is `handled`, and is `answered`:
    #: family and stage. Tests let things happen at just that moment.
    watch: Callable[[str, str], None] = staticmethod(_look_away)
    #: How the storage for tools behaves, where the product has one: see `storage.py`.
    storage_mode = "forwarding"
    #: Seconds for which a new token is good.
    access_token_life = ACCESS_TOKEN_LIFE

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        issuer: str | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.name = name
        self.clock = clock
        self.clock_skew = 0
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.people: dict[str, Person] = {}
        self.courses: dict[int, Course] = {}
        self.activities: dict[int, Activity] = {}
        self.tools: dict[int, Tool] = {}
        self.gradebook = Gradebook()
        self.sessions = Sessions()
        self.log = ServiceLog()
        self.switches = Switches()
        self._keys: list[SigningKey] = []
        self.access_tokens: dict[str, AccessToken] = {}
        self.seen_assertions: set[str] = set()
        self.rate_limit_remaining = 700.0
        self.tokens_issued = 0
        self.keysets: dict[str, object] = {}
        self._issuer = issuer
        self._person_ids = itertools.count(2)
        self._course_ids = itertools.count(2)
        self._activity_ids = itertools.count(11)
        self._cmids = itertools.count(101)

    @property
    def issuer(self) -> str:
        return self._issuer or self.base_url

    @property
    def cookie_name(self) -> str:
        """Ports share cookies, so each LMS on a host needs a name of its own."""
        return f"{self.cookie_prefix}{urlsplit(self.base_url).port or ''}"

    def url(self, path: str) -> str:
        return self.base_url + path

    def now(self) -> datetime:
        return self.clock()

    def token_time(self) -> int:
        """The time that signed tokens carry, wrong by `clock_skew` seconds."""
        return int(self.now().timestamp()) + self.clock_skew

    # People and courses

    def add_person(
        self,
        username: str,
        given_name: str,
        family_name: str,
        *,
        is_admin: bool = False,
        is_test: bool = False,
    ) -> Person:
        email = f"{username}@example.org"
        person = Person(next(self._person_ids), username, given_name, family_name, email, is_admin)
        person.is_test = is_test
        self.people[username] = person
        return person

    def person(self, who: Person | str) -> Person:
        return who if isinstance(who, Person) else self.people[who]

    def person_by_id(self, person_id: int) -> Person | None:
        return next((one for one in self.people.values() if one.id == person_id), None)

    def add_course(self, full_name: str, short_name: str) -> Course:
        course = Course(next(self._course_ids), full_name, short_name)
        self.courses[course.id] = course
        return course

    def enrol(self, course: Course, who: Person | str, role: Role = Role.STUDENT) -> Enrolment:
        person = self.person(who)
        course.enrolments[person.id] = Enrolment(person, role)
        return course.enrolments[person.id]

    # Tools and activities

    def new_tool(
        self,
        name: str,
        login_url: str,
        redirect_uris: Iterable[str],
        jwks_url: str,
        target_link_uri: str,
        *,
        custom: str = "",
        scopes: Iterable[str] = ALL_SCOPES,
        sends_name: bool = True,
        sends_email: bool = True,
        client_id: str | None = None,
        active: bool = True,
    ) -> Tool:
        with self.lock:
            tool = Tool(
                id=max(self.tools, default=0) + 1,
                name=name,
                client_id=client_id or new_client_id(),
                login_url=login_url,
                redirect_uris=tuple(redirect_uris),
                jwks_url=jwks_url,
                target_link_uri=target_link_uri,
                custom=custom,
                scopes=tuple(scopes),
                sends_name=sends_name,
                sends_email=sends_email,
                active=active,
                picker_url=target_link_uri,
            )
            self.tools[tool.id] = tool
        return tool

    def tool_of(self, client_id: object) -> Tool | None:
        return next((one for one in self.tools.values() if one.client_id == client_id), None)

    def add_activity(
        self,
        course: Course,
        tool: Tool,
        title: str,
        custom: str = "",
        *,
        description: str = "",
        target_link_uri: str | None = None,
        graded: bool = True,
    ) -> Activity:
        """Put a link into a course; a graded one gets a column of its own, maximum 100.

        A tool that nobody has activated is not offered in courses.
        """
        if not tool.active:
            raise ValueError(f"{tool.name} is not active")
        with self.lock:
            activity = Activity(
                id=next(self._activity_ids),
                cmid=next(self._cmids),
                course=course,
                tool=tool,
                title=title,
                description=description,
                custom=custom,
                target_link_uri=target_link_uri or tool.target_link_uri,
            )
            if graded:
                column = self.gradebook.add_column(
                    course.id, tool.id, title, activity_id=activity.id, link_id=activity.id
                )
                activity.column_id = column.id
            self.activities[activity.cmid] = activity
        return activity

    def grade(self, activity: Activity, who: Person | str) -> Cell:
        """The cell of one person in an activity's own column."""
        if activity.column_id is None:
            raise LookupError(f"{activity.title} has no column")
        with self.lock:
            return self.gradebook.cell(activity.column_id, self.person(who).id)

    # Keys, tokens, faults

    @property
    def keys(self) -> list[SigningKey]:
        """What the key server publishes; the first key is made when it is first needed."""
        with self.lock:
            self._keys = self._keys or [SigningKey()]
            return self._keys

    @property
    def signing_key(self) -> SigningKey:
        return self.keys[-1]

    def use_key(self, key: SigningKey) -> None:
        """Sign with a key that exists already: making one takes a while."""
        with self.lock:
            self._keys = [key]

    def rotate_key(self, *, keep_old: bool = False) -> str:
        """Sign with a new key from now on; returns its kid."""
        with self.lock:
            self._keys = [*(self.keys if keep_old else []), SigningKey()]
        return self.signing_key.kid

    def issue_access_token(self, tool: Tool, scopes: Iterable[str]) -> str:
        value = secrets.token_hex(16)
        expires_at = self.now() + timedelta(seconds=self.access_token_life)
        with self.lock:
            self.access_tokens[value] = AccessToken(tool, frozenset(scopes), expires_at)
            self.tokens_issued += 1
        return value

    def access_token(self, value: str) -> AccessToken | None:
        with self.lock:
            token = self.access_tokens.get(value)
        return token if token and token.expires_at > self.now() else None

    def revoke_tokens(self) -> None:
        """Forget every access token, as Moodle does when a tool is edited."""
        with self.lock:
            self.access_tokens.clear()

    def fail(
        self,
        family: str,
        mode: str,
        *,
        seconds: float | None = None,
        count: int | None = None,
        after: int = 0,
    ) -> None:
        """Break a service: `sandbox.fail("scores", "500", count=2)`."""
        self.switches.set(family, Fault(mode, seconds, count, after))


def current_platform() -> Platform:
    """The LMS that the request being handled belongs to."""
    platform = current_app.extensions["sandbox"]
    assert isinstance(platform, Platform)
    return platform
