"""Pure rules of a practice: states of a session, and who is done with how many points."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from lti_app.api import ActivityError, Completion, State
from plugins.coaching.options import Terms

#: After so many days without an answer the coach keeps their own part.
DAYS_TO_CONFIRM = 7
#: On the way there the partner is reminded after so many days.
DAYS_TO_REMINDER = 4
#: After so many days in which somebody could do nothing but wait, the rest is granted to them.
DAYS_TO_OWN_PART = 14
#: So long after the close it is looked who could not do more; what was handed over last lapses
#: meanwhile.
DAYS_AFTER_CLOSE = 30
SHORTEST_REFLECTION = 40
FULL = Fraction(100)
#: Component → its share of what the rubric leaves; with the usual rubric of 20 these are points.
WEIGHTS: Final[Mapping[str, int]] = {
    "coach": 40,
    "partner": 20,
    "reflection": 10,
    "preparation": 10,
}


class SessionState(StrEnum):
    """How far a session is."""

    PLANNED = "planned"
    LOGGED = "logged"
    AWAITING = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    RELEASED = "released"
    MARKED = "marked"
    DONE = "done"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What happens to a session."""

    SAVE = "save"
    HAND_OVER = "hand_over"
    ANSWER = "answer"
    LAPSE = "lapse"
    RELEASE = "release"
    MARK = "mark"
    PUBLISH = "publish"
    CANCEL = "cancel"


#: State and event → next state; what is not named is refused.
_NEXT: Final[Mapping[tuple[SessionState, Event], SessionState]] = {
    (SessionState.PLANNED, Event.SAVE): SessionState.LOGGED,
    (SessionState.LOGGED, Event.SAVE): SessionState.LOGGED,
    (SessionState.LOGGED, Event.HAND_OVER): SessionState.AWAITING,
    (SessionState.AWAITING, Event.ANSWER): SessionState.CONFIRMED,
    (SessionState.AWAITING, Event.LAPSE): SessionState.UNCONFIRMED,
    (SessionState.UNCONFIRMED, Event.ANSWER): SessionState.CONFIRMED,
    (SessionState.CONFIRMED, Event.RELEASE): SessionState.RELEASED,
    (SessionState.UNCONFIRMED, Event.RELEASE): SessionState.RELEASED,
    # Who answers late helps themselves; what was released stays as it was.
    (SessionState.RELEASED, Event.ANSWER): SessionState.RELEASED,
    (SessionState.MARKED, Event.ANSWER): SessionState.MARKED,
    (SessionState.DONE, Event.ANSWER): SessionState.DONE,
    (SessionState.RELEASED, Event.MARK): SessionState.MARKED,
    (SessionState.MARKED, Event.MARK): SessionState.MARKED,
    (SessionState.MARKED, Event.PUBLISH): SessionState.DONE,
    (SessionState.DONE, Event.MARK): SessionState.MARKED,
    (SessionState.DONE, Event.PUBLISH): SessionState.DONE,
    (SessionState.PLANNED, Event.CANCEL): SessionState.CANCELLED,
    (SessionState.LOGGED, Event.CANCEL): SessionState.CANCELLED,
    (SessionState.AWAITING, Event.CANCEL): SessionState.CANCELLED,
    (SessionState.CONFIRMED, Event.CANCEL): SessionState.CANCELLED,
    (SessionState.UNCONFIRMED, Event.CANCEL): SessionState.CANCELLED,
}

#: States in which a session counts for whoever led it.
COUNTED: Final = frozenset(
    {
        SessionState.CONFIRMED,
        SessionState.UNCONFIRMED,
        SessionState.RELEASED,
        SessionState.MARKED,
        SessionState.DONE,
    }
)
#: States in which the log is nobody's but the coach's.
DRAFTS: Final = frozenset({SessionState.PLANNED, SessionState.LOGGED})
#: States that an instructor may know the words of.
RELEASED: Final = frozenset({SessionState.RELEASED, SessionState.MARKED, SessionState.DONE})


def after(state: SessionState, event: Event) -> SessionState:
    """Return the state of a session after something happened to it.

    Raises:
        ActivityError: it cannot happen in this state: code `session_moved`, status 409.
    """
    following = _NEXT.get((state, event))
    if following is None:
        raise ActivityError("session_moved", f"{event} in state {state}", status=409)
    return following


def can_happen(state: SessionState, event: Event) -> bool:
    """Return whether something can happen to a session in a state."""
    return (state, event) in _NEXT


