"""The instructor's page of grades: our values, the LMS's answers, and what happens next."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, format_decimal

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState, Mandate
from lti_app.domain.permissions import Action, Kind, Reach, reach_of
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.services import grade_cells
from lti_app.services.deliveries import RETRIED
from lti_app.services.grade_cells import GradeCell, Show
from lti_app.web.fields import one_line
from lti_app.web.guards import requires
from lti_app.web.translation import format_instant, gettext, lazy_gettext, shown_name
from lti_app.web.visits import current_placement, current_visit

blueprint = Blueprint("grades", __name__)

_NOT_ACCEPTED_HERE = lazy_gettext(
    "The LMS does not let this tool send grades. An LMS administrator has to look at the tool's "
    "registration."
)
_NO_TOKEN = lazy_gettext("The LMS could not be reached to ask for permission to send grades.")
_NO_ANSWER = lazy_gettext("The LMS did not answer, so it is not known whether the grade arrived.")
_UNREADABLE = lazy_gettext("The LMS's answer could not be understood.")

#: Reason code of the last answer → what it means for an instructor.
REASONS: Final[Mapping[str, LazyString]] = {
    "address_refused": lazy_gettext("The LMS's address is one that this tool must not call."),
    "answer_too_large": _NO_ANSWER,
    "cannot_read_back": lazy_gettext(
        "It is not known whether the grade arrived, and the LMS does not let this tool look."
    ),
    "changed_in_gradebook": lazy_gettext(
        "Somebody has changed this grade in the gradebook. It stays as they left it."
    ),
    "client_unknown": _NOT_ACCEPTED_HERE,
    "column_gone": lazy_gettext("The gradebook column is not there any more."),
    "connection_lost": _NO_ANSWER,
    "foreign_address": lazy_gettext("The gradebook's address is on another server than the LMS."),
    "former_activity": lazy_gettext(
        "The link led to another activity before; of that one nothing more is sent."
    ),
    "forbidden": lazy_gettext("The LMS refuses a grade for this person."),
    "keys_unreachable": lazy_gettext(
        "The LMS could not fetch this tool's keys. An LMS administrator has to let it reach the "
        "tool's address."
    ),
    "lms_error": lazy_gettext("The LMS reported an error of its own."),
    "locked": lazy_gettext("The grade, or the whole column, is locked in the gradebook."),
    "no_account": lazy_gettext("The LMS does not know this person by an account of its own."),
    "no_answer_in_time": _NO_ANSWER,
    "no_column": lazy_gettext("This activity has no column in the gradebook."),
    "not_empty": lazy_gettext(
        "The gradebook already has a grade for this person, so no zero was sent."
    ),
    "no_signing_key": lazy_gettext(
        "This tool has no usable signing key. Its operator has to make a new one."
    ),
    "not_gradable": lazy_gettext(
        "The LMS takes no grade for this person: not in the course, or not as a learner."
    ),
    "not_reached": lazy_gettext("The LMS could not be reached."),
    "result_on_later_page": _UNREADABLE,
    "result_unreadable": _UNREADABLE,
    "scope_missing": lazy_gettext(
        "The LMS does not let this tool send grades. An LMS administrator has to switch on grade "
        "sync for it."
    ),
    "stale": lazy_gettext("The gradebook holds something newer than what was sent."),
    "throttled": lazy_gettext("The LMS asked for a pause: too much at once."),
    "token_after_send": _NO_TOKEN,
    "token_busy": lazy_gettext(
        "This tool was just asking the LMS for permission to send grades. It goes on in a moment."
    ),
    "token_connection": _NO_TOKEN,
    "token_refused": _NOT_ACCEPTED_HERE,
    "token_rejected": _NOT_ACCEPTED_HERE,
    "token_timeout": _NO_TOKEN,
    "token_too_large": _NO_TOKEN,
    "token_unavailable": _NO_TOKEN,
    "token_unreadable": _NO_TOKEN,
    "turn_missed": lazy_gettext("The LMS has become slow, so this grade waits for its turn."),
    "unexpected_answer": _UNREADABLE,
}

#: Why nothing is sent at present, whatever the LMS said.
OBSTACLES: Final[Mapping[str, LazyString]] = {
    "former": lazy_gettext("Sent by itself once this activity gives as much or more."),
    "staff": lazy_gettext("Nothing is sent: this person is on the staff of the course."),
    "inactive": lazy_gettext("Waits until this person is active in the course again."),
    "held": lazy_gettext("Held: nothing is sent until the hold is lifted."),
    "excused": lazy_gettext("Excused: nothing is sent. The exemption itself is set in the LMS."),
}

#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, LazyString]] = {
    "send": lazy_gettext("The grade is sent again in a moment."),
    "instead": lazy_gettext("Our grade is sent in place of the one in the gradebook."),
    "hold": lazy_gettext("On hold: nothing is sent for this learner."),
    "excuse": lazy_gettext("Excused: nothing is sent. Set the exemption in the LMS as well."),
    "extend": lazy_gettext("The activity now closes later for this learner."),
    "anyway": lazy_gettext("Grades are sent for this learner, whatever the roster says."),
    "undo": lazy_gettext("Undone."),
    "close": lazy_gettext("The activity is closed."),
    "zeros": lazy_gettext("The activity is closed, and the final grades are on their way."),
    "reopen": lazy_gettext("The activity is open again."),
}

_AT_A_LAUNCH = lazy_gettext("Tried again when somebody opens this activity from the course.")
#: What happens next where no time is set for it.
NEXT: Final[Mapping[DeliveryState, LazyString]] = {
    DeliveryState.SENT: lazy_gettext("Nothing more to do."),
    DeliveryState.HELD: lazy_gettext("Nothing is sent until an instructor decides."),
    DeliveryState.NOT_GRADABLE: lazy_gettext("Nothing more is sent, unless the grade rises."),
    DeliveryState.LEFT_ALONE: lazy_gettext("Nothing more to do."),
    DeliveryState.GONE: _AT_A_LAUNCH,
    DeliveryState.CONFIGURATION: _AT_A_LAUNCH,
}


@dataclass(frozen=True)
class Line:
    """One row of the page, in words."""

    name: str
    score: str | None
    answer: str
    details: tuple[str, ...]
    next: str
    needs_attention: bool
    person_id: UUID
    can_send_again: bool


#: What the page can be narrowed to.
FILTERS: Final[Mapping[Show, LazyString]] = {
    Show.ALL: lazy_gettext("All"),
    Show.WAITING: lazy_gettext("On the way"),
    Show.HELD: lazy_gettext("Held"),
    Show.NOT_DELIVERED: lazy_gettext("Not delivered"),
    Show.DONE: lazy_gettext("In the gradebook"),
    Show.NOT_STARTED: lazy_gettext("Not begun"),
    Show.EXCUSED: lazy_gettext("Excused: exempt in the LMS"),
}
_LONGEST_SEARCH = 100


@blueprint.get("/")
@requires(Action.READ, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show where each learner's grade is."""
    number = request.args.get("page", 1, type=int)
    search = one_line(request.args.get("q"))[:_LONGEST_SEARCH]
    asked = request.args.get("show", Show.ALL.value)
    show = Show(asked) if asked in {*Show} else Show.ALL
    page = grade_cells.cells(current_placement().id, number, show=show, search=search)
    return render_template(
        "grades/board.html",
        page=page,
        lines=[to_line(cell) for cell in page.cells],
        show=show,
        search=search,
        filters=FILTERS,
        may_close=reach_of(current_visit().hat, Action.WRITE, Kind.ACTIVITY) is Reach.ACTIVITY,
        done=DONE.get(request.args.get("done", "")),
    )


