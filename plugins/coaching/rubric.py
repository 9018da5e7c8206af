"""What an instructor marks of a released session: four rows, four levels each, our own words.

The rows follow what can tell a good coaching conversation from a poor one (meaning that is
reflected, little telling), and each has evidence of its own beside it. Nothing here is counted by a
machine: a person reads the released copy and chooses a level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from lti_app.api import lazy_gettext

HIGHEST: Final = 3
_PLACES: Final = Decimal("0.01")


class Row(StrEnum):
    """One thing that is marked."""

    LISTENING = "listening"
    OWNERSHIP = "ownership"
    QUESTIONS = "questions"
    FLOW = "flow"


#: What a row counts for, out of 100.
WEIGHTS: Final[Mapping[Row, int]] = {
    Row.LISTENING: 30,
    Row.OWNERSHIP: 25,
    Row.QUESTIONS: 25,
    Row.FLOW: 20,
}


@dataclass(frozen=True)
class Wording:
    """A row in words: what it is about, and what each level means, from 0 to the highest.

    All are lazy translations.
    """

    title: Any
    about: Any
    anchors: tuple[Any, Any, Any, Any]


WORDS: Final[Mapping[Row, Wording]] = {
    Row.LISTENING: Wording(
        lazy_gettext("Listening"),
        lazy_gettext("The coach listens to understand, and says back what was meant."),
        (
            lazy_gettext("Nothing is summed up, or the summaries miss what was said."),
            lazy_gettext("Words are repeated; the partner found them partly right."),
            lazy_gettext("The meaning is said back, and the partner confirmed it."),
            lazy_gettext(
                "What was behind the words is said back, confirmed, and moves the talk on."
            ),
        ),
    ),
    Row.OWNERSHIP: Wording(
        lazy_gettext("Ownership"),
        lazy_gettext("Options and action come from the coachee; the coach tells little."),
        (
            lazy_gettext("The coach solves the problem."),
            lazy_gettext("The coach offers most of the options; the coachee agrees."),
            lazy_gettext("The coachee finds options of their own, with a hint here and there."),
            lazy_gettext("Options, choice and action are the coachee's own."),
        ),
    ),
    Row.QUESTIONS: Wording(
        lazy_gettext("Questions"),
        lazy_gettext("Questions that move the coachee's thinking on."),
        (
            lazy_gettext("Few questions, or advice in the form of questions."),
            lazy_gettext("Mostly questions for facts, or for yes or no."),
            lazy_gettext("Open questions that follow what was just said."),
            lazy_gettext("Open questions after which the coachee sees the matter differently."),
        ),
    ),
    Row.FLOW: Wording(
        lazy_gettext("GROW and action"),
        lazy_gettext("The talk goes from a goal to an action with a date."),
        (
            lazy_gettext("No goal, or no way from the goal to an action."),
            lazy_gettext("A goal and an action, with stages between them left out."),
            lazy_gettext("Goal, reality, options and will, and an action with a date."),
            lazy_gettext(
                "All four stages serve one goal, and the action is dated and within reach."
            ),
        ),
    ),
}


def share_of(levels: Mapping[Row, int]) -> Fraction:
    """Return how much of the rubric was reached, from 0 to 1, exactly.

    Args:
        levels: of every row, each from 0 to the highest.

    Raises:
        ValueError: a row is missing, or a level is none.
    """
    if set(levels) != set(Row) or not all(0 <= level <= HIGHEST for level in levels.values()):
        raise ValueError("a rubric has a level from 0 to 3 in every row")
    reached = sum(WEIGHTS[row] * level for row, level in levels.items())
    return Fraction(reached, HIGHEST * sum(WEIGHTS.values()))


def percent_of(levels: Mapping[Row, int]) -> Decimal:
    """Return how much of the rubric was reached, out of 100, half up to two places."""
    return points_of(levels, Decimal(100))


def points_of(levels: Mapping[Row, int], worth: Decimal | int) -> Decimal:
    """Return the points that the levels are worth, half up to two places.

    Args:
        levels: of every row.
        worth: how many points the whole rubric counts for.
    """
    share = share_of(levels) * Fraction(worth)
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return exact.quantize(_PLACES, ROUND_HALF_UP)
