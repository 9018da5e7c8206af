"""The profile `moodle`: everything by which this LMS differs from another one."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint

from lti_app.testing.sandbox.gradebook import Gradebook
from lti_app.testing.sandbox.moodle import (
    addresses,
    launch,
    lineitems,
    registration,
    results,
    roster,
    scores,
    selection,
    tokens,
)
from lti_app.testing.sandbox.moodle.claims import claims_of
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.signing import Claims
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Review, Selection, Source, Tool

_SERVICE_FAMILIES = (
    ("token", re.compile(re.escape(addresses.TOKEN))),
    ("jwks", re.compile(re.escape(addresses.CERTS))),
    ("configuration", re.compile(re.escape(addresses.CONFIGURATION))),
    ("registration", re.compile(re.escape(addresses.REGISTRATION))),
    ("scores", re.compile(r"/mod/lti/services\.php/.*/scores")),
    ("results", re.compile(r"/mod/lti/services\.php/.*/results")),
    ("memberships", re.compile(r"/mod/lti/services\.php/.*/memberships")),
    ("lineitems", re.compile(r"/mod/lti/services\.php/.*")),
)
_FEATURES = ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay")


class Moodle:
    """Moodle 4.5.6 with the stock external tool module."""

    family = "moodle"
    cookie_prefix = "MoodleSession"
    auth_path = addresses.AUTH
    token_path = addresses.TOKEN
    jwks_path = addresses.CERTS
    has_storage = False
    tools_path = addresses.TOOLS
    names_columns_by_label = False

    def blueprints(self) -> list[Blueprint]:
        """The order does not matter: the most exact address wins."""
        modules = (launch, selection, tokens, lineitems, scores, results, roster, registration)
        return [module.blueprint for module in modules]

    def gradebook(self) -> Gradebook:
        return Gradebook()

    def service_headers(self, platform: Platform) -> dict[str, str]:
        """Moodle counts no requests."""
        return {}

    def subject(self, platform: Platform, person: Person) -> str:
        return str(person.id)

    def deployment_id(self, tool: Tool) -> str:
        return tool.deployment_id

    def family_of(self, path: str) -> str | None:
        """The family of services that an address belongs to; None for pages."""
        matching = (name for name, pattern in _SERVICE_FAMILIES if pattern.fullmatch(path))
        return next(matching, None)

    def activity_path(self, activity: Activity) -> str:
        return f"{addresses.VIEW}?id={activity.cmid}"

    def frame_path(self, activity: Activity) -> str:
        path = f"{addresses.LAUNCH}?id={activity.cmid}"
        if isinstance(activity, Review):
            user = f"&user={activity.about.id}" if activity.about else ""
            return f"{path}&action=gradeReport{user}"
        return path

    def review_path(self, activity: Activity, about: Person) -> str:
        """The grade analysis."""
        return f"{addresses.GRADE}?id={activity.cmid}&userid={about.id}"

    def column_path(self, activity: Activity) -> str | None:
        """What the menu of a column calls the results of the external tool."""
        return f"{addresses.GRADE}?id={activity.cmid}"

    def review(
        self, _platform: Platform, activity: Activity, about: Person | None
    ) -> Review | None:
        """The grade analysis of one person or of none, at whatever has a column."""
        return launch.review(activity, about) if activity.column_id is not None else None

    def placements(self) -> dict[str, str]:
        """The places from which a tool is asked for links: one, in Moodle."""
        return {"": "Add an activity"}

    def selection_path(self, asked: Selection) -> str:
        parts: dict[str, str | int] = {"id": asked.tool.id, "course": asked.course.id}
        if asked.activity:
            parts["update"] = asked.activity.cmid
        return f"{addresses.SELECT}?{urlencode(parts)}"

    def frame_allows(self, activity: Activity) -> str:
        """The frame's `allow`: neither clipboard nor storage-access among it."""
        return "; ".join(f"{feature} {activity.tool.origin}" for feature in _FEATURES)

    def cookie_goes_cross_site(self, user_agent: str) -> bool:
        """Only Chrome gets its session cookie with SameSite=None; Secure."""
        return "Chrome/" in user_agent

    def login_parameters(
        self, platform: Platform, person: Person, source: Source, launch_id: str
    ) -> dict[str, str]:
        return launch.login_parameters(platform, person, source, launch_id)

    def claims(self, platform: Platform, person: Person, source: Source, nonce: str) -> Claims:
        return claims_of(platform, person, source, nonce)
