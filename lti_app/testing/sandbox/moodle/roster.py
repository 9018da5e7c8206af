"""The roster of a course as a service (NRPS)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.claims import basic_outcome
from lti_app.testing.sandbox.moodle.roles import INSTRUCTOR, LEARNER, roster_roles
from lti_app.testing.sandbox.moodle.service import (
    MEMBERS_TYPE,
    RefusedError,
    answer,
    number_argument,
    refusal,
    require_accept,
    require_course,
    require_token,
)
from lti_app.testing.sandbox.people import Enrolment, Role
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import MEMBERSHIP, Activity, Tool

blueprint = Blueprint("moodle_roster", __name__)
blueprint.register_error_handler(RefusedError, refusal)

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"


@blueprint.get(f"{addresses.SERVICES}/CourseSection/<course_id>/bindings/<type_id>/memberships")
def memberships(course_id: str, type_id: str) -> Response:
    """All at once unless a limit is given, by surname; suspended people are missing."""
    platform = current_platform()
    require_accept(MEMBERS_TYPE)
    tool = require_token(platform, MEMBERSHIP)
    if type_id != tool.deployment_id:
        raise RefusedError(401, "Unauthorized")
    course = require_course(platform, course_id)
    endpoint = addresses.memberships(platform, course.id, tool)
    limit, start = number_argument("limit"), number_argument("from")
    with platform.lock:
        link = _link(platform, tool, request.args.get("rlid", ""))
        chosen = _with_role(
            sorted(course.enrolments.values(), key=_place_in_list), request.args.get("role", "")
        )
        shown = chosen[start : start + limit] if limit > 0 else chosen
        members = [_member(platform, tool, enrolment, link) for enrolment in shown]
    context = {"id": str(course.id), "label": course.short_name, "title": course.full_name}
    response = answer({"id": endpoint, "context": context, "members": members}, MEMBERS_TYPE)
    if limit > 0 and start + limit < len(chosen):
        following = f"{endpoint}?limit={limit}&from={start + limit}"  # the role is lost here
        if link:
            following += f"&rlid={link.id}"
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _place_in_list(enrolment: Enrolment) -> tuple[str, str, int]:
    person = enrolment.person
    return person.family_name, person.given_name, person.id


def _link(platform: Platform, tool: Tool, link_id: str) -> Activity | None:
    if not link_id:
        return None
    for activity in platform.activities.values():
        if str(activity.id) == link_id and activity.tool is tool:
            return activity
    raise RefusedError(404, "Not Found")


def _with_role(enrolments: list[Enrolment], role: str) -> list[Enrolment]:
    active = [enrolment for enrolment in enrolments if not enrolment.suspended]
    if role in ("Instructor", INSTRUCTOR):
        return [enrolment for enrolment in active if enrolment.role is Role.TEACHER]
    if role in ("Learner", LEARNER):
        return [enrolment for enrolment in active if enrolment.role is not Role.TEACHER]
    return active


def _member(
    platform: Platform, tool: Tool, enrolment: Enrolment, link: Activity | None
) -> dict[str, Any]:
    person = enrolment.person
    member: dict[str, Any] = {
        "status": "Active",
        "roles": roster_roles(enrolment.role),
        "user_id": str(person.id),
        "lis_person_sourcedid": person.idnumber,
    }
    if link:
        member["message"] = [_message(platform, enrolment, link)]
    if tool.sends_name:
        member |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "ext_user_username": person.username,
        }
    if tool.sends_email:
        member["email"] = person.email
    return member


def _message(platform: Platform, enrolment: Enrolment, link: Activity) -> dict[str, Any]:
    """A message without custom values."""
    message: dict[str, Any] = {_LTI + "message_type": "LtiResourceLinkRequest"}
    if link.column_id is not None:
        message[_OUTCOME] = basic_outcome(platform, enrolment.person, link)
    return message
