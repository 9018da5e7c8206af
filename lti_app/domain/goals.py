"""Goals of pairs: what makes one specific, measurable and dated, and how it ends.

This checks form, not wisdom: whether a goal can be reached, and whether it is worth it, no rule
says. The two say so themselves when they sign. What is wrong is told by code; the sentences stand
with the pages that show them.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from lti_app.domain.programmes import PurposeType
from lti_app.domain.taxonomy import N_

SHORTEST_TITLE, LONGEST_TITLE = 15, 200
SHORTEST_EVIDENCE, LONGEST_EVIDENCE = 10, 400
LONGEST_PART = 200
LONGEST_NUMBER = 20
LONGEST_NOTE = 600
#: So long after the programme's last day a goal may still be due.
GRACE = timedelta(days=30)
MONTHS = 12


class GoalMeasure(StrEnum):
    """How it will show that a goal is reached."""

    NUMBER = "number"
    DELIVERABLE = "deliverable"
    DEMONSTRATION = "demonstration"
    MILESTONE = "milestone"


class EvidenceKind(StrEnum):
    """What will be there to look at."""

    DOCUMENT = "document"
    LINK = "link"
    FIGURES = "figures"
    FEEDBACK = "feedback"
    OBSERVATION = "observation"


class GoalState(StrEnum):
    """How far a goal is."""

    OPEN = "open"
    MET = "met"
    PARTLY = "partly"
    DROPPED = "dropped"


class Gate(StrEnum):
    """What is asked of a goal before two people can agree on it."""

    SPECIFIC = "g1"
    MEASURABLE = "g2"
    TIME_BOUND = "g3"
    EVIDENCE = "g4"


class GoalProblem(StrEnum):
    """What is missing from a goal, or odd about it."""

    NO_TITLE = "no_title"
    TITLE_SHORT = "title_short"
    TITLE_LONG = "title_long"
    VAGUE = "vague"
    NO_NUMBERS = "no_numbers"
    NOT_A_NUMBER = "not_a_number"
    NO_UNIT = "no_unit"
    NO_CHANGE = "no_change"
    NO_ARTEFACT = "no_artefact"
    NO_AUDIENCE = "no_audience"
    NO_DATE = "no_date"
    DATE_PAST = "date_past"
    DATE_LATE = "date_late"
    NO_EVIDENCE = "no_evidence"
    EVIDENCE_SHORT = "evidence_short"
    NOT_A_LINK = "not_a_link"


@dataclass(frozen=True)
class GoalFinding:
    """One thing about a goal.

    Attributes:
        field: the part of the goal that it is about, by its name in `GoalDraft`.
        blocks: the goal cannot be agreed on before it is mended; else it is only worth a thought.
    """

    gate: Gate
    problem: GoalProblem
    field: str
    blocks: bool = True


@dataclass(frozen=True, kw_only=True)
class GoalDraft:
    """A goal as it is written; nothing of it need be valid (`check_goal`).

    Attributes:
        key: what makes it the same goal when it is changed.
        baseline, target, unit: of a number, as typed.
        artefact: of a deliverable: what will be there.
        shown_to: of a demonstration: who will see it.
        statement: of a milestone: what will be true or not; empty: the title itself.
        evidence: what will be there to look at, or its address.
    """

    key: UUID = field(default_factory=uuid4)
    title: str = ""
    measure: GoalMeasure = GoalMeasure.MILESTONE
    baseline: str = ""
    target: str = ""
    unit: str = ""
    artefact: str = ""
    shown_to: str = ""
    statement: str = ""
    due_on: date | None = None
    evidence_kind: EvidenceKind = EvidenceKind.DOCUMENT
    evidence: str = ""

    def to_json(self) -> dict[str, str | None]:
        """Return it as it is stored, and as a charter's version is hashed over it: only texts."""
        return {
            "key": str(self.key),
            "title": self.title,
            "measure": self.measure.value,
            "baseline": self.baseline,
            "target": self.target,
            "unit": self.unit,
            "artefact": self.artefact,
            "shown_to": self.shown_to,
            "statement": self.statement,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "evidence_kind": self.evidence_kind.value,
            "evidence": self.evidence,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "GoalDraft":
        """Return a stored goal.

        Raises:
            KeyError, ValueError: it was not stored by `to_json`.
        """
        due_on = stored["due_on"]
        return cls(
            **{name: stored[name] for name in _TEXTS},
            key=UUID(stored["key"]),
            measure=GoalMeasure(stored["measure"]),
            due_on=date.fromisoformat(due_on) if due_on else None,
            evidence_kind=EvidenceKind(stored["evidence_kind"]),
        )


_TEXTS = ("title", "baseline", "target", "unit", "artefact", "shown_to", "statement", "evidence")


@dataclass(frozen=True)
class GoalNote:
    """What one of the two wrote about a goal, or how they marked it.

    Attributes:
        value: how far it is, in the goal's own unit; empty where nobody said.
        state: as what they marked it; None: they only wrote.
    """

    person_id: UUID
    note: str
    value: str
    state: GoalState | None
    at: datetime


@dataclass(frozen=True)
class Goal:
    """A goal that a pair has agreed on; `updates`, the newest first."""

    id: UUID
    draft: GoalDraft
    state: GoalState
    agreed_at: datetime
    reviewed_at: datetime | None
    updates: tuple[GoalNote, ...] = ()


@dataclass(frozen=True)
class GoalCounts:
    """How a pair's goals stand, without a word of them."""

    total: int = 0
    met: int = 0
    partly: int = 0
    dropped: int = 0

    @property
    def reviewed(self) -> int:
        """Return how many were marked."""
        return self.met + self.partly + self.dropped

    @property
    def percent_met(self) -> int | None:
        """Return how many of a hundred were met, of those that were marked; None: none was."""
        return round(100 * self.met / self.reviewed) if self.reviewed else None


def check_goal(
    draft: GoalDraft, *, signing_on: date, last_day: date | None
) -> tuple[GoalFinding, ...]:
    """Say what keeps a goal from being agreed on (gates G1 to G4), and what is worth a thought.

    Args:
        draft: the goal as written.
        signing_on: the day on which it is to be agreed on; it must be due afterwards.
        last_day: of the programme; None where it has none.
    """
    return (
        *_check_title(draft.title),
        *_MEASURES[draft.measure](draft),
        *_check_date(draft.due_on, signing_on, last_day),
        *_check_evidence(draft),
    )


def passes(draft: GoalDraft, *, signing_on: date, last_day: date | None) -> bool:
    """Return whether nothing keeps a goal from being agreed on."""
    findings = check_goal(draft, signing_on=signing_on, last_day=last_day)
    return not any(finding.blocks for finding in findings)


#: Verbs and nouns that say that something gets better, and not what will be there.
_VAGUE = re.compile(
    r"\b(understand(ing)?|improv(e|ed|ing|ement)|learn(ing)?( more)? about|know(ledge)?( more)?"
    r"( about)?|be(come)? better|get(ting)? better|be aware|awareness|explor(e|ing)|insights?)\b",
    re.IGNORECASE,
)


def _check_title(title: str) -> list[GoalFinding]:
    if not title:
        return [_specific(GoalProblem.NO_TITLE)]
    if len(title) < SHORTEST_TITLE:
        return [_specific(GoalProblem.TITLE_SHORT)]
    if len(title) > LONGEST_TITLE:
        return [_specific(GoalProblem.TITLE_LONG)]
    return [_specific(GoalProblem.VAGUE, blocks=False)] if _VAGUE.search(title) else []


def _specific(problem: GoalProblem, *, blocks: bool = True) -> GoalFinding:
    return GoalFinding(Gate.SPECIFIC, problem, "title", blocks)


def _measurable(problem: GoalProblem, name: str) -> list[GoalFinding]:
    return [GoalFinding(Gate.MEASURABLE, problem, name)]


def _check_number(draft: GoalDraft) -> list[GoalFinding]:
    for name in ("baseline", "target"):
        typed = getattr(draft, name)
        if not typed:
            return _measurable(GoalProblem.NO_NUMBERS, name)
        if read_number(typed) is None:
            return _measurable(GoalProblem.NOT_A_NUMBER, name)
    if read_number(draft.baseline) == read_number(draft.target):
        return _measurable(GoalProblem.NO_CHANGE, "target")
    return [] if draft.unit else _measurable(GoalProblem.NO_UNIT, "unit")


def _check_deliverable(draft: GoalDraft) -> list[GoalFinding]:
    return [] if draft.artefact else _measurable(GoalProblem.NO_ARTEFACT, "artefact")


def _check_demonstration(draft: GoalDraft) -> list[GoalFinding]:
    return [] if draft.shown_to else _measurable(GoalProblem.NO_AUDIENCE, "shown_to")


def _check_milestone(_: GoalDraft) -> list[GoalFinding]:
    """Find nothing: to what is true or not, yes or no can be said; to a bare title as well."""
    return []


_MEASURES: Mapping[GoalMeasure, Callable[[GoalDraft], list[GoalFinding]]] = {
    GoalMeasure.NUMBER: _check_number,
    GoalMeasure.DELIVERABLE: _check_deliverable,
    GoalMeasure.DEMONSTRATION: _check_demonstration,
    GoalMeasure.MILESTONE: _check_milestone,
}


def _check_date(due_on: date | None, signing_on: date, last_day: date | None) -> list[GoalFinding]:
    problem = None
    if due_on is None:
        problem = GoalProblem.NO_DATE
    elif due_on <= signing_on:
        problem = GoalProblem.DATE_PAST
    elif last_day is not None and due_on > last_day + GRACE:
        problem = GoalProblem.DATE_LATE
    return [GoalFinding(Gate.TIME_BOUND, problem, "due_on")] if problem else []


def _check_evidence(draft: GoalDraft) -> list[GoalFinding]:
    evidence = draft.evidence
    problem = None
    if not evidence:
        # What will be there is its own evidence, once it has a name that says something.
        is_named = draft.measure is GoalMeasure.DELIVERABLE
        problem = None if is_named and _is_telling(draft.artefact) else GoalProblem.NO_EVIDENCE
    elif draft.evidence_kind is EvidenceKind.LINK:
        problem = None if re.match(r"https?://[^\s/]+\.?\S*$", evidence) else GoalProblem.NOT_A_LINK
    elif not _is_telling(evidence):
        problem = GoalProblem.EVIDENCE_SHORT
    return [GoalFinding(Gate.EVIDENCE, problem, "evidence")] if problem else []


def _is_telling(text: str) -> bool:
    return len(text) >= SHORTEST_EVIDENCE


def read_number(text: str) -> Decimal | None:
    """Return a number as people type it, with a point or a comma; None: it is none."""
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,6})?", plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


