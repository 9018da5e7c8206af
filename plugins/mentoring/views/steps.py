"""The steps of the sign-up, saved one by one, and the sending of it."""

from dataclasses import replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    Kind,
    Placement,
    current_visit,
    refresh_progress,
    requires,
    set_person,
    submit_participation,
)
from plugins.mentoring import models, rules
from plugins.mentoring.answers import Answers
from plugins.mentoring.forms import (
    PartForm,
    PrivateForm,
    StepForm,
    TimesForm,
)
from plugins.mentoring.rules import Step
from plugins.mentoring.views.blueprint import blueprint
from plugins.mentoring.views.here import Here, find_here, setting_of, wishes_of
from plugins.mentoring.views.shown import (
    address_of,
    consent_form,
    show_check,
    show_closed,
    show_private,
    show_signed_up,
    show_step,
    step_form,
)

_UNPROCESSABLE = 422
_CLOSED = 409


@blueprint.get("/")
@requires(Action.READ, Kind.SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Show where somebody stands: the first step, the one where they stopped, or what they sent."""
    here = find_here()
    if here.stored is not None and here.is_submitted and not here.returned_note:
        return show_signed_up(here, here.stored)
    if here.why_closed:
        return show_closed(here, was_sent=False)
    step = here.goes_on_at
    if step is None or here.returned_note:
        return show_check(here)
    if step is Step.PRIVATE:
        return redirect(url_for(".private"), 303)
    return show_step(here, step, step_form(here, step), is_first=True)


@blueprint.get("/step/<step>")
@requires(Action.READ, Kind.SIGN_UP)
def step(step: str) -> ResponseReturnValue:
    """Show one step."""
    here = find_here()
    asked = _reached(here, step)
    if asked is None or here.why_closed or here.is_settled:
        return redirect(url_for(".sign_up"), 303)
    return show_step(here, asked, step_form(here, asked))


@blueprint.post("/step/<step>")
@requires(Action.WRITE, Kind.SIGN_UP)
def save_step(step: str) -> ResponseReturnValue:
    """Keep the answers of one step, checked, or as they are for later; and go on."""
    here = find_here()
    if (refusal := _too_late(here)) is not None:
        return refusal, _CLOSED
    asked = _reached(here, step)
    if asked is None:
        return redirect(url_for(".sign_up"), 303)
    form = step_form(here, asked)
    if isinstance(form, TimesForm) and {"add", "take"} & request.form.keys():
        return _fill_week(here, form)
    if "later" in request.form:
        _keep(here, asked, form, goes_on_at=asked, is_done=False)
        return redirect(url_for(".sign_up"), 303)
    if not form.validate():
        return show_step(here, asked, form), _UNPROCESSABLE
    return _go_on(here, asked, _keep(here, asked, form, goes_on_at=_after(here, asked)))


@blueprint.get("/private")
@requires(Action.READ, Kind.EXCLUSION)
def private() -> ResponseReturnValue:
    """Show with whom somebody does not want to be paired."""
    here = find_here()
    if not here.reaches(Step.PRIVATE) or (here.why_closed and not here.is_submitted):
        return redirect(url_for(".sign_up"), 303)
    return show_private(here, PrivateForm.ask(wishes_of(here), here.setting))


@blueprint.post("/private")
@requires(Action.WRITE, Kind.EXCLUSION)
def save_private() -> ResponseReturnValue:
    """Keep with whom somebody does not want to be paired; it holds at once, whatever is sent."""
    here = find_here()
    if not here.reaches(Step.PRIVATE):
        return redirect(url_for(".sign_up"), 303)
    stored = wishes_of(here)
    form = PrivateForm.ask(stored, here.setting)
    if not form.validate():
        return show_private(here, form), _UNPROCESSABLE
    models.set_wishes(here.person, form.take(stored))
    if here.why_closed or here.is_settled:
        return redirect(url_for(".sign_up", done="private"), 303)
    answers = models.keep(
        here.placement,
        here.person,
        Step.PRIVATE,
        lambda answers: _done(here.fit(here.seated(answers)), Step.PRIVATE),
    )
    refresh_progress(here.placement, [here.person])
    return _go_on(here, Step.PRIVATE, answers)


@blueprint.get("/check")
@requires(Action.READ, Kind.SIGN_UP)
def check() -> ResponseReturnValue:
    """Show all answers before they are sent, each with the way to change it."""
    here = find_here()
    if here.stored is None or here.why_closed or here.is_settled:
        return redirect(url_for(".sign_up"), 303)
    return show_check(here)


@blueprint.post("/check")
@requires(Action.WRITE, Kind.SIGN_UP)
def submit() -> ResponseReturnValue:
    """Sign somebody up, or let what they changed count; the same again changes nothing."""
    here = find_here()
    if here.why_closed:
        return show_closed(here, was_sent=True), _CLOSED
    # What another window saves at this moment is sent with the rest, or not at all.
    models.hold(here.placement, here.person)
    form = consent_form(here)
    if here.open_steps:
        return show_check(here, form, is_refused=True), _UNPROCESSABLE
    if form is not None and (form.refuse_old_text(here.consent_version) or not form.validate()):
        return show_check(here, form), _UNPROCESSABLE
    done = "changed" if here.is_submitted else None
    sent = here.answers
    models.submit(here.placement, here.person, sent)
    _tell_programme(here, sent)
    refresh_progress(here.placement, [here.person])
    return redirect(url_for(".sign_up", done=done), 303)


@blueprint.post("/discard")
@requires(Action.WRITE, Kind.SIGN_UP)
def discard() -> ResponseReturnValue:
    """Forget what was changed and not sent."""
    here = find_here()
    models.discard(here.placement, here.person)
    return redirect(url_for(".sign_up", done="discarded"), 303)


@blueprint.post("/copy")
@requires(Action.WRITE, Kind.SIGN_UP)
def copy() -> ResponseReturnValue:
    """Begin with what the person sent at another activity, so that nothing is asked twice."""
    here = find_here()
    other = models.find_other(here.placement, here.person)
    if here.stored is None and other is not None and not here.why_closed:
        models.keep(here.placement, here.person, Step.PART, lambda _: here.fit(other.sent))
        refresh_progress(here.placement, [here.person])
    return redirect(url_for(".sign_up"), 303)


def preview(placement: Placement) -> str:
    """Return the first page as it will be, with nothing to send."""
    person = current_visit().person
    setting = setting_of(placement, person, None)
    here = Here(placement, person, None, None, counts=True, stored=None, setting=setting)
    first = setting.steps[0]
    return show_step(here, first, step_form(here, first), is_first=True, is_shown_only=True)


def _too_late(here: Here) -> str | None:
    """Return the page that says why nothing can be written any more; None where it can."""
    if here.why_closed:
        return show_closed(here, was_sent=True)
    if here.is_settled and here.stored is not None:
        return show_signed_up(here, here.stored)
    return None


def _reached(here: Here, name: str) -> Step | None:
    """Return the step of a name, if it has a page here and can be answered by now."""
    if name not in {*Step} or name == Step.PRIVATE:
        return None
    return Step(name) if here.reaches(Step(name)) else None


def _after(here: Here, done: Step) -> Step:
    return rules.step_after(done, here.setting) or done


def _done(answers: Answers, step: Step) -> Answers:
    return replace(answers, saved=answers.saved | {step.value})


def _keep(
    here: Here, asked: Step, form: StepForm, *, goes_on_at: Step, is_done: bool = True
) -> Answers:
    """Keep a step; returns all answers as they are by now."""

    def change(answers: Answers) -> Answers:
        taken = form.take(here.fit(here.seated(answers)))
        return _done(taken, asked) if is_done else taken

    answers = models.keep(here.placement, here.person, goes_on_at, change)
    name = form.name_given() if isinstance(form, PartForm) else None
    set_person(here.person.id, own_name=name, time_zone=answers.time_zone)
    refresh_progress(here.placement, [here.person])
    return answers


def _go_on(here: Here, done: Step, answers: Answers) -> ResponseReturnValue:
    """Lead to the next step; who changes what was sent goes back to look at everything.

    Args:
        here: before or after the step was kept.
        done: the step.
        answers: all of them, as they are now.
    """
    remaining = rules.open_steps(answers, here.setting)
    following = remaining[0] if remaining else None
    if remaining and not here.is_submitted:
        following = rules.step_after(done, here.setting)
    return redirect(address_of(following) if following else url_for(".check"), 303)


def _fill_week(here: Here, form: TimesForm) -> ResponseReturnValue:
    """Add a stretch of hours to the week, or take it out, and show the week again."""
    if not form.fill():
        return show_step(here, Step.TIMES, form), _UNPROCESSABLE
    _keep(here, Step.TIMES, form, goes_on_at=Step.TIMES, is_done=False)
    return redirect(url_for(".step", step=Step.TIMES, _anchor="hours"), 303)


def _tell_programme(here: Here, answers: Answers) -> None:
    """Take a submitted sign-up into the programme that the course has joined, if any."""
    if here.programme is not None and answers.side is not None:
        submit_participation(
            here.placement,
            here.person,
            answers.side,
            seats=rules.seats_of(answers),
            consent_version=here.programme.consent_version,
        )
