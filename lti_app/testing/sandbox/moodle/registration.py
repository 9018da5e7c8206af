"""Dynamic registration as in Moodle 4.5: the page of tools, the token, what is taken and what not.

By `mod/lti/classes/local/ltiopenid/registration_helper.php`, and as seen on a running Moodle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.answers import error_page, page
from lti_app.testing.sandbox.moodle import addresses
from lti_app.testing.sandbox.registering import (
    PLATFORM_CONFIGURATION,
    TOOL_CONFIGURATION,
    NotAdministratorError,
    administrator,
    bearer,
    go,
    json_answer,
    new_token,
    one_liner,
    read_token,
    refuse_others,
    tools_page,
    with_query,
)
from lti_app.testing.sandbox.state import Platform, current_platform, new_client_id
from lti_app.testing.sandbox.tools import (
    LINEITEM,
    LINEITEM_READONLY,
    MEMBERSHIP,
    RESULT_READONLY,
    SCORE,
    Tool,
)

blueprint = Blueprint("moodle_registration", __name__)
blueprint.register_error_handler(NotAdministratorError, refuse_others)

_REQUIRED = (
    "response_types",
    "initiate_login_uri",
    "redirect_uris",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
    TOOL_CONFIGURATION,
)
_RELEASE = "4.5.6 (Build: 20250811)"
_NEW, _UPDATE = "reg", "reg-update"
_READING = (SCORE, RESULT_READONLY, LINEITEM_READONLY)
_NAMES = ("name", "given_name", "family_name")


class _RefusedError(Exception):
    """Moodle says no in a few words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class _CrashedError(Exception):
    """Something that Moodle does not expect: it shows a page."""


@blueprint.errorhandler(_RefusedError)
def _refuse(error: _RefusedError) -> Response:
    return one_liner(error.words, error.status)


@blueprint.errorhandler(_CrashedError)
def _crash(error: _CrashedError) -> Response:
    return error_page(str(error))


@blueprint.get(addresses.TOOLS)
def tools() -> Response:
    """The administrator's list of tools, and the field for the address of a new one."""
    return tools_page(
        "Manage tools",
        addresses.START_REGISTRATION,
        "url",
        {True: "Active", False: "Pending"},
    )


@blueprint.post(f"{addresses.TOOLS}/<int:tool_id>/activate")
def activate(tool_id: int) -> Response:
    administrator()
    current_platform().tools[tool_id].active = True
    return go(addresses.TOOLS)


@blueprint.get(addresses.START_REGISTRATION)
def start() -> Response:
    """What the frame shows first: the tool's page, or a choice where its domain is known."""
    administrator()
    platform = current_platform()
    url = request.args.get("url", "")
    tool_id = request.args.get("type", -1, type=int)
    known = [tool for tool in platform.tools.values() if tool.domain == urlsplit(url).netloc]
    if known and tool_id == -1:
        return page("update_choice.html", tools=known, url=url, start=addresses.START_REGISTRATION)
    subject, scope = (str(tool_id), _UPDATE) if tool_id > 0 else (new_client_id(), _NEW)
    token = new_token(platform, {"sub": subject, "scope": scope})
    given = {
        "openid_configuration": platform.url(addresses.CONFIGURATION),
        "registration_token": token,
    }
    return go(with_query(url, given))


