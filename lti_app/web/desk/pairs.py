"""The pairs of a programme at the desk: all of them, how far each is, and what is done with one."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import SelectField
from wtforms.validators import InputRequired

from lti_app.domain.errors import Conflict, MalformedRequest
from lti_app.domain.pairs import EndReason, PairState
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.programmes import EDITABLE
from lti_app.services import pair_lists as lists
from lti_app.services import pairs as service
from lti_app.services.facts import facts_in_words
from lti_app.services.goals import count_goals
from lti_app.services.pair_lists import WantedPairs
from lti_app.services.pairs import KeptApart
from lti_app.services.programmes import find_programme
from lti_app.web.desk.frame import CONFLICT, UNPROCESSABLE, blueprint, programme_page
from lti_app.web.desk.pairing import search_of_request
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.pair_words import (
    ANSWERS,
    END_KINDS,
    END_REASONS,
    OVERRIDES,
    PAIR_STATES,
    PARTING_REASONS,
    obstacle_in_words,
)
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_visit

#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, LazyString]] = {
    "offer": lazy_gettext("Offered: both are told, and answer by themselves."),
    "propose": lazy_gettext("Noted. Nobody is told before you send the offer."),
    "end": lazy_gettext("Done. Whoever knew of it is told."),
}


#: Code of why a pair ended, whoever gave it → words.
_REASONS: Final[Mapping[str, LazyString]] = {
    **{reason.value: words for reason, words in END_REASONS.items()},
    **{reason.value: words for reason, words in PARTING_REASONS.items()},
}


class EndForm(ActivityForm):
    """Why the programme team ends a pair, or takes an offer back."""

    reason = SelectField(
        lazy_gettext("Why?"),
        [InputRequired(lazy_gettext("Please choose a reason."))],
        choices=lambda: {
            "": gettext("Choose a reason"),
            **{reason.value: str(words) for reason, words in END_REASONS.items()},
        },
        description=lazy_gettext("It is kept with the pair; the two do not read it."),
    )


@blueprint.get("/programmes/<uuid:programme_id>/pairs")
@requires(Action.READ, Kind.PAIR_FACT, of=Reach.PROGRAMME)
def pairs(programme_id: UUID) -> ResponseReturnValue:
    """Show all pairs and offers, narrowed and searched, in pages."""
    state = request.args.get("state", "")
    wanted = WantedPairs(
        state=PairState(state) if state in {*PairState} else None, search=search_of_request()
    )
    return programme_page(
        "desk/pairs.html",
        find_programme(programme_id),
        found=lists.list_pairs(programme_id, wanted, request.args.get("page", 1, type=int)),
        wanted=wanted,
        states=PAIR_STATES,
        answers=ANSWERS,
        end_kinds=END_KINDS,
    )


@blueprint.get("/programmes/<uuid:programme_id>/pairs/<uuid:pair_id>")
@requires(Action.READ, Kind.PAIR_FACT, of=Reach.PROGRAMME)
def pair(programme_id: UUID, pair_id: UUID) -> ResponseReturnValue:
    """Show one pair: who, how far, what was answered, what can be done."""
    return _page(programme_id, pair_id, EndForm())


@blueprint.post("/programmes/<uuid:programme_id>/pairs/<uuid:pair_id>")
@requires(Action.WRITE, Kind.PAIR_FACT, of=Reach.PROGRAMME)
def move_pair(programme_id: UUID, pair_id: UUID) -> ResponseReturnValue:
    """Offer what was proposed, end a pair, or take an offer back."""
    if find_programme(programme_id).state not in EDITABLE:
        raise Conflict(detail="programme is in the archive")
    act, by = request.form.get("act", ""), current_visit().person.id
    if act == "offer":
        try:
            service.offer(programme_id, pair_id, by=by)
        except KeptApart as apart:
            reasons = [obstacle_in_words(reason) for reason in apart.reasons]
            return _page(programme_id, pair_id, EndForm(), refused=reasons), CONFLICT
    elif act == "end":
        form = EndForm.from_request()
        if not form.validate():
            return _page(programme_id, pair_id, form), UNPROCESSABLE
        service.end(programme_id, pair_id, EndReason(form.reason.data), by=by)
    else:
        raise MalformedRequest(detail="act")
    return redirect(url_for(".pair", programme_id=programme_id, pair_id=pair_id, done=act), 303)


def _page(
    programme_id: UUID, pair_id: UUID, form: EndForm, *, refused: list[str] | None = None
) -> str:
    programme = find_programme(programme_id)
    return programme_page(
        "desk/pair.html",
        programme,
        found=lists.find_pair(programme_id, pair_id),
        form=form,
        refused=refused or [],
        can_act=programme.state in EDITABLE,
        states=PAIR_STATES,
        answers=ANSWERS,
        end_kinds=END_KINDS,
        reasons=_REASONS,
        overrides=OVERRIDES,
        goals=count_goals([pair_id]).get(pair_id),
        facts=facts_in_words(pair_id),
        done=DONE.get(request.args.get("done", "")),
    )
