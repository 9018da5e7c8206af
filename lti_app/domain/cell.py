"""One gradebook cell in the outbox, and how an answer of the LMS changes it.

What a look into the LMS's gradebook means for it is told in `services/verdicts.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from lti_app.domain.delivery import (
    STATE_AFTER,
    STUCK,
    DeliveryState,
    Mandate,
    PostAnswer,
    next_attempt_at,
)


@dataclass(slots=True)
class Cell:
    """The values of a cell, named as they are stored (`store.progress.Delivery`).

    Whoever changes them has the row locked, and `store.cells` writes what was changed.
    """

    id: UUID
    activity_id: UUID | None
    lease: UUID | None
    leased_until: datetime | None
    version: int
    score: Decimal
    state: str
    due_at: datetime | None
    failures: int
    is_unanswered: bool
    posted_at: datetime | None
    acknowledged_score: Decimal | None
    acknowledged_version: int | None
    acknowledged_at: datetime | None
    answer_status: int | None
    answer_reason: str | None
    answered_at: datetime | None
    seen_score: Decimal | None
    seen_maximum: Decimal | None
    stuck_since: datetime | None
    mandate: str | None
    updated_at: datetime

    @property
    def is_first(self) -> bool:
        """Tell whether the LMS has taken nothing of ours into the cell so far."""
        return self.acknowledged_version is None

    def acknowledge(self, score: Decimal, version: int, now: datetime) -> None:
        """Note that the LMS has a value of ours; a newer one is due at once."""
        self.acknowledged_score = score
        self.acknowledged_version = version
        self.acknowledged_at = now
        self.is_unanswered = False
        self.mandate = None
        self.failures = 0
        self.stuck_since = None
        is_newest = self.version == version
        self.state = (DeliveryState.SENT if is_newest else DeliveryState.QUEUED).value
        self.due_at = None if is_newest else now

    def fail(self, answer: PostAnswer, now: datetime, random: Random) -> None:
        """Note an answer other than "accepted", and when to try again; gives the cell back."""
        self.failures += answer.is_failure
        state = STATE_AFTER[answer.outcome]
        self.state = state.value
        if state in STUCK:
            self.stuck_since = self.stuck_since or now
        self.due_at = next_attempt_at(self.failures, answer, now, random)
        self.note(answer, now)

    def hold(self, answer: PostAnswer, state: DeliveryState, now: datetime) -> None:
        """Leave the cell to people; whatever is sent later, it is looked into first."""
        self.state = state.value
        self.stuck_since = (self.stuck_since or now) if state in STUCK else None
        self.due_at = None
        self.mandate = None
        self.is_unanswered = True
        self.note(answer, now)

    def note(self, answer: PostAnswer, now: datetime) -> None:
        """Keep an answer for the page, and give the cell back."""
        self.answer_status = answer.status
        self.answer_reason = answer.reason or None
        self.answered_at = now
        self.updated_at = now
        self.let_go()

    def let_go(self) -> None:
        """Give the cell back."""
        self.lease = None
        self.leased_until = None

    def is_for(self, mandate: Mandate) -> bool:
        """Tell whether a person decided this about the next post."""
        return self.mandate == mandate.value
