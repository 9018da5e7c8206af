"""The first page of administration: what needs attention, in words, and where to go about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from lti_app.clock import real_now
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import launch_outcomes
from lti_app.services.concerns import Concern, Matter, find_concerns
from lti_app.services.organisations import count_organisations
from lti_app.web.admin.jobs import job_name
from lti_app.web.admin.pages import blueprint, in_zone, lms_name
from lti_app.web.grades import REASONS
from lti_app.web.guards import requires
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, ngettext


@dataclass(frozen=True)
class Item:
    """One concern, in words.

    Attributes:
        where: the LMS or the job that it is about.
        what: what is so.
        advice: what it means, or what to do.
        address: of the page where more is to be seen.
    """

    where: str | None
    what: str
    advice: str
    address: str


@blueprint.get("/")
@requires(Action.READ, Kind.OPERATION, of=Reach.TOOL)
def overview() -> ResponseReturnValue:
    """Show what needs attention."""
    held, now = runtime(), real_now()
    has_mail = held.settings.mail_server is not None
    counted = count_organisations()
    yesterday = (now - timedelta(days=1)).date()
    return render_template(
        "admin/overview.html",
        items=[_item(one) for one in find_concerns(held.cipher, now, has_mail=has_mail)],
        organisations=len(counted),
        platforms=sum(one.platforms for one in counted),
        people=sum(one.people for one in counted),
        refused=launch_outcomes.count_refused(yesterday),
    )


def _item(concern: Concern) -> Item:
    say, endpoint = WORDS[concern.matter]
    what, advice = say(concern)
    where = lms_name(concern.registration) if concern.registration else None
    if concern.job:
        where = job_name(concern.job)
    return Item(where, what, advice, _address(endpoint, concern))


def _address(endpoint: str, concern: Concern) -> str:
    if endpoint == ".platform" and concern.registration:
        return url_for(endpoint, registration_id=concern.registration.id)
    return url_for(endpoint)


def _no_platform(_concern: Concern) -> tuple[str, str]:
    return (
        gettext("No LMS is registered yet."),
        gettext("Make an invite for its administrator, or enter it by hand."),
    )


def _key_unreadable(_concern: Concern) -> tuple[str, str]:
    return (
        gettext("The signing key cannot be read."),
        gettext("The settings lack the secret that it was stored under. No grade can be sent."),
    )


def _no_worker(concern: Concern) -> tuple[str, str]:
    advice = gettext("Without throughline worker no grade and no mail is sent.")
    if concern.at is None:
        return gettext("No worker has run yet."), advice
    return gettext("No worker has run since %(time)s.", time=in_zone(concern.at)), advice


def _job_failed(concern: Concern) -> tuple[str, str]:
    when = in_zone(concern.at) if concern.at else "–"
    return (
        gettext("This work failed on %(time)s.", time=when),
        gettext("It is tried again by itself. The log of the worker says more."),
    )


def _pending(concern: Concern) -> tuple[str, str]:
    return (
        ngettext(
            "%(num)d deployment waits for approval.",
            "%(num)d deployments wait for approval.",
            concern.count,
        ),
        gettext("Until then nobody gets in through it."),
    )


def _failing(concern: Concern) -> tuple[str, str]:
    return (
        gettext("Grades are held back because the LMS fails."),
        str(REASONS.get(concern.reason or "", gettext("Its last answers were errors."))),
    )


def _refused(concern: Concern) -> tuple[str, str]:
    return (
        ngettext(
            "%(num)d grade is refused because of how the tool is set up there.",
            "%(num)d grades are refused because of how the tool is set up there.",
            concern.count,
        ),
        str(REASONS.get(concern.reason or "", gettext("The LMS gave no reason that we know."))),
    )


def _late(concern: Concern) -> tuple[str, str]:
    since = in_zone(concern.at) if concern.at else "–"
    return (
        ngettext(
            "%(num)d grade waits for more than a day.",
            "%(num)d grades wait for more than a day.",
            concern.count,
        ),
        gettext("The first one since %(time)s.", time=since),
    )


def _no_mail(_concern: Concern) -> tuple[str, str]:
    return (
        gettext("No mail is sent: the settings name no mail server."),
        gettext("People are told in their inbox alone. THROUGHLINE_MAIL_URL names a server."),
    )


#: Matter → what the page says of it (what is so, what to do or to know), and where more is to see.
WORDS: Final[Mapping[Matter, tuple[Callable[[Concern], tuple[str, str]], str]]] = {
    Matter.NO_PLATFORM: (_no_platform, ".new_platform"),
    Matter.KEY_UNREADABLE: (_key_unreadable, ".keys"),
    Matter.NO_WORKER: (_no_worker, ".jobs"),
    Matter.JOB_FAILED: (_job_failed, ".jobs"),
    Matter.DEPLOYMENTS_PENDING: (_pending, ".platform"),
    Matter.LMS_FAILING: (_failing, ".grades"),
    Matter.GRADES_REFUSED: (_refused, ".grades"),
    Matter.GRADES_LATE: (_late, ".grades"),
    Matter.NO_MAIL: (_no_mail, ".jobs"),
}
