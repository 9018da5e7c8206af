"""Who takes part in a programme, and how far each is: sign-up, approval, pause, leaving.

The words of a sign-up lie with the plugin that asked for them; its state lies here, because the
programme decides about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lti_app.domain.programmes import Side

MOST_SEATS = 5
LONGEST_NOTE = 400


class ParticipantState(StrEnum):
    """How far somebody is in one programme."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    OFFERED = "offered"
    MATCHED = "matched"
    WAITING = "waiting"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    DONE = "done"


class ParticipantStep(StrEnum):
    """What happens to somebody's place in a programme."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    PAIR_ENDED = "pair_ended"
    FINISH = "finish"


_P, _T = ParticipantStep, ParticipantState
#: Step → from which states → to which. A step from a state that is not named is refused.
TRANSITIONS: Mapping[ParticipantStep, tuple[frozenset[ParticipantState], ParticipantState]] = {
    # Who has left may sign up again; who has not been offered to anybody may change the answers,
    # which leaves them where they are (see `after_submitting`).
    _P.SUBMIT: (
        frozenset(
            {_T.DRAFT, _T.SUBMITTED, _T.APPROVED, _T.WAITING, _T.PAUSED, _T.WITHDRAWN, _T.DONE}
        ),
        _T.SUBMITTED,
    ),
    _P.APPROVE: (frozenset({_T.SUBMITTED}), _T.APPROVED),
    _P.RETURN: (frozenset({_T.SUBMITTED, _T.APPROVED, _T.WAITING, _T.PAUSED}), _T.DRAFT),
    _P.OFFER: (frozenset({_T.APPROVED, _T.WAITING}), _T.OFFERED),
    _P.ACCEPT: (frozenset({_T.OFFERED}), _T.MATCHED),
    _P.DECLINE: (frozenset({_T.OFFERED}), _T.WAITING),
    _P.PAUSE: (frozenset({_T.APPROVED, _T.WAITING}), _T.PAUSED),
    # Back to where the pause began: see `after_resuming`.
    _P.RESUME: (frozenset({_T.PAUSED}), _T.APPROVED),
    # Out of an offer or a pair one goes by the pair's own steps first.
    _P.WITHDRAW: (
        frozenset({_T.DRAFT, _T.SUBMITTED, _T.APPROVED, _T.WAITING, _T.PAUSED}),
        _T.WITHDRAWN,
    ),
    _P.PAIR_ENDED: (frozenset({_T.MATCHED}), _T.WAITING),
    _P.FINISH: (frozenset({_T.MATCHED}), _T.DONE),
}

#: States of those who were approved and have not left.
APPROVED = (
    ParticipantState.APPROVED,
    ParticipantState.OFFERED,
    ParticipantState.MATCHED,
    ParticipantState.WAITING,
)
#: States in which the answers can still be changed.
EDITABLE = TRANSITIONS[ParticipantStep.SUBMIT][0]
#: States in which somebody can be offered to somebody else.
AVAILABLE = TRANSITIONS[ParticipantStep.OFFER][0]


@dataclass(frozen=True)
class Participation:
    """One person's place in one programme.

    Attributes:
        seats: how many mentees a mentor takes at a time; 0 for a mentee.
        consent_version: of the programme's consent text that the person agreed to; None: of none,
            because they signed up before their course joined the programme.
        returned_note: what the programme team asks to be changed; empty otherwise.
        waited_rounds: offers and pairs that came to nothing without this person having left.
    """

    programme_id: UUID
    person_id: UUID
    side: Side
    state: ParticipantState
    seats: int
    consent_version: int | None
    submitted_at: datetime | None
    returned_note: str
    waited_rounds: int
    state_since: datetime

    @property
    def is_editable(self) -> bool:
        """Return whether the answers can still be changed."""
        return self.state in EDITABLE


def target_of(state: ParticipantState, step: ParticipantStep) -> ParticipantState | None:
    """Return where a step leads from a state; None if it cannot be made there."""
    sources, target = TRANSITIONS[step]
    return target if state in sources else None


def after_submitting(
    state: ParticipantState | None, *, changes_side: bool, is_approved_at_once: bool
) -> ParticipantState | None:
    """Return how far somebody is who submits their answers; None if it is too late for that.

    Args:
        state: before, or None for somebody new.
        changes_side: they take another part than before.
        is_approved_at_once: the programme approves people of their side without looking.
    """
    if state is not None and target_of(state, ParticipantStep.SUBMIT) is None:
        return None
    stays = state in {ParticipantState.APPROVED, ParticipantState.WAITING, ParticipantState.PAUSED}
    if stays and not changes_side:
        return state
    return ParticipantState.APPROVED if is_approved_at_once else ParticipantState.SUBMITTED


def after_resuming(waited_rounds: int) -> ParticipantState:
    """Return how far somebody is after a pause: where they were before it."""
    return ParticipantState.WAITING if waited_rounds else ParticipantState.APPROVED
