"""The claims of a launch as Canvas writes them."""

from __future__ import annotations

from urllib.parse import urlencode

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.placements import PLACEMENTS
from lti_app.testing.sandbox.people import Course, Person, Role
from lti_app.testing.sandbox.signing import Claims
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import (
    MEMBERSHIP,
    Activity,
    Selection,
    Source,
    Tool,
    custom_pairs,
)

TOKEN_LIFE = 3600
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
_MEMBER = f"{_LIS}membership#"
_INSTITUTION = f"{_LIS}institution/person#"
_SYSTEM_USER = f"{_LIS}system/person#User"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
_ASSISTANT = f"{_LIS}membership/Instructor#TeachingAssistant"


def launch_roles(course: Course, person: Person) -> list[str]:
    """One list of everything: institution, course and system. Assistants are Instructors too."""
    if person.is_test:
        return [f"{_INSTITUTION}Student", f"{_MEMBER}Learner", _SYSTEM_USER, _TEST_USER]
    if person.is_admin:
        return [f"{_INSTITUTION}Administrator", f"{_MEMBER}Instructor", _SYSTEM_USER]
    if course.role_of(person) is Role.TEACHER:
        return [f"{_INSTITUTION}Instructor", f"{_MEMBER}Instructor", _SYSTEM_USER]
    if course.role_of(person) is Role.NON_EDITING_TEACHER:
        return [f"{_INSTITUTION}Instructor", f"{_MEMBER}Instructor", _ASSISTANT, _SYSTEM_USER]
    return [f"{_INSTITUTION}Student", f"{_MEMBER}Learner", _SYSTEM_USER]


def roster_roles(course: Course, person: Person) -> list[str]:
    """Context roles alone; the student of the student view says so here, too."""
    known = launch_roles(course, person)
    return [role for role in known if "/membership" in role or role == _TEST_USER]


def claims_of(platform: Platform, person: Person, source: Source, nonce: str) -> Claims:
    """All claims of a launch, from a link or from a page where links are chosen."""
    issued_at = platform.token_time()
    tool, course = source.tool, source.course
    claims: Claims = {
        "nonce": nonce,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFE,
        "iss": platform.issuer,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "sub": addresses.subject(platform, person),
        "locale": "en",
        _LTI + "deployment_id": addresses.deployment_id(tool),
        _LTI + "target_link_uri": source.target_link_uri,
        _LTI + "version": "1.3.0",
        _LTI + "roles": launch_roles(course, person),
        _LTI + "custom": _custom(platform, person, source),
        _LTI + "context": {
            "id": addresses.context_id(course.id),
            "label": course.short_name,
            "title": course.full_name,
            "type": [f"{_LIS}course#CourseOffering"],
        },
        _LTI + "launch_presentation": {
            "document_target": "iframe",
            "locale": "en",
            "return_url": platform.url(f"{addresses.RETURN}?course={course.id}"),
        },
        _LTI + "tool_platform": {
            "guid": addresses.context_id(0),
            "name": platform.name,
            "version": "cloud",
            "product_family_code": "canvas",
        },
        _LTI + "lis": {"person_sourcedid": person.idnumber, "course_offering_sourcedid": None},
    }
    if isinstance(source, Selection):
        claims |= _question(platform, source)
    else:
        claims |= _link(source)
    return claims | _personal(person, tool) | _services(platform, source)


def _link(activity: Activity) -> Claims:
    return {
        _LTI + "message_type": "LtiResourceLinkRequest",
        _LTI + "resource_link": {"id": addresses.link_id(activity), "title": activity.title},
    }


def _question(platform: Platform, selection: Selection) -> Claims:
    """What Canvas asks for from one of its places; neither data nor a word about columns."""
    placement = PLACEMENTS[selection.placement]
    back = urlencode(
        {"placement": selection.placement, "modal": "true", "tool": selection.tool.id}
        | ({"assignment_id": selection.activity.cmid} if selection.activity else {})
    )
    address = addresses.SELECTED.format(course_id=selection.course.id)
    return {
        _LTI + "message_type": "LtiDeepLinkingRequest",
        _SETTINGS: {
            "deep_link_return_url": platform.url(f"{address}?{back}"),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
            "accept_multiple": placement.takes_several,
            "auto_create": placement.creates_at_once,
        },
    }


def _custom(platform: Platform, person: Person, source: Source) -> dict[str, str]:
    history = source.course.history
    known = {
        "$Canvas.user.id": str(person.id),
        "$Canvas.course.id": str(source.course.id),
        "$Context.id": addresses.context_id(source.course.id),
        "$Context.id.history": ",".join(addresses.context_id(origin) for origin in history),
        "$User.id": addresses.subject(platform, person),
    }
    values = custom_pairs(source.tool.custom)
    if isinstance(source, Activity):
        known["$ResourceLink.id"] = addresses.link_id(source)
        values |= custom_pairs(source.custom)
    return {name: known.get(value, value) for name, value in values.items()}


def _personal(person: Person, tool: Tool) -> Claims:
    claims: Claims = {}
    if tool.sends_name:
        claims |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
    if tool.sends_email:
        claims["email"] = person.email
    return claims


def _services(platform: Platform, source: Source) -> Claims:
    claims: Claims = {}
    own = None if isinstance(source, Selection) else addresses.own_lineitem(platform, source)
    if source.tool.grade_scopes():
        endpoint: Claims = {
            "scope": source.tool.grade_scopes(),
            "lineitems": addresses.lineitems(platform, source.course.id),
        }
        claims[_AGS] = endpoint | ({"lineitem": own} if own else {})
    if MEMBERSHIP in source.tool.scopes:
        claims[_NRPS] = {
            "context_memberships_url": addresses.memberships(platform, source.course.id),
            "service_versions": ["2.0"],
        }
    return claims
