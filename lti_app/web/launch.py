"""The LTI addresses: login, the cookie question before the LMS is visited, launch, our key set.

Each view handles its own transactions, because an LMS may be called in between, and what a refused
launch used up stays used up.
"""

import re
from uuid import UUID

import structlog
from flask import (
    Blueprint,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from lti_app.activity import InvalidOptions, catalogue
from lti_app.clock import real_now
from lti_app.domain.errors import LaunchRefused, MalformedRequest
from lti_app.domain.launch import Launch
from lti_app.domain.secrets import hash_secret, matches, new_secret
from lti_app.lti.addresses import is_launch_address
from lti_app.lti.keys import jwks_document
from lti_app.lti.login import authorization_url, parse_login
from lti_app.lti.validation import ExpectedLogin, validate_launch
from lti_app.services import choosing, logins, signing_keys, visits
from lti_app.services.key_sets import find_key
from lti_app.services.launch_outcomes import Outcome
from lti_app.services.launches import RecordedLaunch, record_launch
from lti_app.store.registrations import Registration
from lti_app.store.session import db, transaction
from lti_app.store.visits import LoginTransaction
from lti_app.web import cookies
from lti_app.web.evidence import check_origin, is_framed
from lti_app.web.guards import public, takes_at_most
from lti_app.web.launch_outcomes import comes_from, comes_to, note_outcomes
from lti_app.web.launch_storage import ask_page, remember_page, unseal
from lti_app.web.review import review_parameter
from lti_app.web.runtime import runtime

log = structlog.get_logger()
blueprint = Blueprint("lti", __name__)
note_outcomes(blueprint)

_LONGEST_STATE = 1_000
#: What our own states are made of; nothing else is worth a question to the database.
_STATE = re.compile(r"[A-Za-z0-9_-]{16,100}")
_LONGEST_TOKEN = 64_000
#: Sealing a token makes it longer by a third and a little.
_LONGEST_SEALED = 100_000
_KEYS_MAX_AGE = 3600
#: All that a login may hold, each sign of it written as three.
_LARGEST_LOGIN = 64 * 1024
_LARGEST_LAUNCH = _LONGEST_TOKEN + 8 * 1024
_LARGEST_SEALED = _LONGEST_SEALED + 8 * 1024


@blueprint.route("/lti/login", methods=["GET", "POST"])
@public("an LMS begins a login for somebody we do not know yet")
@takes_at_most(_LARGEST_LOGIN)
def login() -> ResponseReturnValue:
    """Begin a login (lti-rules.md R-1.1; visits.md rule 1).

    A browser that was here before goes on to the LMS at once. A new one first shows at
    `/lti/login/continue` whether it keeps cookies: the LMS's launch hint can be spent only once.
    Where the LMS keeps values for tools, a page does the same, and if need be lets the LMS keep
    what proves the browser.
    """
    in_window = request.values.get("window") == "1"
    given = parse_login(dict(request.values.lists()))
    if not is_launch_address(given.target_link_uri, runtime().settings.public_url):
        raise MalformedRequest(detail="target_link_uri is not ours")
    marker = cookies.marker_of(request)
    browser = marker or new_secret()
    with transaction(runtime().database):
        begun = logins.begin_login(given, browser, in_window=in_window)
        ancestors = visits.frame_ancestors(begun.registration)
    log.info("login_begun", registration=str(begun.registration.id))
    onward = _platform_address(begun.transaction, begun.registration)
    target = onward if marker else url_for("lti.continue_login", login=begun.transaction.id)
    if begun.storage is not None and is_framed() and not marker:
        g.frame_ancestors = ancestors
        response = remember_page(begun, onward, target)
    else:
        response = _forward(target) if in_window else _go(target)
    cookies.set_marker(response, browser)
    cookies.set_state_cookie(request, response, begun.transaction.id, begun.cookie)
    return response


@blueprint.get("/lti/login/continue")
@public("the second step of a login, before anybody is known")
def continue_login() -> ResponseReturnValue:
    """Go on to the LMS if the browser kept the cookie, else offer a window (rule 2)."""
    login_id = _uuid(request.args.get("login", ""))
    with transaction(runtime().database, read_only=True):
        begun, registration = logins.find_open_login(login_id)
        comes_from(registration.id)
        ancestors = visits.frame_ancestors(registration)
    if matches(cookies.state_cookie_of(request, login_id), begun.cookie_hash):
        return redirect(_platform_address(begun, registration), 303)
    g.frame_ancestors = ancestors
    if begun.in_window or request.headers.get("Sec-Fetch-Dest") == "document":
        comes_to(Outcome.NO_COOKIES)
        return make_response(render_template("launch/allow_cookies.html"), 403)
    return render_template(
        "launch/new_window.html", parameters=_login_parameters(begun, registration)
    )


@blueprint.post("/lti/launch")
@public("an LMS vouches for somebody with a signed token")
@takes_at_most(_LARGEST_LAUNCH)
def launch() -> ResponseReturnValue:
    """Check the LMS's answer and open a visit (lti-rules.md V1 to V18; visits.md rule 3)."""
    if "error" in request.form:
        return _refuse_platform_error()
    state = _only("state", _LONGEST_STATE)
    if not _STATE.fullmatch(state):
        raise LaunchRefused("state_invalid", "not a state of ours")
    id_token = _only("id_token", _LONGEST_TOKEN)
    with transaction(runtime().database, read_only=True):
        found = logins.find_login_by_state(state)
        has_cookie = found and cookies.state_cookie_of(request, found.id) is not None
        if found and found.storage and is_framed() and not has_cookie:
            comes_from(found.registration_id)
            registration = db().get_one(Registration, found.registration_id)
            g.frame_ancestors = visits.frame_ancestors(registration)
            return ask_page(found.storage, state, id_token)
    return _finish(state, id_token, None)


@blueprint.post("/lti/launch/continue")
@public("the second step of a launch: what the LMS's storage answered proves the browser")
@takes_at_most(_LARGEST_SEALED)
def continue_launch() -> ResponseReturnValue:
    """Take the launch that `launch` gave back, now with its proof (rule 3).

    Answers a script: an address to go on to, and a value for the LMS to keep; or a page.
    """
    check_origin()
    state, id_token = unseal(_only("launch", _LONGEST_SEALED))
    return _finish(state, id_token, request.form.get("stored", ""))


def _finish(state: str, id_token: str, stored: str | None) -> Response:
    """Check the LMS's answer and open a visit.

    Args:
        state: that the LMS sent back.
        id_token: that it signed.
        stored: what the LMS's storage answered to a script; None: nothing was asked.
    """
    login_id, claimed = _claim(state, stored)
    browser_hash = _browser_hash(claimed)
    verified = _verify(id_token, claimed)
    try:
        with transaction(runtime().database):
            recorded = record_launch(claimed.registration_id, verified)
            opened = _open_visit(recorded, verified, claimed, browser_hash)
            registration = db().get_one(Registration, claimed.registration_id)
            ancestors = visits.frame_ancestors(registration)
    except InvalidOptions as error:
        raise MalformedRequest("options", "custom parameters") from error
    _log_launch(claimed, verified)
    if opened is None:
        g.frame_ancestors = ancestors
        response = make_response(_closed_page(recorded, verified), 403)
    else:
        address = url_for(
            "visits.enter",
            visit_token=opened.token,
            code=opened.entry_code,
            review=review_parameter(recorded.review),
        )
        keeps = {"key": opened.storage_key, "value": opened.stored} if opened.stored else None
        response = _go(address) if stored is None else jsonify(address=address, keeps=keeps)
        cookies.set_visit_cookie(response, opened.token, opened.cookie)
    cookies.delete_state_cookie(response, login_id)
    return response


@blueprint.get("/lti/jwks.json")
@public("our public keys")
def jwks() -> Response:
    """Publish the keys that an LMS checks our requests with (R-1.19)."""
    with transaction(runtime().database, read_only=True):
        response = jsonify(jwks_document(signing_keys.published()))
    response.headers["Cache-Control"] = f"public, max-age={_KEYS_MAX_AGE}"
    return response


def _claim(state: str, stored: str | None) -> tuple[UUID, logins.ClaimedLogin]:
    with transaction(runtime().database):
        found = logins.find_login_by_state(state)
        if found is None:
            raise LaunchRefused("state_invalid", "unknown state")
        comes_from(found.registration_id)
        cookie = cookies.state_cookie_of(request, found.id)
        return found.id, logins.claim_login(state, cookie, stored)


def _verify(id_token: str, claimed: logins.ClaimedLogin) -> Launch:
    held = runtime()
    structlog.contextvars.bind_contextvars(registration=str(claimed.registration_id))
    with transaction(held.database, read_only=True):
        registration = db().get_one(Registration, claimed.registration_id)
    if not registration.is_active:
        raise LaunchRefused("deployment_blocked", "registration disabled", status=403)
    verified = validate_launch(
        id_token,
        ExpectedLogin(
            issuer=registration.issuer,
            client_id=registration.client_id,
            nonce=claimed.nonce,
            deployment_id=claimed.deployment_id,
            public_url=held.settings.public_url,
            allows_http=held.settings.allow_private_networks,
        ),
        lambda kid: find_key(held.database, held.client, registration.id, kid),
        real_now(),
    )
    if verified.target_link_uri != claimed.target_link_uri:
        log.info("target_link_uri_differs_from_login")
    return verified


def _open_visit(
    recorded: RecordedLaunch, verified: Launch, claimed: logins.ClaimedLogin, browser_hash: str
) -> visits.OpenedVisit | None:
    person_id, deployment_id = recorded.person_id, recorded.deployment_id
    leads_somewhere = recorded.placement_id is not None or recorded.asked is not None
    if person_id is None or deployment_id is None or not leads_somewhere:
        return None
    comes_to(Outcome.OPENED)
    origin = visits.Origin(
        claimed.registration_id, deployment_id, recorded.course_id, recorded.placement_id
    )
    target, agent = claimed.storage_target, request.headers.get("User-Agent", "")
    proof = visits.StoredProof(target, agent) if target else None
    opened = visits.open_visit(person_id, origin, verified, browser_hash, proof)
    if opened.id is not None and recorded.asked is not None:
        choosing.ask(opened.id, recorded.asked)
    return opened


def _browser_hash(claimed: logins.ClaimedLogin) -> str:
    """Return what names this browser now.

    Logins that begin at the same moment in a new browser each give it a marker, and only one of
    them stays: so the launch's own cookie counts before what its login gave.
    """
    marker = cookies.marker_of(request)
    return hash_secret(marker) if marker else claimed.browser_hash


def _closed_page(recorded: RecordedLaunch, verified: Launch) -> str:
    """Say why a good launch opens nothing: not approved yet, or no activity chosen."""
    comes_to(Outcome.PENDING if recorded.is_pending else Outcome.NOT_SET_UP)
    for_author = verified.roles.can_author or verified.roles.is_platform_admin
    name = "launch/pending.html" if recorded.is_pending else "launch/not_set_up.html"
    kinds = [(key, activity.title) for key, activity in catalogue().items()]
    return render_template(name, for_author=for_author, kinds=kinds)


def _refuse_platform_error() -> ResponseReturnValue:
    """Close the login that the LMS refused, and show that it did (R-1.9)."""
    with transaction(runtime().database):
        state = request.form.get("state", "")
        found = logins.find_login_by_state(state) if _STATE.fullmatch(state) else None
        if found is not None:
            comes_from(found.registration_id)
            logins.close_login(found.id, cookies.state_cookie_of(request, found.id))
    code = "".join(
        c for c in request.form["error"][:60] if c.isascii() and (c.isalnum() or c == "_")
    )
    raise MalformedRequest("platform_error", code)


def _only(name: str, longest: int) -> str:
    values = request.form.getlist(name)
    if len(values) != 1 or not values[0] or len(values[0]) > longest:
        raise MalformedRequest(detail=f"{name}: {len(values)} values")
    return values[0]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise MalformedRequest(detail="login id") from error


def _platform_address(begun: LoginTransaction, registration: Registration) -> str:
    return authorization_url(
        registration.auth_url,
        client_id=registration.client_id,
        redirect_uri=url_for_launch(),
        login_hint=begun.login_hint,
        message_hint=begun.message_hint,
        nonce=begun.nonce,
        state=begun.state,
    )


def url_for_launch() -> str:
    """Return the one redirect address, the same string wherever it is registered (R-1.5)."""
    return f"{runtime().settings.public_url}/lti/launch"


def _login_parameters(begun: LoginTransaction, registration: Registration) -> list[tuple[str, str]]:
    """Return the LMS's login parameters unchanged, for sending them again from a window."""
    given = {
        "iss": registration.issuer,
        "client_id": registration.client_id,
        "login_hint": begun.login_hint,
        "target_link_uri": begun.target_link_uri,
        "lti_message_hint": begun.message_hint,
        "lti_deployment_id": begun.deployment_id,
        "window": "1",
    }
    return [(name, value) for name, value in given.items() if value is not None]


def _forward(target: str) -> Response:
    """Leave by a page: `form-action` would stop a redirect chain that a form began."""
    return make_response(render_template("launch/forward.html", url=target))


def _go(target: str) -> Response:
    return make_response(redirect(target, 303))


def _log_launch(claimed: logins.ClaimedLogin, verified: Launch) -> None:
    log.info(
        "launch_verified",
        registration=str(claimed.registration_id),
        deployment=verified.deployment_id,
        message_type=verified.message_type.value,
        dropped_claims=list(verified.dropped_claims),
    )
