"""Pure rules of the charter: its sections, whose turn it is, what each may do, and who is done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lti_app.api import Completion, Side, State

#: So long after the first of the two is ready, what is ready is shown to both.
REVEAL_AFTER: Final = timedelta(days=7)
#: So long after the last act that was open to somebody, the rest is no longer up to the other.
OWN_PART_AFTER: Final = timedelta(days=14)
#: Once one of the two has opened the text again on so many days, the other's part waits for nobody.
REOPENED_OFTEN: Final = 3
#: One opens a text again more than once on the way to a better one: that is not meant.
BETWEEN_REOPENINGS: Final = timedelta(days=1)
#: When whoever is waited for is told so again, counted from when it became their turn.
REMIND_AFTER: Final = (timedelta(days=5), timedelta(days=12))
REMINDERS: Final = len(REMIND_AFTER)
#: Two reminders that were late are not given in one breath.
BETWEEN_REMINDERS: Final = timedelta(days=1)
MOST_GOALS: Final = 3
#: A coaching programme works on one goal.
MOST_GOALS_OF_COACHING: Final = 1
LONGEST_WHY: Final = 400
SHORTEST_SUCCESS, LONGEST_SUCCESS = 20, 400


class Section(StrEnum):
    """A part of the charter, in the order in which it is read."""

    WHY = "why"
    GOALS = "goals"
    MEETING = "meeting"
    SUCCESS = "success"
    PREPARATION = "preparation"
    CONTACT = "contact"
    OFFERS = "offers"
    OFF_LIMITS = "off_limits"
    CONFIDENTIALITY = "confidentiality"
    REVIEWS = "reviews"
    EXIT = "exit"
    ENDING = "ending"


#: What no charter goes without: neither somebody's own answers, nor what both sign.
REQUIRED: Final = (Section.WHY, Section.GOALS, Section.MEETING, Section.SUCCESS)
#: What the author of an activity asks for besides.
OPTIONAL: Final = tuple(section for section in Section if section not in REQUIRED)
#: Of those, what an author is offered ticked.
USUAL: Final = (
    Section.PREPARATION,
    Section.CONTACT,
    Section.CONFIDENTIALITY,
    Section.REVIEWS,
    Section.EXIT,
    Section.ENDING,
)


class Stage(StrEnum):
    """How far the text is that two people work on."""

    APART = "apart"
    COMPARING = "comparing"
    PROPOSED = "proposed"
    AGREED = "agreed"
    HALF_SIGNED = "half_signed"
    ACTIVE = "active"
    CLOSED = "closed"


class Step(StrEnum):
    """What one of the two does to the text as a whole."""

    PROPOSE = "propose"
    COUNTER = "counter"
    ACCEPT = "accept"
    SIGN = "sign"
    REOPEN = "reopen"
    AMEND = "amend"
    DISCARD = "discard"
    CLOSE = "close"


class Refusal(StrEnum):
    """Why a step cannot be made."""

    #: The text is not that far, or further already.
    NOT_NOW = "not_now"
    #: It is the other one's turn.
    NOT_YOUR_TURN = "not_your_turn"
    #: Who has not answered apart neither proposes nor signs.
    NOT_READY = "not_ready"
    #: An amendment can be given up; the first charter cannot.
    NOTHING_IN_FORCE = "nothing_in_force"


@dataclass(frozen=True)
class Standing:
    """Where a charter stands.

    Attributes:
        version: which one is in force; 0: none yet. A later text changes nothing about it until
            both have signed that.
        by: who proposed, or has signed; None where neither did, or both.
        ready: who has finished answering apart.
    """

    stage: Stage = Stage.APART
    version: int = 0
    by: Side | None = None
    ready: frozenset[Side] = frozenset()

    @property
    def is_amending(self) -> bool:
        """Return whether a later text is worked on while a version is in force."""
        return self.version > 0 and self.stage not in {Stage.ACTIVE, Stage.CLOSED}

    @property
    def is_revealed(self) -> bool:
        """Return whether each may read what the other has finished answering."""
        return self.stage is not Stage.APART


@dataclass(frozen=True)
class Wait:
    """What the part of somebody waits for who has done all that is open to them.

    Attributes:
        since: since when the other is waited for; before this turn, if they have waited before.
        turn_began: when it became the other's turn; whom one waits for has a day of it.
        reminders: how many the other had since.
        reopened: on how many days the other has opened the text again.
        undone_since: since when what they opened first had been done; None: they never did.
    """

    since: datetime
    turn_began: datetime
    reminders: int = 0
    reopened: int = 0
    undone_since: datetime | None = None


@dataclass(frozen=True)
class Transition:
    """One step: from which stages, and to which.

    Attributes:
        is_answer: only who did not make the step before may make it.
        needs_ready: only who has answered apart may make it, as long as nothing is in force.
    """

    sources: frozenset[Stage]
    target: Stage
    is_answer: bool = False
    needs_ready: bool = False


_OPEN_TEXT = frozenset({Stage.COMPARING, Stage.PROPOSED, Stage.AGREED, Stage.HALF_SIGNED})
#: Step → where it leads. Of `SIGN` it is the first signature; the second one puts it in force.
TRANSITIONS: Final[Mapping[Step, Transition]] = {
    Step.PROPOSE: Transition(frozenset({Stage.COMPARING}), Stage.PROPOSED, needs_ready=True),
    Step.COUNTER: Transition(
        frozenset({Stage.PROPOSED}), Stage.PROPOSED, is_answer=True, needs_ready=True
    ),
    Step.ACCEPT: Transition(
        frozenset({Stage.PROPOSED}), Stage.AGREED, is_answer=True, needs_ready=True
    ),
    Step.SIGN: Transition(
        frozenset({Stage.AGREED, Stage.HALF_SIGNED}),
        Stage.HALF_SIGNED,
        is_answer=True,
        needs_ready=True,
    ),
    Step.REOPEN: Transition(frozenset({Stage.AGREED, Stage.HALF_SIGNED}), Stage.COMPARING),
    Step.AMEND: Transition(frozenset({Stage.ACTIVE}), Stage.COMPARING),
    Step.DISCARD: Transition(_OPEN_TEXT, Stage.ACTIVE),
    Step.CLOSE: Transition(frozenset({Stage.ACTIVE}), Stage.CLOSED),
}
#: Steps after which the charter remembers who made them.
_NOTED: Final = frozenset({Step.PROPOSE, Step.COUNTER, Step.SIGN})


def refusal(standing: Standing, step: Step, side: Side) -> Refusal | None:
    """Return why one of the two cannot make a step now; None where they can."""
    transition = TRANSITIONS[step]
    if standing.stage not in transition.sources:
        return Refusal.NOT_NOW
    if transition.is_answer and standing.by is side:
        return Refusal.NOT_YOUR_TURN
    if transition.needs_ready and not standing.version and side not in standing.ready:
        return Refusal.NOT_READY
    if step is Step.DISCARD and not standing.version:
        return Refusal.NOTHING_IN_FORCE
    return None


def after(standing: Standing, step: Step, side: Side) -> Standing:
    """Return where a charter stands once one of the two has made a step.

    Raises:
        ValueError: they cannot.
    """
    if refused := refusal(standing, step, side):
        raise ValueError(refused)
    if step is Step.SIGN and standing.stage is Stage.HALF_SIGNED:
        return replace(standing, stage=Stage.ACTIVE, version=standing.version + 1, by=None)
    by = side if step in _NOTED else None
    return replace(standing, stage=TRANSITIONS[step].target, by=by)


def is_made(standing: Standing, step: Step, side: Side) -> bool:
    """Return whether a charter stands where a step of somebody leads: they have clicked twice."""
    if standing.stage is not TRANSITIONS[step].target:
        return False
    if step in _NOTED:
        return standing.by is side
    return standing.version > 0 or step not in {Step.AMEND, Step.DISCARD}


def steps_open_to(standing: Standing, side: Side) -> frozenset[Step]:
    """Return what one of the two can do to the text now."""
    return frozenset(step for step in Step if refusal(standing, step, side) is None)


def can_answer_apart(standing: Standing, side: Side) -> bool:
    """Return whether somebody can still write, or change, their own answers.

    Who is late may do so after the other's answers are shown: without them they cannot sign.
    """
    if standing.version or standing.stage is Stage.CLOSED:
        return False
    return side not in standing.ready


def can_take_back_ready(standing: Standing, side: Side) -> bool:
    """Return whether somebody can go on with answers that they had finished."""
    return standing.stage is Stage.APART and side in standing.ready


def reveals(standing: Standing, first_ready_at: datetime | None, at: datetime) -> bool:
    """Return whether what is ready is to be shown to both now.

    Args:
        standing: of a charter.
        first_ready_at: when the first of the two was; None where neither is.
        at: now.
    """
    if standing.stage is not Stage.APART or first_ready_at is None:
        return False
    return len(standing.ready) == len(Side) or at >= first_ready_at + REVEAL_AFTER


def waits_for(standing: Standing) -> frozenset[Side]:
    """Return to whom an act is open that brings the charter on; nobody, where none is due."""
    both = frozenset(Side)
    if standing.stage is Stage.APART:
        return both - standing.ready
    if standing.stage is Stage.COMPARING and standing.version:
        return frozenset()
    if standing.stage in _OPEN_TEXT:
        return both - {standing.by}
    return frozenset()


def who_waits(standing: Standing) -> frozenset[Side]:
    """Return who has done all that is open to them, and whose part is up to the other."""
    if standing.stage not in {Stage.PROPOSED, Stage.HALF_SIGNED}:
        return frozenset()
    return frozenset(Side) - waits_for(standing)


def may_edit(standing: Standing, side: Side) -> bool:
    """Return whether somebody may write in the common text.

    While it lies before the other as a proposal, only the other may, to counter it.
    """
    if standing.stage is Stage.COMPARING:
        return True
    return standing.stage is Stage.PROPOSED and standing.by is not side


def is_hidden_counter(standing: Standing, side: Side) -> bool:
    """Return whether the other is writing a counter proposal that is not sent yet."""
    return standing.stage is Stage.PROPOSED and standing.by is side


def next_reminder(since: datetime, given: int, last_at: datetime | None) -> datetime | None:
    """Return when who is waited for is told so again; None: not any more.

    Args:
        since: when it became their turn.
        given: how many reminders they had since.
        last_at: when the last of these was.
    """
    if given >= len(REMIND_AFTER):
        return None
    at = since + REMIND_AFTER[given]
    return at if last_at is None else max(at, last_at + BETWEEN_REMINDERS)


def own_part_at(wait: Wait) -> datetime | None:
    """Return when the rest is no longer up to the other, of who waits; None: not yet foreseeable.

    That is after a fortnight and two reminders; or at once, where the other has opened the text
    again and again, a fortnight after there was something to open: then nobody has to wait, and
    nobody can be done.
    """
    ends = []
    if wait.reminders >= REMINDERS:
        ends.append(max(wait.since + OWN_PART_AFTER, wait.turn_began + BETWEEN_REMINDERS))
    if wait.undone_since is not None and wait.reopened >= REOPENED_OFTEN:
        ends.append(wait.undone_since + OWN_PART_AFTER)
    return min(ends, default=None)


def missing_sections(
    answered: Collection[Section], asked: Collection[Section]
) -> tuple[Section, ...]:
    """Return what somebody has still to answer before they are ready; the rest may stay open."""
    return tuple(section for section in REQUIRED if section in asked and section not in answered)


def sections_of(chosen: Collection[Section], *, is_coaching: bool) -> tuple[Section, ...]:
    """Return what a charter holds, in its order; a coaching programme has the short form.

    Args:
        chosen: what authors asked for besides what no charter goes without.
        is_coaching: the programme is about some sessions on one goal.
    """
    asked = REQUIRED if is_coaching else (*REQUIRED, *chosen)
    return tuple(section for section in Section if section in asked)


def most_goals(*, is_coaching: bool) -> int:
    """Return how many goals a charter holds at most."""
    return MOST_GOALS_OF_COACHING if is_coaching else MOST_GOALS


def review_days(starts_on: date, ends_on: date | None) -> tuple[date, ...]:
    """Return when two people look at their charter again: after a third, two thirds, at the end."""
    if ends_on is None or ends_on <= starts_on:
        return ()
    length = (ends_on - starts_on).days
    days = {starts_on + timedelta(days=round(length * thirds / 3)) for thirds in (1, 2, 3)}
    return tuple(sorted(days - {starts_on}))


@dataclass(frozen=True)
class Part:
    """What one of the two has done for the charter of one pair.

    Attributes:
        has_begun: they have stored anything.
        is_ready: they have answered apart.
        has_proposed: they have proposed, countered or accepted a text with a goal.
        is_signed: by both: it is, or was, in force.
        is_granted: they have done what they could, and waited long enough.
        has_ended: the pair has.
    """

    has_begun: bool = False
    is_ready: bool = False
    has_proposed: bool = False
    is_signed: bool = False
    is_granted: bool = False
    has_ended: bool = False


ANSWERED_POINTS, PROPOSED_POINTS, SIGNED_POINTS = Decimal(30), Decimal(30), Decimal(40)
FULL_SCORE: Final = Decimal(100)


def completion(parts: Sequence[Part]) -> Completion:
    """Say how far somebody is by the charters of their pairs; the best one counts.

    Args:
        parts: one a pair that has begun; none for somebody who has not been paired.
    """
    return max(map(_completion_of, parts), key=_rank, default=Completion())


def _completion_of(part: Part) -> Completion:
    if part.is_signed or part.is_granted:
        return Completion(State.COMPLETED, FULL_SCORE)
    earned = ANSWERED_POINTS * part.is_ready + PROPOSED_POINTS * part.has_proposed
    if part.has_ended:
        # What is done is kept, and the rest is not asked for any more.
        return Completion(State.COMPLETED, FULL_SCORE) if earned else Completion(excused=True)
    if not (part.has_begun or earned):
        return Completion()
    return Completion(State.STARTED, earned)


def _rank(completion: Completion) -> tuple[bool, bool, Decimal]:
    is_begun = completion.state is not State.NOT_STARTED
    return is_begun, not completion.excused, completion.score or Decimal(0)
