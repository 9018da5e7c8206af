"""Writing the common text: both at once if they like, then proposed, countered, agreed."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import Action, ActivityError, Kind, NotFound, OwnPair, Reach, requires
from plugins.charter import acts, words
from plugins.charter.acts import Clash, Refused
from plugins.charter.forms import FORMS, SectionForm
from plugins.charter.rules import Section
from plugins.charter.terms import Terms
from plugins.charter.views.apart import CONFLICT, UNPROCESSABLE, asked_section, attempt
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here
from plugins.charter.views.page import show_page

#: Of digits in an address or a hidden field that anybody may have changed.
LONGEST_NUMBER: Final = 9


@pair_blueprint.get("/text/<section>")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def text(section: str) -> ResponseReturnValue:
    """Show a section of the common text to be written in, beside what each has answered."""
    here = find_here()
    asked = asked_section(here, section)
    if not here.may_edit:
        return redirect(url_for(".page"), 303)
    if asked is Section.GOALS:
        return redirect(url_for(".goals", where="text"), 303)
    form = FORMS[asked].ask(here.text, here.setting, here.revision_of(asked))
    return _show(here, asked, form)


@pair_blueprint.post("/text/<section>")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def save_text(section: str) -> ResponseReturnValue:
    """Keep a section of the common text; where the other was faster, both texts are shown."""
    here = find_here()
    asked = asked_section(here, section)
    if asked is Section.GOALS:
        raise NotFound(detail="goals have pages of their own")
    form = FORMS[asked].ask(here.text, here.setting)
    if not form.validate():
        return _show(here, asked, form), UNPROCESSABLE
    try:
        acts.save_text(here.pair, asked, revision_in(form), form.take)
    except Clash as clash:
        form.revision.raw_data = None
        form.revision.data = str(clash.revision)
        return _show(here, asked, form, clash=clash.text), CONFLICT
    except Refused as refused:
        return show_page(find_here(), refused=refused.why), CONFLICT
    return redirect(url_for(".page", done="saved", _anchor=asked.value), 303)


@pair_blueprint.post("/text/<section>/take")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def take_answer(section: str) -> ResponseReturnValue:
    """Begin a section of the common text with what one of the two has answered."""
    here = find_here()
    asked = asked_section(here, section)
    answers = here.my_answers if request.form.get("whose") == "mine" else here.their_answers
    if answers is None:
        raise NotFound(detail="no answers to take")
    taken: Terms = answers
    revision = request.form.get("revision", -1, type=int)
    try:
        acts.save_text(here.pair, asked, revision, lambda terms: terms.take(asked, taken))
    except (Clash, Refused):
        return show_page(find_here(), refused=acts.CHANGED), CONFLICT
    return redirect(url_for(".page", done="saved", _anchor=asked.value), 303)


@pair_blueprint.post("/step")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def step() -> ResponseReturnValue:
    """Propose, counter, agree, open the text again, change what is signed, or give that up."""
    pair = find_here().pair
    act = request.form.get("act", "")
    if act not in _STEPS:
        raise ActivityError("malformed", "act")
    refusal = attempt(lambda: _STEPS[act](pair))
    return refusal or redirect(url_for(".page", done=act), 303)


def _accept(pair: OwnPair) -> None:
    acts.accept(pair, request.form.get("seen", ""))


_STEPS: Final[Mapping[str, Callable[[OwnPair], object]]] = {
    "propose": acts.propose,
    "accept": _accept,
    "reopen": acts.reopen,
    "amend": acts.amend,
    "discard": acts.discard,
}


def revision_in(form: SectionForm) -> int:
    """Return which state of a section somebody saw when they began to write; -1: none."""
    data = form.revision.data or ""
    return int(data) if data.isascii() and data.isdigit() and len(data) < LONGEST_NUMBER else -1


def _show(here: Here, section: Section, form: SectionForm, clash: Terms | None = None) -> str:
    # Once a version is in force, what each answered before it is past.
    answered = not here.standing.version
    theirs = here.their_answers if answered else None
    return render_template(
        "charter/section.html",
        here=here,
        section=section,
        said_here=words.said_of(here.text, section),
        form=form,
        number=here.sections.index(section) + 1,
        is_apart=False,
        clash=words.said_of(clash, section) if clash is not None else None,
        mine=words.said_of(here.my_answers, section) if answered else None,
        theirs=words.said_of(theirs, section) if theirs else None,
        address=url_for(".save_text", section=section),
    )
