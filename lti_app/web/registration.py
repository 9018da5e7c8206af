"""`/lti/register`: an administrator confirms, inside the LMS, that it may register the tool.

Nobody is known here, and the LMS's frame may keep no cookie. What proves a request is the invite in
the address, and then the code in the page's form (lti-rules.md R-7.1, R-7.4).
"""

import structlog
from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import Form, HiddenField, RadioField

from lti_app.domain.errors import RegistrationRefused
from lti_app.lti.addresses import REGISTRATION_PATH
from lti_app.lti.platform_configuration import PlatformConfiguration
from lti_app.services import registrations
from lti_app.services.registrations import RegistrationStopped
from lti_app.services.rights import rights_of
from lti_app.services.visits import frame_ancestors
from lti_app.web.errors import show_limit
from lti_app.web.evidence import has_own_origin
from lti_app.web.guards import public, takes_at_most
from lti_app.web.headers import ANYBODY
from lti_app.web.limits import failed_too_often
from lti_app.web.registration_words import (
    NEXT_STEPS,
    PRODUCT_NAMES,
    REFUSALS,
    VALUES,
)
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, lazy_gettext

log = structlog.get_logger()
blueprint = Blueprint("registration", __name__)

_LONGEST_INVITE = 100
_LONGEST_ADDRESS = 2000
_LONGEST_TOKEN = 8000
_LARGEST_FORM = 4 * 1024
_IDENTITY = {
    "yes": lazy_gettext(
        "Names and e-mail addresses: mentors and mentees see whom they work with, and get "
        "reminders by mail."
    ),
    "no": lazy_gettext("Neither: everybody is asked in Throughline what they want to be called."),
}


class ConfirmationForm(Form):
    """What the administrator sends back."""

    code = HiddenField()
    identity = RadioField(
        lazy_gettext("What should your LMS tell about people?"),
        choices=lambda: {value: str(words) for value, words in _IDENTITY.items()},
    )


@blueprint.get(REGISTRATION_PATH)
@public("an LMS's administrator comes with an invite")
def ask() -> ResponseReturnValue:
    """Find out which LMS this is, and ask whether to register there."""
    invite = _only("invite", _LONGEST_INVITE)
    address = _only("openid_configuration", _LONGEST_ADDRESS)
    if address is None:
        raise RegistrationRefused(
            "registration_no_lms" if invite else "invite_missing",
            status=400 if invite else 403,
        )
    token = _only("registration_token", _LONGEST_TOKEN)
    proposal = registrations.propose(runtime(), invite, address, token)
    _show_in_frame_of(proposal.configuration)
    form = ConfirmationForm(
        data={"code": proposal.code, "identity": "yes" if proposal.asks_identity else "no"}
    )
    return render_template(
        "register/confirm.html",
        proposal=proposal,
        form=form,
        name=_name(proposal.configuration),
        rights=rights_of(proposal.scopes),
        missing=rights_of(proposal.missing_scopes),
        next_steps=NEXT_STEPS[proposal.configuration.family],
        value_names=VALUES,
    )


@blueprint.post(REGISTRATION_PATH)
@public("carries the code of a page that was shown to whoever had an invite")
@takes_at_most(_LARGEST_FORM)
def confirm() -> ResponseReturnValue:
    """Register, and tell the LMS to close the frame."""
    if not has_own_origin():
        raise RegistrationRefused("registration_expired", "foreign origin")
    form = ConfirmationForm(request.form)
    if not form.code.data or not form.validate():
        raise RegistrationRefused("registration_malformed", "form", status=400)
    asks_identity = form.identity.data == "yes"
    done = registrations.complete(runtime(), form.code.data, asks_identity=asks_identity)
    _show_in_frame_of(done.configuration)
    return render_template(
        "register/finished.html",
        done=done,
        name=_name(done.configuration),
        refused=rights_of(done.refused_scopes),
        next_steps=NEXT_STEPS[done.configuration.family],
    )


@blueprint.errorhandler(RegistrationStopped)
def show_stop(error: RegistrationStopped) -> Response:
    """Say what the LMS did instead, and offer to try again."""
    _show_in_frame_of(error.configuration)
    identity = request.form.get("identity", "")
    form = ConfirmationForm(data={"code": error.again, "identity": identity})
    return _refusal(error, form)


@blueprint.errorhandler(RegistrationRefused)
def show_refusal(error: RegistrationRefused) -> Response:
    """Say why not; the page leads nowhere, so anybody may frame it."""
    g.frame_ancestors = ANYBODY
    if (exceeded := failed_too_often()) is not None:
        return show_limit(exceeded)
    return _refusal(error, None)


def _refusal(error: RegistrationRefused, form: ConfirmationForm | None) -> Response:
    log.info("refused", code=error.code, status=error.status, detail=error.detail)
    html = render_template(
        "register/refused.html",
        explanation=REFUSALS[error.code],
        words=error.words,
        code=error.code,
        correlation_id=g.correlation_id,
        form=form,
    )
    return make_response(html, error.status)


def _show_in_frame_of(configuration: PlatformConfiguration) -> None:
    g.frame_ancestors = frame_ancestors(configuration)


def _name(configuration: PlatformConfiguration) -> str:
    return PRODUCT_NAMES.get(configuration.family) or gettext("your LMS")


def _only(name: str, longest: int) -> str | None:
    """Return the one value of a parameter, or None if there is none.

    Raises:
        RegistrationRefused: it is repeated, too long, or holds what no header can.
    """
    values = [value for value in request.args.getlist(name) if value]
    if not values:
        return None
    value = values[0]
    if len(values) > 1 or len(value) > longest or any(not "!" <= sign <= "~" for sign in value):
        raise RegistrationRefused("registration_malformed", name, status=400)
    return value
