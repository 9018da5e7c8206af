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
from lti_app.testing.sandbox.tools import MEMBERSHIP, Activity, Review, Selection, Source, Tool

VERSION = "2024100706"
TOKEN_LIFE = 60
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"


def claims_of(
    platform: Platform, person: Person, source: Source, nonce: str, sesskey: str = "sandbox"
) -> Claims:
    """All claims of a launch, from a link or from the page where links are chosen."""
    issued_at = platform.token_time()
    claims: Claims = {
        "nonce": nonce,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFE,
        "iss": platform.issuer,
        "aud": source.tool.client_id,
        "sub": str(person.id),
        _LTI + "deployment_id": source.tool.deployment_id,
        _LTI + "target_link_uri": source.target_link_uri,
        _LTI + "version": "1.3.0",
        _LTI + "roles": launch_roles(source.course, person),
        _LTI + "custom": custom_values(platform, person, source),
        _LTI + "context": {
            "id": str(source.course.id),
            "label": source.course.short_name,
            "title": source.course.full_name,
            "type": ["CourseSection"],
        },
    }
    if isinstance(source, Selection):
        claims |= _question(platform, source, sesskey)
    else:
        claims |= _link(platform, person, source, sesskey)
    claims |= _surroundings(platform, person)
    claims |= _personal(person, source.tool)
    claims |= _services(platform, source)
    return claims


def _link(platform: Platform, person: Person, activity: Activity, sesskey: str) -> Claims:
    back = urlencode(
        {
            "course": activity.course.id,
            "launch_container": 3,
            "instanceid": activity.id,
            "sesskey": sesskey,
        }
    )
    claims: Claims = {
        _LTI + "message_type": "LtiResourceLinkRequest",
        _LTI + "resource_link": {
            "id": str(activity.id),
            "title": activity.title,
            "description": activity.description,
        },
        _LTI + "launch_presentation": {
            "locale": "en",
            "document_target": "iframe",
            "return_url": platform.url(f"{addresses.RETURN}?{back}"),
        },
    }
    if isinstance(activity, Review):
        claims[_LTI + "message_type"] = "LtiSubmissionReviewRequest"
        if activity.about:
            claims[_LTI + "for_user"] = {"user_id": str(activity.about.id)}
    if activity.column_id is not None:
        claims[_OUTCOME] = basic_outcome(platform, person, activity)
    return claims


def _question(platform: Platform, selection: Selection, sesskey: str) -> Claims:
    """What Moodle asks for: links only, several at once, nothing said about columns; no data."""
    back = urlencode(
        {"course": selection.course.id, "id": selection.tool.id, "sesskey": sesskey}
        | ({"update": selection.activity.cmid} if selection.activity else {})
    )
    return {
        _LTI + "message_type": "LtiDeepLinkingRequest",
        _LTI + "launch_presentation": {"locale": "en", "document_target": "iframe"},
        _SETTINGS: {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": True,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": platform.url(f"{addresses.SELECTED}?{back}"),
            # Where nothing is typed yet, the form's title is the tool's name.
            "title": selection.title or selection.tool.name,
            "text": "",
        },
    }


def _surroundings(platform: Platform, person: Person) -> Claims:
    return {
        _LTI + "lis": {"person_sourcedid": person.idnumber, "course_section_sourcedid": ""},
        _LTI + "tool_platform": {
            "guid": hashlib.sha256(platform.issuer.encode()).hexdigest()[:32],
            "product_family_code": "moodle",
            "version": VERSION,
            "name": platform.name,
            "description": platform.name,
        },
    }


def _personal(person: Person, tool: Tool) -> Claims:
    claims: Claims = {_LTI + "ext": {"lms": "moodle-2"}}
    if tool.sends_name:
        claims |= {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": person.name,
            _LTI + "ext": {"user_username": person.username, "lms": "moodle-2"},
        }
    if tool.sends_email:
        claims["email"] = person.email
    return claims


def _services(platform: Platform, source: Source) -> Claims:
    claims: Claims = {}
    tool, course = source.tool, source.course
    own = None if isinstance(source, Selection) else addresses.own_lineitem(platform, source)
    if tool.grade_scopes():
        endpoint: Claims = {
            "scope": tool.grade_scopes(),
            "lineitems": addresses.lineitems(platform, course.id, tool),
        }
        claims[_AGS] = endpoint | ({"lineitem": own} if own else {})
    if MEMBERSHIP in tool.scopes:
        claims[_NRPS] = {
            "context_memberships_url": addresses.memberships(platform, course.id, tool),
            "service_versions": ["1.0", "2.0"],
        }
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
