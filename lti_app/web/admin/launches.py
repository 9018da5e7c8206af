"""What launches came to: counts by code and day, and the newest ones by their numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.clock import real_now
from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import launch_outcomes
from lti_app.services.launch_outcomes import LaunchFact
from lti_app.store.registrations import list_registrations
from lti_app.web.admin.pages import blueprint, lms_name
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, lazy_gettext

_DAYS = 7
_LATEST = 100
_NUMBER = re.compile(r"[0-9a-f]{12}")

#: Code → what it means for whoever runs the tool.
CODES: Final[Mapping[str, LazyString]] = {
    "opened": lazy_gettext("Opened"),
    "pending": lazy_gettext("The deployment is not approved yet"),
    "not_set_up": lazy_gettext("The link does not say which activity it opens"),
    "no_cookies": lazy_gettext("The browser keeps no cookies, not even in a window"),
    "audience": lazy_gettext("The message is for another tool or client id"),
    "bad_request": lazy_gettext("The request cannot be read"),
    "busy": lazy_gettext("The database could not be reached, or took too long"),
    "conflict": lazy_gettext("Something had changed in the meantime"),
    "deep_linking": lazy_gettext("The LMS asks for links in a form that cannot be answered"),
    "deployment": lazy_gettext("The deployment id is missing, or another than at the login"),
    "deployment_blocked": lazy_gettext("The LMS or its deployment is switched off here"),
    "fault": lazy_gettext("A fault of the tool; its log has the trace under the number"),
    "for_user": lazy_gettext("The message does not say whose work it is about"),
    "issuer": lazy_gettext("The message comes from another LMS than the login"),
    "key_server": lazy_gettext("The keys of the LMS could not be fetched"),
    "key_unknown": lazy_gettext("The LMS signed with a key that it does not publish"),
    "launch_refused": lazy_gettext("The message is not to be trusted"),
    "malformed": lazy_gettext("Something is missing, repeated or too long"),
    "message_type": lazy_gettext("The LMS asks for something that the tool does not do"),
    "nonce": lazy_gettext("The message answers another login"),
    "not_found": lazy_gettext("The address leads nowhere"),
    "options": lazy_gettext("The custom parameters of the link make no sense"),
    "others_work": lazy_gettext("Somebody asked for another one's work who may not see it"),
    "platform_error": lazy_gettext("The LMS answered the login with an error"),
    "replay": lazy_gettext("The same message came twice"),
    "resource_link": lazy_gettext("The message names no link"),
    "roles": lazy_gettext("The list of roles cannot be read"),
    "signature": lazy_gettext("The signature is wrong"),
    "state_invalid": lazy_gettext(
        "The login was used, took too long, or the browser lost its cookie on the way"
    ),
    "subject": lazy_gettext("The LMS did not say who it is: not signed in there"),
    "target_link_uri": lazy_gettext("The link leads to another address than the tool's"),
    "timestamps": lazy_gettext("Too old or too new: the clock of the LMS may be wrong"),
    "token_header": lazy_gettext("The message is not signed in a way that is allowed"),
    "unknown_platform": lazy_gettext("No LMS is registered with this address and client id"),
    "version": lazy_gettext("The message is of another version of LTI"),
}


@dataclass(frozen=True)
class Line:
    """One launch, in words."""

    at: datetime
    where: str | None
    what: str
    code: str
    number: str


@blueprint.get("/launches")
@requires(Action.READ, Kind.OPERATION, of=Reach.TOOL)
def launches() -> ResponseReturnValue:
    """Show what launches came to, of one LMS or all, and find one by its number."""
    lms, number = _lms(), request.args.get("number", "").strip().lower()
    code = request.args.get("code", "")
    is_number = bool(_NUMBER.fullmatch(number))
    days = _last_days()
    found = launch_outcomes.latest(
        _LATEST,
        registration_id=lms,
        code=code if code in CODES else None,
        correlation_id=number if is_number else None,
    )
    names = {one.id: lms_name(one) for one in list_registrations()}
    # Who looks for one launch does not want to know how many there were.
    counted = [] if is_number else launch_outcomes.count(days, registration_id=lms)
    return render_template(
        "admin/launches.html",
        counted=[(one, code_in_words(one.code)) for one in counted],
        days=days,
        lines=[_line(one, names) for one in found],
        names=names,
        codes=CODES,
        lms=lms,
        code=code,
        number=number,
        is_number=is_number or not number,
    )


def code_in_words(code: str) -> str:
    """Return what a code means; the code itself where there are no words."""
    return str(CODES.get(code, code))


def _line(fact: LaunchFact, names: Mapping[UUID, str]) -> Line:
    where = None
    if fact.registration_id is not None:
        where = names.get(fact.registration_id, gettext("an LMS that is not registered any more"))
    return Line(fact.at, where, code_in_words(fact.code), fact.code, fact.correlation_id)


def _lms() -> UUID | None:
    text = request.args.get("lms", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise MalformedRequest(detail="lms") from error


def _last_days() -> list[date]:
    today = real_now().date()
    return [today - timedelta(days=ago) for ago in range(_DAYS)]
