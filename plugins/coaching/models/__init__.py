"""The tables of coaching practice, and the questions that are asked of them."""

from plugins.coaching.models.groups import (
    PracticeGroup,
    PracticeGrouping,
    PracticeMember,
    PracticeSeat,
    add_member,
    find_member,
    list_members,
)
from plugins.coaching.models.sessions import (
    PracticeAnswer,
    PracticeOutsideAnswer,
    PracticeRelease,
    PracticeSession,
    count_answers,
    list_sessions,
)

__all__ = [
    "PracticeAnswer",
    "PracticeGroup",
    "PracticeGrouping",
    "PracticeMember",
    "PracticeOutsideAnswer",
    "PracticeRelease",
    "PracticeSeat",
    "PracticeSession",
    "add_member",
    "count_answers",
    "find_member",
    "list_members",
    "list_sessions",
]
