"""What instructors see: who has signed up, and when; never what anybody answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    Kind,
    PairingFact,
    Reach,
    current_placement,
    find_delivery_states,
    find_learner,
    one_line,
    pairing_facts,
    requires,
    roster_page,
    shown_name,
)
from plugins.mentoring import models
from plugins.mentoring.views.blueprint import blueprint
from plugins.mentoring.views.shown import where_the_grade_is

LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Entry:
    """A line of the instructor's list: who, and when they signed up; never what they answered.

    Attributes:
        grade: where it is on its way to the gradebook: `there`, `under_way`, `stuck`, or None.
    """

    person_id: UUID
    name: str
    signed_up_at: datetime | None
    has_come: bool
    pairing: PairingFact | None
    grade: str | None


@blueprint.get("/board")
@requires(Action.READ, Kind.SIGN_UP_FACT, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show instructors who of the course has signed up, and when."""
    placement = current_placement()
    search = one_line(request.args.get("q"))[:LONGEST_SEARCH]
    page = roster_page(
        placement,
        request.args.get("page", 1, type=int),
        search=search,
        first=models.who_signed_up(placement),
    )
    people = [entry.person for entry in page.entries]
    signed_up = {row.person_id: row.submitted_at for row in models.list_sign_ups(placement, people)}
    ids = [person.id for person in people]
    pairing, grades = pairing_facts(placement, ids), find_delivery_states(placement, ids)
    return render_template(
        "mentoring/board.html",
        page=page,
        entries=[
            Entry(
                entry.person.id,
                shown_name(entry.person.name, entry.person.id),
                signed_up.get(entry.person.id),
                entry.has_come,
                pairing.get(entry.person.id) if pairing else None,
                where_the_grade_is(grades.get(entry.person.id)),
            )
            for entry in page.entries
        ],
        shows_pairs=pairing is not None,
        shows_grades=bool(grades),
        search=search,
        closes_at=placement.closes_at,
    )


@blueprint.get("/review/<uuid:person_id>")
@requires(Action.READ, Kind.SIGN_UP_FACT, of=Reach.ACTIVITY)
def review(person_id: UUID) -> ResponseReturnValue:
    """Show instructors of one learner whether they have signed up, and when."""
    placement = current_placement()
    found = find_learner(placement, person_id)
    stored = models.find_sign_up(placement, found.person)
    return render_template(
        "mentoring/review.html",
        person_id=person_id,
        name=shown_name(found.person.name, person_id),
        signed_up_at=stored.submitted_at if stored else None,
        has_come=found.has_come,
    )
