"""The room of a pair: what the two work at, and what is next; from any launch of theirs."""

from collections.abc import Collection, Iterable, Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lti_app.activity import pair_rooms
from lti_app.domain.permissions import Action, Hat, Kind, Reach, readers_of
from lti_app.domain.rooms import NextStep, OwnPair, PairCard
from lti_app.web.goals import goals_card
from lti_app.web.guards import requires
from lti_app.web.pair_visits import current_pair
from lti_app.web.translation import gettext

blueprint = Blueprint("room", __name__)

_ITS_TWO = frozenset({Reach.OWN, Reach.SELF})


@blueprint.get("/")
@requires(Action.READ, Kind.PAIR_ROOM, of=Reach.SELF)
def page() -> ResponseReturnValue:
    """Show the room: the purpose, the next step, and a card of everything that the two work at."""
    pair = current_pair()
    found = [goals_card(pair), *(one.pair_card(pair) for one in pair_rooms().values())]
    cards = sorted((card for card in found if card), key=lambda card: (card.order, card.title))
    facts = _others(Kind.PAIR_FACT, Kind.GOAL_FACT)
    return render_template(
        "pairs/room.html",
        pair=pair,
        cards=cards,
        step=_next_step(pair, cards),
        readers={
            "words": _hats(_others(Kind.PAIR_ROOM, Kind.GOAL, Kind.CHARTER)),
            "facts": _hats(one for one in facts if one[1] is not Reach.ACTIVITY),
            "of_course": _hats(one for one in facts if one[1] is Reach.ACTIVITY),
        },
    )


def _others(*kinds: Kind) -> Sequence[tuple[Hat, Reach]]:
    """Return who reads things of some kinds that are somebody else's, from the permission table."""
    readers = (one for kind in kinds for one in readers_of(kind))
    return [one for one in readers if one[1] not in _ITS_TWO]


def _hats(readers: Iterable[tuple[Hat, Reach]]) -> Collection[Hat]:
    return list(dict.fromkeys(hat for hat, _ in readers))


def _next_step(pair: OwnPair, cards: Sequence[PairCard]) -> NextStep | None:
    steps = [card.next_step for card in cards if card.next_step]
    if pair.is_at_work:
        meet = gettext("Nobody waits for anything here: arrange when you meet next.")
        steps.append(NextStep(gettext("See how to reach each other"), "pairs.mine", {}, 95, meet))
    return min(steps, key=lambda step: step.rank, default=None)
