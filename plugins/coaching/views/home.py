"""A learner's own page: what comes next, how far they are, with whom they practise."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    Kind,
    Person,
    Placement,
    current_placement,
    current_visit,
    find_progress,
    now,
    readers_of,
    refresh_progress,
    requires,
    roster,
)
from plugins.coaching import conversations, grouping, models, outside, publishing, rules, words
from plugins.coaching.forms import PrepareForm
from plugins.coaching.options import Terms
from plugins.coaching.rules import Facts
from plugins.coaching.steps import Situation, next_step
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.here import Here, Readers, find_here, others_who_read

_UNPROCESSABLE = 422
#: More than that, and nobody finds anybody in the list.
_MOST_TO_CHOOSE = 200


@blueprint.get("/")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def home() -> ResponseReturnValue:
    """Show a learner where they are."""
    here = find_here()
    step, session_id = next_step(here.situation)
    result = publishing.results_of(here.placement.activity_id, [here.person.id])
    return render_template(
        "coaching/home.html",
        here=here,
        terms=here.terms,
        step=step,
        session_id=session_id,
        rounds=here.rounds() if here.terms.is_peer else [],
        parts=rules.components(here.terms, here.facts, result.get(here.person.id)),
        progress=find_progress(here.placement.activity_id, here.person.id),
        sums=None if here.terms.is_peer else outside.sums_of(here.placement, here.person.id),
        readers=others_who_read(Kind.PRACTICE_FACT),
        counts_readers=_who_reads_counts(here.placement),
        to_choose=_to_choose(here) if step == "choose" else [],
        days_to_confirm=rules.DAYS_TO_CONFIRM,
        days_to_own_part=rules.DAYS_TO_OWN_PART,
        words=words,
        is_shown_only=False,
        done=request.args.get("done"),
    )


def preview(placement: Placement) -> str:
    """Return the first page as it will be, with nothing to send."""
    terms = Terms.of(placement.options)
    step, _ = next_step(Situation(terms, Facts(), is_grouped=not terms.is_peer))
    return render_template(
        "coaching/home.html",
        here=None,
        terms=terms,
        step=step,
        session_id=None,
        rounds=[],
        parts=rules.components(terms, Facts()),
        progress=None,
        readers=others_who_read(Kind.PRACTICE_FACT),
        counts_readers=_who_reads_counts(placement),
        to_choose=[],
        days_to_confirm=rules.DAYS_TO_CONFIRM,
        days_to_own_part=rules.DAYS_TO_OWN_PART,
        words=words,
        is_shown_only=True,
        done=None,
    )


@blueprint.post("/join")
@requires(Action.WRITE, Kind.PRACTICE_GROUP)
def join() -> ResponseReturnValue:
    """Let somebody take part, so that they get somebody to practise with."""
    placement, person = current_placement(), current_visit().person
    conversations.check_open(placement)
    grouping.join(placement, person)
    refresh_progress(placement, [person])
    return redirect(url_for(".home", done="joined"), 303)


@blueprint.post("/leave")
@requires(Action.WRITE, Kind.PRACTICE_GROUP)
def leave() -> ResponseReturnValue:
    """Let somebody stop; what they did stays."""
    placement, person = current_placement(), current_visit().person
    grouping.leave(placement, person)
    refresh_progress(placement, [person])
    return redirect(url_for(".home", done="left"), 303)


@blueprint.post("/partner")
@requires(Action.WRITE, Kind.PRACTICE_GROUP)
def choose_partner() -> ResponseReturnValue:
    """Let somebody choose with whom they practise, of those who have nobody in the round yet."""
    # Of two who choose somebody at the same moment, the second sees what the first has done.
    models.lock_groups(current_placement().activity_id)
    here = find_here()
    conversations.check_open(here.placement)
    chosen = request.form.get("partner", "")
    known = {str(person.id): person.id for person in _to_choose(here)}
    if here.terms.grouping != "learners" or not here.has_joined or here.next_round is None:
        raise ActivityError("malformed", "nobody is chosen here")
    if chosen not in known:
        return redirect(url_for(".home", done="taken"), 303)
    grouping.seat_together(
        here.placement, here.next_round, [here.person.id, known[chosen]], "chosen"
    )
    return redirect(url_for(".home", done="chosen"), 303)


@blueprint.post("/partner/leave")
@requires(Action.WRITE, Kind.PRACTICE_GROUP)
def leave_partner() -> ResponseReturnValue:
    """Let somebody who chose, or was chosen, look for somebody else before anybody has begun."""
    here = find_here()
    if here.terms.grouping != "learners" or here.next_round is None:
        raise ActivityError("malformed", "groups are not chosen here")
    grouping.leave_group(here.placement, here.person, here.next_round)
    return redirect(url_for(".home", done="free"), 303)


@blueprint.get("/prepare")
@requires(Action.READ, Kind.PRACTICE_SESSION)
def prepare() -> ResponseReturnValue:
    """Ask for three questions that open."""
    here = find_here()
    form = PrepareForm.of(here.member.prepared if here.member else [])
    return render_template("coaching/prepare.html", form=form, terms=here.terms)


@blueprint.post("/prepare")
@requires(Action.WRITE, Kind.PRACTICE_SESSION)
def save_preparation() -> ResponseReturnValue:
    """Keep the questions; nobody else reads them."""
    placement, person = current_placement(), current_visit().person
    form = PrepareForm.of([])
    if not form.validate():
        page = render_template(
            "coaching/prepare.html", form=form, terms=Terms.of(placement.options)
        )
        return page, _UNPROCESSABLE
    conversations.check_open(placement)
    member = models.add_member(placement, person)
    member.prepared = list(form.asked())
    member.prepared_at = member.prepared_at or now()
    refresh_progress(placement, [person])
    return redirect(url_for(".home", done="prepared"), 303)


def _to_choose(here: Here) -> list[Person]:
    """Return those who take part and sit in no group of the learner's next round."""
    number = here.next_round
    if number is None:
        return []
    joined = {one.person_id for one in models.list_joined(here.placement.activity_id)}
    sitting = {
        one
        for group in models.list_groups(here.placement.activity_id, number)
        for one in group.people
    }
    free = joined - sitting - {here.person.id}
    return [one for one in roster(here.placement) if one.id in free][:_MOST_TO_CHOOSE]


def _who_reads_counts(placement: Placement) -> Readers:
    """Return who reads how many are how far, where there is a programme."""
    return readers_of(Kind.COMPLETION_COUNT) if placement.programme_id else ()
