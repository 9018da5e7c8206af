"""Where Moodle's pages and services are."""

from __future__ import annotations

from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Tool

AUTH = "/mod/lti/auth.php"
TOKEN = "/mod/lti/token.php"
CERTS = "/mod/lti/certs.php"
GRADE = "/mod/lti/grade.php"
LAUNCH = "/mod/lti/launch.php"
VIEW = "/mod/lti/view.php"
SELECT = "/mod/lti/contentitem.php"
SELECTED = "/mod/lti/contentitem_return.php"
RETURN = "/mod/lti/return.php"
OUTCOMES = "/mod/lti/service.php"
SERVICES = "/mod/lti/services.php"
TOOLS = "/mod/lti/toolconfigure.php"
START_REGISTRATION = "/mod/lti/startltiadvregistration.php"
CONFIGURATION = "/mod/lti/openid-configuration.php"
REGISTRATION = "/mod/lti/openid-registration.php"


def lineitems(platform: Platform, course_id: int, tool: Tool) -> str:
    return platform.url(f"{SERVICES}/{course_id}/lineitems?type_id={tool.id}")


def lineitem(platform: Platform, course_id: int, column_id: int, tool: Tool) -> str:
    path = f"{SERVICES}/{course_id}/lineitems/{column_id}/lineitem"
    return platform.url(f"{path}?type_id={tool.id}")


def own_lineitem(platform: Platform, activity: Activity) -> str | None:
    if activity.column_id is None:
        return None
    return lineitem(platform, activity.course.id, activity.column_id, activity.tool)


def memberships(platform: Platform, course_id: int, tool: Tool) -> str:
    return platform.url(f"{SERVICES}/CourseSection/{course_id}/bindings/{tool.id}/memberships")
