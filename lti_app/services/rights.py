"""What the tool may do in an LMS, in words that an administrator can weigh."""

from collections.abc import Iterable, Mapping
from typing import Final

from lti_app.language import lazy_gettext
from lti_app.lti.line_items import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_app.lti.rosters import SCOPE_ROSTER
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE

_COLUMNS = lazy_gettext("find the gradebook columns of its activities, and make the one of a link")
#: Scope → what the tool may do with it.
RIGHTS: Final[Mapping[str, object]] = {
    SCOPE_SCORE: lazy_gettext("write grades into the columns of its own activities"),
    SCOPE_RESULT: lazy_gettext(
        "read the grades in these columns, so that it never overwrites what a person typed"
    ),
    SCOPE_LINE_ITEM: _COLUMNS,
    SCOPE_LINE_ITEM_READ: _COLUMNS,
    SCOPE_ROSTER: lazy_gettext("read who is in a course that uses it, and in which role"),
}


def rights_of(scopes: Iterable[str]) -> list[object]:
    """Return what scopes allow, each right once."""
    found: list[object] = []
    for scope in scopes:
        if RIGHTS[scope] not in found:
            found.append(RIGHTS[scope])
    return found
