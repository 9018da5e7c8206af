"""What teachers do with links and courses: place, change, duplicate, delete, copy.

A copy keeps the address, the custom values and the names that the tool gave to a link's column;
course, link and column are new ones. Nothing of any person comes along.
"""

from __future__ import annotations

from lti_app.testing.sandbox.content import Item
from lti_app.testing.sandbox.gradebook import Column
from lti_app.testing.sandbox.people import Course
from lti_app.testing.sandbox.state import Platform
from lti_app.testing.sandbox.tools import Activity, Selection


def place(platform: Platform, selection: Selection, item: Item, column_name: str = "") -> Activity:
    """Make a link of what a tool sent; with a column only if the tool asked for one."""
    with platform.lock:
        activity = platform.add_activity(
            selection.course,
            selection.tool,
            item.title or selection.tool.name,
            item.custom_lines,
            description=item.text,
            target_link_uri=item.url,
            graded=item.column is not None,
        )
        _set_column(platform, activity, item, column_name)
    return activity


def change(platform: Platform, activity: Activity, item: Item, column_name: str = "") -> None:
    """Let a link open what the tool sent now; link and column stay the same ones."""
    with platform.lock:
        activity.title = item.title or activity.title
        activity.description = item.text
        activity.custom = item.custom_lines
        activity.target_link_uri = item.url or activity.tool.target_link_uri
        _set_column(platform, activity, item, column_name)


def _set_column(platform: Platform, activity: Activity, item: Item, name: str) -> None:
    wanted = item.column
    if wanted is None:
        return
    if activity.column_id is None:
        activity.column_id = platform.gradebook.add_column(
            activity.course.id,
            activity.tool.id,
            activity.title,
            wanted.maximum,
            activity_id=activity.id,
            link_id=activity.id,
        ).id
    column = platform.gradebook.columns[activity.column_id]
    column.title = name or activity.title
    column.resource_id, column.tag = wanted.resource_id, wanted.tag
    activity.submission_review = wanted.submission_review
    if column.maximum != wanted.maximum:
        platform.gradebook.rescale(column, wanted.maximum)


def duplicate(platform: Platform, activity: Activity) -> Activity:
    """Make a second link beside the first one."""
    with platform.lock:
        return _copy(platform, activity, activity.course, f"{activity.title} (copy)")


def copy_course(platform: Platform, course: Course, full_name: str = "") -> Course:
    """Make a course like another one, with the same people; restoring a backup does the same."""
    with platform.lock:
        copied = platform.add_course(
            full_name or f"{course.full_name} copy 1",
            f"{course.short_name}_{len(platform.courses)}",
        )
        copied.history = [course.id, *course.history]
        for enrolment in course.enrolments.values():
            platform.enrol(copied, enrolment.person, enrolment.role)
        for activity in [one for one in platform.activities.values() if one.course is course]:
            _copy(platform, activity, copied, activity.title)
    return copied


def _copy(platform: Platform, activity: Activity, course: Course, title: str) -> Activity:
    copied = platform.add_activity(
        course,
        activity.tool,
        title,
        activity.custom,
        description=activity.description,
        target_link_uri=activity.target_link_uri,
        graded=False,
    )
    copied.published = activity.published
    copied.submission_review = activity.submission_review
    if activity.column_id is not None:
        copied.column_id = _copy_column(platform, activity.column_id, copied).id
    return copied


def _copy_column(platform: Platform, column_id: int, copied: Activity) -> Column:
    column = platform.gradebook.columns[column_id]
    return platform.gradebook.add_column(
        copied.course.id,
        column.tool_id,
        copied.title,
        column.maximum,
        activity_id=copied.id,
        link_id=copied.id,
        resource_id=column.resource_id,
        tag=column.tag,
    )


def delete(platform: Platform, activity: Activity) -> None:
    """Take a link away, and its column with all grades."""
    with platform.lock:
        del platform.activities[activity.cmid]
        if activity.column_id is not None:
            platform.gradebook.remove_column(platform.gradebook.columns[activity.column_id])
