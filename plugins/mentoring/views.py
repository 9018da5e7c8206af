"""The pages of the sign-up: the form and what follows it for learners, a list for instructors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    DeliveryState,
    Hat,
    Kind,
    ParticipantState,
    Placement,
    Reach,
    Side,
    current_placement,
    current_programme,
    current_visit,
    find_delivery_state,
    find_learner,
    find_participation,
    now,
    readers_of,
    refresh_progress,
    requires,
    roster_page,
    set_person,
    shown_name,
    submit_participation,
)
from plugins.mentoring import models, taxonomy
from plugins.mentoring.forms import SignUpForm
from plugins.mentoring.models import Answers, SignUp
from plugins.mentoring.rules import is_open, seats_of

blueprint = Blueprint("mentoring", __name__, template_folder="templates")

_UNPROCESSABLE = 422
_CLOSED = 409
LONGEST_SEARCH = 100


@blueprint.get("/")
@requires(Action.READ, Kind.SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Show the form to those who have not signed up yet, and to the others that they have."""
    placement = current_placement()
    stored = models.find_sign_up(placement, current_visit().person)
    note = _returned_note()
    if stored is not None and stored.submitted_at is not None and not note:
        return _show_signed_up(placement, stored)
    if not is_open(placement.closes_at, now()):
        return render_template("mentoring/closed.html", was_sent=False)
    return _show_form(_form(placement, stored), stored, returned_note=note)


@blueprint.get("/change")
@requires(Action.READ, Kind.SIGN_UP)
def change() -> ResponseReturnValue:
    """Show the form again to somebody who has signed up."""
    placement = current_placement()
    if not is_open(placement.closes_at, now()):
        return redirect(url_for(".sign_up"), 303)
    stored = models.find_sign_up(placement, current_visit().person)
    return _show_form(_form(placement, stored), stored)


@blueprint.post("/")
@requires(Action.WRITE, Kind.SIGN_UP)
def save() -> ResponseReturnValue:
    """Sign somebody up, or keep their answers for later; the same again changes nothing."""
    placement = current_placement()
    person = current_visit().person
    if not is_open(placement.closes_at, now()):
        return render_template("mentoring/closed.html", was_sent=True), _CLOSED
    stored = models.find_sign_up(placement, person)
    form = _form(placement, stored)
    answers = form.answers(_sides(placement))
    if "later" in request.form and (stored is None or stored.submitted_at is None):
        models.save_draft(placement, person, answers)
    elif form.validate():
        models.submit(placement, person, answers)
        _tell_programme(placement, answers)
    else:
        return _show_form(form, stored), _UNPROCESSABLE
    set_person(person.id, own_name=form.name_given(), time_zone=answers.time_zone)
    refresh_progress(placement, [person])
    return redirect(url_for(".sign_up"), 303)


@dataclass(frozen=True)
class Entry:
    """A line of the instructor's list: who, and when they signed up; never what they answered."""

    person_id: UUID
    name: str
    signed_up_at: datetime | None
    has_come: bool


@blueprint.get("/board")
@requires(Action.READ, Kind.SIGN_UP_FACT, of=Reach.ACTIVITY)
def board() -> ResponseReturnValue:
    """Show instructors who of the course has signed up, and when."""
    placement = current_placement()
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    page = roster_page(
        placement,
        request.args.get("page", 1, type=int),
        search=search,
        first=models.who_signed_up(placement),
    )
    people = [entry.person for entry in page.entries]
    signed_up = {row.person_id: row.submitted_at for row in models.list_sign_ups(placement, people)}
    return render_template(
        "mentoring/board.html",
        page=page,
        entries=[
            Entry(
                entry.person.id,
                shown_name(entry.person.name, entry.person.id),
                signed_up.get(entry.person.id),
                entry.has_come,
            )
            for entry in page.entries
        ],
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


def preview(placement: Placement) -> str:
    """Return the empty form as it will be, with nothing to send."""
    form = SignUpForm.for_person(current_visit().person, _sides(placement), None)
    return _show_form(form, None, is_shown_only=True)


def _tell_programme(placement: Placement, answers: Answers) -> None:
    """Take a submitted sign-up into the programme that the course has joined, if any."""
    programme = current_programme()
    if programme is not None and answers.side is not None:
        submit_participation(
            placement,
            current_visit().person,
            answers.side,
            seats=seats_of(answers.side),
            consent_version=programme.consent_version,
        )


def _returned_note() -> str:
    """Return what the programme team wants changed in a sign-up that it sent back, or nothing."""
    programme = current_programme()
    if programme is None:
        return ""
    place = find_participation(programme.id, current_visit().person.id)
    is_returned = place is not None and place.state is ParticipantState.DRAFT
    return place.returned_note if place is not None and is_returned else ""


def _sides(placement: Placement) -> Sequence[Side]:
    sides = placement.options.get("sides", "both")
    return tuple(Side) if sides == "both" else (Side(str(sides)),)


def _form(placement: Placement, stored: SignUp | None) -> SignUpForm:
    return SignUpForm.for_person(current_visit().person, _sides(placement), stored)


def _show_form(
    form: SignUpForm,
    stored: SignUp | None,
    *,
    is_shown_only: bool = False,
    returned_note: str = "",
) -> str:
    return render_template(
        "mentoring/sign_up.html",
        form=form,
        stored=stored,
        is_submitted=stored is not None and stored.submitted_at is not None,
        closes_at=current_placement().closes_at,
        is_shown_only=is_shown_only,
        returned_note=returned_note,
        **_readers(),
    )


def _show_signed_up(placement: Placement, stored: SignUp) -> str:
    return render_template(
        "mentoring/signed_up.html",
        stored=stored,
        grade=_where_the_grade_is(placement),
        skills=taxonomy.words(taxonomy.SKILLS, [row.skill for row in stored.skills]),
        goal_areas=taxonomy.words(taxonomy.GOAL_AREAS, stored.goal_areas),
        is_open=is_open(placement.closes_at, now()),
        closes_at=placement.closes_at,
        **_readers(),
    )


def _where_the_grade_is(placement: Placement) -> str | None:
    """Return `there`, `under_way` or `stuck`; None where no grade is to be sent."""
    state = find_delivery_state(placement, current_visit().person)
    if state is None:
        return None
    if state is DeliveryState.SENT:
        return "there"
    under_way = {DeliveryState.QUEUED, DeliveryState.WAITING}
    return "under_way" if state in under_way else "stuck"


def _readers() -> dict[str, list[Hat]]:
    """Return who else may read the answers, and who may read that there are any."""
    return {
        "readers_of_answers": _others_who_read(Kind.SIGN_UP),
        "readers_of_fact": _others_who_read(Kind.SIGN_UP_FACT),
    }


def _others_who_read(kind: Kind) -> list[Hat]:
    return [hat for hat, reach in readers_of(kind) if reach is Reach.ACTIVITY]
