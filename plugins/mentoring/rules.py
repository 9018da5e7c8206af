"""Pure rules of the sign-up: its steps, what each needs, who is done, and who may still change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lti_app.api import Completion, Side, State
from plugins.mentoring.answers import Answers

FULL_SCORE = Decimal(100)
MOST_WANTED, MOST_OFFERED = 6, 10
MOST_GOAL_AREAS = 3
SHORTEST_WISH, LONGEST_WISH = 20, 300
MOST_TAGS = 6
MOST_INTERESTS = 5
MOST_SEATS = 5
MOST_LANGUAGES = 4
MOST_EXCLUSIONS = 5
LONGEST_EXCLUSION = 100
CELL_MINUTES = 30
CELLS_OF_DAY = 48
CELLS_OF_WEEK = 7 * CELLS_OF_DAY


class Step(StrEnum):
    """One page of the sign-up, each with a form of its own."""

    PART = "part"
    SKILLS = "skills"
    LEVELS = "levels"
    GOALS = "goals"
    ABOUT = "about"
    MEETING = "meeting"
    TIMES = "times"
    PRIVATE = "private"


#: Steps that ask mentees and mentors the same.
SAME_FOR_ALL: Final = frozenset({Step.PART, Step.TIMES, Step.PRIVATE})


@dataclass(frozen=True)
class Setting:
    """What a sign-up asks besides its usual questions.

    Attributes:
        sides: those on offer; one alone is not asked for.
        asks_name: the LMS told no name.
        minimum_minutes: that somebody must have time a week, to be paired at all.
        needs_job_family: the programme pairs people of one job family only.
        is_of_programme: the sign-up is a programme's, which pairs people, and looks at whom it
            reaches.
    """

    sides: tuple[Side, ...] = tuple(Side)
    asks_name: bool = False
    minimum_minutes: int = CELL_MINUTES
    needs_job_family: bool = False
    is_of_programme: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps in their order."""
        asks_part = self.asks_name or len(self.sides) > 1
        return tuple(step for step in Step if asks_part or step is not Step.PART)


def is_complete(step: Step, answers: Answers, setting: Setting) -> bool:
    """Return whether the answers hold all that a step needs."""
    return _NEEDS[step](answers, setting)


def open_steps(answers: Answers, setting: Setting) -> tuple[Step, ...]:
    """Return the steps that somebody has still to go through, in their order."""
    return tuple(
        step
        for step in setting.steps
        if step not in answers.saved or not is_complete(step, answers, setting)
    )


def step_after(step: Step, setting: Setting) -> Step | None:
    """Return the next step, or None after the last one."""
    steps = setting.steps
    following = steps[steps.index(step) + 1 :] if step in steps else steps
    return following[0] if following else None


def most_skills(answers: Answers) -> int:
    """Return how many skills somebody may choose."""
    return MOST_OFFERED if answers.is_mentor else MOST_WANTED


def _has_part(answers: Answers, setting: Setting) -> bool:
    return answers.side in setting.sides


def _has_skills(answers: Answers, _: Setting) -> bool:
    return 1 <= len(answers.skills) <= most_skills(answers)


def _has_levels(answers: Answers, _: Setting) -> bool:
    least = 1 if answers.is_mentor else 0
    return bool(answers.skills) and all(
        skill.level is not None
        and skill.level >= least
        and (answers.is_mentor or skill.priority is not None)
        for skill in answers.skills
    )


def _has_goals(answers: Answers, _: Setting) -> bool:
    is_told = answers.is_mentor or len(answers.wish) >= SHORTEST_WISH
    is_short = len(answers.wish) <= LONGEST_WISH and len(answers.tags) <= MOST_TAGS
    return 1 <= len(answers.goal_areas) <= MOST_GOAL_AREAS and is_told and is_short


def _has_said_who(answers: Answers, setting: Setting) -> bool:
    has_family = answers.job_family is not None or not setting.needs_job_family
    return answers.band is not None and has_family and len(answers.interests) <= MOST_INTERESTS


def _has_ways_to_meet(answers: Answers, _: Setting) -> bool:
    has_seats = answers.seats is not None or not answers.is_mentor
    return bool(answers.channels) and bool(answers.languages) and has_seats


def _has_times(answers: Answers, setting: Setting) -> bool:
    minutes = len(answers.cells) * CELL_MINUTES
    return answers.time_zone is not None and minutes >= setting.minimum_minutes


def _needs_nothing(_: Answers, __: Setting) -> bool:
    return True


_NEEDS: Final[Mapping[Step, Callable[[Answers, Setting], bool]]] = {
    Step.PART: _has_part,
    Step.SKILLS: _has_skills,
    Step.LEVELS: _has_levels,
    Step.GOALS: _has_goals,
    Step.ABOUT: _has_said_who,
    Step.MEETING: _has_ways_to_meet,
    Step.TIMES: _has_times,
    Step.PRIVATE: _needs_nothing,
}


@dataclass(frozen=True)
class Facts:
    """What the rule looks at of a sign-up; a draft has neither."""

    submitted_at: datetime | None
    consent_at: datetime | None


def completion(facts: Facts | None) -> Completion:
    """Say how far a person is.

    Args:
        facts: of their sign-up or draft; None for somebody who has stored nothing.
    """
    if facts is None:
        return Completion()
    if facts.submitted_at is None or facts.consent_at is None:
        return Completion(State.STARTED)
    return Completion(State.COMPLETED, FULL_SCORE)


def seats_of(answers: Answers) -> int:
    """Return how many people somebody takes on; who signed up before it was asked takes one."""
    if not answers.is_mentor:
        return 0
    return 1 if answers.seats is None else answers.seats


def is_open(closes_at: datetime | None, at: datetime) -> bool:
    """Return whether sign-ups and changes still count; at the moment of closing they do not."""
    return closes_at is None or at < closes_at


def with_hours(
    cells: Collection[int], days: Collection[int], start: int, until: int, *, taken: bool
) -> tuple[int, ...]:
    """Return the half hours of a week after a stretch of some days was added, or taken out.

    Args:
        cells: 0–335 from Monday 00:00.
        days: 0 (Monday) to 6.
        start, until: half hours of a day, 0–48; the stretch ends before `until`.
        taken: they are taken out instead of added.
    """
    stretch = {day * CELLS_OF_DAY + cell for day in days for cell in range(start, until)}
    return tuple(sorted(set(cells) - stretch if taken else set(cells) | stretch))


def stretches(cells: Collection[int]) -> Mapping[int, tuple[tuple[int, int], ...]]:
    """Return the stretches of each day that has any: day → from and until, in half hours of it."""
    found: dict[int, list[tuple[int, int]]] = {}
    for cell in sorted(set(cells)):
        day, start = divmod(cell, CELLS_OF_DAY)
        of_day = found.setdefault(day, [])
        if of_day and of_day[-1][1] == start:
            of_day[-1] = (of_day[-1][0], start + 1)
        else:
            of_day.append((start, start + 1))
    return {day: tuple(of_day) for day, of_day in found.items()}
