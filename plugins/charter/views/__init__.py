"""The pages of the charter: in the room of a pair for its two, in a course for its facts."""

from plugins.charter.views import afterwards, apart, course, goals, page, signing, together
from plugins.charter.views.blueprints import course_blueprint, pair_blueprint
from plugins.charter.views.card import card_of
from plugins.charter.views.course import preview

__all__ = [
    "afterwards",
    "apart",
    "card_of",
    "course",
    "course_blueprint",
    "goals",
    "pair_blueprint",
    "page",
    "preview",
    "signing",
    "together",
]
