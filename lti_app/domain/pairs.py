"""How a pair comes about, goes on and ends, and what each of the two can answer to an offer.

A pair is proposed and offered by the programme team, begins when both have accepted, and can be
ended by either of the two at any time, without fault. What no row of the tables names is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lti_app.domain.participants import ParticipantState

#: For so long two people are not paired again who were a pair, or of whom one has declined.
PARTED_YEARS = 2
LONGEST_PAUSE = timedelta(weeks=8)
PAUSE_WEEKS = (1, 2, 3, 4, 6, 8)


class PairState(StrEnum):
    """How far a pair is."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACTIVE = "active"
    PAUSED = "paused"
    DECLINED = "declined"
    ENDED = "ended"


class PairStep(StrEnum):
    """What happens to a pair."""

    OFFER = "offer"
    DROP = "drop"
    START = "start"
    DECLINE = "decline"
    EXPIRE = "expire"
    PAUSE = "pause"
    RESUME = "resume"
    EXIT = "exit"
    COMPLETE = "complete"
    END = "end"


class EndKind(StrEnum):
    """How a pair ended."""

    NO_FAULT = "no_fault"
    COMPLETED = "completed"
    BY_PROGRAMME = "by_programme"


class Answer(StrEnum):
    """What one of the two says to an offer."""

    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MEET_FIRST = "meet_first"


class PartingReason(StrEnum):
    """Why somebody declines, or leaves a pair; nobody has to say."""

    TIME = "time"
    GOALS = "goals"
    TOO_CLOSE = "too_close"
    NOT_NOW = "not_now"


class EndReason(StrEnum):
    """Why the programme team ends a pair or takes an offer back."""

    LEFT = "left"
    DO_NOT_MEET = "do_not_meet"
    CONFLICT = "conflict"
    MISTAKE = "mistake"
    OTHER = "other"


@dataclass(frozen=True)
class PairTransition:
    """One step of a pair.

    Attributes:
        end_kind: how the pair has ended with it, where it ends a pair that had begun.
        parts: the two are not paired again for two years.
        counts_round: those who did their part wait with a round more.
    """

    sources: frozenset[PairState]
    target: PairState
    end_kind: EndKind | None = None
    parts: bool = False
    counts_round: bool = False


_S = PairState
_BEGUN = frozenset({_S.ACTIVE, _S.PAUSED})
_OPEN = frozenset({_S.OFFERED})
#: Step → where it leads. A step from a state that is not named is refused.
TRANSITIONS: Mapping[PairStep, PairTransition] = {
    PairStep.OFFER: PairTransition(frozenset({_S.PROPOSED}), _S.OFFERED),
    PairStep.DROP: PairTransition(
        frozenset({_S.PROPOSED, _S.OFFERED}), _S.ENDED, EndKind.BY_PROGRAMME
    ),
    PairStep.START: PairTransition(_OPEN, _S.ACTIVE),
    PairStep.DECLINE: PairTransition(_OPEN, _S.DECLINED, parts=True, counts_round=True),
    # Nobody has said no: the same two may be offered to each other again.
    PairStep.EXPIRE: PairTransition(_OPEN, _S.DECLINED, counts_round=True),
    PairStep.PAUSE: PairTransition(frozenset({_S.ACTIVE}), _S.PAUSED),
    PairStep.RESUME: PairTransition(frozenset({_S.PAUSED}), _S.ACTIVE),
    PairStep.EXIT: PairTransition(
        _BEGUN, _S.ENDED, EndKind.NO_FAULT, parts=True, counts_round=True
    ),
    PairStep.COMPLETE: PairTransition(_BEGUN, _S.ENDED, EndKind.COMPLETED, parts=True),
    PairStep.END: PairTransition(
        _BEGUN, _S.ENDED, EndKind.BY_PROGRAMME, parts=True, counts_round=True
    ),
}

#: Answer → after which answers it can be given, while the offer is open. Who has accepted may
#: think again as long as the other has not; who wants to meet first says in the end yes or no.
ANSWERS: Mapping[Answer, frozenset[Answer]] = {
    Answer.ACCEPTED: frozenset({Answer.NONE, Answer.MEET_FIRST}),
    Answer.MEET_FIRST: frozenset({Answer.NONE}),
    Answer.DECLINED: frozenset({Answer.NONE, Answer.MEET_FIRST, Answer.ACCEPTED}),
}

#: Pairs at work, or resting.
WORKING = (PairState.ACTIVE, PairState.PAUSED)
#: States in which a pair takes a mentor's seat, and one of a mentee's places.
TAKING = (PairState.OFFERED, *WORKING)
#: States before the end.
LIVE = (PairState.PROPOSED, *TAKING)


def transition_of(state: PairState, step: PairStep) -> PairTransition | None:
    """Return where a step leads from a state; None if it cannot be made there."""
    transition = TRANSITIONS[step]
    return transition if state in transition.sources else None


def parted_until(at: datetime) -> datetime:
    """Return until when two people are not paired again who part now."""
    try:
        return at.replace(year=at.year + PARTED_YEARS)
    except ValueError:  # 29 February
        return at.replace(year=at.year + PARTED_YEARS, day=28)


def can_answer(before: Answer, answer: Answer) -> bool:
    """Return whether somebody who answered `before` can answer this now, to an open offer."""
    return before in ANSWERS.get(answer, frozenset())


def may_see_contact(mine: Answer, theirs: Answer) -> bool:
    """Return whether both have shown that they want to meet: then each sees the other's address."""
    willing = {Answer.ACCEPTED, Answer.MEET_FIRST}
    return mine in willing and theirs in willing


def place_after(
    state: ParticipantState, *, working: int, offered: int, has_completed: bool = False
) -> ParticipantState:
    """Return how far somebody is by the pairs and offers that they have now.

    A mentor has several: with one pair at work they are paired, whatever becomes of the others.

    Args:
        state: before.
        working: their pairs at work or paused.
        offered: offers to them that are open.
        has_completed: what ended just now had come to its planned end.
    """
    if working:
        return ParticipantState.MATCHED
    if offered:
        return ParticipantState.OFFERED
    if state in {ParticipantState.OFFERED, ParticipantState.MATCHED}:
        return ParticipantState.DONE if has_completed else ParticipantState.WAITING
    return state
