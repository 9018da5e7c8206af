"""A verified launch, as values: LTI ends where these begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from lti_app.domain.roles import Roles

_LONGEST_NAME = 255


class MessageType(StrEnum):
    """The LTI messages that the tool answers."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"


class Family(StrEnum):
    """Which product an LMS is; decides the posting rules and the quirks."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    OTHER = "other"


@dataclass(frozen=True)
class Context:
    """The course that a launch came from, as the LMS calls it."""

    id: str
    title: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class ResourceLink:
    """The link in the course that was clicked."""

    id: str
    title: str | None = None


@dataclass(frozen=True)
class DeepLinkSettings:
    """What an LMS that asks which links to add to a course wants of the answer.

    Attributes:
        return_url: where the answer is posted to.
        accepts_links: it takes links that launch the tool, the only thing we send.
        accepts_multiple: it takes more than one.
        accepts_line_items: links may bring a gradebook column; None where it does not say.
        title: of what the author is adding or changing in the LMS, or None.
        data: comes back unchanged, if there is any.
    """

    return_url: str
    accepts_links: bool
    accepts_multiple: bool = False
    accepts_line_items: bool | None = None
    title: str | None = None
    data: str | None = None


@dataclass(frozen=True)
class GradeService:
    """Where the LMS takes grades for this link (AGS claim); addresses can change at any launch.

    Attributes:
        scopes: the full scope addresses that the LMS grants.
        line_items_url: the course's columns, or None.
        line_item_url: the link's own column, or None; its query string belongs to it.
    """

    scopes: tuple[str, ...] = ()
    line_items_url: str | None = None
    line_item_url: str | None = None


@dataclass(frozen=True)
class Profile:
    """What the LMS says of a person; all of it optional, none of it identity."""

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    locale: str | None = None

    @property
    def full_name(self) -> str | None:
        """Return the name, made of its parts where the LMS sends only those."""
        parts = (self.given_name, self.family_name)
        joined = " ".join(part for part in parts if part)[:_LONGEST_NAME]
        return self.name or joined or None


@dataclass(frozen=True)
class Launch:
    """One signed message of an LMS, checked.

    Attributes:
        subject: the person's `sub`, opaque and case-sensitive.
        resource_link: None for a message that is about no link.
        deep_linking: what is asked for, in a request for links.
        for_user: the `sub` of the person whose work is to be shown, in a request for that; or None.
        for_cell: our name for the cell whose work is to be shown, where the signed address has one.
        roster_url: where the LMS lists the people of the course, or None.
        custom: custom parameters that carry a value (unsubstituted `$Variable`s are left out).
        dropped_claims: names of optional claims of the wrong type, left out (V18).
    """

    message_type: MessageType
    deployment_id: str
    subject: str
    roles: Roles
    target_link_uri: str
    resource_link: ResourceLink | None = None
    deep_linking: DeepLinkSettings | None = None
    context: Context | None = None
    profile: Profile = field(default_factory=Profile)
    custom: Mapping[str, str] = field(default_factory=dict)
    family: Family = Family.OTHER
    grade_service: GradeService | None = None
    for_user: str | None = None
    for_cell: UUID | None = None
    roster_url: str | None = None
    return_url: str | None = None
    dropped_claims: tuple[str, ...] = ()
