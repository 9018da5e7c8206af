"""What somebody can do once they have signed up: agree anew, rest, leave, describe themselves."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    Kind,
    NotFound,
    Reach,
    confirm_consent,
    pause_participation,
    requires,
    resume_participation,
    withdraw_participation,
)
from plugins.mentoring import models
from plugins.mentoring.forms import (
    GroupsForm,
)
from plugins.mentoring.views.blueprint import blueprint
from plugins.mentoring.views.here import find_here
from plugins.mentoring.views.shown import consent_form, show_groups, show_signed_up

_UNPROCESSABLE = 422


@blueprint.post("/consent")
@requires(Action.WRITE, Kind.SIGN_UP)
def agree() -> ResponseReturnValue:
    """Note that somebody agreed to a programme's text that has changed since they signed up."""
    here = find_here()
    form = consent_form(here)
    if here.programme is None or here.place is None or here.stored is None or form is None:
        return redirect(url_for(".sign_up"), 303)
    if form.refuse_old_text(here.consent_version) or not form.validate():
        return show_signed_up(here, here.stored, form), _UNPROCESSABLE
    confirm_consent(here.programme.id, here.person.id, here.programme.consent_version)
    return redirect(url_for(".sign_up", done="agreed"), 303)


@blueprint.post("/place")
@requires(Action.WRITE, Kind.PARTICIPANT, of=Reach.SELF)
def change_place() -> ResponseReturnValue:
    """Let somebody rest, go on, or leave the programme."""
    here = find_here()
    acts = {
        "pause": pause_participation,
        "resume": resume_participation,
        "withdraw": withdraw_participation,
    }
    wanted = request.form.get("act", "")
    if wanted not in acts:
        raise ActivityError("malformed", "act")
    if here.programme is None:
        raise NotFound(detail="an activity in no programme")
    acts[wanted](here.programme.id, here.person.id, by=here.person.id)
    return redirect(url_for(".sign_up", done=wanted), 303)


@blueprint.get("/groups")
@requires(Action.READ, Kind.SELF_DESCRIPTION)
def groups() -> ResponseReturnValue:
    """Show to which groups somebody counts themselves, if they like."""
    here = find_here()
    if not here.setting.is_of_programme:
        return redirect(url_for(".sign_up"), 303)
    return show_groups(GroupsForm.from_request({"groups": models.find_groups(here.person)}))


@blueprint.post("/groups")
@requires(Action.WRITE, Kind.SELF_DESCRIPTION)
def save_groups() -> ResponseReturnValue:
    """Keep to which groups somebody counts themselves."""
    here = find_here()
    form = GroupsForm.from_request()
    if not here.setting.is_of_programme:
        return redirect(url_for(".sign_up"), 303)
    if not form.validate():
        return show_groups(form), _UNPROCESSABLE
    models.set_groups(here.person, form.groups.data or [])
    return redirect(url_for(".sign_up", done="groups"), 303)
