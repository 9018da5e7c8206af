"""The launch: the page in the frame that sends the browser to the tool, and the OIDC answer."""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, request

from lti_app.testing.sandbox.answers import error_page, form_page
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.moodle.claims import claims_of
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.signing import Claims, sign
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Activity, Review, Source, Tool, review_of

blueprint = Blueprint("moodle_launch", __name__)


def login_parameters(
    platform: Platform, person: Person, source: Source, launch_id: str
) -> dict[str, str]:
    """The form that begins a launch. The hint is JSON and must come back as it is."""
    hint: dict[str, int | str] = {"cmid": source.cmid} if source.cmid else {}
    return {
        "iss": platform.issuer,
        "target_link_uri": source.target_link_uri,
        "login_hint": str(person.id),
        "lti_message_hint": json.dumps(hint | {"launchid": launch_id}, separators=(",", ":")),
        "client_id": source.tool.client_id,
        "lti_deployment_id": source.tool.deployment_id,
    }


def signed(platform: Platform, claims: Claims) -> str:
    key = platform.signing_key
    header = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return sign(claims, key, header=header, alg="RS256")


def session_of(platform: Platform) -> LmsSession | None:
    """The session of this request's browser."""
    return platform.sessions.find(request.cookies.get(platform.cookie_name))


@blueprint.get(addresses.LAUNCH)
def launch() -> Response:
    """What the frame shows first: a form that posts itself to the tool."""
    platform = current_platform()
    session = session_of(platform)
    if session is None:
        answer = redirect("/")
        assert isinstance(answer, Response)
        return answer
    activity = platform.activities.get(request.args.get("id", 0, type=int))
    if activity is None or not activity.course.lets_in(session.person):
        return error_page("You cannot enrol yourself in this course.", 404)
    source: Source = activity
    if request.args.get("action") == "gradeReport":
        # Who may see that grade is asked on the page around the frame, and not here.
        user_id = request.args.get("user", 0, type=int)
        about = platform.person_by_id(user_id)
        if user_id and about is None:
            return error_page("There is no such person.", 404)
        source = review(activity, about)
    with platform.lock:
        launch_id = session.begin_launch(source)
    fields = login_parameters(platform, session.person, source, launch_id)
    return form_page(activity.tool.login_url, fields)


def review(activity: Activity, about: Person | None) -> Review:
    """What the grade analysis launches: at the address that the tool wanted for it, if any.

    There is one whether the tool asked for reviews or not, and one of a column that is about no
    one.
    """
    wanted = activity.submission_review or {}
    return review_of(activity, about, wanted.get("url"))


@blueprint.route(addresses.AUTH, methods=["GET", "POST"])
def auth() -> Response:
    """Answer the tool's authentication request, by the checks and in the order of Moodle."""
    platform = current_platform()
    session = session_of(platform)
    if session is None and not request.form.get("repost"):
        return repost()
    launch_id = _launch_id()
    if launch_id is None or not _is_well_formed() or session is None:
        return error_page("Invalid request")
    with platform.lock:
        source = session.launches.pop(launch_id, None)
    redirect_uri = _parameter("redirect_uri")
    if source is None or redirect_uri not in source.tool.redirect_uris:
        return error_page("Invalid request")
    refusal = _refusal(session, source.tool)
    if refusal:
        return form_page(redirect_uri, refusal | {"state": _parameter("state")})
    if not source.course.lets_in(session.person):
        return error_page("You cannot enrol yourself in this course.", 404)
    claims = claims_of(platform, session.person, source, _parameter("nonce"), session.sesskey)
    fields = {"id_token": signed(platform, claims), "state": _parameter("state")}
    return form_page(redirect_uri, fields)


def _parameter(name: str) -> str:
    return request.form.get(name, request.args.get(name, ""))


def repost() -> Response:
    """The browser sent no cookie: have our own page send the request once more."""
    answer = form_page(request.full_path.rstrip("?"), {**request.form, "repost": "true"})
    answer.headers.pop("Set-Cookie", None)
    return answer


def _launch_id() -> str | None:
    try:
        hint = json.loads(_parameter("lti_message_hint"))
    except ValueError:
        return None
    launch_id = hint.get("launchid") if isinstance(hint, dict) else None
    return launch_id if isinstance(launch_id, str) else None


def _is_well_formed() -> bool:
    """Whatever fails here never reaches the tool: Moodle shows its own page."""
    required = ("client_id", "redirect_uri", "login_hint", "nonce")
    return (
        all(_parameter(name) for name in required)
        and _parameter("scope") == "openid"
        and _parameter("response_type") == "id_token"
    )


def _refusal(session: LmsSession, tool: Tool) -> dict[str, str]:
    if _parameter("client_id") != tool.client_id:
        return {"error": "unauthorized_client"}
    if _parameter("login_hint") != str(session.person.id):
        return {"error": "access_denied"}
    if _parameter("response_mode") != "form_post":
        return {"error": "invalid_request", "error_description": "Invalid response_mode"}
    if _parameter("prompt") not in ("", "none"):
        return {"error": "invalid_request", "error_description": "Invalid prompt"}
    return {}
