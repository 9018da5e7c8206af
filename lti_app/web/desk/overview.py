"""What a programme's first page says: what to do next, and how many people are how far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask_babel import LazyString

from lti_app.domain.pairs import PairState
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import TRANSITIONS, Programme, Side, Step, steps_from
from lti_app.services.pairing import count_ready
from lti_app.services.programmes import standing_of
from lti_app.store.pairs import count_pairs
from lti_app.store.participants import count_states
from lti_app.web.desk.words import EFFECTS, PARTICIPANT_STATES, SHORTCOMINGS, STEPS
from lti_app.web.translation import lazy_gettext, ngettext


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


@dataclass(frozen=True)
class Task:
    """Something that waits for the programme team, and the page where it is done."""

    words: str
    verb: LazyString
    address: str


def open_tasks(programme: Programme) -> list[Task]:
    """Return what waits for the programme team, in the order of the way to a pair."""
    if not programme.pairs_people:
        return []
    people = count_states(programme.id)
    submitted = sum(people.get((side, ParticipantState.SUBMITTED), 0) for side in Side)
    waiting, mentors = (count_ready(programme, side) for side in (Side.MENTEE, Side.MENTOR))
    proposed = count_pairs(programme.id).get(PairState.PROPOSED, 0)
    tasks = (
        (
            submitted,
            ngettext(
                "%(num)d person waits for your approval.",
                "%(num)d people wait for your approval.",
                submitted,
            ),
            lazy_gettext("Approve people"),
            url_for("desk.people", programme_id=programme.id, state="submitted"),
        ),
        (
            waiting,
            ngettext(
                "%(num)d mentee waits for a mentor; mentors with a free seat: %(mentors)d.",
                "%(num)d mentees wait for a mentor; mentors with a free seat: %(mentors)d.",
                waiting,
                mentors=mentors,
            ),
            lazy_gettext("Pair people"),
            url_for("desk.pairing", programme_id=programme.id),
        ),
        (
            proposed,
            ngettext(
                "%(num)d pair is noted, and not offered yet.",
                "%(num)d pairs are noted, and not offered yet.",
                proposed,
            ),
            lazy_gettext("Send offers"),
            url_for("desk.pairs", programme_id=programme.id, state="proposed"),
        ),
    )
    return [Task(words, verb, address) for count, words, verb, address in tasks if count]


def count_people(programme_id: UUID) -> Sequence[tuple[LazyString, Mapping[Side, int]]]:
    """Return how many people of each side are in which state, in the order of the way there."""
    counts = count_states(programme_id)
    return [
        (PARTICIPANT_STATES[state], {side: counts.get((side, state), 0) for side in Side})
        for state in ParticipantState
        if any((side, state) in counts for side in Side)
    ]
