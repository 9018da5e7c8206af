"""The pages of a practice: for learners, for their partners, and for instructors."""

from plugins.coaching.views import board, guide, home, marking, marks, review
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.home import preview

__all__ = [
    "blueprint",
    "board",
    "guide",
    "home",
    "marking",
    "marks",
    "preview",
    "review",
]
