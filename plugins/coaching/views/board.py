"""Who is where, and who waits for whom, without a word of what anybody wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    DeliveryState,
    Kind,
    Placement,
    Reach,
    RosterPage,
    count_roster,
    current_placement,
    find_delivery_states,
    find_people,
    lazy_gettext,
    one_line,
    requires,
    roster_page,
    shown_name,
)
from plugins.coaching import models, standing
from plugins.coaching.models import board as questions
from plugins.coaching.models.board import Situation
from plugins.coaching.options import Terms
from plugins.coaching.rules import DAYS_TO_CONFIRM, Facts, SessionState
from plugins.coaching.views.blueprint import blueprint

LONGEST_SEARCH = 100
ALL, NOT_BEGUN = "all", "not_begun"
#: What the list can be narrowed to, in this order.
FILTERS: Final[Mapping[str, object]] = {
    ALL: lazy_gettext("All"),
    NOT_BEGUN: lazy_gettext("Not begun"),
    Situation.UNGROUPED: lazy_gettext("Without a partner"),
    Situation.WAITS: lazy_gettext("Waits for an answer"),
    Situation.OWES: lazy_gettext("Has to answer"),
    Situation.TO_MARK: lazy_gettext("To mark"),
    Situation.MARKED: lazy_gettext("Marked, not published"),
    Situation.PUBLISHED: lazy_gettext("Published"),
}
_OF_PAIRS: Final = frozenset({Situation.UNGROUPED, Situation.OWES})
_OF_RUBRIC: Final = frozenset({Situation.TO_MARK, Situation.MARKED, Situation.PUBLISHED})
#: State of a session that an instructor looks at → what the list says of it.
MARKING: Final[Mapping[str, object]] = {
    SessionState.RELEASED: lazy_gettext("to mark"),
    SessionState.MARKED: lazy_gettext("marked, not published"),
    SessionState.DONE: lazy_gettext("published"),
}
_UNDER_WAY: Final = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING})


@dataclass(frozen=True)
class Wait:
    """Somebody waits for an answer of somebody else since a moment."""

    name: str
    since: datetime | None


@dataclass(frozen=True)
class Line:
    """One learner on the board.

    Attributes:
        partners: with whom they sit in a group now: round and name.
        waits: for whose answer they wait, and `owes`: to whom they owe one.
        marking: states of what they released, in words.
        grade: `there`, `under_way`, `stuck`, or None.
    """

    person_id: UUID
    name: str
    has_come: bool
    facts: Facts | None
    partners: list[tuple[int, str]]
    waits: list[Wait]
    owes: list[Wait]
    marking: list[object]
    grade: str | None


@blueprint.get("/board")
@requires(Action.READ, Kind.PRACTICE_FACT, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show one page of learners, narrowed to a situation if one is asked for."""
    placement = current_placement()
    terms, filters = Terms.of(placement.options), _filters(placement)
    show = request.args.get("show", ALL)
    show = show if show in filters else ALL
    search = one_line(request.args.get("q"))[:LONGEST_SEARCH]
    asked = questions.situations(placement.activity_id)
    page = roster_page(
        placement,
        request.args.get("page", 1, type=int),
        search=search,
        among=asked.get(Situation(show)) if show in {*Situation} else None,
        not_among=asked[Situation.BEGUN] if show == NOT_BEGUN else None,
    )
    return render_template(
        "coaching/board.html",
        page=page,
        lines=_lines(placement, page),
        terms=terms,
        show=show,
        search=search,
        filters=filters,
        counts=_counts(placement),
        days_to_confirm=DAYS_TO_CONFIRM,
    )


def _filters(placement: Placement) -> Mapping[str, object]:
    """Return what the list of this practice can be narrowed to."""
    terms = Terms.of(placement.options)
    without = (frozenset() if terms.is_peer else _OF_PAIRS) | (
        frozenset() if terms.rubric else _OF_RUBRIC
    )
    return {name: words for name, words in FILTERS.items() if name not in without}


def _counts(placement: Placement) -> Mapping[str, int]:
    total = roster_page(placement).total
    asked = questions.situations(placement.activity_id)
    counts = count_roster(placement, {str(name): ids for name, ids in asked.items()})
    return {ALL: total, NOT_BEGUN: total - counts[Situation.BEGUN], **counts}


def _lines(placement: Placement, page: RosterPage) -> list[Line]:
    """Return the learners of a page, asked for together."""
    activity_id, ids = placement.activity_id, [entry.person.id for entry in page.entries]
    facts = standing.facts_of(activity_id, ids)
    led = models.list_sessions(activity_id, ids)
    owed = questions.list_owed(activity_id, ids)
    partners = questions.list_partners(activity_id, ids)
    grades = find_delivery_states(placement, ids)
    names = _names(
        {one.coachee_id for one in led}
        | {one.person_id for one in owed}
        | {partner for found in partners.values() for _, partner in found}
    )
    return [
        Line(
            person_id=entry.person.id,
            name=shown_name(entry.person.name, entry.person.id),
            has_come=entry.has_come,
            facts=facts.get(entry.person.id),
            partners=[(at, names[one]) for at, one in partners.get(entry.person.id, ())],
            waits=[
                Wait(names.get(one.coachee_id, ""), one.handed_at)
                for one in led
                if one.person_id == entry.person.id and one.state == SessionState.AWAITING
            ],
            owes=[
                Wait(names[one.person_id], one.handed_at)
                for one in owed
                if one.coachee_id == entry.person.id
            ],
            marking=[
                MARKING[one.state]
                for one in led
                if one.person_id == entry.person.id and one.state in MARKING
            ],
            grade=_where(grades.get(entry.person.id)),
        )
        for entry in page.entries
    ]


def _names(ids: set[UUID | None]) -> Mapping[UUID | None, str]:
    found = find_people([one for one in ids if one is not None])
    return {id_: shown_name(person.name, id_) for id_, person in found.items()}


def _where(state: DeliveryState | None) -> str | None:
    if state is None or state is DeliveryState.LEFT_ALONE:
        return None
    if state is DeliveryState.SENT:
        return "there"
    return "under_way" if state in _UNDER_WAY else "stuck"
