"""The hard rules of pairing: why two people cannot be a pair, rule by rule.

A rule that cannot be checked, because somebody has not said what it needs, keeps nobody apart: it
is told as not known, and a person decides. Most rules can be overridden, with a reason that is
kept; those that protect somebody, or that a pair cannot do without, never.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from lti_app.domain.availability import overlap_minutes
from lti_app.domain.pairing import LanguageLevel, MatchingProfile
from lti_app.domain.participants import APPROVED, ParticipantState, Participation
from lti_app.domain.programmes import MustMatch, Programme, Side

LONGEST_OVERRIDE_NOTE = 400


class Obstacle(StrEnum):
    """What keeps two people apart."""

    #: H1.
    SAME_PERSON = "same_person"
    #: H2.
    NOT_APPROVED = "not_approved"
    PAUSED = "paused"
    NO_CONSENT = "no_consent"
    #: H3, and the same for a mentee.
    NO_SEAT = "no_seat"
    HAS_ENOUGH = "has_enough"
    #: The two are on their way to each other, or together.
    TOGETHER = "together"
    #: H4 to H12.
    REPORTING_LINE = "reporting_line"
    INSTRUCTOR = "instructor"
    LANGUAGE = "language"
    TIME = "time"
    EXCLUDED = "excluded"
    PAIRED_BEFORE = "paired_before"
    SENIORITY = "seniority"
    TRAINING = "training"
    MUST_MATCH = "must_match"


#: What nobody can override: H1, H3 and H8; and what another act takes away first: approving
#: somebody, the end of a pause or of an offer, a person's own consent.
ABSOLUTE = frozenset(
    {
        Obstacle.SAME_PERSON,
        Obstacle.NOT_APPROVED,
        Obstacle.PAUSED,
        Obstacle.NO_CONSENT,
        Obstacle.NO_SEAT,
        Obstacle.HAS_ENOUGH,
        Obstacle.TOGETHER,
        Obstacle.EXCLUDED,
    }
)


class OverrideCode(StrEnum):
    """Why the programme team pairs two people whom a rule keeps apart."""

    KNOWS_BOTH = "knows_both"
    BUSINESS_NEED = "business_need"
    CONFLICT = "conflict"
    DIVERSITY = "diversity"
    OTHER = "other"


@dataclass(frozen=True)
class Override:
    """The reason for pairing two people all the same; `note` is needed for `OTHER` only."""

    code: OverrideCode
    note: str = ""


@dataclass(frozen=True)
class Reason:
    """Why two people cannot be a pair, or what could not be checked.

    Attributes:
        obstacle: what it is; its sentence stands with the pages.
        who: on whose side it lies, where it lies on one.
        numbers: for the sentence, by name.
        things: fields or kinds of activity that the sentence names.
        is_known: False: somebody has not said what the rule needs.
    """

    obstacle: Obstacle
    who: tuple[Side, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    things: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def can_be_overridden(self) -> bool:
        """Return whether the programme team may pair the two all the same."""
        return self.obstacle not in ABSOLUTE


@dataclass(frozen=True)
class Candidate:
    """One side of a possible pair.

    Attributes:
        place: in the programme.
        profile: what they answered; with nothing in it where no activity knows.
        taken: their pairs at work or paused, and the offers that are open.
        trained: kinds of activity that they completed.
    """

    place: Participation
    profile: MatchingProfile
    taken: int = 0
    trained: frozenset[str] = frozenset()

    @property
    def person_id(self) -> UUID:
        """Return who it is."""
        return self.place.person_id

    @property
    def free_seats(self) -> int:
        """Return how many more mentees a mentor can be offered to."""
        return max(0, self.place.seats - self.taken)


@dataclass(frozen=True)
class Circumstances:
    """What the rules know besides of the two.

    Attributes:
        programme: whose rules they are.
        today: in its time zone.
        superiors: person → those above them in the reporting line, as far up as the programme's
            rules look.
        graders: (mentor, mentee): the mentor may mark the mentee in a course.
        parted: (mentor, mentee): paired or declined so lately that it is too early for again.
        together: (mentor, mentee): a pair, or on the way to one.
    """

    programme: Programme
    today: date
    superiors: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    graders: frozenset[tuple[UUID, UUID]] = frozenset()
    parted: frozenset[tuple[UUID, UUID]] = frozenset()
    together: frozenset[tuple[UUID, UUID]] = frozenset()

    @property
    def first_day(self) -> date:
        """Return from when on the two would meet: the first day of the programme, or today."""
        return max(self.programme.starts_on or self.today, self.today)


@dataclass(frozen=True)
class Verdict:
    """What the rules say of two people: what keeps them apart, and what is not known."""

    broken: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()

    @property
    def fits(self) -> bool:
        """Return whether no rule keeps the two apart."""
        return not self.broken

    @property
    def can_be_overridden(self) -> bool:
        """Return whether all that keeps the two apart can be overridden."""
        return all(reason.can_be_overridden for reason in self.broken)


Rule = Callable[[Candidate, Candidate, Circumstances], Reason | None]


def check(mentee: Candidate, mentor: Candidate, circumstances: Circumstances) -> Verdict:
    """Ask every rule about two people, in the order of the rules."""
    reasons = [
        reason for rule in RULES if (reason := rule(mentee, mentor, circumstances)) is not None
    ]
    return Verdict(
        broken=tuple(reason for reason in reasons if reason.is_known),
        unknown=tuple(reason for reason in reasons if not reason.is_known),
    )


def two_people(mentee: Candidate, mentor: Candidate, _: Circumstances) -> Reason | None:
    """H1: nobody is their own mentor."""
    return Reason(Obstacle.SAME_PERSON) if mentee.person_id == mentor.person_id else None


def approved(mentee: Candidate, mentor: Candidate, _: Circumstances) -> Reason | None:
    """H2: both are approved."""
    ready = {*APPROVED, ParticipantState.PAUSED}
    return _whose(Obstacle.NOT_APPROVED, mentee, mentor, lambda one: one.place.state not in ready)


def not_paused(mentee: Candidate, mentor: Candidate, _: Circumstances) -> Reason | None:
    """H2: neither pauses."""
    paused = ParticipantState.PAUSED
    return _whose(Obstacle.PAUSED, mentee, mentor, lambda one: one.place.state is paused)


def consent(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H2: both have agreed to the programme's present text."""
    version = given.programme.consent_version
    return _whose(
        Obstacle.NO_CONSENT, mentee, mentor, lambda one: one.place.consent_version != version
    )


