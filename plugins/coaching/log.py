"""The log of one conversation along GROW, as a value: written live or afterwards, kept as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

#: What is stored; anything may be missing in it.
Json = Mapping[str, Any]
LEAST_OPTIONS, LEAST_QUESTIONS, LEAST_SUMMARIES = 2, 5, 2
MOST_OPTIONS, MOST_QUESTIONS, MOST_SUMMARIES = 8, 20, 5


class Stage(StrEnum):
    """A stage of GROW."""

    GOAL = "goal"
    REALITY = "reality"
    OPTIONS = "options"
    WILL = "will"


class Tag(StrEnum):
    """How the coach sees a question of their own."""

    OPEN = "open"
    CLOSED = "closed"
    LEADING = "leading"
    ADVICE = "advice"


class Origin(StrEnum):
    """Who said an option."""

    COACHEE = "coachee"
    COACH = "coach"
    BOTH = "both"


@dataclass(frozen=True)
class Option:
    """Something that could be done, and who said it."""

    text: str
    said_by: str = ""


@dataclass(frozen=True)
class Question:
    """A question of the coach, word by word."""

    text: str
    stage: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Reflection:
    """What the coach thinks afterwards; the partner does not read it."""

    opened: str = ""
    telling: str = ""
    next_time: str = ""


@dataclass(frozen=True)
class Log:
    """All that is written about one conversation; what is not written yet is empty.

    Attributes:
        setting: `real`, `scenario` or `workplace`.
        goal: in the coachee's words.
        action, by_when, commitment, who_knows: what the coachee will do; commitment from 1 to 10.
    """

    setting: str = ""
    goal: str = ""
    reality: str = ""
    options: tuple[Option, ...] = ()
    action: str = ""
    by_when: date | None = None
    commitment: int | None = None
    who_knows: str = ""
    questions: tuple[Question, ...] = ()
    summaries: tuple[str, ...] = ()
    reflection: Reflection = field(default_factory=Reflection)

    @property
    def without_reflection(self) -> "Log":
        """Return what the partner may read."""
        return replace(self, reflection=Reflection())


class Missing(StrEnum):
    """What a log still needs before it can be handed to the partner."""

    GOAL = "goal"
    REALITY = "reality"
    OPTIONS = "options"
    ACTION = "action"
    BY_WHEN = "by_when"
    QUESTIONS = "questions"
    SUMMARIES = "summaries"
    HELD_ON = "held_on"
    MINUTES = "minutes"


#: Form of a log → least number of options, questions and summaries.
_LEAST: Final[Mapping[str, tuple[int, int, int]]] = {
    "full": (LEAST_OPTIONS, LEAST_QUESTIONS, LEAST_SUMMARIES),
    "short": (0, 1, 1),
}


def missing(log: Log, form: str) -> tuple[Missing, ...]:
    """Return what a log still needs before it can be handed over, in the order of the page.

    Args:
        log: as written so far.
        form: `full` or `short`, for a quick conversation.
    """
    options, questions, summaries = _LEAST[form]
    said = [one for one in log.options if one.text and one.said_by]
    has = {
        Missing.GOAL: bool(log.goal),
        Missing.REALITY: bool(log.reality) or form == "short",
        Missing.OPTIONS: len(said) >= options,
        Missing.ACTION: bool(log.action),
        Missing.BY_WHEN: log.by_when is not None,
        Missing.QUESTIONS: len(log.questions) >= questions,
        Missing.SUMMARIES: len(log.summaries) >= summaries,
    }
    return tuple(one for one, is_there in has.items() if not is_there)


def has_reflected(log: Log, form: str, shortest: int) -> bool:
    """Return whether the coach has thought about it in writing: each question, or the last one."""
    asked = [log.reflection.next_time]
    if form == "full":
        asked += [log.reflection.opened, log.reflection.telling]
    return all(len(text) >= shortest for text in asked)


def to_json(log: Log) -> dict[str, Any]:
    """Return a log as it is stored."""
    return {
        "setting": log.setting,
        "goal": log.goal,
        "reality": log.reality,
        "options": [{"text": one.text, "said_by": one.said_by} for one in log.options],
        "action": log.action,
        "by_when": log.by_when.isoformat() if log.by_when else None,
        "commitment": log.commitment,
        "who_knows": log.who_knows,
        "questions": [
            {"text": one.text, "stage": one.stage, "tag": one.tag} for one in log.questions
        ],
        "summaries": list(log.summaries),
        "reflection": {
            "opened": log.reflection.opened,
            "telling": log.reflection.telling,
            "next_time": log.reflection.next_time,
        },
    }


def from_json(stored: Json | None) -> Log:
    """Return a stored log; that of nobody is empty."""
    given = stored or {}
    by_when = given.get("by_when")
    return Log(
        setting=given.get("setting", ""),
        goal=given.get("goal", ""),
        reality=given.get("reality", ""),
        options=tuple(Option(**one) for one in given.get("options", ())),
        action=given.get("action", ""),
        by_when=date.fromisoformat(by_when) if by_when else None,
        commitment=given.get("commitment"),
        who_knows=given.get("who_knows", ""),
        questions=tuple(Question(**one) for one in given.get("questions", ())),
        summaries=tuple(given.get("summaries", ())),
        reflection=Reflection(**given.get("reflection", {})),
    )


def with_texts(log: Log, change: Callable[[str], str]) -> Log:
    """Return a log with every text that somebody wrote changed, and everything else as it is."""
    reflection = log.reflection
    return replace(
        log,
        goal=change(log.goal),
        reality=change(log.reality),
        options=tuple(replace(one, text=change(one.text)) for one in log.options),
        action=change(log.action),
        who_knows=change(log.who_knows),
        questions=tuple(replace(one, text=change(one.text)) for one in log.questions),
        summaries=tuple(change(one) for one in log.summaries),
        reflection=Reflection(
            change(reflection.opened), change(reflection.telling), change(reflection.next_time)
        ),
    )
