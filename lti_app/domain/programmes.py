"""Programmes: what they are for, the rules that pairing follows, and how they move on.

A programme cannot open without a purpose. What is missing is told by code; the sentences stand with
the pages that show them.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from lti_app.domain.taxonomy import N_

LONGEST_TITLE = 120
SHORTEST_PURPOSE, LONGEST_PURPOSE = 20, 400
MOST_MEASURES = 3
LONGEST_MEASURE = 200
MOST_GOAL_TEMPLATES = 10
LONGEST_GOAL_TEMPLATE = 200
LONGEST_CONSENT = 2000
MOST_MUST_MATCH = 2


class ProgrammeState(StrEnum):
    """How far a programme is; it only moves on, never back."""

    DRAFT = "draft"
    OPEN = "open"
    MATCHING = "matching"
    RUNNING = "running"
    CLOSING = "closing"
    ARCHIVED = "archived"


class PurposeType(StrEnum):
    """What a programme is for; choosing one loads its preset."""

    RETAIN = "retain"
    ONBOARD = "onboard"
    INCLUSIVE = "inclusive"
    OTHER = "other"


class RelationshipKind(StrEnum):
    """Mentoring takes months, charter and journey; coaching some sessions on one goal."""

    MENTORING = "mentoring"
    COACHING = "coaching"


class Side(StrEnum):
    """Which part somebody takes in a programme."""

    MENTEE = "mentee"
    MENTOR = "mentor"


class MustMatch(StrEnum):
    """A field in which two people of a pair must agree, if the programme says so."""

    JOB_FAMILY = "job_family"
    GOAL_AREA = "goal_area"
    CHANNEL = "channel"
    LANGUAGE = "language"


#: States in which people sign up, and in which they can be paired.
TAKING_SIGN_UPS = frozenset({ProgrammeState.OPEN, ProgrammeState.MATCHING, ProgrammeState.RUNNING})
PAIRING = TAKING_SIGN_UPS
#: States in which the programme's own words and rules can be changed.
EDITABLE = frozenset(ProgrammeState) - {ProgrammeState.ARCHIVED}


@dataclass(frozen=True)
class ProgrammeRules:
    """What pairing must respect in one programme (its hard rules are in `domain.pairing`).

    Attributes:
        reporting_levels: 0–5; nobody is paired with those so many levels above them in their
            reporting line.
        minimum_overlap_minutes: 30–240 a week that both can meet in.
        seniority_gap: how many bands a mentor is above the mentee at least; 0 among peers.
        pairs_per_mentee: 1 or 2 at a time.
        offer_days: how long an offer waits for its answers.
        auto_approve_mentees: a mentee who signs up need not be approved.
        instructors_see_pairs: instructors see who of their course is paired, and with whom.
        programme_language: code of the language that everybody in the programme can meet in; empty
            if there is none.
        required_training: kinds of activity to be completed before being paired.
        must_match: at most two fields in which both must agree.
    """

    reporting_levels: int = 2
    minimum_overlap_minutes: int = 60
    seniority_gap: int = 1
    pairs_per_mentee: int = 1
    offer_days: int = 7
    auto_approve_mentees: bool = False
    instructors_see_pairs: bool = False
    programme_language: str = ""
    required_training: tuple[str, ...] = ()
    must_match: tuple[MustMatch, ...] = ()


@dataclass(frozen=True)
class SuccessMeasure:
    """By what, and when, the organisation will know that the programme worked."""

    metric: str
    target: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the programme team writes down of a programme.

    Attributes:
        purpose_type, purpose, measures, starts_on, ends_on: may be missing in a draft.
        time_zone: IANA name: whose days the dates are.
        consent_text: what people agree to when they sign up.
        goal_templates: sentences that pairs can begin their goals with.
    """

    title: str
    relationship_kind: RelationshipKind
    time_zone: str
    purpose_type: PurposeType | None = None
    purpose: str = ""
    measures: tuple[SuccessMeasure, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    consent_text: str = ""
    goal_templates: tuple[str, ...] = ()
    rules: ProgrammeRules = field(default_factory=ProgrammeRules)


@dataclass(frozen=True, kw_only=True)
class Programme(Plan):
    """A programme, as pages and rules see it.

    Attributes:
        consent_version: of the consent text; who agreed to an earlier one is asked again.
    """

    id: UUID
    organisation_id: UUID
    state: ProgrammeState
    consent_version: int = 1

    @property
    def takes_sign_ups(self) -> bool:
        """Return whether people can sign up, and change what they answered."""
        return self.state in TAKING_SIGN_UPS

    @property
    def pairs_people(self) -> bool:
        """Return whether people can be paired."""
        return self.state in PAIRING


@dataclass(frozen=True)
class Standing:
    """Where a programme stands, as its guards ask.

    Attributes:
        today: the day in the programme's time zone.
        approved: how many people of each side were approved, paired or not.
        active_pairs: pairs at work or paused.
        open_pairs: those, and the ones that are proposed or offered.
    """

    programme: Programme
    today: date
    approved: Mapping[Side, int] = field(default_factory=dict)
    active_pairs: int = 0
    open_pairs: int = 0


class Shortcoming(StrEnum):
    """What keeps a programme from moving on."""

    NO_PURPOSE_TYPE = "no_purpose_type"
    NO_PURPOSE = "no_purpose"
    NO_MEASURE = "no_measure"
    NO_DATES = "no_dates"
    ENDS_BEFORE_START = "ends_before_start"
    ALREADY_OVER = "already_over"
    NO_CONSENT_TEXT = "no_consent_text"
    NO_MENTEES = "no_mentees"
    NO_MENTORS = "no_mentors"
    NO_ACTIVE_PAIR = "no_active_pair"
    OPEN_PAIRS = "open_pairs"


class Step(StrEnum):
    """What moves a programme on."""

    OPEN = "open"
    BEGIN_MATCHING = "begin_matching"
    BEGIN_RUNNING = "begin_running"
    CLOSE = "close"
    ARCHIVE = "archive"


Guard = Callable[[Standing], tuple[Shortcoming, ...]]


@dataclass(frozen=True)
class Transition:
    """One step: from which states, to which, and what may be missing."""

    sources: frozenset[ProgrammeState]
    target: ProgrammeState
    guard: Guard


def _named(**missing: bool) -> tuple[Shortcoming, ...]:
    return tuple(Shortcoming(name) for name, is_missing in missing.items() if is_missing)


def lacks_of_purpose(plan: Plan) -> tuple[Shortcoming, ...]:
    """Return what a plan lacks before anybody may sign up, and may never lack from then on."""
    starts, ends = plan.starts_on, plan.ends_on
    return _named(
        no_purpose_type=plan.purpose_type is None,
        no_purpose=not SHORTEST_PURPOSE <= len(plan.purpose) <= LONGEST_PURPOSE,
        no_measure=not 1 <= len(plan.measures) <= MOST_MEASURES,
        no_dates=starts is None or ends is None,
        ends_before_start=starts is not None and ends is not None and ends <= starts,
        no_consent_text=not plan.consent_text,
    )


def _cannot_open(standing: Standing) -> tuple[Shortcoming, ...]:
    ends = standing.programme.ends_on
    is_over = ends is not None and ends < standing.today
    return lacks_of_purpose(standing.programme) + _named(already_over=is_over)


def _lacks_people(standing: Standing) -> tuple[Shortcoming, ...]:
    return _named(
        no_mentees=not standing.approved.get(Side.MENTEE),
        no_mentors=not standing.approved.get(Side.MENTOR),
    )


def _lacks_pairs(standing: Standing) -> tuple[Shortcoming, ...]:
    return _named(no_active_pair=not standing.active_pairs)


def _has_open_pairs(standing: Standing) -> tuple[Shortcoming, ...]:
    return _named(open_pairs=bool(standing.open_pairs))


def _lacks_nothing(_: Standing) -> tuple[Shortcoming, ...]:
    return ()


_S = ProgrammeState
#: Step → where it leads from where, and what has to be there first.
TRANSITIONS: Mapping[Step, Transition] = {
    Step.OPEN: Transition(frozenset({_S.DRAFT}), _S.OPEN, _cannot_open),
    Step.BEGIN_MATCHING: Transition(frozenset({_S.OPEN}), _S.MATCHING, _lacks_people),
    Step.BEGIN_RUNNING: Transition(frozenset({_S.MATCHING}), _S.RUNNING, _lacks_pairs),
    Step.CLOSE: Transition(TAKING_SIGN_UPS, _S.CLOSING, _lacks_nothing),
    Step.ARCHIVE: Transition(frozenset({_S.DRAFT, _S.CLOSING}), _S.ARCHIVED, _has_open_pairs),
}


def steps_from(state: ProgrammeState) -> tuple[Step, ...]:
    """Return the steps that lead on from a state, whether or not something is missing for them."""
    return tuple(step for step, transition in TRANSITIONS.items() if state in transition.sources)


@dataclass(frozen=True)
class Preset:
    """What choosing a purpose loads; all of it can be changed afterwards.

    Attributes:
        months: from the start to the end.
        required_training: kinds of activity, as far as they are installed.
        goal_templates: to be translated when they are loaded.
    """

    rules: ProgrammeRules
    months: int
    goal_templates: tuple[str, ...]
    required_training: tuple[str, ...] = ()


def last_day(starts_on: date, months: int) -> date:
    """Return the last day of a stretch of whole months."""
    count = starts_on.year * 12 + starts_on.month - 1 + months
    year, month = count // 12, count % 12 + 1
    same_day = min(starts_on.day, monthrange(year, month)[1])
    return date(year, month, same_day) - timedelta(days=1)


#: Purpose → preset.
PRESETS: Mapping[PurposeType, Preset] = {
    PurposeType.RETAIN: Preset(
        ProgrammeRules(seniority_gap=2),
        months=9,
        goal_templates=(
            N_("Take the lead in one piece of work outside my own team"),
            N_("Write a plan for my next two years and talk it through with my manager"),
            N_("Get to know three people who decide about what I want to do next"),
        ),
        required_training=("training",),
    ),
    PurposeType.ONBOARD: Preset(
        ProgrammeRules(seniority_gap=1, auto_approve_mentees=True),
        months=6,
        goal_templates=(
            N_("Hold a first one-to-one conversation with everybody in my team"),
            N_("Hand over one task that I used to do myself, and agree how we check on it"),
            N_("Give feedback that somebody acts upon"),
        ),
        required_training=("training",),
    ),
    PurposeType.INCLUSIVE: Preset(
        ProgrammeRules(seniority_gap=1, minimum_overlap_minutes=30),
        months=9,
        goal_templates=(
            N_("Be heard in a meeting where I have not spoken so far"),
            N_("Change one habit of my team that leaves somebody out"),
            N_("Build a circle of people outside my usual one"),
        ),
        required_training=("training",),
    ),
    PurposeType.OTHER: Preset(
        ProgrammeRules(),
        months=6,
        goal_templates=(N_("Say what will be different, by when, and how it will show"),),
    ),
}
