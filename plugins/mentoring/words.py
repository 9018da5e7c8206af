"""A sign-up in words: for the person who wrote it, and for those who may read it."""

from collections.abc import Mapping, Sequence
from typing import Final

from lti_app.api import Answer, Side, TermKind, gettext, languages, words_of
from plugins.mentoring import taxonomy
from plugins.mentoring.answers import Answers, ChosenSkill
from plugins.mentoring.forms import clock_of
from plugins.mentoring.rules import Step, stretches
from plugins.mentoring.taxonomy import words


def in_words(answers: Answers) -> Mapping[Step, Sequence[Answer]]:
    """Return the answers of each step, but for the private one; no words for what was not asked."""
    return {step: of_step(answers) for step, of_step in _STEPS.items()}


def _part(answers: Answers) -> list[Answer]:
    side = {Side.MENTEE: gettext("Mentee"), Side.MENTOR: gettext("Mentor")}
    return [Answer(gettext("Part"), (side[answers.side],) if answers.side else ())]


def _skills(answers: Answers) -> list[Answer]:
    question = gettext("Skills offered") if answers.is_mentor else gettext("Skills wanted")
    labels = words_of(TermKind.SKILL, [skill.code for skill in answers.skills])
    return [Answer(question, tuple(labels.values()))]


def _levels(answers: Answers) -> list[Answer]:
    labels = words_of(TermKind.SKILL, [skill.code for skill in answers.skills])
    known = {skill.code: skill for skill in answers.skills}
    rated = [(label, _rating(known[code], answers)) for code, label in labels.items()]
    lines = tuple(f"{label}: {rating}" for label, rating in rated if rating)
    return [Answer(gettext("How far in each"), lines)]


def _rating(skill: ChosenSkill, answers: Answers) -> str:
    levels = taxonomy.OFFERED_LEVELS if answers.is_mentor else taxonomy.OWN_LEVELS
    said = [
        *words(taxonomy.PRIORITIES, _code(skill.priority)).values(),
        *words(levels, _code(skill.level)).values(),
    ]
    return " · ".join(said)


def _goals(answers: Answers) -> list[Answer]:
    goals = words_of(TermKind.GOAL_AREA, answers.goal_areas)
    wish = (answers.wish,) if answers.wish else ()
    if not answers.is_mentor:
        return [
            Answer(gettext("Goals"), tuple(goals.values())),
            Answer(gettext("Wanted from a mentor"), wish, is_own_words=True),
        ]
    tags = words_of(TermKind.TAG, answers.tags)
    return [
        Answer(gettext("Goals to help others with"), tuple(goals.values())),
        Answer(gettext("Experience"), tuple(tags.values())),
        Answer(gettext("What mentees should know"), wish, is_own_words=True),
    ]


def _about(answers: Answers) -> list[Answer]:
    families = words_of(TermKind.JOB_FAMILY, filter(None, [answers.job_family]))
    interests = words_of(TermKind.INTEREST, answers.interests)
    style = (
        gettext("Way of working together")
        if answers.is_mentor
        else gettext("Way of working together, as wanted")
    )
    return [
        Answer(
            gettext("Standing at work"),
            tuple(words(taxonomy.BANDS, _code(answers.band)).values()),
        ),
        Answer(gettext("Kind of work"), tuple(families.values())),
        Answer(style, _styles(answers)),
        Answer(gettext("Besides work"), tuple(interests.values())),
    ]


def _styles(answers: Answers) -> tuple[str, ...]:
    return tuple(
        gettext(
            "%(question)s: %(value)d from 1 (%(low)s) to 5 (%(high)s)",
            question=question,
            value=answers.styles[style],
            low=low,
            high=high,
        )
        for style, (question, low, high) in taxonomy.STYLES.items()
        if style in answers.styles
    )


def _meeting(answers: Answers) -> list[Answer]:
    cadence = words(taxonomy.CADENCES, _code(answers.cadence_weeks))
    names = languages()
    spoken = tuple(
        f"{names.get(code, code)} ({level})" for code, level in answers.languages.items()
    )
    said = [
        Answer(gettext("Ways to meet"), tuple(words(taxonomy.CHANNELS, answers.channels).values())),
        Answer(gettext("How often"), tuple(cadence.values())),
        Answer(gettext("Languages"), spoken),
    ]
    if answers.is_mentor:
        seats = () if answers.seats is None else (str(answers.seats),)
        said.insert(0, Answer(gettext("Mentees at a time"), seats))
    return said


def _times(answers: Answers) -> list[Answer]:
    zone = (answers.time_zone.replace("_", " "),) if answers.time_zone else ()
    return [
        Answer(gettext("Time zone"), zone),
        Answer(gettext("Usual week"), week_in_words(answers.cells)),
    ]


def week_in_words(cells: Sequence[int]) -> tuple[str, ...]:
    """Return a line for each day that has any hours."""
    return tuple(
        gettext(
            "%(day)s: %(hours)s",
            day=taxonomy.DAYS[day],
            hours=", ".join(f"{clock_of(start)}–{clock_of(until)}" for start, until in hours),
        )
        for day, hours in stretches(cells).items()
    )


def _code(number: int | None) -> tuple[str, ...]:
    return () if number is None else (str(number),)


_STEPS: Final = {
    Step.PART: _part,
    Step.SKILLS: _skills,
    Step.LEVELS: _levels,
    Step.GOALS: _goals,
    Step.ABOUT: _about,
    Step.MEETING: _meeting,
    Step.TIMES: _times,
}
