"""Pure rules of the sign-up: who is done, and how long anybody may still sign up."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lti_app.api import Completion, Side, State

FULL_SCORE = Decimal(100)


@dataclass(frozen=True)
class Facts:
    """What the rule looks at of a sign-up; a draft has neither."""

    submitted_at: datetime | None
    consent_at: datetime | None


def completion(facts: Facts | None) -> Completion:
    """Say how far a person is.

    Args:
        facts: of their sign-up or draft; None for somebody who has stored nothing.
    """
    if facts is None:
        return Completion()
    if facts.submitted_at is None or facts.consent_at is None:
        return Completion(State.STARTED)
    return Completion(State.COMPLETED, FULL_SCORE)


def seats_of(side: Side) -> int:
    """Return how many people somebody takes on; the form does not ask, so a mentor takes one."""
    return 1 if side is Side.MENTOR else 0


def is_open(closes_at: datetime | None, at: datetime) -> bool:
    """Return whether sign-ups and changes still count; at the moment of closing they do not."""
    return closes_at is None or at < closes_at
