"""What the pages of the desk share: the blueprint that they register with, and the frame of one."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask_babel import LazyString

from lti_app.domain.programmes import Programme
from lti_app.web.desk.words import STATES
from lti_app.web.navigation import Tab
from lti_app.web.translation import lazy_gettext

blueprint = Blueprint("desk", __name__)

UNPROCESSABLE = 422
CONFLICT = 409

#: The pages of one programme, in the order of their work: endpoint → what it is called.
SECTIONS: Final[Mapping[str, LazyString]] = {
    "desk.programme": lazy_gettext("Overview"),
    "desk.edit": lazy_gettext("Purpose and rules"),
    "desk.courses": lazy_gettext("Courses"),
    "desk.people": lazy_gettext("People"),
    "desk.pairing": lazy_gettext("Pairing"),
    "desk.pairs": lazy_gettext("Pairs"),
    "desk.waiting": lazy_gettext("Waiting list"),
    "desk.completion": lazy_gettext("Completion"),
    "desk.audit": lazy_gettext("What was done"),
}


def programme_page(template: str, programme: Programme, **values: object) -> str:
    """Render a page of one programme, with the way to its other pages.

    Args:
        template: one that extends `desk/_programme.html`.
        programme: whose.
        values: of the template.
    """
    return render_template(
        template,
        programme=programme,
        state=STATES[programme.state],
        sections=_sections(programme),
        **values,
    )


def _sections(programme: Programme) -> list[Tab]:
    named = {
        url_for(endpoint, programme_id=programme.id): words for endpoint, words in SECTIONS.items()
    }
    above = (address for address in named if request.path.startswith(address))
    current = max(above, key=len, default=None)
    return [Tab(words, address, address == current) for address, words in named.items()]
