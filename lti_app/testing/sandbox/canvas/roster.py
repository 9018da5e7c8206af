"""The roster of a course as a service (NRPS), at most fifty a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.claims import roster_roles
from lti_app.testing.sandbox.canvas.service import (
    MEMBERS_TYPE,
    RefusedError,
    answer,
    paged,
    refusal,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.people import Course, Enrolment
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import MEMBERSHIP, Tool

blueprint = Blueprint("canvas_roster", __name__)
blueprint.register_error_handler(RefusedError, refusal)

PAGE_SIZE = 50


@blueprint.get(f"{addresses.COURSES}/<course_id>/names_and_roles")
def memberships(course_id: str) -> Response:
    """Active people only; a larger limit is cut to fifty, without a word."""
    platform = current_platform()
    tool = require_token(platform, MEMBERSHIP)
    course = require_course(platform, course_id)
    endpoint = addresses.memberships(platform, course.id)
    with platform.lock:
        active = [one for one in course.enrolments.values() if not one.suspended]
        shown, links = paged(active, endpoint, PAGE_SIZE, largest=PAGE_SIZE)
        members = [_member(platform, tool, course, enrolment) for enrolment in shown]
    context = {
        "id": addresses.context_id(course.id),
        "label": course.short_name,
        "title": course.full_name,
    }
    response = answer({"id": endpoint, "context": context, "members": members}, MEMBERS_TYPE)
    response.headers["Link"] = links
    return response


def _member(platform: Platform, tool: Tool, course: Course, enrolment: Enrolment) -> dict[str, Any]:
    person = enrolment.person
    member: dict[str, Any] = {
        "status": "Active",
        "user_id": addresses.subject(platform, person),
        "lti11_legacy_user_id": addresses.subject(platform, person),
        "roles": roster_roles(course, person),
    }
    if tool.sends_name:
        member |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
    if tool.sends_email:
        member["email"] = person.email
    return member
