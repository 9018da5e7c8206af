"""Answering apart: section by section, hidden from the other until both are ready."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import Action, ActivityError, Kind, NotFound, Reach, current_pair, requires
from plugins.charter import acts, words
from plugins.charter.acts import Refused, Unfinished
from plugins.charter.forms import FORMS, SectionForm
from plugins.charter.rules import Section
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here
from plugins.charter.views.page import show_page

CONFLICT, UNPROCESSABLE = 409, 422


@pair_blueprint.get("/answers/<section>")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def answer(section: str) -> ResponseReturnValue:
    """Ask for one's own answer in a section."""
    here = find_here()
    asked = asked_section(here, section)
    if not here.can_answer:
        return redirect(url_for(".page"), 303)
    if asked is Section.GOALS:
        return redirect(url_for(".goals", where="answers"), 303)
    return _show(here, asked, FORMS[asked].ask(here.my_answers, here.setting))


@pair_blueprint.post("/answers/<section>")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def save_answer(section: str) -> ResponseReturnValue:
    """Keep one's own answer in a section, and go on to the next one."""
    here = find_here()
    asked = asked_section(here, section)
    if asked is Section.GOALS:
        raise NotFound(detail="goals have pages of their own")
    form = FORMS[asked].ask(here.my_answers, here.setting)
    if not here.can_answer:
        return show_page(here, refused="not_now"), CONFLICT
    if not form.validate():
        return _show(here, asked, form), UNPROCESSABLE
    refusal = attempt(lambda: acts.save_answers(here.pair, form.take))
    if refusal is not None:
        return refusal
    following = _after(here, asked)
    if following is None:
        return redirect(url_for(".page", done="saved"), 303)
    return redirect(url_for(".answer", section=following), 303)


@pair_blueprint.post("/ready")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def ready() -> ResponseReturnValue:
    """Mark one's own answers as ready, or go on with them."""
    pair = current_pair()
    does = {"ready": acts.set_ready, "back": acts.take_back_ready}
    act = request.form.get("act", "")
    if act not in does:
        raise ActivityError("malformed", "act")
    refusal = attempt(lambda: does[act](pair))
    return refusal or redirect(url_for(".page", done=act), 303)


def attempt(act: Callable[[], object]) -> ResponseReturnValue | None:
    """Do something; returns the page that says why not, or None where it is done."""
    try:
        act()
    except Refused as refused:
        return show_page(find_here(), refused=refused.why), CONFLICT
    except Unfinished as unfinished:
        return show_page(find_here(), unfinished=unfinished), UNPROCESSABLE
    return None


def asked_section(here: Here, name: str) -> Section:
    """Return a section that the charter holds.

    Raises:
        NotFound: it holds none of this name.
    """
    for section in here.sections:
        if section.value == name:
            return section
    raise NotFound(detail="no such section")


def _after(here: Here, done: Section) -> Section | None:
    """Return the section after one; None after the last one."""
    following = here.sections[here.sections.index(done) + 1 :]
    return following[0] if following else None


def _show(here: Here, section: Section, form: SectionForm) -> str:
    return render_template(
        "charter/section.html",
        here=here,
        section=section,
        said_here=words.said_of(here.my_answers, section),
        form=form,
        number=here.sections.index(section) + 1,
        is_apart=True,
        clash=None,
        mine=None,
        theirs=None,
        address=url_for(".save_answer", section=section),
    )
