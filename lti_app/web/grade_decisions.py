"""What instructors decide about grades: for one learner, or by closing an activity."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields import DateTimeLocalField
from wtforms.validators import Optional

from lti_app.clock import now
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.errors import Conflict, MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.rulings import RulingFact, RulingKind
from lti_app.services import closing, deliveries, grade_cells, rulings
from lti_app.services.grade_cells import GradeCell, LearnerPage
from lti_app.store import audit
from lti_app.web.forms import ActivityForm
from lti_app.web.grades import DONE, REASONS, Line, blueprint, in_words, to_line
from lti_app.web.guards import Requires, requires
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_placement, current_visit

__all__ = ["blueprint"]

_UNPROCESSABLE = 422
#: Reasons for which an instructor may have ours sent all the same.
_REPLACEABLE = frozenset({"changed_in_gradebook", "cannot_read_back"})
_SAID: Final = {RulingKind.SEND: "anyway"}


class RulingForm(ActivityForm):
    """Until when something is ruled; the button says what."""

    until = DateTimeLocalField(
        lazy_gettext("Until when"),
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def until_in_utc(self) -> datetime | None:
        """Return the moment that was typed, in the reader's zone."""
        typed: datetime | None = self.until.data
        return None if typed is None else typed.replace(tzinfo=_zone()).astimezone(UTC)

    def check(self, kind: RulingKind, closes_at: datetime | None) -> bool:
        """Return whether a ruling of this kind can be made of what was typed."""
        if not self.validate():
            self.until.errors = [
                gettext("This is not a date with a time. Write it as 2026-11-23 18:00.")
            ]
            return False
        until = self.until_in_utc()
        fault = None
        if until is not None and until <= now():
            fault = gettext("This moment has passed already.")
        elif kind is RulingKind.EXTEND and until is None:
            fault = gettext("Say until when this learner has time.")
        elif kind is RulingKind.EXTEND and closes_at is None:
            fault = gettext("This activity does not close, so there is nothing to extend.")
        self.until.errors = [fault] if fault else []
        return fault is None


