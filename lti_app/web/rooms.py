"""The room of a pair: what the two work at, and what is next; from any launch of theirs."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lti_app.activity import pair_rooms
from lti_app.domain.permissions import Action, Kind, Reach, readers_of
from lti_app.domain.rooms import PairCard
from lti_app.web.goals import goals_card
from lti_app.web.guards import requires
from lti_app.web.pair_visits import current_pair

blueprint = Blueprint("room", __name__)

_OWN = frozenset({Reach.OWN, Reach.SELF})


@blueprint.get("/")
@requires(Action.READ, Kind.PAIR_ROOM, of=Reach.SELF)
def page() -> ResponseReturnValue:
    """Show the room: the purpose, the next step, and a card of everything that the two work at."""
    pair = current_pair()
    found = [goals_card(pair), *(one.pair_card(pair) for one in pair_rooms().values())]
    cards = sorted((card for card in found if card), key=lambda card: (card.order, card.title))
    return render_template(
        "pairs/room.html",
        pair=pair,
        cards=cards,
        step=_next_step(cards),
        readers=[
            one for one in readers_of(Kind.PAIR_ROOM) if one[1] not in {Reach.OWN, Reach.SELF}
        ],
    )


def _next_step(cards: list[PairCard]) -> object:
    steps = [card.next_step for card in cards if card.next_step]
    return min(steps, key=lambda step: step.rank, default=None)