def to_line(cell: GradeCell) -> Line:
    """Put a cell into words for the reader of this request."""
    return Line(
        name=shown_name(cell.name, cell.person_id),
        score=None if cell.score is None else in_words(cell.score),
        answer=_answer(cell),
        details=tuple(_details(cell)),
        next=_next(cell),
        needs_attention=cell.state in {DeliveryState.HELD, DeliveryState.CONFIGURATION},
        person_id=cell.person_id,
        can_send_again=cell.state in RETRIED and cell.obstacle is None,
    )


def _answer(cell: GradeCell) -> str:
    if cell.obstacle == "former" and cell.accepted_score is not None:
        former = in_words(cell.accepted_score)
        return str(
            gettext(
                "The gradebook keeps %(score)s, from the activity that this link led to before.",
                score=former,
            )
        )
    if cell.state is None and not cell.has_come:
        return str(gettext("Nothing: has not opened it yet."))
    if cell.state is None:
        return str(gettext("Nothing to send yet: the activity is not complete."))
    if cell.state is DeliveryState.SENT:
        return str(gettext("The gradebook has it."))
    if cell.reason is None:
        return str(gettext("Not sent yet."))
    return str(REASONS.get(cell.reason, _UNREADABLE))


def _details(cell: GradeCell) -> list[str]:
    details = []
    if cell.sent_at is not None:
        time = _time(cell, "sent_at")
        # What an LMS refuses was not sent anywhere, in the eyes of whoever reads this.
        is_taken = cell.accepted_at is not None and cell.accepted_at >= cell.sent_at
        details.append(
            gettext("Sent on %(time)s.", time=time)
            if is_taken
            else gettext("Last tried on %(time)s.", time=time)
        )
    if cell.state is not DeliveryState.SENT and cell.accepted_score is not None:
        accepted = in_words(cell.accepted_score)
        details.append(gettext("What the gradebook last took: %(score)s.", score=accepted))
    if cell.state is not DeliveryState.SENT and cell.status is not None:
        details.append(gettext("Code of the answer: %(status)s.", status=cell.status))
    return details


def _next(cell: GradeCell) -> str:
    is_settled = cell.state is DeliveryState.SENT and cell.obstacle != "former"
    if cell.obstacle is not None and not is_settled:
        return str(OBSTACLES[cell.obstacle])
    if cell.mandate is Mandate.REPLACE:
        return str(gettext("Ours is sent in its place, as an instructor decided."))
    if cell.state is None:
        return str(gettext("Sent by itself once the activity is complete."))
    if cell.due_at is None:
        return str(NEXT.get(cell.state, _AT_A_LAUNCH))
    if cell.due_at <= real_now():
        return str(gettext("Sent by itself within a minute or so."))
    return str(gettext("Tried again on %(time)s.", time=_time(cell, "due_at")))


def _time(cell: GradeCell, name: str) -> str:
    return format_instant(getattr(cell, name), current_visit().person.time_zone)


def in_words(score: Decimal, maximum: Decimal = SCORE_MAXIMUM) -> str:
    """Write a score out with what it is of."""
    return str(
        gettext(
            "%(score)s of %(maximum)s",
            score=format_decimal(score),
            maximum=format_decimal(maximum),
        )
    )