@blueprint.get("/learner/<uuid:person_id>")
@requires(Action.READ, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def learner(person_id: UUID) -> ResponseReturnValue:
    """Show one learner's grade with all that was tried and ruled."""
    return _show(_learner(person_id), RulingForm())


@blueprint.post("/learner/<uuid:person_id>/rule")
@requires(Action.WRITE, Kind.RULING, of=Reach.ACTIVITY)
def rule(person_id: UUID) -> ResponseReturnValue:
    """Hold, excuse, extend, or have grades sent to somebody inactive."""
    found = _learner(person_id)
    try:
        kind = RulingKind(request.form.get("kind", ""))
    except ValueError as error:
        raise MalformedRequest(detail="kind of ruling") from error
    form = RulingForm.from_request()
    if not form.check(kind, found.closes_at):
        return _show(found, form), _UNPROCESSABLE
    activity_id, by = current_placement().activity_id, current_visit().person.id
    rulings.rule(activity_id, person_id, kind, by=by, until=form.until_in_utc())
    return _back(person_id, _SAID.get(kind, kind.value))


@blueprint.post("/learner/<uuid:person_id>/undo")
@requires(Action.WRITE, Kind.RULING, of=Reach.ACTIVITY)
def undo(person_id: UUID) -> ResponseReturnValue:
    """Take a ruling back."""
    try:
        ruling_id = UUID(request.form.get("ruling", ""))
    except ValueError as error:
        raise MalformedRequest(detail="ruling") from error
    by = current_visit().person.id
    rulings.undo(current_placement().activity_id, person_id, ruling_id, by=by)
    return _back(person_id, "undo")


@blueprint.post("/learner/<uuid:person_id>/send")
@requires(Action.WRITE, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def send_again(person_id: UUID) -> ResponseReturnValue:
    """Have a grade sent again; a held cell is looked into first."""
    _learner(person_id)
    if deliveries.send_again(placement_id=current_placement().id, person_id=person_id):
        _note("grade.send_again", person_id)
    return _back(person_id, "send")


@blueprint.get("/learner/<uuid:person_id>/instead")
@requires(Action.WRITE, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def confirm_instead(person_id: UUID) -> ResponseReturnValue:
    """Show which grade of a person would be replaced by which of ours."""
    cell = _learner(person_id).cell
    if not _can_replace(cell):
        return redirect(url_for(".learner", person_id=person_id), 303)
    return render_template(
        "grades/instead.html",
        cell=cell,
        ours=in_words(cell.score or Decimal(0)),
        theirs=_seen(cell),
    )


@blueprint.post("/learner/<uuid:person_id>/instead")
@requires(Action.WRITE, Kind.GRADE_CELL, of=Reach.ACTIVITY)
def send_instead(person_id: UUID) -> ResponseReturnValue:
    """Have ours sent over the grade that the page showed, and over no other."""
    cell = _learner(person_id).cell
    shown = request.form.get("seen", "")
    if not _can_replace(cell) or shown != str("" if cell.seen_score is None else cell.seen_score):
        raise Conflict(detail="cell is not as it was shown")
    deliveries.send_instead(current_placement().id, person_id, cell.seen_score)
    _note("grade.replace", person_id)
    return _back(person_id, "instead")


@blueprint.get("/close")
@requires(Action.WRITE, Kind.ACTIVITY, of=Reach.ACTIVITY)
def closing_page() -> ResponseReturnValue:
    """Show what closing the activity means, and for how many."""
    return _show_closing(is_asked=False)


@blueprint.post("/close")
@requires(Action.WRITE, Kind.ACTIVITY, of=Reach.ACTIVITY)
def close() -> ResponseReturnValue:
    """Close the activity; with zeros, the number of cells is confirmed first."""
    by = current_visit().person.id
    placement_id = current_placement().id
    if "reopen" in request.form:
        closing.reopen(current_placement().activity_id, by=by)
        return redirect(url_for(".board", done="reopen"), 303)
    with_zeros = "zeros" in request.form
    if with_zeros and request.form.get("confirmed") != str(closing.count_zeros(placement_id)):
        return _show_closing(is_asked=True)
    closing.close(placement_id, by=by, send_zeros=with_zeros)
    return redirect(url_for(".board", done="zeros" if with_zeros else "close"), 303)


def _show_closing(*, is_asked: bool) -> str:
    placement = current_placement()
    return render_template(
        "grades/close.html",
        closes_at=placement.closes_at,
        is_closed=placement.closes_at is not None and placement.closes_at <= now(),
        can_send_zeros=closing.can_send_zeros(placement.id),
        count=closing.count_zeros(placement.id),
        is_asked=is_asked,
    )


@dataclass(frozen=True)
class GradeCard:
    """One learner's grade in short, beside their work."""

    found: LearnerPage
    line: Line
    ruled: list[RulingFact]


def grade_card(person_id: UUID) -> GradeCard:
    """Return what stands beside one learner's work, for staff.

    Raises:
        NotAllowed: the hat reads nobody else's grade.
        NotFound: the learner is of another course.
    """
    Requires(Action.READ, Kind.GRADE_CELL, Reach.ACTIVITY).check(current_visit())
    found = _learner(person_id)
    ruled = [fact for fact in found.rulings if fact.is_in_force(now())]
    return GradeCard(found, to_line(found.cell), ruled)


def _learner(person_id: UUID) -> LearnerPage:
    return grade_cells.learner(current_placement().id, person_id)


def _show(found: LearnerPage, form: RulingForm) -> str:
    zone = current_visit().person.time_zone or "UTC"
    form.until.description = gettext(
        "Times are those of %(zone)s. Left empty, a hold or an excuse lasts until it is undone.",
        zone=zone.replace("_", " "),
    )
    return render_template(
        "grades/learner.html",
        found=found,
        cell=found.cell,
        line=to_line(found.cell),
        form=form,
        ruled=[fact for fact in found.rulings if fact.is_in_force(now())],
        earlier=[fact for fact in found.rulings if not fact.is_in_force(now())],
        attempts=[
            (attempt, in_words(attempt.score), _what_came(attempt.outcome, attempt.reason))
            for attempt in found.attempts
        ],
        theirs=_seen(found.cell),
        can_replace=_can_replace(found.cell),
        done=DONE.get(request.args.get("done", "")),
    )


def _what_came(outcome: str | None, reason: str | None) -> str:
    if outcome == "accepted":
        return str(gettext("The LMS took it."))
    if outcome is None or reason is None:
        return str(gettext("No answer yet."))
    return str(REASONS.get(reason, gettext("The LMS's answer could not be understood.")))


def _can_replace(cell: GradeCell) -> bool:
    return cell.state is DeliveryState.HELD and cell.reason in _REPLACEABLE


def _seen(cell: GradeCell) -> str | None:
    if cell.seen_score is None:
        return None
    if cell.seen_maximum is None:
        return in_words(cell.seen_score)
    return in_words(cell.seen_score, cell.seen_maximum)


def _note(action: str, person_id: UUID) -> None:
    by = current_visit().person.id
    audit.note(action, current_placement().activity_id, by=by, person_id=person_id)


def _back(person_id: UUID, done: str) -> ResponseReturnValue:
    return redirect(url_for(".learner", person_id=person_id, done=done), 303)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_visit().person.time_zone or "UTC")
