"""The pages of the sign-up: its steps and what follows for learners, a list for instructors."""

from plugins.mentoring.views import afterwards, staff, steps
from plugins.mentoring.views.blueprint import blueprint
from plugins.mentoring.views.steps import preview

__all__ = ["afterwards", "blueprint", "preview", "staff", "steps"]
