"""What speaks for two people as a pair, and what against it, from what both answered; no score.

Points stand in the order in which they matter: what the mentee needs first, then how the two work,
what they want, when they can meet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lti_app.domain.availability import overlap_minutes, shared_weekdays
from lti_app.domain.pairing import MatchingProfile, Style
from lti_app.domain.pairing_rules import languages_in_common

MOST_REASONS = 3
_FEWEST_STYLES = 2
_MIDDLE = 3
#: How many bands ahead a mentor understands where a mentee stands, and has gone further.
_USEFUL_GAP = range(1, 4)


class Topic(StrEnum):
    """What a point is about, the weightiest first."""

    SKILLS = "skills"
    STYLE = "style"
    GOAL_AREAS = "goal_areas"
    TIME = "time"
    EXPERIENCE = "experience"
    CHANNELS = "channels"
    CADENCE = "cadence"
    INTERESTS = "interests"
    JOB_FAMILY = "job_family"
    LANGUAGES = "languages"


class Speaks(StrEnum):
    """Whether a point speaks for a pair."""

    FOR = "for"
    AGAINST = "against"
    #: Somebody has not said enough to tell.
    NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Point:
    """One point; its sentence stands with the pages.

    Attributes:
        things: codes of terms, styles, channels or languages that it names; or interests.
        numbers: for the sentence, by name.
    """

    topic: Topic
    speaks: Speaks
    things: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _When:
    """From when on two people would meet, and in whose zone days are named."""

    first_day: date
    zone: str


def what_fits(
    mentee: MatchingProfile, mentor: MatchingProfile, first_day: date, zone: str = "UTC"
) -> tuple[Point, ...]:
    """Return all points of two people, in the order in which they matter.

    Args:
        mentee, mentor: what both answered.
        first_day: from when on they would meet.
        zone: of the reader, in which days of the week are named.
    """
    when = _When(first_day, zone)
    return tuple(point for topic in Topic for point in _LOOKS[topic](mentee, mentor, when))


def reasons_to_show(points: tuple[Point, ...]) -> tuple[tuple[Point, ...], Point | None]:
    """Return what people read in an offer: up to three reasons, and one caution if there is any."""
    reasons = tuple(point for point in points if point.speaks is Speaks.FOR)
    cautions = (point for point in points if point.speaks is Speaks.AGAINST)
    return reasons[:MOST_REASONS], next(cautions, None)


def _skills(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    if not mentee.wanted or not mentor.offered:
        return [Point(Topic.SKILLS, Speaks.NOT_KNOWN)]
    levels = {skill.code: skill.level for skill in mentor.offered}
    wanted = sorted(mentee.wanted, key=lambda skill: -skill.priority)
    covered = tuple(skill.code for skill in wanted if levels.get(skill.code, 0) > skill.own_level)
    missing = tuple(skill.code for skill in wanted if skill.code not in covered)
    numbers = {"count": len(covered), "total": len(wanted)}
    points = []
    if covered:
        points.append(Point(Topic.SKILLS, Speaks.FOR, covered, numbers))
    if missing:
        points.append(Point(Topic.SKILLS, Speaks.AGAINST, missing, numbers))
    return points


def _style(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    both = [style for style in Style if style in mentee.styles and style in mentor.styles]
    if len(both) < _FEWEST_STYLES:
        return [Point(Topic.STYLE, Speaks.NOT_KNOWN)]
    alike = tuple(
        f"{style}.{_pole(mentor.styles[style])}"
        for style in both
        if _pole(mentee.styles[style]) == _pole(mentor.styles[style])
        and mentor.styles[style] != _MIDDLE
    )
    apart = tuple(
        style.value for style in both if abs(mentee.styles[style] - mentor.styles[style]) >= _MIDDLE
    )
    points = [Point(Topic.STYLE, Speaks.FOR, alike)] if alike else []
    return [*points, Point(Topic.STYLE, Speaks.AGAINST, apart)] if apart else points


def _pole(value: int) -> str:
    """Return towards which end of a scale from 1 to 5 somebody leans."""
    return "middle" if value == _MIDDLE else "low" if value < _MIDDLE else "high"


def _goal_areas(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    if not mentee.goal_areas or not mentor.goal_areas:
        return [Point(Topic.GOAL_AREAS, Speaks.NOT_KNOWN)]
    shared = tuple(code for code in mentee.goal_areas if code in mentor.goal_areas)
    numbers = {"count": len(shared), "total": len(mentee.goal_areas)}
    if shared:
        return [Point(Topic.GOAL_AREAS, Speaks.FOR, shared, numbers)]
    return [Point(Topic.GOAL_AREAS, Speaks.AGAINST, mentee.goal_areas, numbers)]


def _experience(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    if mentee.band is None or mentor.band is None:
        return [Point(Topic.EXPERIENCE, Speaks.NOT_KNOWN)]
    steps = mentor.band - mentee.band
    speaks = Speaks.FOR if steps in _USEFUL_GAP else Speaks.AGAINST
    return [Point(Topic.EXPERIENCE, speaks, numbers={"steps": steps})]


def _interests(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    theirs = {words.casefold() for words in mentor.interests}
    shared = tuple(words for words in mentee.interests if words.casefold() in theirs)
    return [Point(Topic.INTERESTS, Speaks.FOR, shared)] if shared else []


def _channels(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    if not mentee.channels or not mentor.channels:
        return [Point(Topic.CHANNELS, Speaks.NOT_KNOWN)]
    shared = tuple(sorted(mentee.channels & mentor.channels))
    return [Point(Topic.CHANNELS, Speaks.FOR if shared else Speaks.AGAINST, shared)]


def _cadence(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    one, other = mentee.cadence_weeks, mentor.cadence_weeks
    if one is None or other is None:
        return [Point(Topic.CADENCE, Speaks.NOT_KNOWN)]
    numbers = {"mentee": one, "mentor": other}
    if one == other:
        return [Point(Topic.CADENCE, Speaks.FOR, numbers=numbers)]
    # A week more or less is easily settled.
    return [Point(Topic.CADENCE, Speaks.AGAINST, numbers=numbers)] if abs(one - other) > 1 else []


def _job_family(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    if mentee.job_family is None or mentee.job_family != mentor.job_family:
        return []
    return [Point(Topic.JOB_FAMILY, Speaks.FOR, (mentee.job_family,))]


def _languages(mentee: MatchingProfile, mentor: MatchingProfile, _: _When) -> list[Point]:
    shared = languages_in_common(mentee, mentor)
    return [Point(Topic.LANGUAGES, Speaks.FOR, shared)] if shared else []


def _time(mentee: MatchingProfile, mentor: MatchingProfile, when: _When) -> list[Point]:
    one, other = mentee.availability, mentor.availability
    if one is None or other is None:
        return [Point(Topic.TIME, Speaks.NOT_KNOWN)]
    minutes = overlap_minutes(one, other, when.first_day)
    days = shared_weekdays(one, other, when.first_day, when.zone)
    speaks = Speaks.FOR if minutes else Speaks.AGAINST
    return [Point(Topic.TIME, speaks, tuple(str(day) for day in days), {"minutes": minutes})]


_LOOKS: Mapping[Topic, Callable[[MatchingProfile, MatchingProfile, _When], list[Point]]] = {
    Topic.SKILLS: _skills,
    Topic.STYLE: _style,
    Topic.GOAL_AREAS: _goal_areas,
    Topic.TIME: _time,
    Topic.EXPERIENCE: _experience,
    Topic.CHANNELS: _channels,
    Topic.CADENCE: _cadence,
    Topic.INTERESTS: _interests,
    Topic.JOB_FAMILY: _job_family,
    Topic.LANGUAGES: _languages,
}
