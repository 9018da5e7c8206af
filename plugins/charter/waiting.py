"""Which of the two waits for the other: since when, and when their part waits no longer."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from lti_app.api import PairState, Side, now
from plugins.charter import notices, rules
from plugins.charter.rules import Wait

if TYPE_CHECKING:
    from plugins.charter.acts import Held


def turn_of(held: "Held") -> tuple[datetime, int]:
    """Return since when somebody is waited for, and how often they were reminded.

    Who had waited for a signature when the other opened the text again goes on from there.
    """
    row, side = held.row, _who_waits(held)
    if side is None:
        return row.since, row.reminders
    part = held.parts[side]
    return row.since - timedelta(seconds=part.waited_seconds), row.reminders + part.told_other


def note_reopened(held: "Held", side: Side) -> None:
    """Note that the other opens the text again, and keep the days that somebody has waited.

    Args:
        held: the charter, before that.
        side: who does not open it.
    """
    row, part, at = held.row, held.parts[side], now()
    if row.version:
        return
    has_waited = side is _who_waits(held)
    if part.last_reopened_at is None or at >= part.last_reopened_at + rules.BETWEEN_REOPENINGS:
        part.reopened += 1
        part.undone_since = part.undone_since or (row.since if has_waited else at)
        part.last_reopened_at = at
    # Of a pause nobody can tell who wanted it.
    if has_waited and held.pair.state is not PairState.PAUSED:
        part.waited_seconds += int((at - row.since).total_seconds())
        part.told_other += row.reminders


def end_of(held: "Held") -> datetime | None:
    """Return when the part that waits now waits no longer; None: none does, or it is granted."""
    side = _who_waits(held)
    if side is None or held.parts[side].granted_at is not None:
        return None
    return rules.own_part_at(_wait_of(held, side))


def is_over(held: "Held") -> bool:
    """Return whether a part has waited long enough that is not granted yet; never in a pause."""
    end = end_of(held)
    return end is not None and end <= now() and held.pair.state is not PairState.PAUSED


def grant(held: "Held") -> dict[UUID, datetime]:
    """Grant the part that has waited long enough, if one has.

    Returns:
        Person → when they had done what they could: when it became the other's turn, or before
        the other first opened the text again.
    """
    side = _who_waits(held)
    if side is None or not is_over(held):
        return {}
    part, turn_began = held.parts[side], held.row.since
    part.granted_at = now()
    notices.tell(held, [side], notices.OWN_PART)
    return {part.person_id: min(turn_began, part.undone_since or turn_began)}


def _who_waits(held: "Held") -> Side | None:
    """Return whose part waits for the other's; nobody's does while a version is in force."""
    return None if held.row.version else next(iter(rules.who_waits(held.standing)), None)


def _wait_of(held: "Held", side: Side) -> Wait:
    since, reminders = turn_of(held)
    part = held.parts[side]
    return Wait(since, held.row.since, reminders, part.reopened, part.undone_since)
