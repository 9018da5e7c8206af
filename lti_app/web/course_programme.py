"""The instructor's page about programmes: which one the course is in, and how to get into one."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.join_codes import read_code
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import programme_courses as service
from lti_app.services.programme_courses import LONGEST_NOTE
from lti_app.web.fields import Written, one_line, tidy
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_placement, current_visit

blueprint = Blueprint("programme", __name__)

_UNPROCESSABLE = 422
_LONGEST_CODE = 40


class JoinForm(ActivityForm):
    """A code that a programme team gave."""

    code = StringField(
        lazy_gettext("Code"),
        [Written(1, _LONGEST_CODE, lazy_gettext("Please type the code."))],
        filters=[one_line],
        description=lazy_gettext("Twelve letters and digits, such as 7K4M-0QXT-93BD."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class AskForm(ActivityForm):
    """What an instructor without a code writes to the programme teams."""

    note = TextAreaField(
        lazy_gettext("What should they know?"),
        [
            Written(
                1,
                LONGEST_NOTE,
                lazy_gettext("Please say which programme you mean, and why it fits your course."),
            )
        ],
        filters=[tidy],
        description=lazy_gettext("Which programme you mean, and why it fits your course."),
        render_kw={"rows": 3},
    )


@blueprint.get("/")
@requires(Action.WRITE, Kind.ACTIVITY, of=Reach.ACTIVITY)
def course() -> ResponseReturnValue:
    """Show which programme the course is in, or the two ways into one."""
    return _page()


@blueprint.post("/join")
@requires(Action.WRITE, Kind.ACTIVITY, of=Reach.ACTIVITY)
def join() -> ResponseReturnValue:
    """Bring the course into the programme of a code."""
    form = JoinForm.from_request()
    if not form.validate():
        return _page(join_form=form), _UNPROCESSABLE
    visit = current_visit()
    try:
        service.join_by_code(
            _course_id(), visit.organisation_id, form.code.data or "", by=visit.person.id
        )
    except NotFound as error:
        if error.code != "join_code":
            raise
        form.code.errors = [_why_not(form.code.data or "")]
        return _page(join_form=form), _UNPROCESSABLE
    return redirect(url_for(".course"), 303)


@blueprint.post("/ask")
@requires(Action.WRITE, Kind.ACTIVITY, of=Reach.ACTIVITY)
def ask() -> ResponseReturnValue:
    """Ask the programme teams of the organisation to let the course in."""
    form = AskForm.from_request()
    if not form.validate():
        return _page(ask_form=form), _UNPROCESSABLE
    visit = current_visit()
    service.ask_to_join(
        _course_id(), visit.organisation_id, form.note.data or "", by=visit.person.id
    )
    return redirect(url_for(".course"), 303)


def _page(join_form: JoinForm | None = None, ask_form: AskForm | None = None) -> str:
    course_id = current_placement().course_id
    return render_template(
        "programme/course.html",
        place=service.place_of(course_id) if course_id else None,
        join_form=join_form or JoinForm(),
        ask_form=ask_form or AskForm(),
    )


def _course_id() -> UUID:
    course_id = current_placement().course_id
    if course_id is None:
        raise Conflict(detail="a link without a course")
    return course_id


def _why_not(typed: str) -> str:
    if read_code(typed) is None:
        return gettext("This is no code: it has twelve letters and digits. Please look again.")
    return gettext(
        "This code does not work: it is unknown, or it has expired. Ask the programme team for a"
        " new one."
    )
