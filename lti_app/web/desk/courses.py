"""Which courses belong to a programme: linked here, brought in by a code, or asked for."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import SelectField

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import programme_courses as service
from lti_app.services.programmes import find_programme
from lti_app.web.desk.frame import UNPROCESSABLE, blueprint, programme_page
from lti_app.web.fields import one_line
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.translation import lazy_gettext, ngettext
from lti_app.web.visits import current_visit

_LONGEST_SEARCH = 100
#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, LazyString]] = {
    "link": lazy_gettext("The course belongs to the programme now."),
    "unlink": lazy_gettext("The course was taken out. Whoever signed up in it still takes part."),
    "revoke": lazy_gettext("The code is of no use any more. The courses that it let in stay."),
    "refuse": lazy_gettext("The instructor sees that you refused."),
}


class CodeForm(ActivityForm):
    """For how long a new code is good."""

    days = SelectField(
        lazy_gettext("How long is it good?"),
        choices=lambda: [
            (days, ngettext("%(num)d day", "%(num)d days", days)) for days in service.CODE_DAYS
        ],
        coerce=int,
        default=30,
    )


@blueprint.get("/programmes/<uuid:programme_id>/courses")
@requires(Action.READ, Kind.PROGRAMME, of=Reach.PROGRAMME)
def courses(programme_id: UUID) -> ResponseReturnValue:
    """Show the courses of a programme, and the ways in."""
    return _page(programme_id)


@blueprint.post("/programmes/<uuid:programme_id>/courses/link")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def link_course(programme_id: UUID) -> ResponseReturnValue:
    """Bring a course in."""
    service.link_course(programme_id, _course_id(), by=current_visit().person.id)
    return _back(programme_id, "link")


@blueprint.post("/programmes/<uuid:programme_id>/courses/unlink")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def unlink_course(programme_id: UUID) -> ResponseReturnValue:
    """Take a course out."""
    service.unlink_course(programme_id, _course_id(), by=current_visit().person.id)
    return _back(programme_id, "unlink")


@blueprint.post("/programmes/<uuid:programme_id>/courses/codes")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def make_code(programme_id: UUID) -> ResponseReturnValue:
    """Make a code, and show it this once."""
    form = CodeForm.from_request()
    if not form.validate():
        return _page(programme_id, form), UNPROCESSABLE
    code = service.make_code(programme_id, form.days.data, by=current_visit().person.id)
    return programme_page("desk/code.html", find_programme(programme_id), code=code)


@blueprint.post("/programmes/<uuid:programme_id>/courses/codes/<uuid:code_id>/revoke")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def revoke_code(programme_id: UUID, code_id: UUID) -> ResponseReturnValue:
    """Make a code useless."""
    service.revoke_code(programme_id, code_id, by=current_visit().person.id)
    return _back(programme_id, "revoke")


@blueprint.post("/programmes/<uuid:programme_id>/courses/requests/<uuid:request_id>")
@requires(Action.WRITE, Kind.PROGRAMME, of=Reach.PROGRAMME)
def answer_request(programme_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Let the course of a request in, or refuse it."""
    answers = {"accept": service.accept_request, "refuse": service.refuse_request}
    answer = request.form.get("answer", "")
    if answer not in answers:
        raise MalformedRequest(detail="answer")
    answers[answer](programme_id, request_id, by=current_visit().person.id)
    return _back(programme_id, "link" if answer == "accept" else "refuse")


def _page(programme_id: UUID, form: CodeForm | None = None) -> str:
    programme = find_programme(programme_id)
    search = one_line(request.args.get("q"))[:_LONGEST_SEARCH]
    linkable, pages = service.list_linkable(
        programme.organisation_id, search, request.args.get("page", 1, type=int)
    )
    return programme_page(
        "desk/courses.html",
        programme,
        linked=service.list_linked(programme_id),
        codes=service.list_codes(programme_id),
        requests=service.list_requests(programme.organisation_id),
        linkable=linkable,
        pages=pages,
        search=search,
        form=form or CodeForm(),
        done=DONE.get(request.args.get("done", "")),
    )


def _course_id() -> UUID:
    try:
        return UUID(request.form.get("course", ""))
    except ValueError as error:
        raise MalformedRequest(detail="course") from error


def _back(programme_id: UUID, done: str) -> ResponseReturnValue:
    return redirect(url_for(".courses", programme_id=programme_id, done=done), 303)
