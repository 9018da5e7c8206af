"""Dynamic registration as Canvas has it, by its published source and manual.

The configuration is shown to the token alone; a registration has no installation yet; what an
administrator takes away afterwards the tool is not told.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from lti_app.testing.sandbox.canvas import addresses
from lti_app.testing.sandbox.registering import (
    PLATFORM_CONFIGURATION,
    TOOL_CONFIGURATION,
    NotAdministratorError,
    administrator,
    bearer,
    go,
    json_answer,
    new_token,
    read_token,
    refuse_others,
    tools_page,
    with_query,
)
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.tools import ALL_SCOPES, Tool

blueprint = Blueprint("canvas_registration", __name__)
blueprint.register_error_handler(NotAdministratorError, refuse_others)

_VENDOR = "https://canvas.instructure.com/lti/"
_FIRST_KEY = 10_000_000_000_000
_LINK_PLACEMENTS = ("account_navigation", "course_navigation", "link_selection")
_PICKER_PLACEMENTS = ("assignment_selection", "course_assignments_menu", "link_selection")
_STANDARD_PLACEMENTS = {"ContentArea": "link_selection", "RichTextEditor": "editor_button"}
_REQUIRED = (
    "grant_types",
    "response_types",
    "redirect_uris",
    "initiate_login_uri",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
    TOOL_CONFIGURATION,
)


class _RefusedError(Exception):
    """Canvas says no, in JSON."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@blueprint.errorhandler(_RefusedError)
def _refuse(error: _RefusedError) -> Response:
    return json_answer(error.body, error.status)


@blueprint.get(addresses.TOOLS)
def tools() -> Response:
    """The administrator's list of keys, and the field for the address of a tool."""
    return tools_page(
        "Developer Keys",
        addresses.START_REGISTRATION,
        "registration_url",
        {True: "On, installed", False: "Off"},
        reducible=True,
    )


@blueprint.post(f"{addresses.TOOLS}/<int:tool_id>/activate")
def install(tool_id: int) -> Response:
    """Turn a key on and install it; rights that the administrator does not tick are taken away."""
    administrator()
    tool = current_platform().tools[tool_id]
    kept = request.form.getlist("scope")
    if kept:
        tool.scopes = tuple(scope for scope in tool.scopes if scope in kept)
    tool.active = True
    return go(addresses.TOOLS)


@blueprint.get(addresses.START_REGISTRATION)
def start() -> Response:
    """What the frame shows first: the tool's page, which is told where to ask."""
    administrator()
    platform = current_platform()
    token = new_token(platform, {"uuid": str(uuid.uuid4()), "root_account_global_id": 1})
    own = with_query(platform.url(addresses.CONFIGURATION), {"registration_token": token})
    given = {"openid_configuration": own, "registration_token": token}
    return go(with_query(request.args.get("registration_url", ""), given))


@blueprint.get(addresses.CONFIGURATION)
def configuration() -> Response:
    platform = current_platform()
    _require_token(platform)
    return json_answer(
        {
            "issuer": platform.issuer,
            "authorization_endpoint": platform.url(addresses.AUTH),
            "registration_endpoint": platform.url(addresses.REGISTRATION),
            "jwks_uri": platform.url(addresses.CERTS),
            "token_endpoint": platform.url(addresses.TOKEN),
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", *ALL_SCOPES, f"{_VENDOR}public_jwk/scope/update"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "picture", "email", "name", "given_name", "family_name"],
            "subject_types_supported": ["public"],
            "authorization_server": urlsplit(platform.issuer).hostname,
            PLATFORM_CONFIGURATION: {
                "product_family_code": "canvas",
                "version": "OpenSource",
                "messages_supported": [
                    {
                        "type": "LtiResourceLinkRequest",
                        "placements": [*(_VENDOR + name for name in _LINK_PLACEMENTS)],
                    },
                    {
                        "type": "LtiDeepLinkingRequest",
                        "placements": [
                            *(_VENDOR + name for name in _PICKER_PLACEMENTS),
                            *_STANDARD_PLACEMENTS,
                        ],
                    },
                ],
                "variables": ["Context.id", "Context.id.history", "Canvas.course.id"],
                f"{_VENDOR}account_name": platform.name,
                f"{_VENDOR}account_lti_guid": "0123456789:canvas-lms",
                f"{_VENDOR}account_domain": urlsplit(platform.base_url).netloc,
            },
        }
    )