@blueprint.get(addresses.CONFIGURATION)
def configuration() -> Response:
    """Open to everybody; whatever token comes along is not looked at."""
    platform = current_platform()
    return json_answer(
        {
            "issuer": platform.issuer,
            "token_endpoint": platform.url(addresses.TOKEN),
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": platform.url(addresses.CERTS),
            "authorization_endpoint": platform.url(addresses.AUTH),
            "registration_endpoint": platform.url(addresses.REGISTRATION),
            "scopes_supported": [*_READING, LINEITEM, MEMBERSHIP, "openid"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", *_NAMES, "email"],
            PLATFORM_CONFIGURATION: {
                "product_family_code": "moodle",
                "version": _RELEASE,
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": ["Context.id", "Context.id.history", "ResourceLink.id", "User.id"],
            },
        }
    )


@blueprint.route(addresses.REGISTRATION, methods=["GET", "POST"])
def registration() -> Response:
    """POST registers, or changes what is registered; GET shows what an update would change."""
    platform = current_platform()
    token = bearer()
    if token is None:
        raise _RefusedError(401, "missing_registration_token")
    client_id, tool = _validate(platform, token)
    if request.method == "GET":
        if tool is None:
            raise _CrashedError(
                "config_to_registration(): Argument #2 ($typeid) must be of type int"
            )
        return json_answer(_response(tool, _overstated(tool)))
    wanted = _wanted()
    with platform.lock:
        tool = _write(platform, tool, client_id, wanted)
        return json_answer(_response(tool, _overstated(tool)))


def _validate(platform: Platform, token: str) -> tuple[str, Tool | None]:
    claims = read_token(platform, token)
    if claims is None:
        raise _CrashedError("Wrong number of segments")
    subject = str(claims["sub"])
    if claims["scope"] == _NEW:
        if platform.tool_of(subject):
            raise _RefusedError(401, "token_already_used")
        return subject, None
    tool = platform.tools.get(int(subject))
    if tool is None:
        raise _RefusedError(400, "Unknown client")
    return tool.client_id, tool


def _wanted() -> dict[str, Any]:
    """The tool's wishes, checked in the order of Moodle."""
    wanted = request.get_json(force=True, silent=True)
    if not isinstance(wanted, dict):
        raise _CrashedError("registration_to_config(): Argument #1 must be of type array")
    for name in _REQUIRED:
        if not wanted.get(name):
            raise _RefusedError(400, f"missing required attribute {name}")
    settings = wanted[TOOL_CONFIGURATION]
    domain = settings.get("domain")
    if not domain:
        raise _RefusedError(400, "missing_domain")
    target = settings.get("target_link_uri") or f"https://{domain}"
    if domain.removeprefix("www.") != urlsplit(target).netloc.removeprefix("www."):
        raise _RefusedError(400, "domain_targetlinkuri_mismatch")
    for name, holds in (
        ("response_types", "id_token" in wanted["response_types"]),
        ("redirect_uris", isinstance(wanted["redirect_uris"], list)),
        ("token_endpoint_auth_method", wanted["token_endpoint_auth_method"] == "private_key_jwt"),
        ("application_type", wanted.get("application_type") in {None, "", "web"}),
    ):
        if not holds:
            raise _RefusedError(400, f"invalid_{name}")
    return wanted


def _write(platform: Platform, tool: Tool | None, client_id: str, wanted: dict[str, Any]) -> Tool:
    """Make a pending tool, or overwrite one that keeps its state."""
    settings = wanted[TOOL_CONFIGURATION]
    if tool is None:
        tool = platform.new_tool("", "", [], "", "", client_id=client_id, active=False)
    asked = str(wanted.get("scope", "")).split(" ")
    claims = settings.get("claims") or []
    pickers = [
        message.get("target_link_uri", "")
        for message in settings.get("messages") or []
        if message["type"] == "LtiDeepLinkingRequest"
    ]
    custom = settings.get("custom_parameters") or {}
    tool.name = wanted["client_name"]
    tool.login_url = wanted["initiate_login_uri"]
    tool.redirect_uris = tuple(wanted["redirect_uris"])
    tool.jwks_url = wanted["jwks_uri"]
    tool.target_link_uri = settings.get("target_link_uri") or f"https://{settings['domain']}"
    tool.description = settings.get("description") or ""
    tool.icon_url = wanted.get("logo_uri") or ""
    tool.custom = "\n".join(f"{name}={value}" for name, value in custom.items())
    tool.picker_url = pickers[-1] if pickers else None
    tool.scopes = _granted(asked)
    tool.sends_name = any(name in claims for name in _NAMES)
    tool.sends_email = "email" in claims
    return tool


def _granted(asked: list[str]) -> tuple[str, ...]:
    """Any right about grades gives the reading and writing of grades; only `lineitem` all."""
    grades: tuple[str, ...] = ()
    if LINEITEM in asked:
        grades = (*_READING, LINEITEM)
    elif any(scope in asked for scope in _READING):
        grades = _READING
    return (*grades, *((MEMBERSHIP,) if MEMBERSHIP in asked else ()))


def _overstated(tool: Tool) -> tuple[str, ...]:
    """The answer claims the right to make columns wherever there is any right about grades."""
    has_grades = SCORE in tool.scopes and LINEITEM not in tool.scopes
    return (*tool.scopes, LINEITEM) if has_grades else tool.scopes


def _response(tool: Tool, scopes: tuple[str, ...]) -> Mapping[str, object]:
    names = [*_NAMES] if tool.sends_name else []
    settings: dict[str, object] = {
        "version": "1.3.0",
        "deployment_id": tool.deployment_id,
        "target_link_uri": tool.target_link_uri,
        "domain": tool.domain,
        "description": tool.description,
        "claims": ["sub", "iss", *names, *(["email"] if tool.sends_email else [])],
    }
    if tool.picker_url is not None:
        picker = {"type": "LtiDeepLinkingRequest", "target_link_uri": tool.picker_url}
        settings["messages"] = [picker]
    if tool.custom:
        # A value ends at its first sign of equality.
        lines = (line.split("=") for line in tool.custom.split("\n"))
        settings["custom_parameters"] = {parts[0]: parts[1] for parts in lines}
    return {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": list(tool.redirect_uris),
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": tool.name,
        "logo_uri": tool.icon_url,
        "scope": " ".join(scopes),
        TOOL_CONFIGURATION: settings,
    }
