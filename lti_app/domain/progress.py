"""What an activity says of a person's work, and what of it reaches a gradebook."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

#: Every score of the tool is out of this; the LMS rescales to its column.
SCORE_MAXIMUM = Decimal(100)
_PLACES = Decimal("0.01")


class State(StrEnum):
    """How far a person is in an activity."""

    NOT_STARTED = "not_started"
    STARTED = "started"
    SUBMITTED = "submitted"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Completion:
    """The answer of an activity's rule for one person.

    Attributes:
        state: how far the person is.
        score: 0 to 100, rounded half up to two places, or None while there is none.
        excused: nothing is asked of the person any more; nothing is sent.
        needs_marking: a human mark is still to come.

    Raises:
        ValueError: the score is not a number from 0 to 100.
    """

    state: State = State.NOT_STARTED
    score: Decimal | None = None
    excused: bool = False
    needs_marking: bool = False

    def __post_init__(self) -> None:
        if self.score is None:
            return
        if not self.score.is_finite() or not 0 <= self.score <= SCORE_MAXIMUM:
            raise ValueError("a score is a number from 0 to 100")
        object.__setattr__(self, "score", self.score.quantize(_PLACES, ROUND_HALF_UP))


def publishable_score(
    completion: Completion, acknowledged_or_queued: Decimal | None, *, may_fall: bool = False
) -> Decimal | None:
    """Return the score to send now, or None for nothing (docs/scores.md).

    Only a completed activity is published, an automatic score never falls below what was sent
    or queued before, and an equal score is not sent again.

    Args:
        completion: what the rule says now.
        acknowledged_or_queued: the newest value of the cell's delivery, or None.
        may_fall: a person decided about this score, so that it may be lower than before.
    """
    if completion.excused or completion.needs_marking or completion.score is None:
        return None
    if completion.state is not State.COMPLETED:
        return None
    if acknowledged_or_queued is None or completion.score > acknowledged_or_queued:
        return completion.score
    return completion.score if may_fall and completion.score != acknowledged_or_queued else None
