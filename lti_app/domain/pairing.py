"""What is known of somebody who is to be paired: the facts that pairing by hand looks at.

Nothing of what people wrote in their own words is among them, and nothing of the groups that they
count themselves to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lti_app.domain.availability import Availability
from lti_app.domain.programmes import Side


class Channel(StrEnum):
    """How people can meet."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"
    CHAT = "chat"


class Style(StrEnum):
    """What somebody's way of working together is asked about, on a scale from 1 to 5."""

    #: Gentle to blunt.
    BLUNT = "blunt"
    #: Free-flowing to led by an agenda.
    AGENDA = "agenda"
    #: Reflective to fast.
    FAST = "fast"
    #: About the relationship to about the task.
    TASK = "task"


class LanguageLevel(StrEnum):
    """How well somebody speaks a language, from weak to strong, by the common European levels."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"

    def reaches(self, other: "LanguageLevel") -> bool:
        """Return whether this level is at least the other one."""
        levels = list(LanguageLevel)
        return levels.index(self) >= levels.index(other)


@dataclass(frozen=True)
class WantedSkill:
    """A skill that a mentee wants to grow in.

    Attributes:
        code: of a term of the organisation.
        priority: 1 (some) to 3 (most).
        own_level: 0 to 5.
    """

    code: str
    priority: int
    own_level: int


@dataclass(frozen=True)
class OfferedSkill:
    """A skill that a mentor can help with; `level` is 1 to 5."""

    code: str
    level: int


@dataclass(frozen=True)
class MatchingProfile:
    """One person's sign-up, as far as pairing looks at it.

    Attributes:
        wanted: of a mentee, 1 to 6. offered: of a mentor.
        goal_areas, job_family, tags: codes of terms of the organisation.
        band: 0–6, how senior; None where nobody said.
        languages: code → level.
        cadence_weeks: meet every so many weeks, 1–4; None where nobody said.
        styles: as wanted (mentee) or as one is (mentor), 1–5.
        availability: None where nobody said.
        excluded: whom the person never wants to be paired with; the desk is told no more than that
            a pair is blocked.
        asked_again_for: whom the person asked to be paired with once more.
    """

    person_id: UUID
    side: Side
    wanted: tuple[WantedSkill, ...] = ()
    offered: tuple[OfferedSkill, ...] = ()
    goal_areas: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    band: int | None = None
    job_family: str | None = None
    languages: Mapping[str, LanguageLevel] = field(default_factory=dict)
    channels: frozenset[Channel] = frozenset()
    cadence_weeks: int | None = None
    styles: Mapping[Style, int] = field(default_factory=dict)
    interests: tuple[str, ...] = ()
    availability: Availability | None = None
    excluded: frozenset[UUID] = frozenset()
    asked_again_for: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Answer:
    """One question of a sign-up and what somebody answered, in words for whoever may read it.

    Attributes:
        question: in the reader's language.
        answers: one or more; none where the question was left out.
        is_own_words: the person wrote it; everything else was chosen from what there was.
    """

    question: str
    answers: tuple[str, ...]
    is_own_words: bool = False


@dataclass(frozen=True)
class Submission:
    """A sign-up that was submitted, as the plugin that keeps it tells the programme.

    Attributes:
        seats: how many mentees a mentor takes; 0 for a mentee.
    """

    person_id: UUID
    activity_id: UUID
    side: Side
    seats: int
    submitted_at: datetime
