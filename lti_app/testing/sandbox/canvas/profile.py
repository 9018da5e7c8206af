"""The profile `canvas`: everything by which this LMS differs from another one."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint

from lti_app.testing.sandbox import storage
from lti_app.testing.sandbox.canvas import (
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
from lti_app.testing.sandbox.canvas.claims import claims_of
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell, CanvasGradebook
from lti_app.testing.sandbox.canvas.placements import PLACEMENTS
from lti_app.testing.sandbox.gradebook import Gradebook
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.signing import Claims
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Review, Selection, Source, Tool, review_of

_SERVICE_FAMILIES = (
    ("token", re.compile(re.escape(addresses.TOKEN))),
    ("jwks", re.compile(re.escape(addresses.CERTS))),
    ("configuration", re.compile(re.escape(addresses.CONFIGURATION))),
    ("registration", re.compile(re.escape(addresses.REGISTRATION))),
    ("scores", re.compile(r"/api/lti/courses/\d+/line_items/\d+/scores")),
    ("results", re.compile(r"/api/lti/courses/\d+/line_items/\d+/results(/\d+)?")),
    ("memberships", re.compile(r"/api/lti/courses/\d+/names_and_roles")),
    ("lineitems", re.compile(r"/api/lti/courses/\d+/line_items(/\d+)?")),
)


class Canvas:
    """Canvas as its source is published; all schools of a host may share one issuer."""

    family = "canvas"
    cookie_prefix = "canvas_session"
    auth_path = addresses.AUTH
    token_path = addresses.TOKEN
    jwks_path = addresses.CERTS
    tools_path = addresses.TOOLS
    names_columns_by_label = True
    has_storage = True

    def blueprints(self) -> list[Blueprint]:
        modules = (launch, selection, tokens, lineitems, scores, results, roster, registration)
        return [storage.blueprint, *(module.blueprint for module in modules)]

    def gradebook(self) -> Gradebook:
        return CanvasGradebook()

    def family_of(self, path: str) -> str | None:
        """The family of services that an address belongs to; None for pages."""
        matching = (name for name, pattern in _SERVICE_FAMILIES if pattern.fullmatch(path))
        return next(matching, None)

    def service_headers(self, platform: Platform) -> dict[str, str]:
        """What a request cost, and what is left of the tool's allowance."""
        return {
            "X-Request-Cost": "0.0501",
            "X-Rate-Limit-Remaining": str(platform.rate_limit_remaining),
        }

    def activity_path(self, activity: Activity) -> str:
        return f"/courses/{activity.course.id}/assignments/{activity.cmid}"

    def frame_path(self, activity: Activity) -> str:
        tools = f"/courses/{activity.course.id}/external_tools"
        if isinstance(activity, Review):
            asked = {"assignment_id": activity.cmid, "url": activity.target_link_uri}
            return f"{tools}/retrieve?{urlencode(asked)}"
        return f"{tools}/{activity.cmid}"

    def review_path(self, activity: Activity, about: Person) -> str:
        """The page that shows hand-ins, one after the other."""
        asked = {"assignment_id": activity.cmid, "student_id": about.id}
        return f"/courses/{activity.course.id}/gradebook/speed_grader?{urlencode(asked)}"

    def column_path(self, activity: Activity) -> str | None:
        """A column leads to nothing of a tool's."""
        return None

    def review(self, platform: Platform, activity: Activity, about: Person | None) -> Review | None:
        """What a person handed in, if the tool handed in an address for them."""
        has_cell = about is not None and activity.column_id is not None
        cell = platform.grade(activity, about) if about and has_cell else None
        if not isinstance(cell, CanvasCell) or cell.submission_url is None:
            return None
        return review_of(activity, about, cell.submission_url)

    def placements(self) -> dict[str, str]:
        """The places from which a tool is asked for links."""
        return {name: placement.label for name, placement in PLACEMENTS.items()}

    def selection_path(self, asked: Selection) -> str:
        parts: dict[str, str | int] = {"placement": asked.placement or "assignment_selection"}
        if asked.activity:
            parts["assignment_id"] = asked.activity.cmid
        path = addresses.SELECT.format(course_id=asked.course.id, tool_id=asked.tool.id)
        return f"{path}?{urlencode(parts)}"

    def frame_allows(self, activity: Activity) -> str:
        return f"geolocation {activity.tool.origin}; microphone {activity.tool.origin}"

    def cookie_goes_cross_site(self, user_agent: str) -> bool:
        """For every browser."""
        return True

    def subject(self, platform: Platform, person: Person) -> str:
        return addresses.subject(platform, person)

    def deployment_id(self, tool: Tool) -> str:
        return addresses.deployment_id(tool)

    def login_parameters(
        self, platform: Platform, person: Person, source: Source, launch_id: str
    ) -> dict[str, str]:
        return launch.login_parameters(platform, person, source, launch_id)

    def claims(self, platform: Platform, person: Person, source: Source, nonce: str) -> Claims:
        return claims_of(platform, person, source, nonce)
