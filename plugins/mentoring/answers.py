"""What somebody answers at sign-up, as a value: written step by step, kept as JSON, then sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lti_app.api import Channel, LanguageLevel, Side, Style

#: What is stored; anything may be missing in it.
Json = Mapping[str, Any]


@dataclass(frozen=True)
class ChosenSkill:
    """A skill that a mentee wants or a mentor offers.

    Attributes:
        code: of a term.
        level: a mentee's own, 0–5; a mentor's, 1–5; None until it was asked.
        priority: of a mentee, 1 (some) to 3 (most); None for mentors.
    """

    code: str
    level: int | None = None
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers of one sign-up; whatever was not answered yet is empty.

    Attributes:
        skills: at most six wanted, or ten offered.
        goal_areas, tags, interests, job_family: codes of terms.
        wish: what a mentee wants from a mentor, or a mentor wants mentees to know; own words.
        band: 0–6, how far somebody is in their work.
        styles: 1–5; what does not matter to somebody is left out.
        seats: how many mentees a mentor takes at a time, 0–5.
        cadence_weeks: meet every so many weeks, 1–4; None: it does not matter.
        languages: code → level, in the order in which they were named.
        cells: half hours of a usual week, 0–335 from Monday 00:00 in `time_zone`.
        saved: steps that were gone through, by name.
    """

    side: Side | None = None
    skills: tuple[ChosenSkill, ...] = ()
    goal_areas: tuple[str, ...] = ()
    wish: str = ""
    tags: tuple[str, ...] = ()
    band: int | None = None
    job_family: str | None = None
    styles: Mapping[Style, int] = field(default_factory=dict)
    interests: tuple[str, ...] = ()
    seats: int | None = None
    channels: tuple[Channel, ...] = ()
    cadence_weeks: int | None = None
    languages: Mapping[str, LanguageLevel] = field(default_factory=dict)
    time_zone: str | None = None
    cells: tuple[int, ...] = ()
    saved: frozenset[str] = frozenset()

    @property
    def is_mentor(self) -> bool:
        """Return whether a mentor answers; a mentee, or nobody who knows yet, otherwise."""
        return self.side is Side.MENTOR

    def choose(self, codes: Iterable[str]) -> tuple[ChosenSkill, ...]:
        """Return skills by code, with what is known of those that were chosen already."""
        known = {skill.code: skill for skill in self.skills}
        return tuple(known.get(code, ChosenSkill(code)) for code in codes)

    def as_side(self, side: Side | None, keeps: Iterable[str]) -> "Answers":
        """Return the answers of somebody who takes a part.

        Who takes another part is asked anew for what differs between the two; what they answered
        stands there to begin with.

        Args:
            side: which.
            keeps: the steps that ask everybody the same.
        """
        if side is self.side:
            return self
        skills = tuple(ChosenSkill(skill.code) for skill in self.skills)
        return replace(self, side=side, skills=skills, saved=self.saved & frozenset(keeps))


def to_json(answers: Answers) -> dict[str, Any]:
    """Return answers as they are stored."""
    return {
        "side": answers.side,
        "skills": [
            {"code": one.code, "level": one.level, "priority": one.priority}
            for one in answers.skills
        ],
        "goal_areas": list(answers.goal_areas),
        "wish": answers.wish,
        "tags": list(answers.tags),
        "band": answers.band,
        "job_family": answers.job_family,
        "styles": dict(answers.styles),
        "interests": list(answers.interests),
        "seats": answers.seats,
        "channels": list(answers.channels),
        "cadence_weeks": answers.cadence_weeks,
        "languages": [[code, level] for code, level in answers.languages.items()],
        "time_zone": answers.time_zone,
        "cells": list(answers.cells),
        "saved": sorted(answers.saved),
    }


def from_json(stored: Json | None) -> Answers:
    """Return stored answers; those of nobody are empty."""
    given = stored or {}
    side = given.get("side")
    return Answers(
        side=Side(side) if side else None,
        skills=tuple(
            ChosenSkill(one["code"], one.get("level"), one.get("priority"))
            for one in given.get("skills", ())
        ),
        goal_areas=tuple(given.get("goal_areas", ())),
        wish=given.get("wish", ""),
        tags=tuple(given.get("tags", ())),
        band=given.get("band"),
        job_family=given.get("job_family"),
        styles={Style(name): value for name, value in given.get("styles", {}).items()},
        interests=tuple(given.get("interests", ())),
        seats=given.get("seats"),
        channels=tuple(Channel(one) for one in given.get("channels", ())),
        cadence_weeks=given.get("cadence_weeks"),
        languages={code: LanguageLevel(level) for code, level in given.get("languages", ())},
        time_zone=given.get("time_zone"),
        cells=tuple(given.get("cells", ())),
        saved=frozenset(given.get("saved", ())),
    )
