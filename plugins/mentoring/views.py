"""The pages of the sign-up: its steps and what follows for learners, a list for instructors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    DeliveryState,
    Hat,
    Kind,
    PairingFact,
    ParticipantState,
    Participation,
    Person,
    Placement,
    Programme,
    Reach,
    Side,
    confirm_consent,
    counting_activities,
    current_placement,
    current_programme,
    current_visit,
    find_delivery_state,
    find_learner,
    find_participation,
    lazy_gettext,
    now,
    one_line,
    pairing_facts,
    pause_participation,
    readers_of,
    refresh_progress,
    requires,
    resume_participation,
    roster_page,
    set_person,
    shown_name,
    submit_participation,
    withdraw_participation,
)
from plugins.mentoring import models, rules, taxonomy
from plugins.mentoring.answers import Answers
from plugins.mentoring.forms import (
    ConsentForm,
    GroupsForm,
    PartForm,
    PrivateForm,
    StepForm,
    TimesForm,
    clock_of,
    form_of,
)
from plugins.mentoring.models import SignUp, Wishes
from plugins.mentoring.rules import Setting, Step
from plugins.mentoring.words import in_words

blueprint = Blueprint("mentoring", __name__, template_folder="templates")

_UNPROCESSABLE = 422
_CLOSED = 409
LONGEST_SEARCH = 100

#: Step → what its page is called.
TITLES: Final[Mapping[Step, object]] = {
    Step.PART: lazy_gettext("Your part"),
    Step.SKILLS: lazy_gettext("Skills"),
    Step.LEVELS: lazy_gettext("How far you are"),
    Step.GOALS: lazy_gettext("Goals"),
    Step.ABOUT: lazy_gettext("You and your work"),
    Step.MEETING: lazy_gettext("How you meet"),
    Step.TIMES: lazy_gettext("When you can meet"),
    Step.PRIVATE: lazy_gettext("Private wishes"),
}


@dataclass(frozen=True)
class Here:
    """Who signs up where, and how far they are with it.

    Attributes:
        programme: that the course takes part in, or None.
        place: of the person in the programme, or None.
        counts: it is this sign-up, and not one from another course, that counts in the programme.
        stored: the sign-up or draft, or None.
    """

    placement: Placement
    person: Person
    programme: Programme | None
    place: Participation | None
    counts: bool
    stored: SignUp | None
    setting: Setting

    @property
    def is_submitted(self) -> bool:
        """Return whether the person has sent anything."""
        return self.stored is not None and self.stored.submitted_at is not None

    @property
    def answers(self) -> Answers:
        """Return what stands in the forms."""
        written = self.stored.written if self.stored is not None else Answers()
        return self.fit(self.seated(written))

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """Return what the person has still to go through."""
        return rules.open_steps(self.answers, self.setting)

    @property
    def returned_note(self) -> str:
        """Return what the programme's team wants changed in a sign-up that it sent back."""
        is_returned = self.place is not None and self.place.state is ParticipantState.DRAFT
        return self.place.returned_note if self.place is not None and is_returned else ""

    @property
    def is_settled(self) -> bool:
        """Return whether the person is being paired by these answers, so that they stay."""
        return self.counts and self.place is not None and not self.place.is_editable

    @property
    def why_closed(self) -> str:
        """Return why nothing can be written now: `time`, `early`, `over`; empty where it can."""
        if not rules.is_open(self.placement.closes_at, now()):
            return "time"
        if self.programme is None or self.programme.takes_sign_ups:
            return ""
        return "early" if self.programme.state == "draft" else "over"

    @property
    def consent_version(self) -> int | None:
        """Return the version of the programme's text that counts; None outside of a programme."""
        return self.programme.consent_version if self.programme is not None else None

    @property
    def has_agreed(self) -> bool:
        """Return whether the person need not be asked for consent again."""
        if self.programme is None:
            return self.stored is not None and self.stored.consent_at is not None
        has_left = {ParticipantState.WITHDRAWN, ParticipantState.DONE}
        return (
            self.place is not None
            and self.place.state not in has_left
            and self.place.consent_version == self.programme.consent_version
        )

    def seated(self, answers: Answers) -> Answers:
        """Return answers with the seats that count now: they can be changed beside the sign-up.

        Where somebody has written something since, what they wrote stands.
        """
        is_as_sent = self.stored is not None and self.stored.draft is None and self.is_submitted
        if not (is_as_sent and self.counts and self.place is not None and answers.is_mentor):
            return answers
        return replace(answers, seats=self.place.seats)

    def fit(self, answers: Answers) -> Answers:
        """Return answers of a side that is on offer; one alone is taken without asking."""
        if answers.side in self.setting.sides:
            return answers
        only = self.setting.sides[0] if len(self.setting.sides) == 1 else None
        return answers.as_side(only, rules.SAME_FOR_ALL)

    def reaches(self, step: Step) -> bool:
        """Return whether a step can be answered by now."""
        if step not in self.setting.steps:
            return False
        needs_skills = step is Step.LEVELS and not self.answers.skills
        return step is Step.PART or (self.answers.side is not None and not needs_skills)

    @property
    def goes_on_at(self) -> Step | None:
        """Return the step where the person stopped, or the first open one; None after the last."""
        open_steps = self.open_steps
        at = self.stored.step if self.stored is not None else None
        if at in {*open_steps} and self.reaches(Step(at)):
            return Step(at)
        return open_steps[0] if open_steps else None


