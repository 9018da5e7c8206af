"""The claims of a launch as Moodle 4.5 writes them."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.roles import launch_roles
from lti_app.testing.sandbox.moodle.substitution import custom_values
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.signing import Claims
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import MEMBERSHIP, Activity

VERSION = "2024100706"
TOKEN_LIFE = 60
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"


def launch_claims(
    platform: Platform, person: Person, activity: Activity, nonce: str, sesskey: str = "sandbox"
) -> Claims:
    """All claims of an LtiResourceLinkRequest, services and personal data included."""
    issued_at = platform.token_time()
    claims: Claims = {
        "nonce": nonce,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFE,
        "iss": platform.issuer,
        "aud": activity.tool.client_id,
        "sub": str(person.id),
        _LTI + "deployment_id": activity.tool.deployment_id,
        _LTI + "target_link_uri": activity.target_link_uri,
        _LTI + "message_type": "LtiResourceLinkRequest",
        _LTI + "version": "1.3.0",
        _LTI + "roles": launch_roles(activity.course, person),
        _LTI + "custom": custom_values(platform, person, activity),
    }
    claims |= _place(activity)
    claims |= _surroundings(platform, person, activity, sesskey)
    claims |= _personal(person, activity)
    claims |= _services(platform, person, activity)
    return claims


def _place(activity: Activity) -> Claims:
    return {
        _LTI + "context": {
            "id": str(activity.course.id),
            "label": activity.course.short_name,
            "title": activity.course.full_name,
            "type": ["CourseSection"],
        },
        _LTI + "resource_link": {
            "id": str(activity.id),
            "title": activity.title,
            "description": activity.description,
        },
    }


def _surroundings(platform: Platform, person: Person, activity: Activity, sesskey: str) -> Claims:
    back = urlencode(
        {
            "course": activity.course.id,
            "launch_container": 3,
            "instanceid": activity.id,
            "sesskey": sesskey,
        }
    )
    return {
        _LTI + "lis": {"person_sourcedid": person.idnumber, "course_section_sourcedid": ""},
        _LTI + "launch_presentation": {
            "locale": "en",
            "document_target": "iframe",
            "return_url": platform.url(f"{addresses.RETURN}?{back}"),
        },
        _LTI + "tool_platform": {
            "guid": hashlib.sha256(platform.issuer.encode()).hexdigest()[:32],
            "product_family_code": "moodle",
            "version": VERSION,
            "name": platform.name,
            "description": platform.name,
        },
    }


def _personal(person: Person, activity: Activity) -> Claims:
    claims: Claims = {_LTI + "ext": {"lms": "moodle-2"}}
    if activity.tool.sends_name:
        claims |= {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": person.name,
            _LTI + "ext": {"user_username": person.username, "lms": "moodle-2"},
        }
    if activity.tool.sends_email:
        claims["email"] = person.email
    return claims


def _services(platform: Platform, person: Person, activity: Activity) -> Claims:
    claims: Claims = {}
    tool, course = activity.tool, activity.course
    own_lineitem = addresses.own_lineitem(platform, activity)
    if tool.grade_scopes():
        endpoint: Claims = {
            "scope": tool.grade_scopes(),
            "lineitems": addresses.lineitems(platform, course.id, tool),
        }
        claims[_AGS] = endpoint | ({"lineitem": own_lineitem} if own_lineitem else {})
    if MEMBERSHIP in tool.scopes:
        claims[_NRPS] = {
            "context_memberships_url": addresses.memberships(platform, course.id, tool),
            "service_versions": ["1.0", "2.0"],
        }
    if own_lineitem:
        claims[_OUTCOME] = basic_outcome(platform, person, activity)
    return claims


def basic_outcome(platform: Platform, person: Person, activity: Activity) -> Claims:
    """What LTI 1.1 would need to send a grade; a 1.3 tool leaves it alone."""
    data = {
        "instanceid": str(activity.id),
        "userid": str(person.id),
        "typeid": activity.tool.deployment_id,
        "launchid": activity.cmid,
    }
    digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()
    return {
        "lis_result_sourcedid": json.dumps({"data": data, "hash": digest}),
        "lis_outcome_service_url": platform.url(addresses.OUTCOMES),
    }
