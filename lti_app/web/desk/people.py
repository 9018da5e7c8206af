"""The people of a programme: who signed up, how far each is, and what the team decides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import TextAreaField

from lti_app.domain.errors import Conflict, MalformedRequest
from lti_app.domain.pairing import Answer
from lti_app.domain.participants import LONGEST_NOTE, ParticipantState, ParticipantStep
from lti_app.domain.permissions import Action, Kind, Reach, Thing, can
from lti_app.domain.programmes import EDITABLE, Programme, Side
from lti_app.services import participant_lists as lists
from lti_app.services import participants as service
from lti_app.services.participant_lists import PersonFact, Wanted
from lti_app.services.profiles import answers_of
from lti_app.services.programmes import find_programme
from lti_app.web.desk.frame import UNPROCESSABLE, blueprint, programme_page
from lti_app.web.desk.words import ACTS, PARTICIPANT_STATES, SIDES, STEPS_OF_PEOPLE
from lti_app.web.fields import Written, one_line, tidy
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.translation import lazy_gettext
from lti_app.web.visits import current_visit

_LONGEST_SEARCH = 100
_ACTS: Final[Mapping[ParticipantStep, Callable[..., None]]] = {
    ParticipantStep.APPROVE: service.approve_participation,
    ParticipantStep.PAUSE: service.pause_participation,
    ParticipantStep.RESUME: service.resume_participation,
    ParticipantStep.WITHDRAW: service.withdraw_participation,
}
#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, LazyString]] = {
    "approve": lazy_gettext("Approved: this person can be paired."),
    "approve_all": lazy_gettext("Approved: all of them can be paired."),
    "approve_none": lazy_gettext("Nobody of them waits for approval any more."),
    "return": lazy_gettext("Sent back: the person reads your note and can change the answers."),
    "pause": lazy_gettext("Paused: nobody is offered to this person until you go on."),
    "resume": lazy_gettext("The pause is over."),
    "withdraw": lazy_gettext("Taken out. The person may sign up again."),
}


class ReturnForm(ActivityForm):
    """What somebody is asked to change in their sign-up."""

    note = TextAreaField(
        lazy_gettext("What should be changed?"),
        [Written(1, LONGEST_NOTE, lazy_gettext("Please say what should be changed."))],
        filters=[tidy],
        description=lazy_gettext(
            "The person reads this above their answers. Nobody else does, but the programme team."
        ),
        render_kw={"rows": 3},
    )


@blueprint.get("/programmes/<uuid:programme_id>/people")
@requires(Action.READ, Kind.PARTICIPANT, of=Reach.PROGRAMME)
def people(programme_id: UUID) -> ResponseReturnValue:
    """Show who takes part, narrowed and searched, in pages."""
    programme, wanted = find_programme(programme_id), _wanted()
    found = lists.list_people(programme_id, wanted, request.args.get("page", 1, type=int))
    return programme_page(
        "desk/people.html",
        programme,
        found=found,
        wanted=wanted,
        states=PARTICIPANT_STATES,
        sides=SIDES,
        acts_of=lists.acts_of,
        waiting=_waiting(programme, found.people),
        done=DONE.get(request.args.get("done", "")),
    )


@blueprint.post("/programmes/<uuid:programme_id>/people")
@requires(Action.WRITE, Kind.PARTICIPANT, of=Reach.PROGRAMME)
def approve_all(programme_id: UUID) -> ResponseReturnValue:
    """Approve at once whom a page of the list showed as waiting, and nobody who came since."""
    if find_programme(programme_id).state not in EDITABLE:
        raise Conflict(detail="programme is in the archive")
    people = _people_of_form()
    count = service.approve_those_who_wait(programme_id, people, by=current_visit().person.id)
    return redirect(_list_address(programme_id, "approve_all" if count else "approve_none"), 303)


@blueprint.get("/programmes/<uuid:programme_id>/people/<uuid:person_id>")
@requires(Action.READ, Kind.PARTICIPANT, of=Reach.PROGRAMME)
def person(programme_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Show how far somebody is, what can be decided, and what was."""
    return _person_page(programme_id, person_id, ReturnForm())


