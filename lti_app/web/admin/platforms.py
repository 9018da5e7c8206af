"""LMSs: the list, a page for each, approving and blocking, switching off, changing, checking."""

from collections import Counter
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.clock import real_now
from lti_app.domain.errors import NotFound
from lti_app.domain.launch import Family
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import lms_health
from lti_app.services.check_words import say
from lti_app.services.platform_checks import State, check_platform, check_tool
from lti_app.services.platforms import (
    get_platform,
    granted_scopes,
    set_deployment,
    set_platform,
)
from lti_app.services.rights import RIGHTS, rights_of
from lti_app.store.organisations import get_organisation, list_organisations
from lti_app.store.registrations import (
    Deployment,
    Registration,
    list_deployments,
    list_registrations,
)
from lti_app.store.session import db, transaction
from lti_app.web.admin.pages import Question, actor, ask, blueprint, lms_name
from lti_app.web.admin.platform_forms import FAMILIES
from lti_app.web.guards import requires
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, lazy_gettext

#: For all calls of a check together: a person waits for the page.
_CHECK_SECONDS = 20.0
_DONE: Final = {
    "add": lazy_gettext("The LMS is registered. Enter the tool in the LMS as well, then check."),
    "change": lazy_gettext("The change is kept."),
    "approve": lazy_gettext("The deployment is approved."),
    "block": lazy_gettext("The deployment is blocked, and what was open in it has ended."),
    "enable": lazy_gettext("The LMS is switched on."),
    "disable": lazy_gettext("The LMS is switched off."),
}
#: State of a deployment → what it is called.
STATES: Final = {
    "pending": lazy_gettext("waits for approval"),
    "active": lazy_gettext("approved"),
    "blocked": lazy_gettext("blocked"),
}
#: The same for a number of them.
COUNTED: Final = {
    "pending": lazy_gettext("to approve"),
    "active": lazy_gettext("approved"),
    "blocked": lazy_gettext("blocked"),
}
MARKS: Final = {
    State.GOOD: lazy_gettext("Good"),
    State.WARNING: lazy_gettext("Worth a look"),
    State.FAULT: lazy_gettext("Wrong"),
    State.UNKNOWN: lazy_gettext("Not known"),
}


@dataclass(frozen=True)
class Line:
    """One LMS in the list."""

    registration: Registration
    name: str
    organisation: str
    deployments: Counter[str]


@blueprint.get("/platforms")
@requires(Action.READ, Kind.PLATFORM, of=Reach.TOOL)
def platforms() -> ResponseReturnValue:
    """List the LMSs."""
    organisations = {one.id: one.name for one in list_organisations()}
    lines = [
        Line(
            registration=one,
            name=lms_name(one),
            organisation=organisations[one.organisation_id],
            deployments=Counter(found.status for found in list_deployments(one.id)),
        )
        for one in list_registrations()
    ]
    return render_template("admin/platforms.html", lines=lines, states=COUNTED)


@blueprint.get("/platforms/<uuid:registration_id>")
@requires(Action.READ, Kind.PLATFORM, of=Reach.TOOL)
def platform(registration_id: UUID) -> ResponseReturnValue:
    """Show one LMS: what it is, what it lets us do, and its deployments."""
    found = get_platform(registration_id)
    organisation = get_organisation(found.organisation_id)
    granted = granted_scopes(registration_id)
    return render_template(
        "admin/platform.html",
        found=found,
        name=lms_name(found),
        organisation=organisation.name if organisation else "",
        deployments=list_deployments(registration_id),
        states=STATES,
        granted=rights_of(scope for scope in RIGHTS if scope in granted),
        asked=rights_of(scope for scope in found.scopes or () if scope in RIGHTS),
        family=FAMILIES[Family(found.family)],
        report=lms_health.report([registration_id], real_now())[registration_id],
        done=_DONE.get(request.args.get("done", "")),
    )