@blueprint.get("/")
@requires(Action.READ, Kind.SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Show where somebody stands: the first step, the one where they stopped, or what they sent."""
    here = _here()
    if here.stored is not None and here.is_submitted and not here.returned_note:
        return _show_signed_up(here, here.stored)
    if here.why_closed:
        return _show_closed(here, was_sent=False)
    step = here.goes_on_at
    if step is None or here.returned_note:
        return _show_check(here)
    if step is Step.PRIVATE:
        return redirect(url_for(".private"), 303)
    return _show_step(here, step, _form(here, step), is_first=True)


@blueprint.get("/step/<step>")
@requires(Action.READ, Kind.SIGN_UP)
def step(step: str) -> ResponseReturnValue:
    """Show one step."""
    here = _here()
    asked = _reached(here, step)
    if asked is None or here.why_closed or here.is_settled:
        return redirect(url_for(".sign_up"), 303)
    return _show_step(here, asked, _form(here, asked))


@blueprint.post("/step/<step>")
@requires(Action.WRITE, Kind.SIGN_UP)
def save_step(step: str) -> ResponseReturnValue:
    """Keep the answers of one step, checked, or as they are for later; and go on."""
    here = _here()
    if here.why_closed:
        return _show_closed(here, was_sent=True), _CLOSED
    asked = _reached(here, step)
    if asked is None or here.is_settled:
        return redirect(url_for(".sign_up"), 303)
    form = _form(here, asked)
    if isinstance(form, TimesForm) and {"add", "take"} & request.form.keys():
        return _fill_week(here, form)
    if "later" in request.form:
        _keep(here, asked, form, goes_on_at=asked, is_done=False)
        return redirect(url_for(".sign_up"), 303)
    if not form.validate():
        return _show_step(here, asked, form), _UNPROCESSABLE
    return _go_on(here, asked, _keep(here, asked, form, goes_on_at=_after(here, asked)))


@blueprint.get("/private")
@requires(Action.READ, Kind.EXCLUSION)
def private() -> ResponseReturnValue:
    """Show with whom somebody does not want to be paired."""
    here = _here()
    if not here.reaches(Step.PRIVATE) or (here.why_closed and not here.is_submitted):
        return redirect(url_for(".sign_up"), 303)
    return _show_private(here, PrivateForm.ask(_wishes(here), here.setting))


@blueprint.post("/private")
@requires(Action.WRITE, Kind.EXCLUSION)
def save_private() -> ResponseReturnValue:
    """Keep with whom somebody does not want to be paired; it holds at once, whatever is sent."""
    here = _here()
    if not here.reaches(Step.PRIVATE):
        return redirect(url_for(".sign_up"), 303)
    stored = _wishes(here)
    form = PrivateForm.ask(stored, here.setting)
    if not form.validate():
        return _show_private(here, form), _UNPROCESSABLE
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
    here = _here()
    if here.stored is None or here.why_closed or here.is_settled:
        return redirect(url_for(".sign_up"), 303)
    return _show_check(here)


@blueprint.post("/check")
@requires(Action.WRITE, Kind.SIGN_UP)
def submit() -> ResponseReturnValue:
    """Sign somebody up, or let what they changed count; the same again changes nothing."""
    here = _here()
    if here.why_closed:
        return _show_closed(here, was_sent=True), _CLOSED
    # What another window saves at this moment is sent with the rest, or not at all.
    models.hold(here.placement, here.person)
    form = _consent_form(here)
    if here.open_steps:
        return _show_check(here, form, is_refused=True), _UNPROCESSABLE
    if form is not None and (form.refuse_old_text(here.consent_version) or not form.validate()):
        return _show_check(here, form), _UNPROCESSABLE
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
    here = _here()
    models.discard(here.placement, here.person)
    return redirect(url_for(".sign_up", done="discarded"), 303)


@blueprint.post("/copy")
@requires(Action.WRITE, Kind.SIGN_UP)
def copy() -> ResponseReturnValue:
    """Begin with what the person sent at another activity, so that nothing is asked twice."""
    here = _here()
    other = models.find_other(here.placement, here.person)
    if here.stored is None and other is not None and not here.why_closed:
        models.keep(here.placement, here.person, Step.PART, lambda _: here.fit(other.sent))
        refresh_progress(here.placement, [here.person])
    return redirect(url_for(".sign_up"), 303)


@blueprint.post("/consent")
@requires(Action.WRITE, Kind.SIGN_UP)
def agree() -> ResponseReturnValue:
    """Note that somebody agreed to a programme's text that has changed since they signed up."""
    here = _here()
    form = _consent_form(here)
    if here.programme is None or here.place is None or here.stored is None or form is None:
        return redirect(url_for(".sign_up"), 303)
    if form.refuse_old_text(here.consent_version) or not form.validate():
        return _show_signed_up(here, here.stored, form), _UNPROCESSABLE
    confirm_consent(here.programme.id, here.person.id, here.programme.consent_version)
    return redirect(url_for(".sign_up", done="agreed"), 303)


@blueprint.post("/place")
@requires(Action.WRITE, Kind.PARTICIPANT, of=Reach.SELF)
def change_place() -> ResponseReturnValue:
    """Let somebody rest, go on, or leave the programme."""
    here = _here()
    acts = {
        "pause": pause_participation,
        "resume": resume_participation,
        "withdraw": withdraw_participation,
    }
    wanted = request.form.get("act", "")
    if here.programme is None or wanted not in acts:
        raise ActivityError("malformed", "act")
    acts[wanted](here.programme.id, here.person.id, by=here.person.id)
    return redirect(url_for(".sign_up", done=wanted), 303)


@blueprint.get("/groups")
@requires(Action.READ, Kind.SELF_DESCRIPTION)
def groups() -> ResponseReturnValue:
    """Show to which groups somebody counts themselves, if they like."""
    here = _here()
    if not here.setting.is_of_programme:
        return redirect(url_for(".sign_up"), 303)
    return _show_groups(GroupsForm.from_request({"groups": models.find_groups(here.person)}))


@blueprint.post("/groups")
@requires(Action.WRITE, Kind.SELF_DESCRIPTION)
def save_groups() -> ResponseReturnValue:
    """Keep to which groups somebody counts themselves."""
    here = _here()
    form = GroupsForm.from_request()
    if not here.setting.is_of_programme:
        return redirect(url_for(".sign_up"), 303)
    if not form.validate():
        return _show_groups(form), _UNPROCESSABLE
    models.set_groups(here.person, form.groups.data or [])
    return redirect(url_for(".sign_up", done="groups"), 303)


@dataclass(frozen=True)
class Entry:
    """A line of the instructor's list: who, and when they signed up; never what they answered."""

    person_id: UUID
    name: str
    signed_up_at: datetime | None
    has_come: bool
    pairing: PairingFact | None


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
    pairing = pairing_facts(placement, [person.id for person in people])
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
            )
            for entry in page.entries
        ],
        shows_pairs=pairing is not None,
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
    """Return the first page as it will be, with nothing to send."""
    person = current_visit().person
    setting = _setting(placement, person, None)
    here = Here(placement, person, None, None, counts=True, stored=None, setting=setting)
    first = setting.steps[0]
    return _show_step(here, first, _form(here, first), is_first=True, is_shown_only=True)


