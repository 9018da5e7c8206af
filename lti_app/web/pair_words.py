"""Words for pairs: what fits between two people, what keeps them apart, how far a pair is.

What fits is told to the programme team, to the mentee and to the mentor, to each in their words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flask_babel import LazyString

from lti_app.activity import catalogue
from lti_app.domain.fitting import Point, Speaks, Topic
from lti_app.domain.pairing import Channel, Style
from lti_app.domain.pairing_rules import Obstacle, OverrideCode, Reason
from lti_app.domain.pairs import Answer, EndKind, EndReason, PairState, PartingReason
from lti_app.domain.programmes import MustMatch, Side
from lti_app.domain.taxonomy import TermKind
from lti_app.web.fields import languages
from lti_app.web.programmes import labels_of_kind
from lti_app.web.translation import (
    format_list,
    format_minutes,
    format_weekdays,
    gettext,
    lazy_gettext,
    ngettext,
)


class Reader(StrEnum):
    """Who reads what fits."""

    TEAM = "team"
    MENTEE = "mentee"
    MENTOR = "mentor"


PAIR_STATES: Final[Mapping[PairState, LazyString]] = {
    PairState.PROPOSED: lazy_gettext("Proposed"),
    PairState.OFFERED: lazy_gettext("Offered"),
    PairState.ACTIVE: lazy_gettext("At work"),
    PairState.PAUSED: lazy_gettext("Pauses"),
    PairState.DECLINED: lazy_gettext("Not made"),
    PairState.ENDED: lazy_gettext("Ended"),
}

ANSWERS: Final[Mapping[Answer, LazyString]] = {
    Answer.NONE: lazy_gettext("has not answered yet"),
    Answer.ACCEPTED: lazy_gettext("has accepted"),
    Answer.DECLINED: lazy_gettext("has declined"),
    Answer.MEET_FIRST: lazy_gettext("would like to meet first"),
}

END_KINDS: Final[Mapping[EndKind, LazyString]] = {
    EndKind.NO_FAULT: lazy_gettext("ended by one of the two, without fault"),
    EndKind.COMPLETED: lazy_gettext("came to its planned end"),
    EndKind.BY_PROGRAMME: lazy_gettext("ended by the programme team"),
}

PARTING_REASONS: Final[Mapping[PartingReason, LazyString]] = {
    PartingReason.TIME: lazy_gettext("Our times do not go together"),
    PartingReason.GOALS: lazy_gettext("I am looking for something else"),
    PartingReason.TOO_CLOSE: lazy_gettext("We are too close at work"),
    PartingReason.NOT_NOW: lazy_gettext("This is not the right time for me"),
}

END_REASONS: Final[Mapping[EndReason, LazyString]] = {
    EndReason.LEFT: lazy_gettext("Somebody has left"),
    EndReason.DO_NOT_MEET: lazy_gettext("The two do not meet"),
    EndReason.CONFLICT: lazy_gettext("A conflict"),
    EndReason.MISTAKE: lazy_gettext("It was a mistake"),
    EndReason.OTHER: lazy_gettext("Something else"),
}

OVERRIDES: Final[Mapping[OverrideCode, LazyString]] = {
    OverrideCode.KNOWS_BOTH: lazy_gettext("I know both, and it will work"),
    OverrideCode.BUSINESS_NEED: lazy_gettext("The organisation needs it"),
    OverrideCode.CONFLICT: lazy_gettext("Every other choice is in conflict with something"),
    OverrideCode.DIVERSITY: lazy_gettext("They will learn from how different they are"),
    OverrideCode.OTHER: lazy_gettext("Another reason, in my own words"),
}

CHANNELS: Final[Mapping[str, LazyString]] = {
    Channel.IN_PERSON: lazy_gettext("in person"),
    Channel.VIDEO: lazy_gettext("by video"),
    Channel.PHONE: lazy_gettext("by phone"),
    Channel.CHAT: lazy_gettext("in writing"),
}

#: Style and the end of its scale → what somebody there likes.
_LIKED: Final[Mapping[str, LazyString]] = {
    "blunt.low": lazy_gettext("gentle words"),
    "blunt.high": lazy_gettext("plain words"),
    "agenda.low": lazy_gettext("talk that flows freely"),
    "agenda.high": lazy_gettext("meetings led by an agenda"),
    "fast.low": lazy_gettext("time to think things over"),
    "fast.high": lazy_gettext("a quick pace"),
    "task.low": lazy_gettext("the relationship before the task"),
    "task.high": lazy_gettext("the task before the relationship"),
}
#: Style → in what two people are apart.
_APART: Final[Mapping[str, LazyString]] = {
    Style.BLUNT: lazy_gettext("how plainly things are said"),
    Style.AGENDA: lazy_gettext("how much an agenda leads"),
    Style.FAST: lazy_gettext("how quick the pace is"),
    Style.TASK: lazy_gettext("whether the relationship or the task comes first"),
}

_MUST_MATCH: Final[Mapping[str, LazyString]] = {
    MustMatch.JOB_FAMILY: lazy_gettext("the kind of work"),
    MustMatch.GOAL_AREA: lazy_gettext("a goal"),
    MustMatch.CHANNEL: lazy_gettext("a way to meet"),
    MustMatch.LANGUAGE: lazy_gettext("a language"),
}

_WHO: Final[Mapping[tuple[Side, ...], LazyString]] = {
    (Side.MENTEE,): lazy_gettext("the mentee"),
    (Side.MENTOR,): lazy_gettext("the mentor"),
    (Side.MENTEE, Side.MENTOR): lazy_gettext("both"),
}


@dataclass(frozen=True)
class Told:
    """One sentence of what fits; `speaks` says whether it is for, against, or not known."""

    speaks: Speaks
    words: str


def in_words(points: Iterable[Point], reader: Reader) -> list[Told]:
    """Return points that are known as sentences for a reader."""
    return [Told(point.speaks, _say(point, reader)) for point in points]


def for_the_team(points: Sequence[Point]) -> list[Told]:
    """Return points as the desk shows them: what speaks for two people first, then what against.

    What is not known comes last, in one line.
    """
    told = in_words((one for one in points if one.speaks is not Speaks.NOT_KNOWN), Reader.TEAM)
    unknown = [str(_TOPICS[one.topic]) for one in points if one.speaks is Speaks.NOT_KNOWN]
    if unknown:
        words = gettext("Not enough is known of: %(things)s.", things=format_list(unknown))
        told.append(Told(Speaks.NOT_KNOWN, words))
    return sorted(told, key=lambda one: list(Speaks).index(one.speaks))


def obstacle_in_words(reason: Reason) -> str:
    """Return why two people cannot be a pair, or what is not known, for the programme team."""
    if not reason.is_known:
        who = _WHO[reason.who]
        return gettext(
            "%(what)s: not answered by %(who)s.", what=_UNKNOWN[reason.obstacle], who=who
        )
    return _OBSTACLES[reason.obstacle](reason)


def _say(point: Point, reader: Reader) -> str:
    special = _COUNTED.get(point.topic)
    if special is not None:
        return special(point)
    team, mentee, mentor = _SENTENCES[point.topic, point.speaks]
    sentence = {Reader.TEAM: team, Reader.MENTEE: mentee, Reader.MENTOR: mentor}[reader]
    return str(sentence) % {"things": _things(point), **point.numbers}


def _things(point: Point) -> str:
    """Return what a point names, as a list in words."""
    kind = _TERMS.get(point.topic)
    words: Mapping[str, object] = {}
    if kind is not None:
        words = labels_of_kind(kind)
    elif point.topic is Topic.STYLE:
        words = _LIKED if point.speaks is Speaks.FOR else _APART
    elif point.topic is Topic.CHANNELS:
        words = CHANNELS
    elif point.topic is Topic.LANGUAGES:
        words = languages()
    return format_list([str(words.get(thing, thing)) for thing in point.things])


_TERMS: Final[Mapping[Topic, TermKind]] = {
    Topic.SKILLS: TermKind.SKILL,
    Topic.GOAL_AREAS: TermKind.GOAL_AREA,
    Topic.JOB_FAMILY: TermKind.JOB_FAMILY,
    Topic.INTERESTS: TermKind.INTEREST,
}

_BOTH_LIKE = lazy_gettext("You both like %(things)s.")
_DIFFER = lazy_gettext("You differ in %(things)s.")
_GOALS = lazy_gettext("Goals in common: %(things)s.")
_NO_GOALS = lazy_gettext("No goal in common.")
_NO_CHANNEL = lazy_gettext("No way to meet in common.")
_MISSING = lazy_gettext("Not covered: %(things)s.")

#: Topic and whether it speaks for the pair → the sentence for the team, the mentee, the mentor.
_SENTENCES: Final[Mapping[tuple[Topic, Speaks], Sequence[LazyString]]] = {
    (Topic.SKILLS, Speaks.FOR): (
        lazy_gettext("Covers %(count)d of %(total)d wanted skills: %(things)s."),
        lazy_gettext("Covers %(count)d of your %(total)d wanted skills: %(things)s."),
        lazy_gettext("Wants to learn what you offer: %(things)s."),
    ),
    (Topic.SKILLS, Speaks.AGAINST): (
        _MISSING,
        _MISSING,
        lazy_gettext("Wants to learn other things, too: %(things)s."),
    ),
    (Topic.STYLE, Speaks.FOR): (lazy_gettext("Both like %(things)s."), _BOTH_LIKE, _BOTH_LIKE),
    (Topic.STYLE, Speaks.AGAINST): (lazy_gettext("They differ in %(things)s."), _DIFFER, _DIFFER),
    (Topic.GOAL_AREAS, Speaks.FOR): (_GOALS, _GOALS, _GOALS),
    (Topic.GOAL_AREAS, Speaks.AGAINST): (_NO_GOALS, _NO_GOALS, _NO_GOALS),
    (Topic.CHANNELS, Speaks.FOR): (
        lazy_gettext("Both can meet %(things)s."),
        *2 * (lazy_gettext("You can both meet %(things)s."),),
    ),
    (Topic.CHANNELS, Speaks.AGAINST): (_NO_CHANNEL, _NO_CHANNEL, _NO_CHANNEL),
    (Topic.INTERESTS, Speaks.FOR): (
        lazy_gettext("In common besides work: %(things)s."),
        *2 * (lazy_gettext("In common besides work: %(things)s."),),
    ),
    (Topic.JOB_FAMILY, Speaks.FOR): (
        lazy_gettext("The same kind of work: %(things)s."),
        *2 * (lazy_gettext("The same kind of work: %(things)s."),),
    ),
    (Topic.LANGUAGES, Speaks.FOR): (
        lazy_gettext("Both speak %(things)s well."),
        *2 * (lazy_gettext("You both speak %(things)s well."),),
    ),
}

_TOPICS: Final[Mapping[Topic, LazyString]] = {
    Topic.SKILLS: lazy_gettext("skills"),
    Topic.STYLE: lazy_gettext("ways of working together"),
    Topic.GOAL_AREAS: lazy_gettext("goals"),
    Topic.TIME: lazy_gettext("time in common"),
    Topic.EXPERIENCE: lazy_gettext("standing at work"),
    Topic.CHANNELS: lazy_gettext("ways to meet"),
    Topic.CADENCE: lazy_gettext("how often to meet"),
}


def _time(point: Point) -> str:
    minutes = point.numbers["minutes"]
    if not minutes:
        return gettext("No time in common.")
    return gettext(
        "%(time)s a week in common, on %(days)s.",
        time=format_minutes(minutes),
        days=format_weekdays([int(day) for day in point.things]),
    )


def _experience(point: Point) -> str:
    steps = point.numbers["steps"]
    if not steps:
        return gettext("Both stand equally far at work.")
    if steps < 0:
        return ngettext(
            "The mentor stands %(num)d step below the mentee at work.",
            "The mentor stands %(num)d steps below the mentee at work.",
            -steps,
        )
    return ngettext(
        "The mentor is %(num)d step ahead at work.",
        "The mentor is %(num)d steps ahead at work.",
        steps,
    )


def _cadence(point: Point) -> str:
    mentee, mentor = point.numbers["mentee"], point.numbers["mentor"]
    if mentee == mentor:
        return ngettext(
            "Both would like to meet every week.",
            "Both would like to meet every %(num)d weeks.",
            mentee,
        )
    return gettext(
        "Meetings: every %(mentee)d weeks for the mentee, every %(mentor)d for the mentor.",
        mentee=mentee,
        mentor=mentor,
    )


_COUNTED: Final[Mapping[Topic, Callable[[Point], str]]] = {
    Topic.TIME: _time,
    Topic.EXPERIENCE: _experience,
    Topic.CADENCE: _cadence,
}

#: What keeps somebody apart from many, in a few words.
OBSTACLE_NAMES: Final[Mapping[Obstacle, LazyString]] = {
    Obstacle.SAME_PERSON: lazy_gettext("the same person"),
    Obstacle.NOT_APPROVED: lazy_gettext("not approved"),
    Obstacle.PAUSED: lazy_gettext("a pause"),
    Obstacle.NO_CONSENT: lazy_gettext("the programme's text is not agreed to"),
    Obstacle.NO_SEAT: lazy_gettext("no free seat"),
    Obstacle.HAS_ENOUGH: lazy_gettext("a pair or an open offer"),
    Obstacle.TOGETHER: lazy_gettext("already on the way to each other"),
    Obstacle.REPORTING_LINE: lazy_gettext("the reporting line"),
    Obstacle.INSTRUCTOR: lazy_gettext("one marks the other's work"),
    Obstacle.LANGUAGE: lazy_gettext("no language in common"),
    Obstacle.TIME: lazy_gettext("too little time in common"),
    Obstacle.EXCLUDED: lazy_gettext("blocked"),
    Obstacle.PAIRED_BEFORE: lazy_gettext("paired or declined before"),
    Obstacle.SENIORITY: lazy_gettext("not enough steps apart at work"),
    Obstacle.TRAINING: lazy_gettext("required training is missing"),
    Obstacle.MUST_MATCH: lazy_gettext("what both must agree in"),
}

_UNKNOWN: Final[Mapping[Obstacle, LazyString]] = {
    Obstacle.LANGUAGE: lazy_gettext("Languages"),
    Obstacle.TIME: lazy_gettext("Times"),
    Obstacle.SENIORITY: lazy_gettext("Standing at work"),
    Obstacle.MUST_MATCH: lazy_gettext("What the programme wants both to agree in"),
}


def _fixed(sentence: LazyString) -> Callable[[Reason], str]:
    return lambda _: str(sentence)


def _with_who(sentence: LazyString) -> Callable[[Reason], str]:
    return lambda reason: str(sentence) % {"who": _WHO[reason.who]}


def _reporting_line(reason: Reason) -> str:
    if reason.who == (Side.MENTOR,):
        return gettext("The mentor is above the mentee in the reporting line.")
    return gettext("The mentee is above the mentor in the reporting line.")


def _little_time(reason: Reason) -> str:
    return gettext(
        "Time in common: %(minutes)s a week; the programme wants %(wanted)s.",
        minutes=format_minutes(reason.numbers["minutes"]),
        wanted=format_minutes(reason.numbers["wanted"]),
    )


def _seniority(reason: Reason) -> str:
    return ngettext(
        "%(ahead)s The programme wants a mentor %(num)d step ahead.",
        "%(ahead)s The programme wants a mentor %(num)d steps ahead.",
        reason.numbers["wanted"],
        ahead=_experience(Point(Topic.EXPERIENCE, Speaks.AGAINST, numbers=reason.numbers)),
    )


def _training(reason: Reason) -> str:
    kinds = catalogue()
    titles = [str(kinds[kind].title) if kind in kinds else kind for kind in reason.things]
    return gettext(
        "Not completed by %(who)s, and required: %(things)s.",
        who=_WHO[reason.who],
        things=format_list(titles),
    )


def _must_match(reason: Reason) -> str:
    things = format_list([str(_MUST_MATCH[thing]) for thing in reason.things])
    return gettext("The programme wants both to agree in %(things)s.", things=things)


def _no_seat(reason: Reason) -> str:
    return ngettext(
        "No free seat: the mentor takes %(num)d mentee at a time.",
        "No free seat: the mentor takes %(num)d mentees at a time.",
        reason.numbers["seats"],
    )


_OBSTACLES: Final[Mapping[Obstacle, Callable[[Reason], str]]] = {
    Obstacle.SAME_PERSON: _fixed(lazy_gettext("Nobody can be their own mentor.")),
    Obstacle.NOT_APPROVED: _with_who(lazy_gettext("Not approved: %(who)s.")),
    Obstacle.PAUSED: _with_who(lazy_gettext("Pauses: %(who)s.")),
    Obstacle.NO_CONSENT: _with_who(
        lazy_gettext("Still to agree to the programme's text: %(who)s.")
    ),
    Obstacle.NO_SEAT: _no_seat,
    Obstacle.HAS_ENOUGH: _fixed(lazy_gettext("The mentee has a pair or an open offer already.")),
    Obstacle.TOGETHER: _fixed(lazy_gettext("The two are a pair already, or on the way to one.")),
    Obstacle.REPORTING_LINE: _reporting_line,
    Obstacle.INSTRUCTOR: _fixed(lazy_gettext("The mentor marks the mentee's work in a course.")),
    Obstacle.LANGUAGE: _fixed(lazy_gettext("No language that both speak well (B2).")),
    Obstacle.TIME: _little_time,
    Obstacle.EXCLUDED: _fixed(lazy_gettext("Blocked. Nobody is told why.")),
    Obstacle.PAIRED_BEFORE: _fixed(
        lazy_gettext(
            "The two were a pair, or one has declined, in the last two years; they are paired again"
            " only if both ask for it."
        )
    ),
    Obstacle.SENIORITY: _seniority,
    Obstacle.TRAINING: _training,
    Obstacle.MUST_MATCH: _must_match,
}
