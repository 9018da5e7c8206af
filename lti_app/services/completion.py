"""How far people are in the activities of a programme, in numbers and without a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lti_app.activity import CountsWork, catalogue
from lti_app.domain.figures import Figure
from lti_app.store.programme_courses import count_progress


@dataclass(frozen=True)
class ActivityCount:
    """One activity of a course.

    Attributes:
        course, title: as they are called.
        begun: how many people have done something; those who have completed it are among them.
        completed: how many have completed it.
        figures: what the activity counts besides.
    """

    course: str
    title: str
    begun: int
    completed: int
    figures: Sequence[Figure]


def count_completions(programme_id: UUID) -> list[ActivityCount]:
    """Return how far people are in each activity of the programme's courses, by course."""
    rows = count_progress(programme_id)
    by_kind: dict[str, list[UUID]] = {}
    for activity, *_ in rows:
        by_kind.setdefault(activity.kind, []).append(activity.id)
    figures: dict[UUID, Sequence[Figure]] = {}
    for key, activity_ids in by_kind.items():
        # A link may be of a kind that is not installed any more.
        kind = catalogue().get(key)
        if isinstance(kind, CountsWork):
            figures |= kind.figures(activity_ids)
    return [
        ActivityCount(
            course=course.name,
            title=activity.title,
            begun=begun,
            completed=completed,
            figures=figures.get(activity.id, ()),
        )
        for activity, course, begun, completed in rows
    ]