@blueprint.post("/platforms/<uuid:registration_id>/check")
@requires(Action.READ, Kind.PLATFORM, of=Reach.TOOL, calls_out=True)
def check(registration_id: UUID) -> ResponseReturnValue:
    """Look at everything between the tool and an LMS, and say what is wrong."""
    held = runtime()
    with transaction(held.database, read_only=True):
        name = lms_name(get_platform(registration_id))
    found = [
        *check_tool(held, seconds=_CHECK_SECONDS / 2),
        *check_platform(held, registration_id, seconds=_CHECK_SECONDS),
    ]
    with transaction(held.database, read_only=True):
        return render_template(
            "admin/check.html",
            name=name,
            registration_id=registration_id,
            found=[(one.state, MARKS[one.state], say(one)) for one in found],
            faults=sum(one.state is State.FAULT for one in found),
        )


@blueprint.post("/platforms/<uuid:registration_id>/deployments/<uuid:deployment_id>/approve")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def approve(registration_id: UUID, deployment_id: UUID) -> ResponseReturnValue:
    """Let people in through a deployment."""
    return _decide(registration_id, deployment_id, is_active=True)


@blueprint.get("/platforms/<uuid:registration_id>/deployments/<uuid:deployment_id>/block")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def ask_block(registration_id: UUID, deployment_id: UUID) -> ResponseReturnValue:
    """Ask before a deployment is blocked."""
    found, deployment = _deployment(registration_id, deployment_id)
    return ask(
        Question(
            heading=gettext(
                "Block deployment %(deployment)s of %(lms)s?",
                deployment=deployment.deployment_id,
                lms=lms_name(found),
            ),
            consequences=[
                gettext("Nobody gets in through it any more, and what is open in it ends now."),
                gettext("No grade of it is sent while it is blocked; none is lost."),
                gettext("It can be approved again at any time."),
            ],
            do=gettext("Block it"),
            action=url_for(".block", registration_id=registration_id, deployment_id=deployment_id),
            back=url_for(".platform", registration_id=registration_id),
        )
    )


@blueprint.post("/platforms/<uuid:registration_id>/deployments/<uuid:deployment_id>/block")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def block(registration_id: UUID, deployment_id: UUID) -> ResponseReturnValue:
    """Let nobody in through a deployment, and end what is open in it."""
    return _decide(registration_id, deployment_id, is_active=False)


@blueprint.get("/platforms/<uuid:registration_id>/disable")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def ask_disable(registration_id: UUID) -> ResponseReturnValue:
    """Ask before an LMS is switched off."""
    found = get_platform(registration_id)
    return ask(
        Question(
            heading=gettext("Switch %(lms)s off?", lms=lms_name(found)),
            consequences=[
                gettext("Nobody gets in from this LMS, and what is open ends with the next click."),
                gettext("No grade is sent to it while it is off; none is lost."),
                gettext("It can be switched on again at any time."),
            ],
            do=gettext("Switch it off"),
            action=url_for(".disable", registration_id=registration_id),
            back=url_for(".platform", registration_id=registration_id),
        )
    )


@blueprint.post("/platforms/<uuid:registration_id>/disable")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def disable(registration_id: UUID) -> ResponseReturnValue:
    """Let nobody in from an LMS."""
    return _switch(registration_id, is_active=False)


@blueprint.post("/platforms/<uuid:registration_id>/enable")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def enable(registration_id: UUID) -> ResponseReturnValue:
    """Let people in from an LMS again."""
    return _switch(registration_id, is_active=True)


def _deployment(registration_id: UUID, deployment_id: UUID) -> tuple[Registration, Deployment]:
    found = get_platform(registration_id)
    deployment = db().get(Deployment, deployment_id)
    if deployment is None or deployment.registration_id != registration_id:
        raise NotFound(detail="deployment of another LMS")
    return found, deployment


def _decide(registration_id: UUID, deployment_id: UUID, *, is_active: bool) -> ResponseReturnValue:
    found, deployment = _deployment(registration_id, deployment_id)
    set_deployment(
        found.issuer, found.client_id, deployment.deployment_id, is_active=is_active, by=actor()
    )
    done = "approve" if is_active else "block"
    return redirect(url_for(".platform", registration_id=registration_id, done=done), 303)


def _switch(registration_id: UUID, *, is_active: bool) -> ResponseReturnValue:
    found = get_platform(registration_id)
    set_platform(found.issuer, found.client_id, is_active=is_active, by=actor())
    done = "enable" if is_active else "disable"
    return redirect(url_for(".platform", registration_id=registration_id, done=done), 303)
