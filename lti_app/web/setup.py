"""What an administrator needs who registers the tool by hand: values to copy, Canvas's file."""

from flask import Blueprint, Response, jsonify, render_template

from lti_app.domain.launch import Family, MessageType
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.tool import CUSTOM, DESCRIPTION, NAME, SCOPES, Tool, canvas_document
from lti_app.services.rights import RIGHTS
from lti_app.web.guards import public
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext

blueprint = Blueprint("setup", __name__)

_MAX_AGE = 3600


@blueprint.get("/lti/canvas.json")
@public("Canvas fetches it; it says nothing about anybody")
def canvas() -> Response:
    """Publish the configuration that an administrator of Canvas enters by its address (R-7.8)."""
    response = jsonify(canvas_document(Tool(runtime().settings.public_url)))
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return response


@blueprint.get("/lti/setup")
@public("the same addresses as in the configurations of any LMS")
def values() -> str:
    """Show every value to enter in an LMS, and how to enter the LMS here (R-7.8)."""
    return render_template(
        "setup/values.html",
        tool=Tool(runtime().settings.public_url),
        tool_name=NAME,
        description=DESCRIPTION,
        custom="\n".join(f"{name}={value}" for name, value in CUSTOM.items()),
        scopes=[(scope, RIGHTS[scope]) for scope in SCOPES],
        picker="LtiDeepLinkingRequest" in set(MessageType),
        moodle_choices=_moodle_choices(),
        commands=_commands(),
    )


def _moodle_choices() -> list[tuple[str, str]]:
    """Return what is chosen from a list in Moodle's form, in the order of the form."""
    return [
        (gettext("LTI version"), "LTI 1.3"),
        (gettext("Public key type"), gettext("Keyset URL")),
        (gettext("Default launch container"), gettext("Embed, without blocks")),
        (
            gettext("IMS LTI Assignment and Grade Services"),
            gettext("Use this service for grade sync and column management"),
        ),
        (
            gettext("IMS LTI Names and Role Provisioning"),
            gettext("Use this service to retrieve members' information as per privacy settings"),
        ),
        (
            gettext("Share launcher's name, share launcher's email"),
            gettext("Always; or Never: then everybody is asked for a name"),
        ),
        (
            gettext("Accept grades from the tool"),
            gettext("As specified in Deep Linking, or Always"),
        ),
    ]


def _commands() -> list[tuple[str, str, str]]:
    """Return the command that enters each product here: id, label, command."""
    moodle = [
        "throughline platform add --family moodle",
        "--issuer https://MOODLE",
        "--client-id CLIENT_ID --deployment DEPLOYMENT_ID",
        "--auth-url https://MOODLE/mod/lti/auth.php",
        "--token-url https://MOODLE/mod/lti/token.php",
        "--jwks-url https://MOODLE/mod/lti/certs.php",
    ]
    canvas = QUIRKS[Family.CANVAS]
    issuer, sign_in = canvas.shared_issuers[0], canvas.known_hosts[1]
    hosted = [
        "throughline platform add --family canvas",
        f"--issuer {issuer}",
        "--client-id CLIENT_ID --deployment DEPLOYMENT_ID",
        f"--auth-url https://{sign_in}/api/lti/authorize_redirect",
        "--token-url https://SCHOOL/login/oauth2/token",
        f"--jwks-url https://{sign_in}/api/lti/security/jwks",
    ]
    other = [
        "throughline platform add",
        "--issuer ISSUER",
        "--client-id CLIENT_ID --deployment DEPLOYMENT_ID",
        "--auth-url AUTHORIZATION_ADDRESS",
        "--token-url TOKEN_ADDRESS",
        "--jwks-url KEY_SET_ADDRESS",
    ]
    return [
        ("here-moodle", gettext("Moodle"), _joined(moodle)),
        ("here-canvas", gettext("Canvas of a school"), _joined(hosted)),
        ("here-other", gettext("Another LMS"), _joined(other)),
    ]


def _joined(words: list[str]) -> str:
    """Return a command in lines that a shell takes as one."""
    return " \\\n    ".join(words)
