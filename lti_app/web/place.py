"""Placing activities: an author chooses what an LMS gets links to, or what one link leads to.

Works in the LMS's own dialogue, without scripts. Whoever is sent there and may not choose, and who
changes their mind, gets back with an empty answer: nobody is left in a dead frame.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.activity import Activity, catalogue
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.linking import CourseActivity, Question
from lti_app.domain.permissions import Action, Hat, Kind, Reach, reach_of
from lti_app.domain.visit import Person, Placement
from lti_app.services import choosing
from lti_app.services.choosing import ActivitySettings
from lti_app.web.forms import FIELD
from lti_app.web.guards import requires
from lti_app.web.launch import url_for_launch
from lti_app.web.place_forms import SettingsForms
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext
from lti_app.web.visits import acting, current_visit

blueprint = Blueprint("place", __name__)

_UNPROCESSABLE = 422
#: So many activities of the course are shown before the kinds of new ones.
_SHOWN_FIRST: Final = 3


@blueprint.get("/")
@requires(Action.READ, Kind.VISIT)
def start() -> ResponseReturnValue:
    """Show what can be chosen: the course's activities, newest first, and the kinds of new ones."""
    question = _question()
    if question.answered_at is not None:
        return redirect(url_for(".show_answer" if question.settings else "visits.first_page"), 303)
    if not _may_choose():
        return make_response(render_template("place/not_allowed.html", question=question), 403)
    if question.settings and not question.settings.accepts_links:
        return render_template("place/nothing_fits.html")
    chosen = {one.id for one in question.chosen}
    others = [
        one for one in choosing.activities_of(current_visit().course_id) if one.id not in chosen
    ]
    activities = _likeliest_first(others, question)
    shows_all = "all" in request.args
    return render_template(
        "place/start.html",
        question=question,
        activities=activities if shows_all else activities[:_SHOWN_FIRST],
        more=0 if shows_all else max(0, len(activities) - _SHOWN_FIRST),
        kinds=catalogue(),
        likeliest=_likeliest(activities, question),
    )


