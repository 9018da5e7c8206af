"""A verified launch, as values: LTI ends where these begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lti_app.domain.roles import Roles


class MessageType(StrEnum):
    """The LTI messages that the tool answers."""

    RESOURCE_LINK = "LtiResourceLinkRequest"


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


@dataclass(frozen=True)
class Launch:
    """One signed message of an LMS, checked.

    Attributes:
        subject: the person's `sub`, opaque and case-sensitive.
        custom: custom parameters that carry a value (unsubstituted `$Variable`s are left out).
        dropped_claims: names of optional claims of the wrong type, left out (V18).
    """

    message_type: MessageType
    deployment_id: str
    subject: str
    roles: Roles
    resource_link: ResourceLink
    target_link_uri: str
    context: Context | None = None
    profile: Profile = field(default_factory=Profile)
    custom: Mapping[str, str] = field(default_factory=dict)
    family: Family = Family.OTHER
    grade_service: GradeService | None = None
    return_url: str | None = None
    dropped_claims: tuple[str, ...] = ()
