"""Where Canvas's pages and services are, and the opaque names that it gives to things."""

from __future__ import annotations

import hashlib
import uuid

from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Tool

AUTH = "/api/lti/authorize_redirect"
TOKEN = "/login/oauth2/token"
CERTS = "/api/lti/security/jwks"
RETURN = "/mod/lti/return.php"
SELECT = "/courses/{course_id}/external_tools/{tool_id}/resource_selection"
SELECTED = "/courses/{course_id}/deep_linking_response"
TOOLS = "/accounts/1/developer_keys"
START_REGISTRATION = "/api/lti/register"
CONFIGURATION = "/api/lti/security/openid-configuration"
REGISTRATION = "/api/lti/registrations"
COURSES = "/api/lti/courses"
LINE_ITEMS = f"{COURSES}/<course_id>/line_items"
LINE_ITEM = f"{LINE_ITEMS}/<item_id>"


def subject(platform: Platform, person: Person) -> str:
    """What Canvas calls a person towards tools."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{platform.issuer}/users/{person.id}"))


def deployment_id(tool: Tool) -> str:
    return f"{tool.id}:{_opaque('deployment', tool.client_id)}"


def context_id(course_id: int) -> str:
    return _opaque("course", course_id)


def link_id(activity: Activity) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"link {activity.course.id} {activity.id}"))


def _opaque(kind: str, number: object) -> str:
    return hashlib.sha1(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()


def lineitems(platform: Platform, course_id: int) -> str:
    return platform.url(f"{COURSES}/{course_id}/line_items")


def lineitem(platform: Platform, course_id: int, column_id: int) -> str:
    return f"{lineitems(platform, course_id)}/{column_id}"


def own_lineitem(platform: Platform, activity: Activity) -> str | None:
    if activity.column_id is None:
        return None
    return lineitem(platform, activity.course.id, activity.column_id)


def memberships(platform: Platform, course_id: int) -> str:
    return platform.url(f"{COURSES}/{course_id}/names_and_roles")
