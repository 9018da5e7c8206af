"""The words that profiles choose from: what kinds there are, and what an organisation begins with.

The codes are stored and never change their meaning; the words are the organisation's own to reword.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

LONGEST_LABEL = 200
_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


class TermKind(StrEnum):
    """What a term is a word for."""

    SKILL = "skill"
    GOAL_AREA = "goal_area"
    JOB_FAMILY = "job_family"
    TAG = "tag"
    INTEREST = "interest"


def is_code(text: str) -> bool:
    """Return whether a text can be a term's code: 1 to 40 of a–z, 0–9 and `_`."""
    return _CODE.fullmatch(text) is not None


def N_(words: str) -> str:  # noqa: N802 (the name by which message extraction finds the words)
    """Mark words for translation; they are translated when a page shows them."""
    return words


#: Kind → code → words: what an organisation's taxonomy begins with.
DEFAULTS: Mapping[TermKind, Mapping[str, str]] = {
    TermKind.SKILL: {
        "listening": N_("Listening well"),
        "questioning": N_("Asking good questions"),
        "feedback": N_("Giving feedback"),
        "difficult_conversations": N_("Holding difficult conversations"),
        "conflict": N_("Settling conflicts"),
        "delegating": N_("Delegating"),
        "developing_others": N_("Developing other people"),
        "deciding": N_("Making decisions"),
        "prioritising": N_("Setting priorities"),
        "strategy": N_("Thinking strategically"),
        "influencing": N_("Winning people over"),
        "presenting": N_("Speaking in public"),
        "change": N_("Leading through change"),
        "inclusion": N_("Leading inclusively"),
    },
    TermKind.GOAL_AREA: {
        "first_lead": N_("A first leadership role"),
        "team": N_("Building a strong team"),
        "career": N_("Planning a career"),
        "organisation": N_("Finding the way in the organisation"),
        "network": N_("Growing a network"),
        "presence": N_("Being seen and heard"),
        "plan": N_("Turning strategy into a plan"),
        "balance": N_("Keeping work and life in balance"),
    },
    TermKind.JOB_FAMILY: {
        "administration": N_("Administration"),
        "communication": N_("Communication and marketing"),
        "customers": N_("Customer service"),
        "finance": N_("Finance"),
        "law": N_("Law and compliance"),
        "operations": N_("Operations and logistics"),
        "people": N_("People and learning"),
        "products": N_("Products and projects"),
        "research": N_("Research and teaching"),
        "sales": N_("Sales"),
        "technology": N_("Technology"),
    },
    TermKind.TAG: {
        "abroad": N_("Has worked abroad"),
        "from_scratch": N_("Has built a team from scratch"),
        "managers": N_("Has led managers"),
        "remote": N_("Has led a remote team"),
        "returned": N_("Has come back after a long leave"),
        "turned": N_("Has changed career"),
    },
    TermKind.INTEREST: {
        "books": N_("Books and writing"),
        "cooking": N_("Cooking"),
        "culture": N_("Theatre, film, museums"),
        "family": N_("Family life"),
        "games": N_("Games and puzzles"),
        "gardening": N_("Gardening"),
        "languages": N_("Languages"),
        "making": N_("Building and making things"),
        "music": N_("Music"),
        "nature": N_("Hiking and nature"),
        "science": N_("Science"),
        "sport": N_("Sport"),
        "travel": N_("Travel"),
        "volunteering": N_("Volunteering"),
    },
}
