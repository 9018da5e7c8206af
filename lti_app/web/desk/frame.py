"""What the pages of the desk share: the blueprint that they register with, and their words."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint
from flask_babel import LazyString

from lti_app.domain.programmes import ProgrammeState
from lti_app.web.translation import lazy_gettext

blueprint = Blueprint("desk", __name__)

#: State of a programme → what it is called.
STATES: Final[Mapping[ProgrammeState, LazyString]] = {
    ProgrammeState.DRAFT: lazy_gettext("Draft"),
    ProgrammeState.OPEN: lazy_gettext("Open for sign-up"),
    ProgrammeState.MATCHING: lazy_gettext("Matching"),
    ProgrammeState.RUNNING: lazy_gettext("Running"),
    ProgrammeState.CLOSING: lazy_gettext("Closing"),
    ProgrammeState.ARCHIVED: lazy_gettext("Archived"),
}
