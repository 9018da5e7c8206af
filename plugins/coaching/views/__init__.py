"""The pages of a practice: for learners, for their partners, and for instructors."""

from plugins.coaching.views import (
    board,
    groups,
    guide,
    home,
    marking,
    marks,
    partner,
    review,
    session,
)
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.home import preview

__all__ = [
    "blueprint",
    "board",
    "groups",
    "guide",
    "home",
    "marking",
    "marks",
    "partner",
    "preview",
    "review",
    "session",
]
