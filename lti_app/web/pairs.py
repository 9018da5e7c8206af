"""A person's own offers and pairs: answered, rested, ended; from any launch of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.fitting import reasons_to_show
from lti_app.domain.pairs import PAUSE_WEEKS, WORKING, Answer, PairState, PartingReason
from lti_app.domain.participants import MOST_SEATS, ParticipantState
from lti_app.domain.permissions import Action, Hat, Kind, Reach, readers_of
from lti_app.services import pair_lists as lists
from lti_app.services import pairs as service
from lti_app.services.pair_lists import MyPair
from lti_app.services.pairing import points_between
from lti_app.web.guards import requires
from lti_app.web.pair_words import END_KINDS, PARTING_REASONS, Reader, Told, in_words
from lti_app.web.translation import lazy_gettext, ngettext
from lti_app.web.visits import current_visit

blueprint = Blueprint("pairs", __name__)

#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, LazyString]] = {
    Answer.ACCEPTED: lazy_gettext("You have accepted."),
    Answer.DECLINED: lazy_gettext(
        "You have declined. The other person reads that it will not become a pair, and nothing"
        " else. You wait for another offer."
    ),
    Answer.MEET_FIRST: lazy_gettext("The other person is told that you would like to meet first."),
    "pause": lazy_gettext("Your pair pauses. The other person is told."),
    "resume": lazy_gettext("Your pair goes on. The other person is told."),
    "leave": lazy_gettext("Your pair has ended. The other person is told; you wait for another."),
    "seats": lazy_gettext("Saved."),
}

#: How far somebody is → what it means for them.
STANDS: Final[Mapping[ParticipantState, LazyString]] = {
    ParticipantState.DRAFT: lazy_gettext("Your sign-up was sent back to you: please change it."),
    ParticipantState.SUBMITTED: lazy_gettext("The programme team looks at your sign-up."),
    ParticipantState.APPROVED: lazy_gettext(
        "You can be paired. You are told as soon as there is an offer."
    ),
    ParticipantState.OFFERED: lazy_gettext("There is an open offer."),
    ParticipantState.MATCHED: lazy_gettext("You are paired."),
    ParticipantState.WAITING: lazy_gettext(
        "You are on the waiting list, among the first. You are told as soon as there is an offer."
    ),
    ParticipantState.PAUSED: lazy_gettext("You pause: nobody is offered to you."),
    ParticipantState.WITHDRAWN: lazy_gettext("You have left the programme."),
    ParticipantState.DONE: lazy_gettext("You are done. Thank you for taking part."),
}


@dataclass(frozen=True)
class Shown:
    """A pair or an offer with the reasons for it, in the reader's words."""

    pair: MyPair
    reasons: tuple[Told, ...]
    caution: Told | None


@blueprint.get("/")
@requires(Action.READ, Kind.OFFER, of=Reach.SELF)
def mine() -> ResponseReturnValue:
    """Show somebody their offers, their pairs, and how they stand in each programme."""
    person_id = current_visit().person.id
    pairs = lists.list_mine(person_id)
    return render_template(
        "pairs/mine.html",
        offers=[_shown(one) for one in pairs if one.state is PairState.OFFERED],
        working=[_shown(one) for one in pairs if one.state in WORKING],
        former=[one for one in pairs if one.state not in {PairState.OFFERED, *WORKING}],
        places=lists.list_places(person_id),
        stands=STANDS,
        end_kinds=END_KINDS,
        reasons=PARTING_REASONS,
        pauses={weeks: ngettext("%(num)d week", "%(num)d weeks", weeks) for weeks in PAUSE_WEEKS},
        seats=range(MOST_SEATS + 1),
        readers=_readers(),
        done=DONE.get(request.args.get("done", "")),
    )


@blueprint.post("/<uuid:pair_id>/answer")
@requires(Action.WRITE, Kind.OFFER, of=Reach.SELF)
def answer(pair_id: UUID) -> ResponseReturnValue:
    """Take an answer to an offer."""
    given = request.form.get("answer", "")
    if given not in {Answer.ACCEPTED, Answer.DECLINED, Answer.MEET_FIRST}:
        raise MalformedRequest(detail="answer")
    service.answer(pair_id, current_visit().person.id, Answer(given), _reason())
    return _back(given)


@blueprint.post("/<uuid:pair_id>/pause")
@requires(Action.WRITE, Kind.PAIR_FACT, of=Reach.SELF)
def pause(pair_id: UUID) -> ResponseReturnValue:
    """Let a pair rest for some weeks."""
    service.pause(pair_id, current_visit().person.id, request.form.get("weeks", 0, type=int))
    return _back("pause")


@blueprint.post("/<uuid:pair_id>/resume")
@requires(Action.WRITE, Kind.PAIR_FACT, of=Reach.SELF)
def resume(pair_id: UUID) -> ResponseReturnValue:
    """Let a pair go on before the pause is over."""
    service.resume(pair_id, current_visit().person.id)
    return _back("resume")


@blueprint.post("/<uuid:pair_id>/leave")
@requires(Action.WRITE, Kind.PAIR_FACT, of=Reach.SELF)
def leave(pair_id: UUID) -> ResponseReturnValue:
    """End a pair, without fault."""
    service.leave(pair_id, current_visit().person.id, _reason())
    return _back("leave")


@blueprint.post("/seats/<uuid:programme_id>")
@requires(Action.WRITE, Kind.PARTICIPANT, of=Reach.SELF)
def seats(programme_id: UUID) -> ResponseReturnValue:
    """Change how many mentees the reader takes at a time."""
    person_id = current_visit().person.id
    count = request.form.get("seats", -1, type=int)
    service.set_seats(programme_id, person_id, count, by=person_id)
    return _back("seats")


def _readers() -> Mapping[str, Sequence[tuple[Hat, Reach]]]:
    """Return who else may read of a pair, of a course only where a programme lets them."""
    own = {Reach.OWN, Reach.SELF}
    facts = [one for one in readers_of(Kind.PAIR_FACT) if one[1] not in own]
    return {
        "pairs": [one for one in facts if one[1] is not Reach.ACTIVITY],
        "of_course": [one for one in facts if one[1] is Reach.ACTIVITY],
        "answers": [one for one in readers_of(Kind.OFFER) if one[1] not in own],
    }


def _shown(pair: MyPair) -> Shown:
    reader = current_visit().person
    mentee_id, mentor_id = pair.person_ids(reader.id)
    points = points_between(pair.programme, mentee_id, mentor_id, reader.time_zone or "UTC")
    reasons, caution = reasons_to_show(points)
    words = Reader(pair.side.value)
    return Shown(
        pair,
        tuple(in_words(reasons, words)),
        in_words([caution], words)[0] if caution else None,
    )


def _reason() -> PartingReason | None:
    given = request.form.get("reason", "")
    if not given:
        return None
    try:
        return PartingReason(given)
    except ValueError as error:
        raise MalformedRequest(detail="reason") from error


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for(".mine", done=done), 303)
