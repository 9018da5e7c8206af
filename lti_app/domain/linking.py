"""What an author is there to choose: links for a course, or the activity behind one link."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.domain.launch import DeepLinkSettings, GradeService


@dataclass(frozen=True)
class UnsetLink:
    """A link in a course that leads to no activity yet.

    Attributes:
        id: what the LMS calls it.
        title: what the course calls it, or None.
        name: the activity that its parameters name, which is none that it can lead to; or None.
        grade_service: where its grades go, as the launch said.
    """

    id: str
    title: str | None = None
    name: UUID | None = None
    grade_service: GradeService | None = None


@dataclass(frozen=True)
class Asked:
    """What a launch asks: which links to send, or where one link is to lead. One of the two.

    Attributes:
        settings: of an LMS that asks for links.
        link: one that leads nowhere so far.
        offered_id: an activity of another course that the link names, or None.
    """

    settings: DeepLinkSettings | None = None
    link: UnsetLink | None = None
    offered_id: UUID | None = None


@dataclass(frozen=True)
class CourseActivity:
    """An activity as an author chooses or changes it.

    Attributes:
        points: what its gradebook column is out of.
        sent_at: when a link to it was last sent to the LMS, or None.
        links: how many links lead to it.
        people: how many people have begun it.
    """

    id: UUID
    kind: str
    title: str
    options: dict[str, str | int | float | bool | None]
    points: int
    created_at: datetime
    closes_at: datetime | None = None
    sent_at: datetime | None = None
    links: int = 0
    people: int = 0


@dataclass(frozen=True)
class Question:
    """What is to be chosen: exactly one of `settings` and `link` is there.

    Attributes:
        settings: of an LMS that asks for links.
        link: one that leads nowhere so far.
        offered: an activity of another course that the link names, to be copied if the author
            likes; or None.
        chosen: what was chosen so far, in order.
        answered_at: when the answer was given; it is given once.
        answer: that answer, signed; None where it was not for an LMS.
    """

    settings: DeepLinkSettings | None = None
    link: UnsetLink | None = None
    offered: CourseActivity | None = None
    chosen: tuple[CourseActivity, ...] = ()
    answered_at: datetime | None = None
    answer: str | None = None

    @property
    def takes_several(self) -> bool:
        """Tell whether more than one activity can be chosen."""
        return self.settings is not None and self.settings.accepts_multiple
