"""What a request knows: who is here, under which hat, at which activity. Frozen values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.domain.permissions import Hat, Viewer
from lti_app.domain.proof import PlatformStorage
from lti_app.domain.roles import Roles
from lti_app.domain.taxonomy import N_

Options = Mapping[str, str | int | float | bool | None]


def code_of(person_id: UUID) -> str:
    """Return the four characters that stand for a person without a name."""
    return person_id.hex[:4]


class ToolName(str):
    """What the tool calls somebody whom nothing names any more; translated where it is shown."""

    __slots__ = ()


FORMER_PARTICIPANT = ToolName(N_("Former participant"))
FORMER_PARTNER = ToolName(N_("Former partner"))


@dataclass(frozen=True)
class Person:
    """Somebody of one organisation.

    Attributes:
        name: what the LMS calls them, else what they call themselves, else None.
        has_lms_name: the LMS gave the name, so they are not asked for one.
        time_zone: IANA name that they chose, or None.
        is_preview: an instructor's "student view"; never graded, matched or mailed.
        is_erased: all that named them was deleted; `name` is what the tool calls them now.
    """

    id: UUID
    organisation_id: UUID
    name: str | None = None
    has_lms_name: bool = False
    email: str | None = None
    time_zone: str | None = None
    is_preview: bool = False
    is_erased: bool = False


@dataclass(frozen=True)
class Placement:
    """One link in a course to an activity.

    Attributes:
        kind: key of the activity's plugin.
        title: of the activity.
        options: as the plugin's options rule returned them.
        course_id, course_title: None for a link without a course.
        programme_id: that the activity belongs to, if its course has joined one.
        repointed_at: when the link was pointed at another activity, if that was lately.
        closes_at: nothing new counts afterwards; for a visit it is the close of its person.
    """

    id: UUID
    organisation_id: UUID
    activity_id: UUID
    kind: str
    title: str
    options: Options
    course_id: UUID | None = None
    course_title: str | None = None
    closes_at: datetime | None = None
    programme_id: UUID | None = None
    repointed_at: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """One person's stay, made by a launch or by a sign-in.

    Attributes:
        id: the row's; the secret id in the address is not part of it.
        hat: in which capacity the person acts now; `hats` are those that they can switch to.
        is_launched: an LMS vouches for the person; else a sign-in of the tool's own does.
        placement: the link that was launched, or None.
        course_id, course_title: where the launch came from, or None.
        storage: of a visit that its address proves, for want of a cookie: where the LMS keeps what
            opens its windows. Else None.
        used_at: when it was last noted that the visit is in use.
        frame_ancestors: origins that may frame the visit's pages; none where nobody may.
        programme_ids: the programmes that the person was granted to run.
        runs_all_programmes: they were granted all of their organisation's.
    """

    id: UUID
    person: Person
    organisation_id: UUID
    roles: Roles
    hat: Hat
    hats: tuple[Hat, ...]
    is_launched: bool
    placement: Placement | None
    locale: str | None
    return_url: str | None
    used_at: datetime
    frame_ancestors: tuple[str, ...]
    programme_ids: frozenset[UUID] = frozenset()
    runs_all_programmes: bool = False
    course_id: UUID | None = None
    course_title: str | None = None
    storage: PlatformStorage | None = None

    @property
    def viewer(self) -> Viewer:
        """Return the visit as the permission table asks for it."""
        activity_id = self.placement.activity_id if self.placement else None
        return Viewer(
            self.person.id,
            self.hat,
            self.organisation_id,
            activity_id,
            programme_ids=self.programme_ids,
            runs_all_programmes=self.runs_all_programmes,
            course_id=self.course_id,
        )
