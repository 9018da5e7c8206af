"""What staff read about the list of the course's people, and the button that has it read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import rosters
from lti_app.services.rosters import RosterState
from lti_app.web.grade_reconciling import blueprint
from lti_app.web.guards import requires
from lti_app.web.translation import format_instant, gettext, lazy_gettext
from lti_app.web.visits import current_placement, current_visit

__all__ = ["blueprint", "roster_line"]

_NOT_ALLOWED = lazy_gettext(
    "The LMS does not let this tool read the list; an LMS administrator can allow it."
)
_NOT_REACHED = lazy_gettext("The LMS could not be reached.")
_NOT_UNDERSTOOD = lazy_gettext("The LMS's answer could not be understood.")

#: Why a list is not complete → what it means for an instructor.
REASONS: Final[Mapping[str, LazyString]] = {
    "address_refused": lazy_gettext("The list is at an address that this tool must not call."),
    "answer_too_large": lazy_gettext("The list is too long to be read at once."),
    "client_unknown": _NOT_ALLOWED,
    "connection_lost": _NOT_REACHED,
    "endless_pages": lazy_gettext("The LMS's list does not end."),
    "entries_unreadable": lazy_gettext("Some entries of the LMS's list name nobody."),
    "fault": lazy_gettext("Something went wrong on our side."),
    "foreign_address": lazy_gettext("The list goes on at another server than the LMS."),
    "keys_unreachable": lazy_gettext("The LMS could not fetch this tool's keys."),
    "lms_error": lazy_gettext("The LMS reported an error of its own."),
    "no_answer_in_time": lazy_gettext("The LMS did not answer in time."),
    "no_signing_key": lazy_gettext("This tool has no usable signing key."),
    "not_reached": _NOT_REACHED,
    "roster_empty": lazy_gettext("The list that the LMS sent was empty."),
    "roster_gone": lazy_gettext("The LMS has no such list any more."),
    "roster_refused": _NOT_ALLOWED,
    "roster_unreadable": _NOT_UNDERSTOOD,
    "scope_missing": _NOT_ALLOWED,
    "throttled": lazy_gettext("The LMS asked for a pause: too much at once."),
    "token_refused": _NOT_ALLOWED,
    "token_rejected": _NOT_ALLOWED,
    "unexpected_answer": _NOT_UNDERSTOOD,
}
#: Pages that the button stands on, by the name that it sends.
_PAGES: Final = {"learners": "visits.first_page", "grades": "grades.board"}


@dataclass(frozen=True)
class RosterLine:
    """The state of the list in words.

    Attributes:
        summary: as of when it is.
        fault: why it is not complete and what happens next, or None.
        is_being_read: the page is worth reloading.
        can_ask: the button is shown.
        page: what the button sends, so that it leads back.
    """

    summary: str
    fault: str | None
    is_being_read: bool
    can_ask: bool
    page: str


def roster_line() -> RosterLine | None:
    """Return the line about the list of the current course; None where the LMS offers none."""
    course_id = current_placement().course_id
    state = rosters.find_state(course_id) if course_id else None
    if state is None:
        return None
    return RosterLine(
        summary=_summary(state),
        fault=_fault(state),
        is_being_read=state.is_due,
        can_ask=state.can_ask and not state.is_due,
        page="grades" if request.blueprint == "grades" else "learners",
    )


@blueprint.post("/roster")
@requires(Action.WRITE, Kind.ROSTER, of=Reach.ACTIVITY)
def refresh_roster() -> ResponseReturnValue:
    """Have the list read again, and go back."""
    course_id = current_placement().course_id
    if course_id is not None:
        rosters.ask_now(course_id)
    page = _PAGES.get(request.form.get("page", ""), _PAGES["learners"])
    return redirect(url_for(page), 303)


def _summary(state: RosterState) -> str:
    if state.read_at is None:
        return str(gettext("The LMS's list of this course's people was not read yet."))
    return str(
        gettext(
            "The LMS's list of this course's people, as of %(time)s.", time=_time(state.read_at)
        )
    )


def _fault(state: RosterState) -> str | None:
    if state.reason is None:
        return None
    said = str(REASONS.get(state.reason, _NOT_REACHED))
    if state.next_try_at is not None:
        said += " " + gettext("Tried again on %(time)s.", time=_time(state.next_try_at))
    return said


def _time(instant: datetime) -> str:
    return format_instant(instant, current_visit().person.time_zone)
