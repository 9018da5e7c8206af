"""After both have signed: versions to read and print, reviews, and the end."""

from datetime import date

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    Kind,
    NotFound,
    Reach,
    current_pair,
    goals_of,
    requires,
)
from plugins.charter import acts, models
from plugins.charter.forms import CloseForm
from plugins.charter.models import Version
from plugins.charter.pdf import to_pdf
from plugins.charter.printed import Printed, printed_of
from plugins.charter.views.apart import CONFLICT, UNPROCESSABLE, attempt
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here
from plugins.charter.views.page import may_close, show_page
from plugins.charter.views.together import LONGEST_NUMBER


@pair_blueprint.get("/versions/<int:number>")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def version(number: int) -> ResponseReturnValue:
    """Show a version that both have signed, whether or not a later one is in force."""
    here = find_here()
    return render_template("charter/version.html", here=here, printed=_printed(here, number))


@pair_blueprint.get("/versions/<int:number>/print")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def print_version(number: int) -> ResponseReturnValue:
    """Show a version as it goes on paper."""
    here = find_here()
    return render_template("charter/print.html", here=here, printed=_printed(here, number))


@pair_blueprint.get("/versions/<int:number>/pdf")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def pdf_version(number: int) -> ResponseReturnValue:
    """Hand a version out as a PDF; neither its name nor its title names anybody."""
    answer = make_response(to_pdf(_printed(find_here(), number)))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="charter-version-{number}.pdf"'
    return answer


@pair_blueprint.post("/reviews")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def hold_review() -> ResponseReturnValue:
    """Note that the two have looked at their charter again."""
    pair = current_pair()
    day = _day(request.form.get("day", ""))
    refusal = attempt(lambda: acts.hold_review(pair, day))
    return refusal or redirect(url_for(".page", done="reviewed", _anchor="reviews"), 303)


@pair_blueprint.get("/close")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def close() -> ResponseReturnValue:
    """Ask for the one line about how it ended."""
    here = find_here()
    if not may_close(here):
        return redirect(url_for(".page"), 303)
    return _show_close(here, CloseForm.from_request())


@pair_blueprint.post("/close")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def save_close() -> ResponseReturnValue:
    """Close the charter, or add one's own line to a closed one."""
    here = find_here()
    form = CloseForm.from_request()
    if not may_close(here):
        return show_page(here, refused="not_now"), CONFLICT
    if not form.validate():
        return _show_close(here, form), UNPROCESSABLE
    refusal = attempt(
        lambda: acts.close(
            here.pair,
            outcome=form.outcome.data or "",
            thanks=form.thanks.data or "",
            goes_on=bool(form.goes_on.data),
        )
    )
    return refusal or redirect(url_for(".page", done="close"), 303)


@pair_blueprint.get("/guide")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def guide() -> ResponseReturnValue:
    """Show how to prepare the first conversation, and what confidentiality means here."""
    here = find_here()
    return render_template("charter/guide.html", side=here.side.value, in_room=True)


def _show_close(here: Here, form: CloseForm) -> str:
    return render_template("charter/close.html", here=here, form=form, goals=goals_of(here.pair.id))


def _printed(here: Here, number: int) -> Printed:
    # A number that no database holds is no version either.
    is_number = number < 10**LONGEST_NUMBER
    found: Version | None = models.find_version(here.pair.id, number) if is_number else None
    if found is None:
        raise NotFound(detail="no such version")
    return printed_of(here.pair, found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ActivityError("malformed", "day") from error