def _here() -> Here:
    placement, person, programme = current_placement(), current_visit().person, current_programme()
    place = find_participation(programme.id, person.id) if programme is not None else None
    counting = counting_activities(programme.id, [person.id]) if programme is not None else {}
    return Here(
        placement,
        person,
        programme,
        place,
        counts=counting.get(person.id, placement.activity_id) == placement.activity_id,
        stored=models.find_sign_up(placement, person),
        setting=_setting(placement, person, programme),
    )


def _setting(placement: Placement, person: Person, programme: Programme | None) -> Setting:
    sides = placement.options.get("sides", "both")
    asked = Setting(
        sides=tuple(Side) if sides == "both" else (Side(str(sides)),),
        asks_name=not person.has_lms_name,
    )
    if programme is None:
        return asked
    return replace(
        asked,
        minimum_minutes=programme.rules.minimum_overlap_minutes,
        needs_job_family="job_family" in programme.rules.must_match,
        is_of_programme=True,
    )


def _reached(here: Here, name: str) -> Step | None:
    """Return the step of a name, if it has a page here and can be answered by now."""
    if name not in {*Step} or name == Step.PRIVATE:
        return None
    return Step(name) if here.reaches(Step(name)) else None


def _wishes(here: Here) -> Wishes:
    return models.find_wishes([here.person.id]).get(here.person.id, Wishes())


