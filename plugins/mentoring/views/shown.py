"""What the pages of the sign-up show: one step, everything before it is sent, what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import render_template, request, url_for

from lti_app.api import (
    DeliveryState,
    Kind,
    ParticipantState,
    find_delivery_state,
    lazy_gettext,
    own_pairs,
)
from plugins.mentoring import models, taxonomy
from plugins.mentoring.forms import (
    ConsentForm,
    GroupsForm,
    PrivateForm,
    StepForm,
    clock_of,
    form_of,
)
from plugins.mentoring.models import SignUp
from plugins.mentoring.rules import Step
from plugins.mentoring.views.here import Here, others_who_read, readers_here
from plugins.mentoring.words import in_words

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


def step_form(here: Here, asked: Step) -> StepForm:
    """Return the form of a step with what was answered or is being sent."""
    return form_of(asked, here.person, here.answers, here.setting)


def address_of(asked: Step) -> str:
    """Return where a step is asked."""
    return url_for(".private") if asked is Step.PRIVATE else url_for(".step", step=asked)


def consent_form(here: Here) -> ConsentForm | None:
    """Return the question for consent; None where it was answered already."""
    return None if here.has_agreed else ConsentForm.about(here.consent_version)


@dataclass(frozen=True)
class Stage:
    """A step in the list of steps: `address` leads there, unless it cannot be answered yet."""

    title: object
    address: str | None
    is_current: bool
    is_done: bool


def _stages(here: Here, current: Step | None, *, leads_on: bool) -> list[Stage]:
    remaining = here.open_steps
    return [
        Stage(
            TITLES[step],
            address_of(step) if leads_on and here.reaches(step) else None,
            is_current=step is current,
            is_done=step not in remaining,
        )
        for step in here.setting.steps
    ]


def frame_of_steps(here: Here, current: Step | None, *, leads_on: bool = True) -> dict[str, object]:
    """Return what the pages of all steps need; in a preview nothing leads on."""
    steps = here.setting.steps
    before = (
        [step for step in steps[: steps.index(current)] if here.reaches(step)] if current else []
    )
    return {
        "here": here,
        "stages": _stages(here, current, leads_on=leads_on),
        "number": steps.index(current) + 1 if current else len(steps) + 1,
        "title": TITLES[current] if current else None,
        "back": address_of(before[-1]) if before else None,
        "readers": readers_here(here),
    }


def show_step(
    here: Here,
    asked: Step,
    form: StepForm,
    *,
    is_first: bool = False,
    is_shown_only: bool = False,
) -> str:
    """Return the page of a step; the first one says what this is about, and may have no button."""
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
        **frame_of_steps(here, asked, leads_on=not is_shown_only),
    )


def show_private(here: Here, form: PrivateForm) -> str:
    """Return the page of private wishes."""
    return render_template(
        "mentoring/private.html", form=form, step=Step.PRIVATE, **frame_of_steps(here, Step.PRIVATE)
    )


def show_groups(form: GroupsForm) -> str:
    """Return the page of self-described groups."""
    return render_template(
        "mentoring/groups.html",
        form=form,
        readers_of_groups=others_who_read(Kind.SELF_DESCRIPTION),
    )


def show_check(here: Here, form: ConsentForm | None = None, *, is_refused: bool = False) -> str:
    """Return all answers with the question for consent; refused where an answer is missing."""
    said = in_words(here.answers)
    remaining = here.open_steps
    sections = [
        (TITLES[step], said.get(step), address_of(step), step in remaining, here.reaches(step))
        for step in here.setting.steps
    ]
    return render_template(
        "mentoring/check.html",
        form=form or consent_form(here),
        sections=sections,
        is_refused=is_refused,
        **frame_of_steps(here, None),
    )


def show_closed(here: Here, *, was_sent: bool) -> str:
    """Return the page that says why nothing can be written now."""
    return render_template("mentoring/closed.html", why=here.why_closed, was_sent=was_sent)


def show_signed_up(here: Here, stored: SignUp, form: ConsentForm | None = None) -> str:
    """Return the page of somebody who has signed up: what was sent, and what happens next."""
    sent = here.seated(stored.sent)
    is_asked = here.place is not None and here.place.state is not ParticipantState.WITHDRAWN
    is_asked &= here.programme is not None and here.programme.takes_sign_ups
    said = in_words(sent)
    return render_template(
        "mentoring/signed_up.html",
        here=here,
        sent=sent,
        answers=[answer for step in here.setting.steps for answer in said.get(step, ())],
        grade=where_the_grade_is(find_delivery_state(here.placement, here.person)),
        consent=(form or consent_form(here)) if is_asked else None,
        can_change=not here.why_closed and not here.is_settled,
        groups=models.find_groups(here.person) if here.setting.is_of_programme else (),
        done=request.args.get("done", ""),
        readers=readers_here(here),
        pairs=[pair for pair in own_pairs() if pair.is_at_work],
    )


def where_the_grade_is(state: DeliveryState | None) -> str | None:
    """Return `there`, `under_way` or `stuck`; None where no grade is to be sent."""
    if state is None or state is DeliveryState.LEFT_ALONE:
        return None
    if state is DeliveryState.SENT:
        return "there"
    under_way = {DeliveryState.QUEUED, DeliveryState.WAITING}
    return "under_way" if state in under_way else "stuck"