@blueprint.get("/new/<kind>")
@requires(Action.READ, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def new(kind: str) -> ResponseReturnValue:
    """Ask for the settings of a new activity."""
    forms = _forms(_kind(kind), None)
    return _show_forms(forms, None)


@blueprint.post("/new/<kind>")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def make(kind: str) -> ResponseReturnValue:
    """Make a new activity and choose it, or show first what learners will see."""
    forms = _forms(_kind(kind), None)
    read = forms.read(None)
    if read is None:
        return _show_forms(forms, None), _UNPROCESSABLE
    if "preview" in request.form:
        return _preview(forms.kind, read)
    if "edit" in request.form:
        return _show_forms(forms, None)
    return _go_on(choosing.make_activity(current_visit(), forms.kind, read))


@blueprint.get("/activity/<uuid:activity_id>")
@requires(Action.READ, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def change(activity_id: UUID) -> ResponseReturnValue:
    """Show the settings of an activity of the course."""
    stored = choosing.find_activity(current_visit(), activity_id)
    return _show_forms(_forms(_kind(stored.kind), stored), stored)


@blueprint.post("/activity/<uuid:activity_id>")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def save(activity_id: UUID) -> ResponseReturnValue:
    """Change an activity of the course and choose it, or show first what learners will see."""
    stored = choosing.find_activity(current_visit(), activity_id)
    forms = _forms(_kind(stored.kind), stored)
    read = forms.read(stored)
    if read is None:
        return _show_forms(forms, stored), _UNPROCESSABLE
    if "preview" in request.form:
        return _preview(forms.kind, read)
    if "edit" in request.form:
        return _show_forms(forms, stored)
    choosing.choose(current_visit(), activity_id)
    choosing.change_activity(current_visit(), activity_id, read)
    return _go_on(activity_id)


@blueprint.post("/activity/<uuid:activity_id>/again")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def link_again(activity_id: UUID) -> ResponseReturnValue:
    """Choose an activity of the course as it is."""
    choosing.choose(current_visit(), activity_id)
    return _go_on(activity_id)


@blueprint.post("/activity/<uuid:activity_id>/drop")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def drop(activity_id: UUID) -> ResponseReturnValue:
    """Take an activity out of what is chosen; it stays in the list."""
    choosing.drop(current_visit().id, activity_id)
    return redirect(url_for(".start"), 303)


@blueprint.post("/copy")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def copy() -> ResponseReturnValue:
    """Copy the settings of the activity that a copied link names, and let it lead there."""
    return _go_on(choosing.copy_offered(current_visit()))


@blueprint.post("/send")
@requires(Action.WRITE, Kind.COURSE_ACTIVITY, of=Reach.COURSE)
def send() -> ResponseReturnValue:
    """Send everything that is chosen to the LMS."""
    return _answer()


@blueprint.post("/leave")
@requires(Action.WRITE, Kind.VISIT)
def leave() -> ResponseReturnValue:
    """Go back to the LMS with nothing."""
    fault = None
    settings = _question().settings
    if settings and not settings.accepts_links:
        fault = gettext("Activities cannot be added here, because this place takes no links.")
    return _answer(nothing=True, fault=fault)


@blueprint.get("/answer")
@requires(Action.READ, Kind.VISIT)
def show_answer() -> ResponseReturnValue:
    """Post the answer to the LMS: by itself, and by a button for browsers without scripts."""
    question = _question()
    if question.settings is None or question.answer is None:
        return redirect(url_for(".start"), 303)
    if not choosing.is_answer_fresh(question):
        raise Conflict("answered", "the answer is too old")
    parts = urlsplit(question.settings.return_url)
    g.form_targets = (f"{parts.scheme}://{parts.netloc}",)
    return render_template(
        "place/answer.html",
        return_url=question.settings.return_url,
        answer=question.answer,
        count=len(question.chosen),
    )


def _question() -> Question:
    question = choosing.find_question(current_visit().id)
    if question is None:
        raise NotFound(detail="nothing to choose")
    return question


def _may_choose() -> bool:
    reach = reach_of(current_visit().hat, Action.WRITE, Kind.COURSE_ACTIVITY)
    return reach.covers(Reach.COURSE)


def _kind(key: str) -> Activity:
    kind = catalogue().get(key)
    if kind is None:
        raise NotFound(detail="no such kind of activity")
    return kind


def _likeliest(activities: Sequence[CourseActivity], question: Question) -> UUID | None:
    """Return the activity that the LMS seems to ask about: its own form has the same title."""
    title = question.settings.title if question.settings else None
    same = (one.id for one in activities if title and one.title == title)
    return next(same, None)


def _likeliest_first(
    activities: Sequence[CourseActivity], question: Question
) -> list[CourseActivity]:
    likeliest = _likeliest(activities, question)
    return sorted(activities, key=lambda one: one.id != likeliest)


def _forms(kind: Activity, stored: CourseActivity | None) -> SettingsForms:
    question = _question()
    settings, link = question.settings, question.link
    makes_column = settings is not None and settings.accepts_line_items is not False
    return SettingsForms.of_request(
        kind,
        stored,
        title=(link.title if link else None) or str(kind.title),
        asks_points=kind.is_graded and makes_column,
    )


def _show_forms(forms: SettingsForms, stored: CourseActivity | None) -> str:
    return render_template(
        "place/settings.html",
        question=_question(),
        kind=forms.kind,
        form=forms.common,
        options=forms.options,
        stored=stored,
        address=request.path,
    )


def _preview(kind: Activity, read: ActivitySettings) -> str:
    """Show the first page of a learner, with the way back to what was typed."""
    visit = current_visit()
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in {"preview", FIELD}]
    g.preview = {"sent": sent, "address": request.path, "question": _question()}
    nobody = Person(visit.id, visit.organisation_id, has_lms_name=visit.person.has_lms_name)
    placement = Placement(
        id=visit.id,
        organisation_id=visit.organisation_id,
        activity_id=visit.id,
        kind=kind.key,
        title=read.title,
        options=read.options,
        course_id=visit.course_id,
        course_title=visit.course_title,
    )
    shown = replace(visit, person=nobody, hat=Hat.PREVIEW, hats=(Hat.PREVIEW,), placement=placement)
    with acting(shown):
        return kind.preview(placement)


def _go_on(activity_id: UUID) -> ResponseReturnValue:
    """Go on from an activity that was chosen: to a further one, or to where it is wanted."""
    question = _question()
    if question.link is not None:
        choosing.use_for_link(current_visit(), activity_id)
        return redirect(url_for("visits.first_page"), 303)
    if question.takes_several and "more" in request.form:
        return redirect(url_for(".start"), 303)
    return _answer()


def _answer(*, nothing: bool = False, fault: str | None = None) -> ResponseReturnValue:
    cipher = runtime().cipher
    choosing.answer(current_visit(), cipher, url_for_launch(), nothing=nothing, fault=fault)
    return redirect(url_for(".show_answer"), 303)
