"""What a programme's first page says: what to do next, and how many people are how far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import LazyString

from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import TRANSITIONS, Programme, Side, Step, steps_from
from lti_app.services.programmes import standing_of
from lti_app.store.participants import count_states
from lti_app.web.desk.words import EFFECTS, PARTICIPANT_STATES, SHORTCOMINGS, STEPS


@dataclass(frozen=True)
class NextStep:
    """A step that leads on, and what is missing for it."""

    step: Step
    words: LazyString
    effect: LazyString
    missing: Sequence[LazyString]


def next_steps(programme: Programme) -> list[NextStep]:
    """Return the steps that lead on from where a programme is; the first is the usual one."""
    standing = standing_of(programme)
    return [
        NextStep(
            step=step,
            words=STEPS[step],
            effect=EFFECTS[step],
            missing=[SHORTCOMINGS[one] for one in TRANSITIONS[step].guard(standing)],
        )
        for step in steps_from(programme.state)
    ]


def count_people(programme_id: UUID) -> Sequence[tuple[LazyString, Mapping[Side, int]]]:
    """Return how many people of each side are in which state, in the order of the way there."""
    counts = count_states(programme_id)
    return [
        (PARTICIPANT_STATES[state], {side: counts.get((side, state), 0) for side in Side})
        for state in ParticipantState
        if any((side, state) in counts for side in Side)
    ]