@blueprint.post("/programmes/<uuid:programme_id>/people/<uuid:person_id>")
@requires(Action.WRITE, Kind.PARTICIPANT, of=Reach.PROGRAMME)
def decide(programme_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Approve somebody, send their sign-up back, let them pause or go on, or take them out."""
    if find_programme(programme_id).state not in EDITABLE:
        raise Conflict(detail="programme is in the archive")
    step = request.form.get("act", "")
    by = current_visit().person.id
    if step == ParticipantStep.RETURN:
        form = ReturnForm.from_request()
        if not form.validate():
            return _person_page(programme_id, person_id, form), UNPROCESSABLE
        service.return_participation(programme_id, person_id, form.note.data or "", by=by)
    elif step in _ACTS:
        _ACTS[ParticipantStep(step)](programme_id, person_id, by=by)
    else:
        raise MalformedRequest(detail="act")
    if "from_list" in request.form:
        return redirect(_list_address(programme_id, step), 303)
    address = url_for(".person", programme_id=programme_id, person_id=person_id, done=step)
    return redirect(address, 303)


@blueprint.get("/programmes/<uuid:programme_id>/audit")
@requires(Action.READ, Kind.PROGRAMME_AUDIT, of=Reach.PROGRAMME)
def audit(programme_id: UUID) -> ResponseReturnValue:
    """Show who did what in a programme, the newest first."""
    acts, pages = lists.list_acts(programme_id, request.args.get("page", 1, type=int))
    return programme_page(
        "desk/audit.html", find_programme(programme_id), acts=acts, pages=pages, words=ACTS
    )


def _person_page(programme_id: UUID, person_id: UUID, form: ReturnForm) -> str:
    programme = find_programme(programme_id)
    found = lists.find_one(programme_id, person_id)
    acts, _ = lists.list_acts(programme_id, 1, person_id)
    can_act = programme.state in EDITABLE
    return programme_page(
        "desk/person.html",
        programme,
        found=found,
        states=PARTICIPANT_STATES,
        sides=SIDES,
        steps=STEPS_OF_PEOPLE,
        possible=lists.acts_of(found.place.state) if can_act else (),
        is_being_paired=found.place.state in {ParticipantState.OFFERED, ParticipantState.MATCHED},
        form=form,
        acts=acts,
        words=ACTS,
        answers=_answers(programme, person_id),
        done=DONE.get(request.args.get("done", "")),
    )


def _waiting(programme: Programme, people: Sequence[PersonFact]) -> list[UUID]:
    """Return who of a page can be approved now."""
    if programme.state not in EDITABLE:
        return []
    return [one.person.id for one in people if one.place.state is ParticipantState.SUBMITTED]


def _people_of_form() -> list[UUID]:
    """Return whom a page of the list showed as waiting.

    Raises:
        MalformedRequest: nobody, more than a page holds, or what names no person.
    """
    given = request.form.getlist("person")
    if not 0 < len(given) <= lists.PAGE_SIZE:
        raise MalformedRequest(detail=f"{len(given)} people")
    try:
        return [UUID(one) for one in given]
    except ValueError as error:
        raise MalformedRequest(detail="person") from error


def _answers(programme: Programme, person_id: UUID) -> tuple[Answer, ...]:
    """Return what somebody answered when they signed up, to those who may read it."""
    profile = Thing(
        Kind.PROFILE, programme.organisation_id, owner_id=person_id, programme_id=programme.id
    )
    is_allowed = can(current_visit().viewer, Action.READ, profile)
    return answers_of(programme, person_id) if is_allowed else ()


def _wanted() -> Wanted:
    state, side = request.args.get("state", ""), request.args.get("side", "")
    return Wanted(
        state=ParticipantState(state) if state in {*ParticipantState} else None,
        side=Side(side) if side in {*Side} else None,
        search=one_line(request.args.get("q"))[:_LONGEST_SEARCH],
    )


def _list_address(programme_id: UUID, done: str) -> str:
    """Return the address of the list, narrowed as it was when a button of it was pressed."""
    was = request.form
    return url_for(
        ".people",
        programme_id=programme_id,
        done=done,
        state=was.get("was_state") or None,
        side=was.get("was_side") or None,
        q=was.get("was_q") or None,
        page=was.get("was_page") or None,
    )
