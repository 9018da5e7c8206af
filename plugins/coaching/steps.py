"""What somebody can do next in a practice: one thing, the most useful first. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from plugins.coaching.options import Terms
from plugins.coaching.rules import Facts


class Step(StrEnum):
    """What comes next."""

    NOT_OPEN = "not_open"
    CLOSED = "closed"
    ANSWER = "answer"
    PREPARE = "prepare"
    JOIN = "join"
    CHOOSE = "choose"
    WAIT_FOR_GROUP = "wait_for_group"
    GO_ON = "go_on"
    BEGIN = "begin"
    REFLECT = "reflect"
    RELEASE = "release"
    WAIT_FOR_ANSWER = "wait_for_answer"
    WAIT_FOR_COACH = "wait_for_coach"
    WAIT_FOR_MARK = "wait_for_mark"
    DONE = "done"


@dataclass(frozen=True)
class Situation:
    """What the next step depends on.

    Attributes:
        has_begun: the first day has come; `is_over`: nothing new counts any more.
        is_grouped: there is somebody to lead the next conversation with, or nobody is needed.
        draft: a session that is being written.
        to_answer: a session of a partner that waits for an answer.
        to_reflect, to_release: own sessions where that is missing.
        is_awaited: an own session waits for the partner.
        has_rounds_left: not all sessions have been begun.
        is_published: a person has published the result.
    """

    terms: Terms
    facts: Facts
    has_begun: bool = True
    is_over: bool = False
    has_joined: bool = False
    is_grouped: bool = False
    draft: UUID | None = None
    to_answer: UUID | None = None
    to_reflect: UUID | None = None
    to_release: UUID | None = None
    is_awaited: bool = False
    has_rounds_left: bool = True
    is_published: bool = False


def next_step(here: Situation) -> tuple[Step, UUID | None]:
    """Return what comes next, and which session it is about, if it is about one."""
    if not here.has_begun:
        return Step.NOT_OPEN, None
    if here.is_over:
        return Step.CLOSED, None
    before = _before_session(here)
    return _of_sessions(here) or ((before, None) if before else _to_release(here))


def _of_sessions(here: Situation) -> tuple[Step, UUID | None] | None:
    """Return what is to be done about a session that is there; somebody who waits comes first."""
    found = (
        (Step.ANSWER, here.to_answer),
        (Step.GO_ON, here.draft),
        (Step.REFLECT, here.to_reflect),
    )
    return next(((step, one) for step, one in found if one is not None), None)


def _before_session(here: Situation) -> Step | None:
    if here.terms.preparation and not here.facts.is_prepared:
        return Step.PREPARE
    if not here.has_rounds_left:
        return None
    if here.terms.is_peer and not here.has_joined:
        return Step.JOIN
    if here.is_grouped:
        return Step.BEGIN
    return Step.CHOOSE if here.terms.grouping == "learners" else Step.WAIT_FOR_GROUP


def _to_release(here: Situation) -> tuple[Step, UUID | None]:
    if here.terms.rubric and here.to_release is not None:
        return Step.RELEASE, here.to_release
    return _afterwards(here), None


def _afterwards(here: Situation) -> Step:
    if here.is_awaited:
        return Step.WAIT_FOR_ANSWER
    given = here.facts.answered + here.facts.granted
    if here.terms.is_peer and given < here.terms.sessions:
        return Step.WAIT_FOR_COACH
    if here.terms.rubric and not here.is_published:
        return Step.WAIT_FOR_MARK
    return Step.DONE
