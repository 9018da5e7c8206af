"""What a person may rule about one learner's part in an activity, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lti_app.domain.progress import State


class RulingKind(StrEnum):
    """What is ruled; at most one of each kind is in force for a learner."""

    #: Nothing is sent until the hold is over or undone.
    HOLD = "hold"
    #: Nothing is asked of the learner and nothing is sent; the LMS's own exemption is set there.
    EXCUSE = "excuse"
    #: The activity closes later for this learner.
    EXTEND = "extend"
    #: Send although the roster says that the learner is not active in the course.
    SEND = "send"


@dataclass(frozen=True)
class RulingFact:
    """A ruling as it is shown.

    Attributes:
        until: when a hold or an excuse ends by itself, or the learner's own close; None: for good.
        made_by: name of who ruled, or None if that person is gone or nameless.
    """

    id: UUID
    kind: RulingKind
    until: datetime | None
    made_at: datetime
    made_by: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether it still means anything; an extension does, even when it has run out."""
        if self.undone_at is not None:
            return False
        return self.kind is RulingKind.EXTEND or self.until is None or now < self.until


def close_for(closes_at: datetime | None, extended_until: datetime | None) -> datetime | None:
    """Return when an activity closes for one learner: an extension only ever moves it back."""
    if closes_at is None or extended_until is None:
        return closes_at
    return max(closes_at, extended_until)


def still_counts(stored: State, closes_at: datetime | None, at: datetime) -> bool:
    """Return whether what an activity says of a learner is still to be taken over.

    After the close nothing new counts, but what was handed in before can still be marked.
    """
    return closes_at is None or at < closes_at or stored is State.SUBMITTED
