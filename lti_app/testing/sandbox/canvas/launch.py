"""The launch: the page in the frame that sends the browser to the tool, and the OIDC answer."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, redirect, request

from lti_app.testing.sandbox import storage
from lti_app.testing.sandbox.answers import error_page, form_page
from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.canvas.claims import claims_of
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.signing import Claims, sign
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import Source, Tool, review_of

blueprint = Blueprint("canvas_launch", __name__)

_REQUIRED = (
    "client_id",
    "login_hint",
    "lti_message_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
)
_FIXED = {
    "prompt": "none",
    "response_mode": "form_post",
    "response_type": "id_token",
    "scope": "openid",
}


def login_parameters(
    platform: Platform, person: Person, source: Source, launch_id: str
) -> dict[str, str]:
    """The form that begins a launch; both spellings of the deployment, and a signed hint."""
    deployment_id = addresses.deployment_id(source.tool)
    target = storage.target_of(platform)
    return {
        "iss": platform.issuer,
        "login_hint": addresses.subject(platform, person),
        "client_id": source.tool.client_id,
        "deployment_id": deployment_id,
        "lti_deployment_id": deployment_id,
        "target_link_uri": source.target_link_uri,
        "lti_message_hint": _signed(platform, {"verifier": launch_id}),
        "canvas_environment": "prod",
        "canvas_region": "us-east-1",
        **({"lti_storage_target": target} if target else {}),
    }


def _signed(platform: Platform, claims: Claims) -> str:
    key = platform.signing_key
    header = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return sign(claims, key, header=header, alg="RS256")


def session_of(platform: Platform) -> LmsSession | None:
    """The session of this request's browser."""
    return platform.sessions.find(request.cookies.get(platform.cookie_name))


@blueprint.get("/courses/<int:course_id>/external_tools/<int:cmid>")
def launch(course_id: int, cmid: int) -> Response:
    """What the frame shows first: a form that posts itself to the tool."""
    platform = current_platform()
    session = session_of(platform)
    if session is None:
        answer = redirect("/")
        assert isinstance(answer, Response)
        return answer
    activity = platform.activities.get(cmid)
    if activity is None or not activity.course.lets_in(session.person):
        return error_page(f"There is nothing for you in course {course_id}.", 404)
    return begin(platform, session, activity)


@blueprint.get("/courses/<int:course_id>/external_tools/retrieve")
def retrieve(course_id: int) -> Response:
    """Launch any address of the tool's, as somebody handed it in; for whoever is in the course."""
    platform = current_platform()
    session = session_of(platform)
    activity = platform.activities.get(request.args.get("assignment_id", 0, type=int))
    url = request.args.get("url", "")
    if session is None or activity is None or not activity.course.lets_in(session.person):
        return error_page(f"There is nothing for you in course {course_id}.", 404)
    if urlsplit(url).netloc.removeprefix("www.") != activity.tool.domain:
        return error_page("No tool has this address.", 404)
    return begin(platform, session, review_of(activity, session.person, url))


def begin(platform: Platform, session: LmsSession, source: Source) -> Response:
    """Post the browser to the tool, and keep what it is launched from under the hint."""
    with platform.lock:
        launch_id = session.begin_launch(source)
        fields = login_parameters(platform, session.person, source, launch_id)
        session.launches[fields["lti_message_hint"]] = session.launches.pop(launch_id)
    return form_page(source.tool.login_url, fields)


@blueprint.route(addresses.AUTH, methods=["GET", "POST"])
def auth() -> Response:
    """Answer the tool's authentication request; the stored launch is good for one answer."""
    platform = current_platform()
    tool = platform.tool_of(request.values.get("client_id"))
    redirect_uri = request.values.get("redirect_uri", "")
    if tool is None or not _is_registered(tool, redirect_uri):
        return error_page("Invalid redirect_uri", 400)
    fields = _answer(platform, tool)
    return form_page(redirect_uri, fields | {"state": request.values.get("state", "")})


def _is_registered(tool: Tool, redirect_uri: str) -> bool:
    """Queries are left out of the comparison; what was registered must be among what is sent."""
    sent = urlsplit(redirect_uri)
    for registered in map(urlsplit, tool.redirect_uris):
        same = sent._replace(query="") == registered._replace(query="")
        if same and set(parse_qsl(registered.query)) <= set(parse_qsl(sent.query)):
            return True
    return False


def _answer(platform: Platform, tool: Tool) -> dict[str, str]:
    values = request.values
    missing = [name for name in _REQUIRED if not values.get(name)]
    wrong = [name for name, value in _FIXED.items() if values.get(name) != value]
    if missing or wrong:
        return _error("invalid_request_object", f"{', '.join(missing or wrong)}")
    session = session_of(platform)
    if session is None or values["login_hint"] != addresses.subject(platform, session.person):
        return _error("login_required", "The user is not logged in to the platform")
    with platform.lock:
        source = session.launches.pop(values["lti_message_hint"], None)
    if source is None:
        return _error("launch_no_longer_valid", "The launch has either expired or been consumed")
    if source.tool is not tool or not source.course.lets_in(session.person):
        return _error("unauthorized_client", "Client not authorized in requested context")
    claims = claims_of(platform, session.person, source, values["nonce"])
    return {"id_token": _signed(platform, claims)}


def _error(code: str, description: str) -> dict[str, str]:
    return {"error": code, "error_description": description}
