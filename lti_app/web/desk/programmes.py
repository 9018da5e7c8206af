"""Programmes at the desk: all of them, a new one, what stands in one, moving one on."""

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.programmes import EDITABLE, Plan, Programme, RelationshipKind, Step
from lti_app.services import programmes as service
from lti_app.services.programmes import Lacking, find_programme
from lti_app.web.desk.forms import PlanForm, ProgrammeForm
from lti_app.web.desk.frame import CONFLICT, UNPROCESSABLE, blueprint, programme_page
from lti_app.web.desk.overview import count_people, next_steps, open_tasks
from lti_app.web.desk.presets import suggest, training_kinds
from lti_app.web.desk.words import PURPOSES, RELATIONSHIPS, SHORTCOMINGS, STATES
from lti_app.web.guards import requires
from lti_app.web.visits import current_visit

_BLANK = Plan(title="", relationship_kind=RelationshipKind.MENTORING, time_zone="UTC")


@blueprint.get("/")
@requires(Action.READ, Kind.PROGRAMME, of=Reach.PROGRAMME)
def programmes() -> ResponseReturnValue:
    """Show the programmes that the person may run, the newest first."""
    viewer = current_visit().viewer
    return render_template(
        "desk/programmes.html",
        programmes=service.list_programmes(viewer),
        states=STATES,
        may_create=viewer.runs_all_programmes,
    )


@blueprint.get("/programmes/new")
@requires(Action.CREATE, Kind.PROGRAMME, of=Reach.ORGANISATION)
def new() -> ResponseReturnValue:
    """Ask what a new programme is for."""
    return render_template("desk/new.html", form=_new_form())


@blueprint.post("/programmes/new")
@requires(Action.CREATE, Kind.PROGRAMME, of=Reach.ORGANISATION)
def create() -> ResponseReturnValue:
    """Make a programme as a draft, with what its purpose suggests."""
    form = _new_form()
    if not form.validate():
        return render_template("desk/new.html", form=form), UNPROCESSABLE
    visit = current_visit()
    plan = suggest(form.plan(_BLANK))
    made = service.create_programme(visit.organisation_id, plan, by=visit.person.id)
    return redirect(url_for(".programme", programme_id=made), 303)


@blueprint.get("/programmes/<uuid:programme_id>/")
@requires(Action.READ, Kind.PROGRAMME, of=Reach.PROGRAMME)
def programme(programme_id: UUID) -> ResponseReturnValue:
    """Show what stands in a programme, and what to do next."""
    return _overview(programme_id)


@blueprint.post("/programmes/<uuid:programme_id>/")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def move_on(programme_id: UUID) -> ResponseReturnValue:
    """Move a programme on, or say what it lacks for that."""
    try:
        step = Step(request.form.get("step", ""))
    except ValueError as error:
        raise MalformedRequest(detail="step") from error
    try:
        service.take_step(programme_id, step, by=current_visit().person.id)
    except Lacking as lacking:
        return _overview(programme_id, faults=in_words(lacking)), CONFLICT
    return redirect(url_for(".programme", programme_id=programme_id), 303)


@blueprint.get("/programmes/<uuid:programme_id>/edit")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def edit(programme_id: UUID) -> ResponseReturnValue:
    """Show all that can be changed of a programme."""
    found = find_programme(programme_id)
    if found.state not in EDITABLE:
        return redirect(url_for(".programme", programme_id=programme_id), 303)
    return _edit_page(found, _edit_form(found))


@blueprint.post("/programmes/<uuid:programme_id>/edit")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def save(programme_id: UUID) -> ResponseReturnValue:
    """Change a programme; or put what its purpose suggests into the form, and change nothing."""
    found = find_programme(programme_id)
    form = _edit_form(found)
    if not form.validate():
        return _edit_page(found, form), UNPROCESSABLE
    plan = form.plan(found)
    if "suggest" in request.form:
        suggested = _edit_form(suggest(plan), is_sent=False)
        return _edit_page(found, suggested, is_suggested=True)
    try:
        service.edit_programme(programme_id, plan, by=current_visit().person.id)
    except Lacking as lacking:
        return _edit_page(found, form, faults=in_words(lacking)), CONFLICT
    return redirect(url_for(".programme", programme_id=programme_id), 303)


def in_words(lacking: Lacking) -> list[str]:
    """Return what a programme lacks, in sentences."""
    return [str(SHORTCOMINGS[one]) for one in lacking.shortcomings]


def _new_form() -> PlanForm:
    return PlanForm.from_request({"time_zone": current_visit().person.time_zone})


def _edit_form(plan: Plan, *, is_sent: bool = True) -> ProgrammeForm:
    answers = ProgrammeForm.answers_of(plan)
    form = ProgrammeForm.from_request(answers) if is_sent else ProgrammeForm(data=answers)
    form.offer_training(training_kinds())
    return form


def _edit_page(
    found: Programme, form: ProgrammeForm, *, faults: Sequence[str] = (), is_suggested: bool = False
) -> str:
    return programme_page(
        "desk/edit.html", found, form=form, faults=faults, is_suggested=is_suggested
    )


def _overview(programme_id: UUID, *, faults: Sequence[str] = ()) -> str:
    found = find_programme(programme_id)
    return programme_page(
        "desk/programme.html",
        found,
        faults=faults,
        purpose_type=PURPOSES[found.purpose_type] if found.purpose_type else None,
        relationship=RELATIONSHIPS[found.relationship_kind],
        steps=next_steps(found),
        people=count_people(programme_id),
        tasks=open_tasks(found),
    )