def _form(here: Here, asked: Step) -> StepForm:
    return form_of(asked, here.person, here.answers, here.setting)


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
    return redirect(_address_of(following) if following else url_for(".check"), 303)


def _fill_week(here: Here, form: TimesForm) -> ResponseReturnValue:
    """Add a stretch of hours to the week, or take it out, and show the week again."""
    if not form.fill():
        return _show_step(here, Step.TIMES, form), _UNPROCESSABLE
    _keep(here, Step.TIMES, form, goes_on_at=Step.TIMES, is_done=False)
    return redirect(url_for(".step", step=Step.TIMES, _anchor="hours"), 303)


def _address_of(asked: Step) -> str:
    return url_for(".private") if asked is Step.PRIVATE else url_for(".step", step=asked)


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


def _consent_form(here: Here) -> ConsentForm | None:
    """Return the question for consent; None where it was answered already."""
    return None if here.has_agreed else ConsentForm.about(here.consent_version)


@dataclass(frozen=True)
class Stage:
    """A step in the list of steps: `address` leads there, unless it cannot be answered yet."""

    title: object
    address: str | None
    is_current: bool
    is_done: bool


def _stages(here: Here, current: Step | None) -> list[Stage]:
    remaining = here.open_steps
    return [
        Stage(
            TITLES[step],
            _address_of(step) if here.reaches(step) else None,
            is_current=step is current,
            is_done=step not in remaining,
        )
        for step in here.setting.steps
    ]


