"""What happens by itself: answers are shown, people are reminded, own parts are granted."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from lti_app.api import ActivityError, PairAtWork, PairState, find_programme, lock_pair, now
from plugins.charter import acts, models, notices, rules, waiting
from plugins.charter.acts import Held

#: Work of a pair that pauses is looked at again after so long.
_PAUSE = rules.BETWEEN_REMINDERS


def do(at: datetime, limit: int) -> int:
    """Do what is due at the charters of pairs, at so many of them at most; returns at how many.

    All pairs are locked before anything is changed, in the order of their ids: then nobody who
    changes one of them holds what this waits for.
    """
    found = models.list_due(at, limit)
    for pair in list(_locked(found)):
        _do(pair, at)
    return len(found)


def do_after_pause(pair_id: UUID) -> None:
    """Do what is due at the charter of a pair that goes on, in the transaction that lets it.

    Otherwise one of the two could put everything off for ever, with a pause after each pause.
    """
    if models.find_charter(pair_id) is not None:
        _do(lock_pair(pair_id), now())


def _locked(pairs: Iterable[UUID]) -> Iterable[PairAtWork]:
    for pair_id in pairs:
        try:
            yield lock_pair(pair_id)
        except ActivityError:
            # It has ended meanwhile: nothing is due there any more.
            acts.close_with_pair(pair_id)


def _do(pair: PairAtWork, at: datetime) -> None:
    held = acts.held_of(find_programme(pair.programme_id), pair)
    if pair.state is PairState.PAUSED:
        held.row.due_at = at + _PAUSE
        return
    acts.reveal_if_due(held)
    _remind(held, at)
    _tell_reviews(held, at)
    acts.settle(held)


def _remind(held: Held, at: datetime) -> None:
    row = held.row
    since, reminders = waiting.turn_of(held)
    due_at = rules.next_reminder(since, reminders, row.reminded_at)
    waited_for = acts.whom_to_remind(held.standing)
    if due_at is None or at < due_at or not waited_for:
        return
    row.reminders, row.reminded_at = row.reminders + 1, at
    notices.tell(held, waited_for, notices.REMINDER)


def _tell_reviews(held: Held, at: datetime) -> None:
    for review in models.list_reviews(held.pair.id):
        if review.told_at is None and review.done_at is None and review.due_at <= at:
            review.told_at = at
            notices.tell_of_review(held, review.due_on)
