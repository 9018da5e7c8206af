"""The first page of administration: what needs attention, in words, and where to go about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.concerns import Concern, Matter, find_concerns
from lti_app.web.admin.pages import blueprint
from lti_app.web.grades import REASONS
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, ngettext


@dataclass(frozen=True)
class Item:
    """One concern, in words."""

    where: str | None
    what: str
    advice: str


@blueprint.get("/")
@requires(Action.READ, Kind.OPERATION, of=Reach.TOOL)
def overview() -> ResponseReturnValue:
    """Show what needs attention."""
    return render_template("admin/overview.html", items=[_item(one) for one in find_concerns()])


def _item(concern: Concern) -> Item:
    what, advice = _WORDS[concern.matter](concern)
    return Item(concern.lms.issuer if concern.lms else None, what, advice)


def _no_platform(_concern: Concern) -> tuple[str, str]:
    return (
        gettext("No LMS is registered yet."),
        gettext("Type throughline platform add --help on the machine that the tool runs on."),
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


#: Matter → what the page says of it: what is so, and what to do or to know.
_WORDS: Final[Mapping[Matter, Callable[[Concern], tuple[str, str]]]] = {
    Matter.NO_PLATFORM: _no_platform,
    Matter.DEPLOYMENTS_PENDING: _pending,
    Matter.LMS_FAILING: _failing,
}
