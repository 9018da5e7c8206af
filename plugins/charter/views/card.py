"""What the room of a pair shows of its charter."""

from collections.abc import Callable, Mapping
from typing import Final

from lti_app.api import CardLink, NextStep, OwnPair, PairCard, format_day, gettext
from plugins.charter import models
from plugins.charter.rules import Stage, Step
from plugins.charter.views.here import Here, find_here

_PAGE: Final = "charter_pair.page"
#: Somebody waits for it; the two can do it at any time; it may wait.
_WAITED_FOR, _OPEN, _LATER = 10, 40, 90


def lines_of(here: Here) -> list[str]:
    """Return where the charter stands, in a sentence or two without a word of it."""
    standing = here.standing
    lines = [_LINES[standing.stage](here)]
    if standing.is_amending:
        lines.insert(0, gettext("Version %(number)d holds.", number=standing.version))
    return lines


def _apart(here: Here) -> str:
    if here.is_ready:
        return gettext(
            "You are ready. As soon as %(name)s is, too, you both read both.", name=here.other_name
        )
    return gettext("Each of you answers apart first; the other reads nothing of it.")


def _comparing(here: Here) -> str:
    if here.standing.version:
        return gettext("You are writing the next version.")
    return gettext("Compare what you answered, and write a text that both can stand by.")


def _proposed(here: Here) -> str:
    if here.standing.by is here.side:
        return gettext("Your proposal lies before %(name)s.", name=here.other_name)
    return gettext("%(name)s has made a proposal.", name=here.other_name)


def _agreed(_: Here) -> str:
    return gettext("You agree on a text. It holds once both have signed.")


def _half_signed(here: Here) -> str:
    if here.standing.by is here.side:
        return gettext("You have signed; %(name)s has not yet.", name=here.other_name)
    return gettext("%(name)s has signed; you have not yet.", name=here.other_name)


def _active(here: Here) -> str:
    return gettext("Version %(number)d holds: both have signed.", number=here.standing.version)


def _closed(here: Here) -> str:
    if here.standing.version:
        return gettext("Closed. What you signed can still be read.")
    return gettext("Closed before both had signed.")


_LINES: Final[Mapping[Stage, Callable[[Here], str]]] = {
    Stage.APART: _apart,
    Stage.COMPARING: _comparing,
    Stage.PROPOSED: _proposed,
    Stage.AGREED: _agreed,
    Stage.HALF_SIGNED: _half_signed,
    Stage.ACTIVE: _active,
    Stage.CLOSED: _closed,
}


def next_step_of(here: Here) -> NextStep | None:
    """Return what the reader can do next, if there is anything."""
    if not here.pair.is_at_work:
        return None
    if here.can_answer:
        is_waited_for = here.standing.is_revealed or here.other_is_ready
        return NextStep(
            gettext("Answer for your charter"),
            _PAGE,
            rank=_WAITED_FOR if is_waited_for else _OPEN,
            why=gettext(
                "What are the two of you there for, how often do you meet, what is success?"
            ),
        )
    if Step.SIGN in here.can:
        why = gettext("The text is as both of you want it.")
        return NextStep(
            gettext("Sign your charter"), "charter_pair.sign", rank=_WAITED_FOR, why=why
        )
    if Step.ACCEPT in here.can:
        why = gettext("There is a proposal for your charter.")
        return NextStep(gettext("Read the proposal"), _PAGE, rank=_WAITED_FOR, why=why)
    if Step.PROPOSE in here.can and not here.standing.version:
        why = gettext("Your answers stand side by side now.")
        return NextStep(gettext("Write your charter together"), _PAGE, rank=_OPEN - 10, why=why)
    return _review_step(here)


def _review_step(here: Here) -> NextStep | None:
    due = [one for one in models.list_reviews(here.pair.id) if one.told_at and not one.done_at]
    if not due or here.standing.stage is Stage.CLOSED:
        return None
    return NextStep(
        gettext("Look at your charter again"),
        _PAGE,
        {"_anchor": "reviews"},
        rank=_LATER - 10,
        why=gettext("A review was due on %(day)s.", day=format_day(due[0].due_on)),
    )


def card_of(pair: OwnPair) -> PairCard:
    """Return the card of the charter."""
    here = find_here(pair)
    return PairCard(
        title=gettext("Your charter"),
        lines=lines_of(here),
        link=CardLink(gettext("Open the charter"), _PAGE),
        next_step=next_step_of(here),
        order=10,
    )
