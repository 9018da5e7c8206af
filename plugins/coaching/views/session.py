"""One conversation for whoever leads it: written, handed over, thought about, released."""

from secrets import token_hex
from uuid import UUID

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    Kind,
    Person,
    current_placement,
    current_visit,
    find_people,
    format_instant,
    gettext,
    public_address,
    requires,
)
from plugins.coaching import conversations, models, outside, rules, words
from plugins.coaching.conversations import SavedElsewhere
from plugins.coaching.forms import ReflectionForm, SessionForm
from plugins.coaching.hint import LANGUAGE, find_hint
from plugins.coaching.log import Missing, from_json
from plugins.coaching.models import PracticeSession
from plugins.coaching.options import Terms
from plugins.coaching.release import PARTNER
from plugins.coaching.rules import DRAFTS
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.here import others_who_read

_UNPROCESSABLE, _CONFLICT = 422, 409
#: So many empty rows of each list come with the button for more.
_MORE_ROWS = 3


@blueprint.post("/session/begin")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def begin() -> ResponseReturnValue:
    """Begin the next conversation, or go on with the one that was begun."""
    form = "short" if request.form.get("form") == "short" else "full"
    session = conversations.begin(current_placement(), current_visit().person, form)
    return redirect(url_for(".session", session_id=session.id), 303)


@blueprint.get("/session/<uuid:session_id>")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def session(session_id: UUID) -> ResponseReturnValue:
    """Show a conversation to whoever leads it: as a form, or as it was handed over."""
    found = _find(session_id)
    if found.state in DRAFTS:
        blank = _MORE_ROWS if request.args.get("more") else 0
        return _show_form(found, SessionForm.of(found, token_hex(8), blank=blank))
    return _show_log(found, ReflectionForm.of(found))


# At an address of its own: a browser that finds no network would take one that is the page's own
# for a reload, and the way back to what was typed would be gone.
@blueprint.post("/session/<uuid:session_id>/save")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def save(session_id: UUID) -> ResponseReturnValue:
    """Keep what was written, and go where the button leads."""
    found = _find(session_id)
    form = SessionForm.of(found, "")
    wanted = request.form.get("then", "")
    if not form.validate():
        return _show_form(found, form), _UNPROCESSABLE
    form_kind = wanted if wanted in {"short", "full"} else found.form
    try:
        conversations.save(
            current_placement(), current_visit().person, session_id, form.draft(found, form_kind)
        )
    except SavedElsewhere as other:
        form.revision.data = str(other.revision)
        return _show_form(found, form, is_conflict=True), _CONFLICT
    if wanted == "hand":
        return redirect(url_for(".check", session_id=session_id), 303)
    if wanted == "home":
        return redirect(url_for(".home", done="saved"), 303)
    more = 1 if wanted == "more" else None
    return redirect(url_for(".session", session_id=session_id, more=more, saved=1), 303)


@blueprint.post("/session/<uuid:session_id>/autosave")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def autosave(session_id: UUID) -> ResponseReturnValue:
    """Keep what is being written, as it is; answers with the new revision and what to say."""
    found = _find(session_id)
    form = SessionForm.of(found, "")
    if not form.validate():
        faults = [str(fault) for field in form for fault in _faults(field.errors)]
        return jsonify(said=" ".join(faults)), _UNPROCESSABLE
    try:
        saved = conversations.save(
            current_placement(), current_visit().person, session_id, form.draft(found, found.form)
        )
    except SavedElsewhere:
        said = gettext(
            "Not saved: this conversation was changed in another window. Copy what you typed here, "
            "then reload the page."
        )
        return jsonify(said=said), _CONFLICT
    return jsonify(revision=saved.revision, said=_saved_at(saved))


@blueprint.get("/session/<uuid:session_id>/hand")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def check(session_id: UUID) -> ResponseReturnValue:
    """Show what the partner will read, or what is missing."""
    found = _find(session_id)
    if found.state not in DRAFTS:
        return redirect(url_for(".session", session_id=session_id), 303)
    return _show_check(found, conversations.still_missing(found))


@blueprint.post("/session/<uuid:session_id>/hand")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def hand_over(session_id: UUID) -> ResponseReturnValue:
    """Hand a conversation to the partner."""
    lacking = conversations.hand_over(current_placement(), current_visit().person, session_id)
    if lacking:
        return _show_check(_find(session_id), lacking), _UNPROCESSABLE
    return redirect(url_for(".session", session_id=session_id, done="handed"), 303)


@blueprint.post("/session/<uuid:session_id>/link")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def make_link(session_id: UUID) -> ResponseReturnValue:
    """Make the link for a team member; it is shown this once, and is nowhere else in plain text."""
    found = _find(session_id)
    path = outside.make_link(found)
    if path is None:
        return redirect(url_for(".session", session_id=session_id), 303)
    return render_template("coaching/link.html", session=found, address=public_address(path))


