"""Signing the agreed text: read as a whole, each goal looked at once more, then acknowledged."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import Action, ActivityForm, Kind, Reach, requires, shown_name
from plugins.charter import acts, words
from plugins.charter.forms import realistic_name, sign_form, statement_of, worth_name
from plugins.charter.rules import Step
from plugins.charter.views.apart import UNPROCESSABLE, attempt
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here


@pair_blueprint.get("/sign")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def sign() -> ResponseReturnValue:
    """Show the agreed text with the place to sign."""
    here = find_here()
    if Step.SIGN not in here.can:
        return redirect(url_for(".page"), 303)
    return _show(here, _form(here))


@pair_blueprint.post("/sign")
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def save_signature() -> ResponseReturnValue:
    """Take somebody's signature."""
    here = find_here()
    form = _form(here)
    goals = here.proposal.goals
    if Step.SIGN in here.can and form["seen"].data == here.fingerprint and not form.validate():
        return _show(here, form), UNPROCESSABLE
    refusal = attempt(
        lambda: acts.sign(
            here.pair,
            form["seen"].data or "",
            shown_name=shown_name(here.pair.me.name, here.pair.me.id),
            statement=statement_of(),
            goals=[goal.key for goal in goals],
        )
    )
    return refusal or redirect(url_for(".page", done="sign"), 303)


def _form(here: Here) -> ActivityForm:
    return sign_form(here.proposal.goals).from_request({"seen": here.fingerprint})


def _show(here: Here, form: ActivityForm) -> str:
    return render_template(
        "charter/sign.html",
        here=here,
        form=form,
        rows=words.in_words(here.proposal, here.sections),
        ticks=[
            (goal, form[realistic_name(goal)], form[worth_name(goal)])
            for goal in here.proposal.goals
        ],
        fingerprint=here.fingerprint,
    )
