"""Custom parameters of a launch: name=value lines, with the variables that Moodle knows."""

from __future__ import annotations

from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.roles import launch_roles
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import MEMBERSHIP, Activity, Source, custom_pairs


def _variables(platform: Platform, person: Person, source: Source) -> dict[str, str]:
    course, tool = source.course, source.tool
    shown_name = person if tool.sends_name else None
    return {
        "$Context.id": str(course.id),
        "$Context.label": course.short_name,
        "$Context.title": course.full_name,
        "$Context.id.history": ",".join(str(origin) for origin in course.history),
        "$CourseSection.title": course.full_name,
        "$CourseSection.label": course.short_name,
        "$User.id": str(person.id),
        "$User.username": person.username,
        "$Person.name.full": shown_name.name if shown_name else "",
        "$Person.name.given": shown_name.given_name if shown_name else "",
        "$Person.name.family": shown_name.family_name if shown_name else "",
        "$Person.email.primary": person.email if tool.sends_email else "",
        "$Membership.role": ",".join(launch_roles(course, person)),
        "$LineItems.url": addresses.lineitems(platform, course.id, tool),
        "$ToolProxyBinding.memberships.url": addresses.memberships(platform, course.id, tool),
    } | (_link_variables(platform, source) if isinstance(source, Activity) else {})


def _link_variables(platform: Platform, activity: Activity) -> dict[str, str]:
    return {
        "$ResourceLink.id": str(activity.id),
        "$ResourceLink.title": activity.title,
        "$ResourceLink.description": activity.description,
        "$LineItem.url": addresses.own_lineitem(platform, activity) or "",
    }


def custom_values(platform: Platform, person: Person, source: Source) -> dict[str, str]:
    """The tool's own lines win over the link's. A variable that is not known stays as it is."""
    variables = _variables(platform, person, source)
    own = source.custom if isinstance(source, Activity) else ""
    values = custom_pairs(own) | custom_pairs(source.tool.custom)
    filled = {name: variables.get(value, value) for name, value in values.items()}
    if MEMBERSHIP in source.tool.scopes:
        filled["context_memberships_url"] = addresses.memberships(
            platform, source.course.id, source.tool
        )
    return filled
