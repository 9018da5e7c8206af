"""The sandbox LMS as tests and the demo hold it: its state, its profile, and its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc.jwk import ECKey, RSAKey

from lti_app.testing.sandbox import demo
from lti_app.testing.sandbox.canvas.profile import Canvas
from lti_app.testing.sandbox.moodle.profile import Moodle
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.sessions import new_launch_id
from lti_app.testing.sandbox.signing import Claims, sign
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import (
    ALL_SCOPES,
    Activity,
    Registration,
    Review,
    Selection,
    Source,
    Tool,
)

_PROFILES: dict[str, type[Moodle | Canvas]] = {"moodle": Moodle, "canvas": Canvas}
_OWN_KID = "the kid of the key that signs"


class Sandbox(Platform):
    """An LMS to test against. Serve it with `serve`, or mount `create_app(sandbox)`."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str = "Sandbox LMS",
        profile: str = "moodle",
        issuer: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if clock is None:
            super().__init__(base_url, name=name, issuer=issuer)
        else:
            super().__init__(base_url, name=name, issuer=issuer, clock=clock)
        self.profile = _PROFILES[profile]()
        self.cookie_prefix = self.profile.cookie_prefix
        self.names_columns_by_label = self.profile.names_columns_by_label
        self.gradebook = self.profile.gradebook()

    @classmethod
    def demo(
        cls,
        base_url: str,
        tool_url: str,
        *,
        name: str = "Sandbox LMS",
        profile: str = "moodle",
        issuer: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Sandbox:
        """Two courses, six people, and the tool at `tool_url` placed in both courses."""
        sandbox = cls.empty(base_url, name=name, profile=profile, issuer=issuer, clock=clock)
        demo.place(sandbox, tool_url.rstrip("/"))
        return sandbox

    @classmethod
    def empty(
        cls,
        base_url: str,
        *,
        name: str = "Sandbox LMS",
        profile: str = "moodle",
        issuer: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Sandbox:
        """The same courses and people without any tool."""
        sandbox = cls(base_url, name=name, profile=profile, issuer=issuer, clock=clock)
        demo.fill(sandbox)
        return sandbox

    def link_demo(self, tool: Tool) -> None:
        """Place a tool that registered by itself as `demo` places the one that did not."""
        demo.link(self, tool)

    # Registering

    def add_tool(
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
    ) -> Registration:
        """Register a tool; returns what its administrator has to type into the tool."""
        tool = self.new_tool(
            name,
            login_url,
            redirect_uris,
            jwks_url,
            target_link_uri,
            custom=custom,
            scopes=scopes,
            sends_name=sends_name,
            sends_email=sends_email,
        )
        return self.registration(tool)

    def registration(self, tool: Tool | None = None) -> Registration:
        """The registration of a tool, of the only or first one if none is named."""
        tool = tool or self.tools[1]
        return Registration(
            issuer=self.issuer,
            client_id=tool.client_id,
            deployment_id=self.profile.deployment_id(tool),
            auth_url=self.url(self.profile.auth_path),
            token_url=self.url(self.profile.token_path),
            jwks_url=self.url(self.profile.jwks_path),
        )

    def activity(self, title: str, course: str | None = None) -> Activity:
        """The activity of this title, in the course of this full name if there are several."""
        for activity in self.activities.values():
            if activity.title == title and course in (None, activity.course.full_name):
                return activity
        raise LookupError(title)

    def subject(self, who: Person | str) -> str:
        """What tools know a person by."""
        return self.profile.subject(self, self.person(who))

    # Messages, good and hostile

    def review(self, activity: Activity, about: Person | str | None) -> Review:
        """What is launched to look at one person's work in the gradebook of this product.

        None: at everybody's, from the head of a column.
        """
        person = None if about is None else self.person(about)
        found = self.profile.review(self, activity, person)
        if found is None:
            raise LookupError(f"no work to review at {activity.title}")
        return found

    def selection(self, course: str = "", placement: str = "assignment_selection") -> Selection:
        """A launch that asks the first tool for links to a course, of this full name if given."""
        chosen = next(one for one in self.courses.values() if course in ("", one.full_name))
        return Selection(chosen, self.tools[1], placement)

    def make_login(self, person: Person | str, source: Source) -> dict[str, str]:
        """The parameters that begin a launch, as the frame would post them to the tool."""
        return self.profile.login_parameters(
            self, self.person(person), source, new_launch_id(source)
        )

    def claims_for(self, person: Person | str, source: Source, nonce: str) -> Claims:
        """The claims of a good launch; change what you like before you sign them."""
        return self.profile.claims(self, self.person(person), source, nonce)

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        kid: str | None = _OWN_KID,
        alg: str = "RS256",
        key: RSAKey | ECKey | bytes | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Sign anything, also wrongly: another key, no kid, `none`, HS256 with the public PEM."""
        signing_key = self.signing_key
        written: dict[str, Any] = {"typ": "JWT", "alg": alg}
        if kid is not None:
            written["kid"] = signing_key.kid if kid is _OWN_KID else kid
        return sign(claims, signing_key, header=written | dict(header or {}), alg=alg, key=key)

    def answer_login(
        self,
        auth_url: str,
        person: Person | str,
        source: Source,
        edit: Callable[[Claims], object] | None = None,
    ) -> dict[str, str]:
        """The form that a good LMS posts to the tool, for the address the tool redirected to.

        `edit` may change the claims before they are signed.
        """
        query = parse_qs(urlsplit(auth_url).query)
        claims = self.claims_for(person, source, query["nonce"][0])
        if edit:
            edit(claims)
        return {"id_token": self.sign(claims), "state": query["state"][0]}
