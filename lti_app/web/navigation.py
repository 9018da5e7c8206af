"""The pages that a hat leads to, shown on top of each of them: one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for
from flask_babel import LazyString

from lti_app.domain.permissions import Hat
from lti_app.domain.visit import Visit
from lti_app.store.participants import takes_part
from lti_app.web.guards import Requires, guard_of
from lti_app.web.translation import lazy_gettext
from lti_app.web.visits import current_visit_or_none


@dataclass(frozen=True)
class Tab:
    """One entry, as a page shows it."""

    words: LazyString
    address: str
    is_current: bool


_OF_AN_ACTIVITY = {
    "visits.first_page": lazy_gettext("Learners"),
    "grades.board": lazy_gettext("Grades"),
}
#: For who takes part in a programme, under every hat that has an activity.
_PAIRS = "pairs.mine"
#: Hat → endpoint of each entry → what it is called.
_TABLE: Final[Mapping[Hat, Mapping[str, LazyString]]] = {
    Hat.AUTHOR: _OF_AN_ACTIVITY | {"programme.course": lazy_gettext("Programme")},
    Hat.REVIEWER: _OF_AN_ACTIVITY,
    Hat.LEARNER: {"visits.first_page": lazy_gettext("Activity")},
    Hat.GUEST: {"visits.first_page": lazy_gettext("Activity")},
    Hat.LEARNING_AND_DEVELOPMENT: {
        "desk.programmes": lazy_gettext("Programmes"),
        "desk.terms": lazy_gettext("Words"),
        "desk.reporting_lines": lazy_gettext("Reporting lines"),
    },
    Hat.ADMINISTRATOR: {
        "admin.overview": lazy_gettext("Overview"),
        "admin.platforms": lazy_gettext("LMSs"),
        "admin.invites": lazy_gettext("Invites"),
        "admin.organisations": lazy_gettext("Organisations"),
        "admin.launches": lazy_gettext("Launches"),
        "admin.grades": lazy_gettext("Grades"),
        "admin.jobs": lazy_gettext("Jobs"),
        "admin.keys": lazy_gettext("Keys"),
        "admin.changes": lazy_gettext("Changes"),
    },
}

_WITH_PAIRS = frozenset({Hat.AUTHOR, Hat.REVIEWER, Hat.LEARNER, Hat.GUEST})


def tabs() -> list[Tab]:
    """Return the entries for the current visit; none for a launch that is at no activity."""
    visit = current_visit_or_none()
    if visit is None or (visit.is_launched and visit.placement is None):
        return []
    entries = dict(_TABLE.get(visit.hat, {}))
    if visit.hat in _WITH_PAIRS:
        if takes_part(visit.person.id):
            entries[_PAIRS] = lazy_gettext("Pairs")
        elif len(entries) == 1:
            return []
    named = {
        url_for(endpoint): words for endpoint, words in entries.items() if _is_open(endpoint, visit)
    }
    # A page below several entries belongs to the nearest one; what is a person's own to none.
    is_own = request.blueprint == "me"
    above = (address for address in named if request.path.startswith(address) and not is_own)
    current = max(above, key=len, default=None)
    return [Tab(words, address, address == current) for address, words in named.items()]


def _is_open(endpoint: str, visit: Visit) -> bool:
    """Return whether the guard of a page lets the visit in, as far as its hat goes."""
    guard = guard_of(current_app.view_functions[endpoint])
    return not isinstance(guard, Requires) or guard.allows(visit)