_QUARTER = re.compile(r"q([1-4])(?:[\s/.-]*(\d{4}))?", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


def read_due(text: str, fiscal_start_month: int = 1, today: date | None = None) -> date:
    """Return the day that is meant by a date, a month or a quarter: its last day.

    Args:
        text: such as `2027-06-30`, `30.6.2027`, `2027-06`, `Q4 2027` or `Q4`.
        fiscal_start_month: in which month the organisation's year begins; a fiscal year is called
            after the calendar year in which it ends.
        today: of a quarter without a year, the next one to end after it is meant.

    Raises:
        ValueError: it is none of these.
    """
    text = text.strip()
    if found := _QUARTER.fullmatch(text):
        number, year = int(found[1]), found[2]
        if year:
            return _end_of_quarter(number, int(year), fiscal_start_month)
        if today is not None:
            return _next_end_of_quarter(number, fiscal_start_month, today)
    if found := _MONTH.fullmatch(text):
        return _end_of_month(int(found[1]), int(found[2]))
    if found := _DOTTED.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return date.fromisoformat(text)


def _end_of_quarter(number: int, year: int, fiscal_start_month: int) -> date:
    begins_in = year if fiscal_start_month == 1 else year - 1
    months = fiscal_start_month - 1 + 3 * number - 1
    return _end_of_month(begins_in + months // MONTHS, months % MONTHS + 1)


def _next_end_of_quarter(number: int, fiscal_start_month: int, today: date) -> date:
    years = range(today.year, today.year + 3)
    ends = (_end_of_quarter(number, year, fiscal_start_month) for year in years)
    return next(end for end in ends if end > today)


def _end_of_month(year: int, month: int) -> date:
    # Of a year or a month that there is not, `date` says so.
    first = date(year, month, 1)
    return first.replace(day=monthrange(first.year, first.month)[1])


#: Mark → after which states it can be given. Whoever thinks again opens the goal once more.
_MARKS: Mapping[GoalState, frozenset[GoalState]] = {
    GoalState.OPEN: frozenset({GoalState.MET, GoalState.PARTLY, GoalState.DROPPED}),
    GoalState.MET: frozenset({GoalState.OPEN, GoalState.PARTLY}),
    GoalState.PARTLY: frozenset({GoalState.OPEN, GoalState.MET}),
    GoalState.DROPPED: frozenset({GoalState.OPEN, GoalState.PARTLY}),
}


def can_mark(before: GoalState, mark: GoalState) -> bool:
    """Return whether a goal in a state can be marked like this."""
    return before in _MARKS[mark]


def marks_from(before: GoalState) -> tuple[GoalState, ...]:
    """Return how a goal in a state can be marked."""
    return tuple(mark for mark in GoalState if can_mark(before, mark))


def state_after_agreeing(before: GoalState | None, *, is_in_charter: bool) -> GoalState:
    """Return how far a goal is once a charter is in force that names it, or does not.

    What was reached stays reached: leaving it out of the next charter does not undo it.

    Args:
        before: None for a new goal.
        is_in_charter: the charter names it.
    """
    if is_in_charter:
        return GoalState.OPEN if before in {None, GoalState.DROPPED} else before or GoalState.OPEN
    return GoalState.DROPPED if before is GoalState.OPEN else before or GoalState.DROPPED


#: Of a template: whoever begins with it gets a goal of their own (`begun_with`).
_NOBODYS = UUID(int=0)
#: Purpose of a programme → goals to begin with; the words are translated when they are shown.
TEMPLATES: Mapping[PurposeType, tuple[GoalDraft, ...]] = {
    PurposeType.RETAIN: (
        GoalDraft(
            key=_NOBODYS,
            title=N_("Take the lead in one piece of work outside my own team"),
            measure=GoalMeasure.DELIVERABLE,
            artefact=N_("The result of that piece of work, with my part in it"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Write a plan for my next two years and talk it through with my manager"),
            measure=GoalMeasure.DELIVERABLE,
            artefact=N_("A written plan for my next two years"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Get to know three people who decide about what I want to do next"),
            measure=GoalMeasure.NUMBER,
            baseline="0",
            target="3",
            unit=N_("people"),
            evidence=N_("The three names, and one thing that I took from each conversation"),
        ),
    ),
    PurposeType.ONBOARD: (
        GoalDraft(
            key=_NOBODYS,
            title=N_("Hold a first one-to-one conversation with everybody in my team"),
            measure=GoalMeasure.NUMBER,
            baseline="0",
            unit=N_("conversations"),
            evidence=N_("The list of my team, with the date of each conversation"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Hand over one task that I used to do myself, and agree how we check on it"),
            measure=GoalMeasure.MILESTONE,
            statement=N_("The task has been done twice without me"),
            evidence=N_("What the two of us wrote down about how we check on it"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Give feedback that somebody acts upon"),
            measure=GoalMeasure.DEMONSTRATION,
            shown_to=N_("The person who got the feedback"),
            evidence=N_("What they say they do differently now"),
        ),
    ),
    PurposeType.INCLUSIVE: (
        GoalDraft(
            key=_NOBODYS,
            title=N_("Be heard in a meeting where I have not spoken so far"),
            measure=GoalMeasure.DEMONSTRATION,
            shown_to=N_("Those who are in the meeting"),
            evidence=N_("What I said, and what was done with it"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Change one habit of my team that leaves somebody out"),
            measure=GoalMeasure.MILESTONE,
            statement=N_("The new habit has held for a month"),
            evidence=N_("What those who were left out say about it"),
        ),
        GoalDraft(
            key=_NOBODYS,
            title=N_("Build a circle of people outside my usual one"),
            measure=GoalMeasure.NUMBER,
            baseline="0",
            unit=N_("people"),
            evidence=N_("Whom I have talked with, and about what"),
        ),
    ),
    PurposeType.OTHER: (
        GoalDraft(
            key=_NOBODYS,
            title=N_("Say what will be different, by when, and how it will show"),
            measure=GoalMeasure.MILESTONE,
        ),
    ),
}


def begun_with(template: GoalDraft) -> GoalDraft:
    """Return a goal of one's own that begins with a template."""
    return replace(template, key=uuid4())