def free_seat(_: Candidate, mentor: Candidate, __: Circumstances) -> Reason | None:
    """H3: the mentor has a free seat."""
    if mentor.free_seats:
        return None
    return Reason(Obstacle.NO_SEAT, (Side.MENTOR,), {"seats": mentor.place.seats})


def not_enough_yet(mentee: Candidate, _: Candidate, given: Circumstances) -> Reason | None:
    """I1: the mentee has fewer pairs and open offers than the programme allows."""
    most = given.programme.rules.pairs_per_mentee
    if mentee.taken < most:
        return None
    return Reason(Obstacle.HAS_ENOUGH, (Side.MENTEE,), {"most": most})


def not_together(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """I1: the two are no pair yet, and not on their way to one."""
    pair = (mentor.person_id, mentee.person_id)
    return Reason(Obstacle.TOGETHER) if pair in given.together else None


def no_reporting_line(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H4: neither is above the other in the reporting line, up to so many levels."""
    if mentor.person_id in given.superiors.get(mentee.person_id, frozenset()):
        return Reason(Obstacle.REPORTING_LINE, (Side.MENTOR,))
    if mentee.person_id in given.superiors.get(mentor.person_id, frozenset()):
        return Reason(Obstacle.REPORTING_LINE, (Side.MENTEE,))
    return None


def no_grader(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H5: the mentor marks the mentee in no course."""
    pair = (mentor.person_id, mentee.person_id)
    return Reason(Obstacle.INSTRUCTOR, (Side.MENTOR,)) if pair in given.graders else None


def shared_language(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H6: both speak one language well (B2), or the programme has a language for everybody."""
    if given.programme.rules.programme_language:
        return None
    if silent := _silent(mentee, mentor, lambda profile: bool(profile.languages)):
        return Reason(Obstacle.LANGUAGE, silent, is_known=False)
    return (
        None if languages_in_common(mentee.profile, mentor.profile) else Reason(Obstacle.LANGUAGE)
    )


def enough_time(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H7: both have time for each other, in each of the first weeks, whatever the clocks do."""
    first, second = mentee.profile.availability, mentor.profile.availability
    if first is None or second is None:
        silent = _silent(mentee, mentor, lambda profile: profile.availability is not None)
        return Reason(Obstacle.TIME, silent, is_known=False)
    wanted = given.programme.rules.minimum_overlap_minutes
    minutes = overlap_minutes(first, second, given.first_day)
    if minutes >= wanted:
        return None
    return Reason(Obstacle.TIME, (), {"minutes": minutes, "wanted": wanted})


def not_excluded(mentee: Candidate, mentor: Candidate, _: Circumstances) -> Reason | None:
    """H8: neither wants not to be paired with the other. Whose wish it is, nobody is told."""
    is_excluded = (
        mentor.person_id in mentee.profile.excluded or mentee.person_id in mentor.profile.excluded
    )
    return Reason(Obstacle.EXCLUDED) if is_excluded else None


def not_before(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H9: the two were no pair lately, and neither declined the other, unless both ask for it."""
    if (mentor.person_id, mentee.person_id) not in given.parted:
        return None
    both_ask = (
        mentor.person_id in mentee.profile.asked_again_for
        and mentee.person_id in mentor.profile.asked_again_for
    )
    return None if both_ask else Reason(Obstacle.PAIRED_BEFORE)


def more_senior(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H10: the mentor is so many bands ahead."""
    lower, upper = mentee.profile.band, mentor.profile.band
    if lower is None or upper is None:
        silent = _silent(mentee, mentor, lambda profile: profile.band is not None)
        return Reason(Obstacle.SENIORITY, silent, is_known=False)
    wanted = given.programme.rules.seniority_gap
    if upper - lower >= wanted:
        return None
    return Reason(Obstacle.SENIORITY, (), {"steps": upper - lower, "wanted": wanted})


def trained(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H11: both have completed what the programme requires."""
    required = frozenset(given.programme.rules.required_training)
    reason = _whose(Obstacle.TRAINING, mentee, mentor, lambda one: not required <= one.trained)
    if reason is None:
        return None
    missing = required - (mentee.trained & mentor.trained)
    return Reason(Obstacle.TRAINING, reason.who, things=tuple(sorted(missing)))


def must_match(mentee: Candidate, mentor: Candidate, given: Circumstances) -> Reason | None:
    """H12: both agree in what the programme wants them to agree in."""
    fields = given.programme.rules.must_match
    apart, silent = [], set()
    for one in fields:
        of_mentee, of_mentor = _SAID[one](mentee.profile), _SAID[one](mentor.profile)
        if of_mentee and of_mentor and of_mentee.isdisjoint(of_mentor):
            apart.append(one.value)
        silent |= {Side.MENTEE} if not of_mentee else set()
        silent |= {Side.MENTOR} if not of_mentor else set()
    if apart:
        return Reason(Obstacle.MUST_MATCH, things=tuple(apart))
    if silent:
        who = tuple(side for side in Side if side in silent)
        return Reason(Obstacle.MUST_MATCH, who, is_known=False)
    return None


#: Every rule, in the order in which reasons are told.
RULES: tuple[Rule, ...] = (
    two_people,
    approved,
    not_paused,
    consent,
    free_seat,
    not_enough_yet,
    not_together,
    not_excluded,
    no_reporting_line,
    no_grader,
    not_before,
    shared_language,
    enough_time,
    more_senior,
    trained,
    must_match,
)

#: What somebody said in a field that must match.
_SAID: Mapping[MustMatch, Callable[[MatchingProfile], frozenset[str]]] = {
    MustMatch.JOB_FAMILY: lambda one: frozenset({one.job_family} if one.job_family else ()),
    MustMatch.GOAL_AREA: lambda one: frozenset(one.goal_areas),
    MustMatch.CHANNEL: lambda one: frozenset(one.channels),
    MustMatch.LANGUAGE: lambda one: frozenset(one.languages),
}


def languages_in_common(one: MatchingProfile, other: MatchingProfile) -> tuple[str, ...]:
    """Return the languages that both speak well enough for a conversation about work (B2)."""
    return tuple(
        sorted(
            code
            for code, level in one.languages.items()
            if level.reaches(LanguageLevel.B2)
            and code in other.languages
            and other.languages[code].reaches(LanguageLevel.B2)
        )
    )


def _whose(
    obstacle: Obstacle, mentee: Candidate, mentor: Candidate, lies_with: Callable[[Candidate], bool]
) -> Reason | None:
    sides = {Side.MENTEE: mentee, Side.MENTOR: mentor}
    who = tuple(side for side, one in sides.items() if lies_with(one))
    return Reason(obstacle, who) if who else None


def _silent(
    mentee: Candidate, mentor: Candidate, has_said: Callable[[MatchingProfile], bool]
) -> tuple[Side, ...]:
    """Return who of the two has not said something."""
    profiles = {Side.MENTEE: mentee.profile, Side.MENTOR: mentor.profile}
    return tuple(side for side, profile in profiles.items() if not has_said(profile))
