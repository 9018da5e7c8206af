"""What speaks for a pair and what against it, point by point."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from lti_app.domain.availability import Availability
from lti_app.domain.fitting import Point, Speaks, Topic, reasons_to_show, what_fits
from lti_app.domain.pairing import (
    Channel,
    LanguageLevel,
    MatchingProfile,
    OfferedSkill,
    Style,
    WantedSkill,
)
from lti_app.domain.programmes import Side

JANUARY = date(2027, 1, 11)
MENTEE = MatchingProfile(
    UUID(int=1),
    Side.MENTEE,
    wanted=(
        WantedSkill("hiring", 1, 0),
        WantedSkill("delegating", 3, 1),
        WantedSkill("budgeting", 2, 2),
        WantedSkill("data", 1, 0),
    ),
    goal_areas=("team", "plan"),
    band=1,
    job_family="sales",
    languages={"de": LanguageLevel.C1},
    channels=frozenset({Channel.VIDEO, Channel.PHONE}),
    cadence_weeks=2,
    styles={Style.BLUNT: 1, Style.AGENDA: 5, Style.FAST: 3},
    interests=("Running", "jazz"),
    availability=Availability("Europe/Berlin", ((24 * 60 + 540, 24 * 60 + 630),)),
)
MENTOR = MatchingProfile(
    UUID(int=2),
    Side.MENTOR,
    offered=(
        OfferedSkill("delegating", 5),
        OfferedSkill("hiring", 1),
        OfferedSkill("budgeting", 2),
    ),
    goal_areas=("plan", "career"),
    band=3,
    job_family="sales",
    languages={"de": LanguageLevel.B2},
    channels=frozenset({Channel.VIDEO}),
    cadence_weeks=2,
    styles={Style.BLUNT: 5, Style.AGENDA: 4, Style.FAST: 3},
    interests=("Jazz",),
    availability=Availability("Europe/Berlin", ((24 * 60 + 480, 24 * 60 + 600),)),
)


def points(topic: Topic, **changes: object) -> list[Point]:
    """Return the points about one thing, with another mentor."""
    # Each field has a type of its own, and a field that is none fails at once.
    mentor = replace(MENTOR, **changes)  # type: ignore[arg-type]
    return [point for point in what_fits(MENTEE, mentor, JANUARY) if point.topic is topic]


def test_skills_are_covered_where_the_mentor_is_further_most_wanted_first() -> None:
    numbers = {"count": 2, "total": 4}
    assert points(Topic.SKILLS) == [
        Point(Topic.SKILLS, Speaks.FOR, ("delegating", "hiring"), numbers),
        Point(Topic.SKILLS, Speaks.AGAINST, ("budgeting", "data"), numbers),
    ]


def test_styles_are_alike_towards_one_end_and_apart_from_one_end_to_the_other() -> None:
    assert points(Topic.STYLE) == [
        Point(Topic.STYLE, Speaks.FOR, ("agenda.high",)),
        Point(Topic.STYLE, Speaks.AGAINST, ("blunt",)),
    ]
    assert points(Topic.STYLE, styles={Style.BLUNT: 1}) == [Point(Topic.STYLE, Speaks.NOT_KNOWN)]


def test_goal_areas_that_are_shared_speak_for_the_pair() -> None:
    assert points(Topic.GOAL_AREAS) == [
        Point(Topic.GOAL_AREAS, Speaks.FOR, ("plan",), {"count": 1, "total": 2})
    ]
    assert points(Topic.GOAL_AREAS, goal_areas=("career",))[0].speaks is Speaks.AGAINST


def test_shared_time_is_told_with_its_days() -> None:
    assert points(Topic.TIME) == [Point(Topic.TIME, Speaks.FOR, ("1",), {"minutes": 60})]
    monday = Availability("Europe/Berlin", ((0, 60),))
    assert points(Topic.TIME, availability=monday) == [
        Point(Topic.TIME, Speaks.AGAINST, (), {"minutes": 0})
    ]


def test_the_days_are_those_of_the_reader() -> None:
    late = Availability("Europe/Berlin", ((22 * 60, 23 * 60),))
    mentee, mentor = replace(MENTEE, availability=late), replace(MENTOR, availability=late)
    found = {
        zone: next(
            point.things
            for point in what_fits(mentee, mentor, JANUARY, zone)
            if point.topic is Topic.TIME
        )
        for zone in ("Europe/Berlin", "Asia/Tokyo")
    }
    assert found == {"Europe/Berlin": ("0",), "Asia/Tokyo": ("1",)}


@pytest.mark.parametrize(
    ("band", "speaks"), [(0, "against"), (1, "against"), (2, "for"), (4, "for"), (5, "against")]
)
def test_a_mentor_some_steps_ahead_speaks_for_the_pair(band: int, speaks: str) -> None:
    assert [(point.speaks, point.numbers) for point in points(Topic.EXPERIENCE, band=band)] == [
        (speaks, {"steps": band - 1})
    ]


@pytest.mark.parametrize(("weeks", "speaks"), [(2, ["for"]), (3, []), (1, []), (4, ["against"])])
def test_a_week_more_or_less_between_meetings_matters_to_nobody(
    weeks: int, speaks: list[str]
) -> None:
    assert [point.speaks for point in points(Topic.CADENCE, cadence_weeks=weeks)] == speaks


def test_smaller_things_in_common_are_told_and_not_missed() -> None:
    assert points(Topic.CHANNELS)[0].things == ("video",)
    assert points(Topic.CHANNELS, channels=frozenset({Channel.CHAT}))[0].speaks is Speaks.AGAINST
    assert points(Topic.INTERESTS)[0].things == ("jazz",)
    assert points(Topic.INTERESTS, interests=("chess",)) == []
    assert points(Topic.JOB_FAMILY)[0].things == ("sales",)
    assert points(Topic.JOB_FAMILY, job_family="law") == []
    assert points(Topic.LANGUAGES)[0].things == ("de",)
    assert points(Topic.LANGUAGES, languages={}) == []


def test_of_somebody_who_said_nothing_nothing_is_known() -> None:
    silent = MatchingProfile(UUID(int=2), Side.MENTOR)
    found = what_fits(MENTEE, silent, JANUARY)
    assert {point.speaks for point in found} == {Speaks.NOT_KNOWN}
    assert reasons_to_show(found) == ((), None)


def test_people_read_the_three_weightiest_reasons_and_one_caution() -> None:
    reasons, caution = reasons_to_show(what_fits(MENTEE, MENTOR, JANUARY))
    assert [point.topic for point in reasons] == [Topic.SKILLS, Topic.STYLE, Topic.GOAL_AREAS]
    assert caution is not None
    assert caution.things == ("budgeting", "data")