@blueprint.post("/session/<uuid:session_id>/reflection")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def reflect(session_id: UUID) -> ResponseReturnValue:
    """Keep what the coach thinks afterwards."""
    found = _find(session_id)
    form = ReflectionForm.of(found)
    if not form.validate():
        return _show_log(found, form), _UNPROCESSABLE
    reflection = form.take(found.written.reflection)
    conversations.reflect(current_placement(), current_visit().person, session_id, reflection)
    return redirect(url_for(".session", session_id=session_id, done="reflected"), 303)


@blueprint.get("/session/<uuid:session_id>/release")
@requires(Action.READ, Kind.PRACTICE_RELEASE)
def ask_release(session_id: UUID) -> ResponseReturnValue:
    """Show the copy that the instructor would get."""
    found = _find(session_id)
    if not rules.can_happen(rules.SessionState(found.state), rules.Event.RELEASE):
        return redirect(url_for(".session", session_id=session_id), 303)
    copy = conversations.copy_of(found)
    return render_template(
        "coaching/release.html",
        session=found,
        log=from_json(copy["log"]),
        answer=copy["answer"],
        partner_mark=PARTNER,
        readers=others_who_read(Kind.PRACTICE_RELEASE),
        words=words,
    )


@blueprint.post("/session/<uuid:session_id>/release")
@requires(Action.WRITE, Kind.PRACTICE_RELEASE)
def release(session_id: UUID) -> ResponseReturnValue:
    """Give the instructor the copy."""
    conversations.release(current_placement(), current_visit().person, session_id)
    return redirect(url_for(".session", session_id=session_id, done="released"), 303)


@blueprint.post("/session/<uuid:session_id>/give-up")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def give_up(session_id: UUID) -> ResponseReturnValue:
    """Withdraw a conversation that was not released."""
    conversations.give_up(current_placement(), current_visit().person, session_id)
    return redirect(url_for(".home", done="given_up"), 303)


def _find(session_id: UUID) -> PracticeSession:
    return conversations.find_own(current_placement(), current_visit().person, session_id)


def _saved_at(session: PracticeSession) -> str:
    if session.saved_at is None:
        return ""
    when = format_instant(session.saved_at, current_visit().person.time_zone)
    return gettext("Saved %(time)s.", time=when)


def _faults(errors: object) -> list[object]:
    """Return the faults of a field, those of its rows included."""
    if isinstance(errors, dict):
        return [fault for one in errors.values() for fault in _faults(one)]
    if isinstance(errors, list | tuple):
        return [fault for one in errors for fault in _faults(one)]
    return [errors] if errors else []


def _show_form(found: PracticeSession, form: SessionForm, *, is_conflict: bool = False) -> str:
    terms = Terms.of(current_placement().options)
    member = models.find_member(current_placement(), current_visit().person)
    return render_template(
        "coaching/session.html",
        session=found,
        form=form,
        terms=terms,
        prepared=member.prepared if member else [],
        partner=_partner(found),
        is_conflict=is_conflict,
        saved_words=_saved_at(found),
        was_saved=bool(request.args.get("saved")),
        faults=[fault for field in form for fault in _faults(field.errors)],
        hints=[_hint(one.text, one.tag) for one in found.written.questions],
        words=words,
    )


def _hint(question: str, tag: str) -> object | None:
    """Return what a question seems to be, in words, unless its coach has said so already."""
    hint = find_hint(question, LANGUAGE)
    return None if hint is None or hint == tag else words.TAGS[hint.value]


def _show_check(found: PracticeSession, lacking: tuple[Missing, ...]) -> str:
    return render_template(
        "coaching/check.html",
        session=found,
        log=found.written.without_reflection,
        lacking=[words.MISSING[one] for one in lacking],
        partner=_partner(found),
        terms=Terms.of(current_placement().options),
        days=rules.DAYS_TO_CONFIRM,
        words=words,
    )


def _show_log(found: PracticeSession, form: ReflectionForm) -> str:
    state = rules.SessionState(found.state)
    return render_template(
        "coaching/handed.html",
        session=found,
        log=found.written,
        form=form,
        answer=models.find_answer(found.id),
        partner=_partner(found),
        terms=Terms.of(current_placement().options),
        can_be_asked=outside.can_be_asked(found),
        can_release=rules.can_happen(state, rules.Event.RELEASE),
        can_reflect=rules.can_happen(state, rules.Event.CANCEL),
        shortest=rules.SHORTEST_REFLECTION,
        days_to_confirm=rules.DAYS_TO_CONFIRM,
        readers=others_who_read(Kind.PRACTICE_RELEASE),
        done=request.args.get("done"),
        words=words,
    )


def _partner(found: PracticeSession) -> Person | None:
    """Return who is led in a conversation, or None."""
    return find_people([found.coachee_id]).get(found.coachee_id) if found.coachee_id else None
