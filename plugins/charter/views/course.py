"""The charter at an activity of a course: for its learners the way to it, for staff its facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    DeliveryState,
    GoalCounts,
    Kind,
    PairAtWork,
    Placement,
    Reach,
    count_goals,
    current_placement,
    current_programme,
    current_visit,
    find_delivery_state,
    find_delivery_states,
    find_learner,
    lazy_gettext,
    one_line,
    own_pairs,
    pairs_of,
    requires,
    roster_page,
    shown_name,
)
from plugins.charter import acts, models, rules, words
from plugins.charter.models import Charter
from plugins.charter.rules import Section, Stage
from plugins.charter.setting import read_sections
from plugins.charter.views.blueprints import course_blueprint
from plugins.charter.views.card import lines_of, next_step_of
from plugins.charter.views.here import find_here

LONGEST_SEARCH = 100

#: State of a charter → words for people who read no word of it.
STATES: Final[Mapping[str, object]] = {
    "none": lazy_gettext("no pair yet"),
    Stage.APART: lazy_gettext("answering apart"),
    Stage.COMPARING: lazy_gettext("comparing answers"),
    Stage.PROPOSED: lazy_gettext("proposed"),
    Stage.AGREED: lazy_gettext("agreed, not signed"),
    Stage.HALF_SIGNED: lazy_gettext("signed by one"),
    Stage.ACTIVE: lazy_gettext("signed by both"),
    "amending": lazy_gettext("signed by both, being changed"),
    Stage.CLOSED: lazy_gettext("closed"),
}


@dataclass(frozen=True)
class Standing:
    """What is told of one charter to those who read no word of it.

    Attributes:
        since: when it came to be like this; None where nobody has begun.
        version: how many versions both have signed.
    """

    state: object
    since: datetime | None = None
    version: int = 0
    goals: GoalCounts = GoalCounts()


@dataclass(frozen=True)
class Entry:
    """A line of the instructor's list: who, how far; never a word of a charter."""

    person_id: UUID
    name: str
    has_come: bool
    charters: Sequence[Standing]
    grade: str | None


@course_blueprint.get("/")
@requires(Action.READ, Kind.CHARTER_FACT, of=Reach.SELF)
def home() -> ResponseReturnValue:
    """Lead a learner to the charters of their pairs, or say what to do without a pair."""
    placement, person = current_placement(), current_visit().person
    here = [find_here(pair) for pair in own_pairs()]
    return render_template(
        "charter/home.html",
        charters=[(one, lines_of(one), next_step_of(one)) for one in here],
        programme=current_programme(),
        sections=_asked(placement),
        grade=where_the_grade_is(find_delivery_state(placement, person)),
        is_shown_only=False,
    )


@course_blueprint.get("/guide")
@requires(Action.READ, Kind.CHARTER_FACT, of=Reach.SELF)
def guide() -> ResponseReturnValue:
    """Show how to prepare the first conversation, before there is a pair."""
    side = request.args.get("side", "mentee")
    side = side if side in {"mentee", "mentor"} else "mentee"
    return render_template("charter/guide.html", side=side, in_room=False)


def preview(placement: Placement) -> str:
    """Return what learners see first, with nothing in it that is anybody's."""
    return render_template(
        "charter/home.html",
        charters=[],
        programme=None,
        sections=_asked(placement),
        grade=None,
        is_shown_only=True,
    )


@course_blueprint.get("/board")
@requires(Action.READ, Kind.CHARTER_FACT, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show instructors how far the charters of their learners are; never a word of them."""
    placement = current_placement()
    search = one_line(request.args.get("q"))[:LONGEST_SEARCH]
    page = roster_page(placement, request.args.get("page", 1, type=int), search=search)
    ids = [entry.person.id for entry in page.entries]
    standings = standings_of(placement, ids)
    grades = find_delivery_states(placement, ids)
    return render_template(
        "charter/board.html",
        page=page,
        entries=[
            Entry(
                entry.person.id,
                shown_name(entry.person.name, entry.person.id),
                entry.has_come,
                standings.get(entry.person.id, ()),
                where_the_grade_is(grades.get(entry.person.id)),
            )
            for entry in page.entries
        ],
        search=search,
        shows_grades=bool(grades),
        no_pair=STATES["none"],
    )


@course_blueprint.get("/review/<uuid:person_id>")
@requires(Action.READ, Kind.CHARTER_FACT, of=Reach.ACTIVITY)
def review(person_id: UUID) -> ResponseReturnValue:
    """Show instructors how far one learner's charters are."""
    placement = current_placement()
    found = find_learner(placement, person_id)
    return render_template(
        "charter/review.html",
        person_id=person_id,
        name=shown_name(found.person.name, person_id),
        charters=standings_of(placement, [person_id]).get(person_id, ()),
        has_come=found.has_come,
    )


def standings_of(placement: Placement, people: Sequence[UUID]) -> Mapping[UUID, Sequence[Standing]]:
    """Return how far the charters of some people are, by person."""
    if placement.programme_id is None:
        return {}
    pairs = pairs_of(placement.programme_id, people)
    ids = {pair.id for of_one in pairs.values() for pair in of_one}
    rows, goals = models.list_charters(ids), count_goals(ids)
    return {
        person_id: [
            _standing(pair, rows.get(pair.id), goals.get(pair.id, GoalCounts())) for pair in of_one
        ]
        for person_id, of_one in pairs.items()
    }


def _standing(pair: PairAtWork, row: Charter | None, goals: GoalCounts) -> Standing:
    standing = acts.standing_of(row, pair, ())
    state = STATES[acts.state_code(standing)]
    if row is None:
        return Standing(state, pair.ended_at)
    return Standing(state, row.since, row.version, goals)


def _asked(placement: Placement) -> list[str]:
    chosen = read_sections(placement.options.get("sections"))
    sections: Sequence[Section] = rules.sections_of(chosen, is_coaching=False)
    return [words.title_of(section) for section in sections]


def where_the_grade_is(state: DeliveryState | None) -> str | None:
    """Return `there`, `under_way` or `stuck`; None where no grade is to be sent."""
    if state is None or state is DeliveryState.LEFT_ALONE:
        return None
    if state is DeliveryState.SENT:
        return "there"
    under_way = {DeliveryState.QUEUED, DeliveryState.WAITING}
    return "under_way" if state in under_way else "stuck"