def has_lapsed(handed_at: datetime, at: datetime) -> bool:
    """Return whether nobody answered for so long that the coach keeps their own part."""
    return at >= handed_at + timedelta(days=DAYS_TO_CONFIRM)


def is_open(terms: Terms, closes_at: datetime | None, at: datetime) -> bool:
    """Return whether work still counts, and counts already; days are those of UTC."""
    has_begun = terms.opens is None or at.date() >= terms.opens
    return has_begun and (closes_at is None or at < closes_at)


def has_closed_lately(closes_at: datetime | None, at: datetime) -> bool:
    """Return whether work counts no more, and it is not long ago that it did."""
    return closes_at is not None and closes_at <= at < closes_at + timedelta(days=DAYS_AFTER_CLOSE)


@dataclass(frozen=True)
class Facts:
    """What the rule looks at of one person's work.

    Attributes:
        has_begun: they have taken part, planned or written anything.
        coached: sessions that they led and that count (`COUNTED`).
        answered: sessions of others that they answered as the partner.
        granted: answers that nobody could give any more, because nobody handed them a session.
        reflected: sessions that they led and thought about afterwards, in writing.
        is_prepared: they wrote questions that open.
        released: sessions that they gave to the instructor.
    """

    has_begun: bool = False
    coached: int = 0
    answered: int = 0
    granted: int = 0
    reflected: int = 0
    is_prepared: bool = False
    released: int = 0


@dataclass(frozen=True)
class RubricResult:
    """What a person gave by the rubric.

    Attributes:
        points: out of 100, whatever the rubric weighs.
    """

    points: Decimal
    published_at: datetime


@dataclass(frozen=True)
class Component:
    """One part of the score.

    Attributes:
        name: `coach`, `partner`, `reflection`, `preparation` or `rubric`.
        weight: of 100 points.
        share: how much of it is reached, 0 to 1.
        done, asked: counts for people to read.
    """

    name: str
    weight: Fraction
    share: Fraction
    done: int
    asked: int

    @property
    def is_done(self) -> bool:
        """Return whether nothing of it is left to do."""
        return self.done >= self.asked


def components(
    terms: Terms, facts: Facts, rubric: RubricResult | None = None
) -> tuple[Component, ...]:
    """Return the parts of the score that this practice has, with their weights out of 100.

    A part that is not asked for leaves the sum, and the others take its place.
    """
    counts = {
        "coach": (facts.coached, terms.sessions),
        "partner": (facts.answered + facts.granted, terms.sessions if terms.is_peer else 0),
        "reflection": (facts.reflected, terms.sessions),
        "preparation": (int(facts.is_prepared), int(terms.preparation)),
    }
    asked = {name: count for name, count in counts.items() if count[1]}
    whole = sum(WEIGHTS[name] for name in asked)
    left = FULL - terms.rubric
    found = [
        Component(name, left * WEIGHTS[name] / whole, _share(done, of), min(done, of), of)
        for name, (done, of) in asked.items()
    ]
    if terms.rubric:
        reached = Fraction(rubric.points) / 100 if rubric else Fraction(0)
        found.append(
            Component("rubric", Fraction(terms.rubric), reached, int(rubric is not None), 1)
        )
    return tuple(found)


def completion(terms: Terms, facts: Facts, rubric: RubricResult | None = None) -> Completion:
    """Say how far a person is.

    Somebody is complete when everything that is asked is done and, where a rubric counts, a person
    has published the result. Before that they are at most "submitted", and nothing is sent.

    Args:
        terms: what is asked.
        facts: what they did.
        rubric: what was published; None before that.
    """
    parts = components(terms, facts, rubric)
    score = to_score(sum((part.weight * part.share for part in parts), Fraction(0)))
    own = [part for part in parts if part.name != "rubric"]
    is_handed_in = all(part.is_done for part in own) and bool(facts.released or not terms.rubric)
    if terms.rubric and rubric is None:
        state = State.SUBMITTED if is_handed_in else _begun(facts)
        return Completion(state, score, needs_marking=is_handed_in)
    return Completion(State.COMPLETED if is_handed_in else _begun(facts), score)


def to_score(points: Fraction) -> Decimal:
    """Return points as a score, rounded half up to two places."""
    hundredths = (points * 100 * 2 + 1) // 2
    return Decimal(hundredths) / 100


def _begun(facts: Facts) -> State:
    return State.STARTED if facts.has_begun else State.NOT_STARTED


def _share(done: int, asked: int) -> Fraction:
    return Fraction(min(done, asked), asked)
