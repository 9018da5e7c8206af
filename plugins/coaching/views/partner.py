"""The partner's part: to read what was handed over, and to say whether that is it."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    Kind,
    current_placement,
    current_visit,
    find_people,
    requires,
)
from plugins.coaching import conversations, models, words
from plugins.coaching.forms import ConfirmForm
from plugins.coaching.models import PracticeSession
from plugins.coaching.views.blueprint import blueprint

_UNPROCESSABLE = 422


@blueprint.get("/partner/<uuid:session_id>")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def confirm(session_id: UUID) -> ResponseReturnValue:
    """Show a conversation to whoever was coached in it, and ask for their part."""
    found = conversations.find_shared(current_placement(), current_visit().person, session_id)
    return _show(found, _form_of(found))


@blueprint.post("/partner/<uuid:session_id>")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def answer(session_id: UUID) -> ResponseReturnValue:
    """Take the partner's part, once."""
    placement, person = current_placement(), current_visit().person
    found = conversations.find_shared(placement, person, session_id)
    form = _form_of(found)
    if found.answered_at is None and not form.validate():
        return _show(found, form), _UNPROCESSABLE
    conversations.answer(placement, person, session_id, form.part(found.written.summaries))
    return redirect(url_for(".confirm", session_id=session_id, done=1), 303)


def _form_of(found: PracticeSession) -> ConfirmForm:
    return ConfirmForm.about(found.written.summaries).from_request()


def _show(found: PracticeSession, form: ConfirmForm) -> str:
    coach = find_people([found.person_id]).get(found.person_id)
    return render_template(
        "coaching/confirm.html",
        session=found,
        log=found.written.without_reflection,
        form=form,
        rows=form.rows(found.written.summaries),
        coach=coach,
        answer=models.find_answer(found.id),
        done=request.args.get("done"),
        words=words,
    )
