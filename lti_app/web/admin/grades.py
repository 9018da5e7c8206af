"""How sending grades goes, LMS by LMS: conditions, counts and reasons, and nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.lms_health import Condition
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.grade_sync import GradeSync, grade_syncs
from lti_app.web.admin.pages import blueprint, in_zone, lms_name
from lti_app.web.grades import REASONS
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, lazy_gettext

#: State of a cell → what it is called, in the order of the page.
STATES: Final[Mapping[DeliveryState, LazyString]] = {
    DeliveryState.SENT: lazy_gettext("In the gradebook"),
    DeliveryState.QUEUED: lazy_gettext("To be sent now"),
    DeliveryState.WAITING: lazy_gettext("Tried again soon"),
    DeliveryState.HELD: lazy_gettext("Held: an instructor decides"),
    DeliveryState.CONFIGURATION: lazy_gettext("Refused because of the set-up"),
    DeliveryState.NOT_GRADABLE: lazy_gettext("The LMS takes no grade for the person"),
    DeliveryState.GONE: lazy_gettext("The column is gone"),
    DeliveryState.LEFT_ALONE: lazy_gettext("Nothing to do"),
}
_REST = {"low_budget": lazy_gettext("The LMS asked to be called less often.")}


@dataclass(frozen=True)
class Sync:
    """How sending to one LMS goes, in words."""

    id: UUID
    name: str
    issuer: str
    is_active: bool
    condition: str
    needs_attention: bool
    notes: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, str, int], ...]


@blueprint.get("/grades")
@requires(Action.READ, Kind.OPERATION, of=Reach.TOOL)
def grades() -> ResponseReturnValue:
    """Show how sending goes to each LMS."""
    return render_template(
        "admin/grades.html", syncs=[_sync(one) for one in grade_syncs(real_now())]
    )


def _sync(sync: GradeSync) -> Sync:
    return Sync(
        id=sync.registration.id,
        name=lms_name(sync.registration),
        issuer=sync.registration.issuer,
        is_active=sync.registration.is_active,
        condition=_condition(sync),
        needs_attention=sync.report.condition is not Condition.WORKING or bool(sync.late),
        notes=tuple(_notes(sync)),
        counts=tuple(
            (str(words), sync.cells[state])
            for state, words in STATES.items()
            if sync.cells.get(state)
        ),
        reasons=tuple(
            (str(STATES[state]), reason_in_words(reason), count)
            for (state, reason), count in sorted(
                sync.reasons.items(), key=lambda item: (-item[1], item[0])
            )
        ),
    )


def _condition(sync: GradeSync) -> str:
    if not sync.registration.is_active:
        return gettext("Switched off: nothing is sent.")
    if sync.report.condition is Condition.WORKING:
        return gettext("Working.")
    why = reason_in_words(sync.report.reason)
    if sync.report.paused_until is None:
        return gettext("Failing; one grade at a time tries whether it is back. %(why)s", why=why)
    until = in_zone(sync.report.paused_until)
    return gettext("Left alone until %(time)s. %(why)s", time=until, why=why)


def _notes(sync: GradeSync) -> list[str]:
    notes = []
    if sync.last_accepted_at is not None:
        time = in_zone(sync.last_accepted_at)
        notes.append(gettext("It last took a grade on %(time)s.", time=time))
    elif sync.cells:
        notes.append(gettext("It has never taken a grade."))
    if sync.oldest_at is not None:
        notes.append(
            gettext(
                "Waiting for more than a day: %(count)s, the first since %(time)s.",
                count=sync.late,
                time=in_zone(sync.oldest_at),
            )
        )
    return [str(note) for note in notes]


def reason_in_words(reason: str | None) -> str:
    """Return what the code of an LMS's answer means."""
    words = REASONS.get(reason or "") or _REST.get(reason or "")
    return str(words or gettext("Its last answers were errors."))
