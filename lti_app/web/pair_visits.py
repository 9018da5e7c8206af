"""The pair of the current request: pages below `/v/<visit>/pairs/<pair>` are for its two alone."""

from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID

from flask import Flask, g

from lti_app.activity import pair_rooms
from lti_app.domain.rooms import OwnPair
from lti_app.domain.visit import Visit
from lti_app.services import rooms
from lti_app.web.visits import current_visit

#: Our own pages of a pair; those of activities are called `<key>_pair`.
_OURS: Final = frozenset({"room", "goals"})
_PAIR_ID: Final = "pair_id"


def current_pair() -> OwnPair:
    """Return the pair whose page this is, as the reader sees it.

    Raises:
        RuntimeError: the view is no page of a pair.
    """
    pair = current_pair_or_none()
    if pair is None:
        raise RuntimeError("this request has no pair")
    return pair


def current_pair_or_none() -> OwnPair | None:
    """Return the pair whose page this is, or None on any other page."""
    pair: OwnPair | None = g.get("pair")
    return pair


def own_pairs() -> Sequence[OwnPair]:
    """Return the reader's pairs in the programme of the launched activity, those at work first."""
    visit = current_visit()
    if visit.placement is None or visit.placement.programme_id is None:
        return ()
    return rooms.list_own_pairs(visit.person, visit.placement.programme_id)


def admit_to_pair(visit: Visit, endpoint: str) -> None:
    """Find the pair of a page that has one.

    Raises:
        NotFound: the reader is none of the two, or it has not begun.
    """
    if endpoint.split(".", maxsplit=1)[0] in pair_blueprints():
        g.pair = rooms.find_own_pair(g.pair_id, visit.person)


@cache
def pair_blueprints() -> frozenset[str]:
    """Return the names of the blueprints whose pages belong to a pair."""
    return _OURS | {f"{key}_pair" for key in pair_rooms()}


def carry_pair_in_address(app: Flask) -> None:
    """Take the pair's id out of the address of its pages, and put it into every `url_for`."""

    @app.url_value_preprocessor
    def take_out(endpoint: str | None, values: dict[str, object] | None) -> None:
        if endpoint and values and endpoint.split(".")[0] in pair_blueprints():
            g.pair_id = values.pop(_PAIR_ID)

    @app.url_defaults
    def put_in(endpoint: str, values: dict[str, object]) -> None:
        pair_id: UUID | None = g.get(_PAIR_ID)
        if pair_id and app.url_map.is_endpoint_expecting(endpoint, _PAIR_ID):
            values.setdefault(_PAIR_ID, pair_id)
