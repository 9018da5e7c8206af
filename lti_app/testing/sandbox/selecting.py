"""What becomes of a tool's answer: the page that ends in the frame, and the links that are made."""

from __future__ import annotations

from flask import Response

from lti_app.testing.sandbox import courses
from lti_app.testing.sandbox.answers import page
from lti_app.testing.sandbox.content import Answer, Item
from lti_app.testing.sandbox.sessions import LmsSession, Picked
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Selection

_DONE = "Successfully fetched the tool's configuration from the selected content."


def finish(
    platform: Platform,
    session: LmsSession,
    selection: Selection,
    answer: Answer,
    *,
    creates_at_once: bool = False,
) -> Response:
    """Leave the frame: to the form that saves what was chosen, or back to the course."""
    course = f"/course/{selection.course.id}"
    with platform.lock:
        if answer.error:
            session.notices.append(("error", answer.error))
        elif answer.items or answer.message:
            session.notices.append(("done", answer.message or _DONE))
        if answer.error or not answer.items:
            following = course
        elif creates_at_once:
            save(platform, selection, answer.items)
            following = course
        else:
            following = f"{course}/picked/{session.keep_picked(Picked(selection, answer.items))}"
    return page("selected.html", following=following, count=len(answer.items))


def save(platform: Platform, selection: Selection, items: tuple[Item, ...]) -> None:
    """Make the links one by one; where an existing one was to be changed, the first item is its."""
    existing, rest = selection.activity, list(items)
    if existing is not None:
        first = rest.pop(0)
        courses.change(platform, existing, first, platform_column(platform, first))
    for item in rest:
        courses.place(platform, selection, item, platform_column(platform, item))


def platform_column(platform: Platform, item: Item) -> str:
    """What the column is called: Moodle takes the link's name, Canvas the label of the column."""
    label = item.column.label if item.column else ""
    return label if platform.names_columns_by_label else item.title
