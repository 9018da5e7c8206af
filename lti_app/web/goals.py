"""The goals of a pair in its room: how each goes, and how it ended; for its two people alone."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from lti_app.domain.goals import (
    LONGEST_NOTE,
    LONGEST_NUMBER,
    Goal,
    GoalMeasure,
    GoalState,
    marks_from,
)
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.rooms import CardLink, NextStep, OwnPair, PairCard
from lti_app.services import goals as service
from lti_app.services.goals import GoalMoved
from lti_app.services.programmes import today_in
from lti_app.web.fields import NotLonger, Written, one_line, tidy
from lti_app.web.forms import ActivityForm
from lti_app.web.goal_forms import STATES
from lti_app.web.guards import requires
from lti_app.web.pair_visits import current_pair
from lti_app.web.translation import gettext, lazy_gettext, ngettext
from lti_app.web.visits import current_visit

blueprint = Blueprint("goals", __name__)

_UNPROCESSABLE, _CONFLICT = 422, 409
#: The goals stand after what a pair agrees on first.
_ORDER = 20
_MARKS = {
    GoalState.OPEN: lazy_gettext("Open again: we go on with it"),
    GoalState.MET: lazy_gettext("Met"),
    GoalState.PARTLY: lazy_gettext("Partly met"),
    GoalState.DROPPED: lazy_gettext("Dropped: we do not go on with it"),
}


class UpdateForm(ActivityForm):
    """How it goes with a goal."""

    note = TextAreaField(
        lazy_gettext("How does it go?"),
        [Written(1, LONGEST_NOTE, lazy_gettext("Please write how it goes."))],
        filters=[tidy],
    )
    value = StringField(
        lazy_gettext("How far is it, as a number?"), [NotLonger(LONGEST_NUMBER)], filters=[one_line]
    )


class MarkForm(ActivityForm):
    """How a goal ended."""

    #: How far the goal was on the page that is answered.
    seen = HiddenField()
    mark = RadioField(
        lazy_gettext("How did it end?"),
        [InputRequired(lazy_gettext("Please choose how it ended."))],
    )
    words = TextAreaField(
        lazy_gettext("What do you want to remember of it? (you need not write)"),
        [NotLonger(LONGEST_NOTE)],
        filters=[tidy],
    )

    @classmethod
    def for_goal(cls, goal: Goal) -> "MarkForm":
        """Return the form as sent, or empty, with the marks that can be given now."""
        form = cls.from_request({"seen": goal.state.value})
        form.mark.choices = [(one.value, str(_MARKS[one])) for one in marks_from(goal.state)]
        return form


@blueprint.get("/")
@requires(Action.READ, Kind.GOAL, of=Reach.SELF)
def page() -> ResponseReturnValue:
    """Show all goals of the pair."""
    pair = current_pair()
    return render_template(
        "goals/page.html", pair=pair, goals=service.goals_of(pair.id), states=STATES
    )


@blueprint.get("/<uuid:goal_id>")
@requires(Action.READ, Kind.GOAL, of=Reach.SELF)
def goal(goal_id: UUID) -> ResponseReturnValue:
    """Show one goal, and what the two wrote about it."""
    found = service.find_goal(current_pair().id, goal_id)
    return _show(found, UpdateForm.from_request(), MarkForm.for_goal(found))


@blueprint.post("/<uuid:goal_id>/updates")
@requires(Action.WRITE, Kind.GOAL, of=Reach.SELF)
def write(goal_id: UUID) -> ResponseReturnValue:
    """Keep how it goes with a goal."""
    pair = current_pair()
    found = service.find_goal(pair.id, goal_id)
    form = UpdateForm.from_request()
    if not form.validate():
        return _show(found, form, MarkForm.for_goal(found)), _UNPROCESSABLE
    note, value = form.note.data or "", form.value.data or ""
    service.write_update(pair.id, goal_id, current_visit().person.id, note, value)
    return redirect(url_for(".goal", goal_id=goal_id), 303)


@blueprint.post("/<uuid:goal_id>/mark")
@requires(Action.WRITE, Kind.GOAL, of=Reach.SELF)
def mark(goal_id: UUID) -> ResponseReturnValue:
    """Mark a goal; of two people who do so at once, the second sees first what the other chose."""
    pair = current_pair()
    found = service.find_goal(pair.id, goal_id)
    form = MarkForm.for_goal(found)
    seen = form.seen.data
    if seen != found.state.value and seen in set(GoalState):
        return _show_moved(found, form)
    if not form.validate():
        return _show(found, UpdateForm.from_request(), form), _UNPROCESSABLE
    try:
        service.mark_goal(
            pair.id,
            goal_id,
            current_visit().person.id,
            GoalState(form.mark.data),
            form.words.data or "",
            seen=found.state,
        )
    except GoalMoved:
        return _show_moved(service.find_goal(pair.id, goal_id), form)
    return redirect(url_for(".goal", goal_id=goal_id), 303)


def goals_card(pair: OwnPair) -> PairCard:
    """Return what stands of the goals in the room of a pair."""
    goals = service.goals_of(pair.id)
    if not goals:
        line = gettext("You agree on your goals together, in your charter. Then they stand here.")
        return PairCard(gettext("Goals"), [line], order=_ORDER)
    return PairCard(
        gettext("Goals"),
        link=CardLink(
            ngettext("Open the goal", "Open the %(num)d goals", len(goals)), "goals.page"
        ),
        next_step=_next_step(pair, goals),
        order=_ORDER,
        template="goals/_card.html",
        context={"goals": goals, "states": STATES},
    )


def _next_step(pair: OwnPair, goals: Sequence[Goal]) -> NextStep | None:
    if not pair.is_at_work:
        return None
    if due := [one for one in goals if _is_due(one, pair)]:
        return NextStep(
            gettext("Say how it ended"),
            "goals.goal",
            {"goal_id": due[0].id},
            rank=30,
            why=ngettext(
                "The day of a goal has come.", "The day of %(num)d goals has come.", len(due)
            ),
        )
    if not any(one.state is GoalState.OPEN for one in goals):
        return None
    return NextStep(
        gettext("Write how it goes"),
        "goals.page",
        rank=80,
        why=gettext("A few words about a goal, before or after you meet, and both of you see it."),
    )


def _is_due(found: Goal, pair: OwnPair) -> bool:
    due_on = found.draft.due_on
    is_open = found.state is GoalState.OPEN
    return is_open and due_on is not None and due_on <= today_in(pair.programme.time_zone)


def _show_moved(found: Goal, form: MarkForm) -> ResponseReturnValue:
    sent = form.mark.data
    form = MarkForm.for_goal(found)
    if sent not in [mark.value for mark in marks_from(found.state)]:
        form.mark.data = None
    return _show(found, UpdateForm.from_request(), form, has_moved=True), _CONFLICT


def _show(found: Goal, update: UpdateForm, mark: MarkForm, *, has_moved: bool = False) -> str:
    return render_template(
        "goals/goal.html",
        pair=current_pair(),
        goal=found,
        update=update,
        mark=mark,
        has_moved=has_moved,
        counts=found.draft.measure is GoalMeasure.NUMBER,
        is_due=_is_due(found, current_pair()),
        states=STATES,
    )