def _frame(here: Here, current: Step | None) -> dict[str, object]:
    """Return what the pages of all steps need."""
    steps = here.setting.steps
    before = (
        [step for step in steps[: steps.index(current)] if here.reaches(step)] if current else []
    )
    return {
        "here": here,
        "stages": _stages(here, current),
        "number": steps.index(current) + 1 if current else len(steps) + 1,
        "title": TITLES[current] if current else None,
        "back": _address_of(before[-1]) if before else None,
        "readers": _readers(here),
    }


def _show_step(
    here: Here,
    asked: Step,
    form: StepForm,
    *,
    is_first: bool = False,
    is_shown_only: bool = False,
) -> str:
    other = None
    if is_first and not is_shown_only and here.stored is None:
        other = models.find_other(here.placement, here.person)
    return render_template(
        "mentoring/step.html",
        form=form,
        step=asked,
        is_first=is_first,
        is_shown_only=is_shown_only,
        can_copy=other is not None,
        days=taxonomy.DAYS,
        short_days=taxonomy.SHORT_DAYS,
        clock_of=clock_of,
        **_frame(here, asked),
    )


def _show_private(here: Here, form: PrivateForm) -> str:
    return render_template(
        "mentoring/private.html", form=form, step=Step.PRIVATE, **_frame(here, Step.PRIVATE)
    )


def _show_groups(form: GroupsForm) -> str:
    return render_template(
        "mentoring/groups.html",
        form=form,
        readers_of_groups=_others_who_read(Kind.SELF_DESCRIPTION),
    )


def _show_check(here: Here, form: ConsentForm | None = None, *, is_refused: bool = False) -> str:
    said = in_words(here.answers)
    remaining = here.open_steps
    sections = [
        (TITLES[step], said.get(step), _address_of(step), step in remaining, here.reaches(step))
        for step in here.setting.steps
    ]
    return render_template(
        "mentoring/check.html",
        form=form or _consent_form(here),
        sections=sections,
        is_refused=is_refused,
        **_frame(here, None),
    )


def _show_closed(here: Here, *, was_sent: bool) -> str:
    return render_template("mentoring/closed.html", why=here.why_closed, was_sent=was_sent)


def _show_signed_up(here: Here, stored: SignUp, form: ConsentForm | None = None) -> str:
    sent = here.seated(stored.sent)
    is_asked = here.place is not None and here.place.state is not ParticipantState.WITHDRAWN
    is_asked &= here.programme is not None and here.programme.takes_sign_ups
    said = in_words(sent)
    return render_template(
        "mentoring/signed_up.html",
        here=here,
        sent=sent,
        answers=[answer for step in here.setting.steps for answer in said.get(step, ())],
        grade=_where_the_grade_is(here.placement),
        consent=(form or _consent_form(here)) if is_asked else None,
        can_change=not here.why_closed and not here.is_settled,
        groups=models.find_groups(here.person) if here.setting.is_of_programme else (),
        done=request.args.get("done", ""),
        readers=_readers(here),
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


#: Hats that read something, with the reach that lets them.
Readers = Sequence[tuple[Hat, Reach]]


def _readers(here: Here) -> Mapping[str, Readers]:
    """Return who else may read what of a sign-up, by the permission table."""
    in_programme = here.programme is not None
    answers = _others_who_read(Kind.PROFILE if in_programme else Kind.SIGN_UP)
    fact = [*_others_who_read(Kind.SIGN_UP_FACT)]
    if in_programme:
        fact += _others_who_read(Kind.PARTICIPANT)
    return {"answers": answers, "fact": fact, "private": _others_who_read(Kind.EXCLUSION)}


def _others_who_read(kind: Kind) -> Readers:
    own = {Reach.OWN, Reach.SELF}
    return [(hat, reach) for hat, reach in readers_of(kind) if reach not in own]