@blueprint.post(addresses.REGISTRATION)
def registration() -> Response:
    platform = current_platform()
    _require_token(platform)
    wanted = request.get_json(silent=True)
    if not isinstance(wanted, dict):
        raise _RefusedError(400, {"errorMessage": "The request body is not JSON"})
    _check(wanted)
    with platform.lock:
        tool = _add(platform, wanted)
    answer = {name: value for name, value in wanted.items() if name != "client_uri"}
    return json_answer(answer | {"client_id": tool.client_id, "scope": " ".join(tool.scopes)})


def _require_token(platform: Platform) -> None:
    token = bearer()
    if token is None or read_token(platform, token) is None:
        raise _RefusedError(401, {"errorMessage": "JWT did not include expected contents"})


def _check(wanted: dict[str, Any]) -> None:
    errors: dict[str, str] = {}
    for name in _REQUIRED:
        if not wanted.get(name):
            errors[name] = "can't be blank"
    if {"client_credentials", "implicit"} - {*(wanted.get("grant_types") or ())}:
        errors["grant_types"] = "Must include client_credentials, implicit"
    if wanted.get("application_type") != "web":
        errors["application_type"] = "Must be 'web'"
    unknown = {*str(wanted.get("scope", "")).split()} - {*ALL_SCOPES}
    if unknown:
        errors["scopes"] = f"Invalid scopes: {', '.join(sorted(unknown))}"
    if errors:
        raise _RefusedError(
            422, {"errors": [{"field": k, "message": v} for k, v in errors.items()]}
        )


def _add(platform: Platform, wanted: dict[str, Any]) -> Tool:
    settings = wanted[TOOL_CONFIGURATION]
    claims = settings.get("claims") or []
    has_name = any(name in claims for name in ("name", "given_name", "family_name"))
    level = settings.get(f"{_VENDOR}privacy_level") or (
        "public" if has_name and "email" in claims else "anonymous"
    )
    custom = settings.get("custom_parameters") or {}
    tool = platform.new_tool(
        wanted["client_name"],
        wanted["initiate_login_uri"],
        wanted["redirect_uris"],
        wanted["jwks_uri"],
        settings["target_link_uri"],
        custom="\n".join(f"{name}={value}" for name, value in custom.items()),
        scopes=wanted["scope"].split(),
        sends_name=level in {"public", "name_only"},
        sends_email=level in {"public", "email_only"},
        client_id=str(_FIRST_KEY + len(platform.tools) + 1),
        active=False,
    )
    tool.icon_url = wanted.get("logo_uri") or ""
    tool.description = settings.get("description") or ""
    tool.placements = _placements(settings.get("messages") or [])
    pickers = [m for m in settings.get("messages") or [] if m["type"] == "LtiDeepLinkingRequest"]
    tool.picker_url = pickers[0].get("target_link_uri") if pickers else None
    return tool


def _placements(messages: list[dict[str, Any]]) -> tuple[str, ...]:
    """The first message for a placement counts; one without any comes into the list of links."""
    found: dict[str, str] = {}
    for message in messages:
        for name in message.get("placements") or ["link_selection"]:
            plain = _STANDARD_PLACEMENTS.get(name, name.removeprefix(_VENDOR))
            if plain in (*_LINK_PLACEMENTS, *_PICKER_PLACEMENTS, "editor_button"):
                found.setdefault(plain, message["type"])
    return tuple(f"{name}: {kind}" for name, kind in found.items())
