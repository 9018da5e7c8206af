"""The claims of a launch as Canvas writes them."""

from __future__ import annotations

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.people import Course, Person, Role
from lti_app.testing.sandbox.signing import Claims
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import MEMBERSHIP, Activity, custom_pairs

TOKEN_LIFE = 3600
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
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


def launch_claims(platform: Platform, person: Person, activity: Activity, nonce: str) -> Claims:
    """All claims of an LtiResourceLinkRequest, services and personal data included."""
    issued_at = platform.token_time()
    tool, course = activity.tool, activity.course
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
        _LTI + "target_link_uri": activity.target_link_uri,
        _LTI + "message_type": "LtiResourceLinkRequest",
        _LTI + "version": "1.3.0",
        _LTI + "roles": launch_roles(course, person),
        _LTI + "custom": _custom(platform, person, activity),
        _LTI + "resource_link": {"id": addresses.link_id(activity), "title": activity.title},
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
    return claims | _personal(person, activity) | _services(platform, activity)


def _custom(platform: Platform, person: Person, activity: Activity) -> dict[str, str]:
    known = {
        "$Canvas.user.id": str(person.id),
        "$Canvas.course.id": str(activity.course.id),
        "$ResourceLink.id": addresses.link_id(activity),
        "$User.id": addresses.subject(platform, person),
    }
    values = custom_pairs(activity.tool.custom) | custom_pairs(activity.custom)
    return {name: known.get(value, value) for name, value in values.items()}


def _personal(person: Person, activity: Activity) -> Claims:
    claims: Claims = {}
    if activity.tool.sends_name:
        claims |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
    if activity.tool.sends_email:
        claims["email"] = person.email
    return claims


def _services(platform: Platform, activity: Activity) -> Claims:
    claims: Claims = {}
    own_lineitem = addresses.own_lineitem(platform, activity)
    if activity.tool.grade_scopes():
        endpoint: Claims = {
            "scope": activity.tool.grade_scopes(),
            "lineitems": addresses.lineitems(platform, activity.course.id),
        }
        claims[_AGS] = endpoint | ({"lineitem": own_lineitem} if own_lineitem else {})
    if MEMBERSHIP in activity.tool.scopes:
        claims[_NRPS] = {
            "context_memberships_url": addresses.memberships(platform, activity.course.id),
            "service_versions": ["2.0"],
        }
    return claims
