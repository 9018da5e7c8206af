"""Answers as a value: stored and read back, and what a change of sides keeps."""

import json
from dataclasses import replace

import pytest

from lti_app.api import Channel, LanguageLevel, Side, Style
from plugins.mentoring.answers import Answers, ChosenSkill, from_json, to_json

FULL = Answers(
    side=Side.MENTEE,
    skills=(ChosenSkill("feedback", 0, 3), ChosenSkill("change", 5, 1)),
    goal_areas=("team", "plan"),
    wish="To grow.",
    tags=("abroad",),
    band=0,
    job_family="sales",
    styles={Style.BLUNT: 1, Style.TASK: 5},
    interests=("music",),
    seats=0,
    channels=(Channel.VIDEO, Channel.CHAT),
    cadence_weeks=2,
    languages={"nl": LanguageLevel.C2, "de": LanguageLevel.B1},
    time_zone="Europe/Berlin",
    cells=(0, 335),
    saved=frozenset({"part", "times"}),
)


@pytest.mark.parametrize("answers", [FULL, Answers()], ids=["all", "none"])
def test_answers_come_back_from_a_database_as_they_were(answers: Answers) -> None:
    kept = json.loads(json.dumps(to_json(answers)))
    assert from_json(kept) == answers
    assert list(from_json(kept).languages) == list(answers.languages)


def test_the_same_answers_are_stored_the_same_way() -> None:
    assert to_json(FULL) == json.loads(json.dumps(to_json(FULL)))


def test_nothing_stored_is_no_answers() -> None:
    assert from_json(None) == from_json({}) == Answers()


def test_skills_that_stay_keep_what_was_said_of_them() -> None:
    assert FULL.choose(["change", "listening"]) == (
        ChosenSkill("change", 5, 1),
        ChosenSkill("listening"),
    )


def test_who_changes_sides_is_asked_anew_for_what_differs() -> None:
    as_mentor = FULL.as_side(Side.MENTOR, {"part", "times", "private"})
    assert as_mentor.side is Side.MENTOR
    assert as_mentor.skills == (ChosenSkill("feedback"), ChosenSkill("change"))
    assert as_mentor.saved == {"part", "times"}
    assert as_mentor.cells == FULL.cells
    gone_through = replace(FULL, saved=frozenset({"part", "goals"}))
    assert gone_through.as_side(Side.MENTOR, {"part"}).saved == {"part"}


def test_who_stays_on_a_side_keeps_everything() -> None:
    assert FULL.as_side(Side.MENTEE, ()) is FULL
