"""What the pages of administration share: blueprint, who acts, and the page that asks first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, render_template

from lti_app.store.registrations import Registration
from lti_app.web.translation import format_instant
from lti_app.web.visits import current_visit

blueprint = Blueprint("admin", __name__)

UNPROCESSABLE = 422


@dataclass(frozen=True)
class Question:
    """What somebody is asked before something is done that is not easily undone.

    Attributes:
        heading: what is to be done, as a question.
        consequences: what follows from it, one sentence each.
        do: words on the button that does it.
        action: address that it is sent to.
        back: address of the page to go back to.
        values: what is sent with it, so that what is done is what was seen.
    """

    heading: str
    consequences: Sequence[str]
    do: str
    action: str
    back: str
    values: Mapping[str, str] = field(default_factory=dict)


def lms_name(registration: Registration) -> str:
    """Return what a page calls an LMS: what it calls itself, else its host."""
    return registration.label or urlsplit(registration.issuer).netloc


def in_zone(instant: datetime) -> str:
    """Write an instant out in the reader's zone."""
    return format_instant(instant, current_visit().person.time_zone)


def actor() -> UUID:
    """Return who does what this request does, for the audit trail."""
    return current_visit().person.id


def ask(question: Question) -> str:
    """Return the page that asks before something is done."""
    return render_template("admin/question.html", question=question)
