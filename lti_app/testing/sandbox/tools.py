"""Tools that are registered in the LMS, and the activities that launch them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from lti_app.testing.sandbox.people import Course, Person

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINEITEM = _AGS + "lineitem"
LINEITEM_READONLY = _AGS + "lineitem.readonly"
RESULT_READONLY = _AGS + "result.readonly"
SCORE = _AGS + "score"
MEMBERSHIP = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = (LINEITEM_READONLY, RESULT_READONLY, SCORE, LINEITEM, MEMBERSHIP)


@dataclass(frozen=True)
class Registration:
    """What an administrator copies from the LMS into the tool."""

    issuer: str
    client_id: str
    deployment_id: str
    auth_url: str
    token_url: str
    jwks_url: str


@dataclass
class Tool:
    """A tool as the LMS knows it. The row number doubles as deployment id."""

    id: int
    name: str
    client_id: str
    login_url: str
    redirect_uris: tuple[str, ...]
    jwks_url: str
    target_link_uri: str
    custom: str
    scopes: tuple[str, ...] = ALL_SCOPES
    #: Named at launches like the others, but no token is granted for them.
    withheld: tuple[str, ...] = ()
    sends_name: bool = True
    sends_email: bool = True
    #: Courses can use it: activated in Moodle, switched on and installed in Canvas.
    active: bool = True
    #: Where teachers choose what to add, if the tool has such a page.
    picker_url: str | None = None
    description: str = ""
    icon_url: str = ""
    #: From where Canvas lets it be launched or chosen from.
    placements: tuple[str, ...] = ()

    @property
    def deployment_id(self) -> str:
        return str(self.id)

    @property
    def offers_picker(self) -> bool:
        """Teachers can choose with it what to add to their courses."""
        return self.active and self.picker_url is not None

    @property
    def domain(self) -> str:
        """Host and port: links of this domain are the tool's."""
        return urlsplit(self.target_link_uri).netloc.removeprefix("www.")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.target_link_uri)
        return f"{parts.scheme}://{parts.netloc}"

    def allows(self, prefix: str) -> list[str]:
        return [scope for scope in self.scopes if scope.startswith(prefix)]

    def grants(self, scope: str) -> bool:
        """Whether a token may be had for it."""
        return scope in self.scopes and scope not in self.withheld

    def grade_scopes(self) -> list[str]:
        return self.allows(_AGS)


@dataclass
class Activity:
    """A link in a course. `id` names it in messages, `cmid` in the addresses of pages."""

    id: int
    cmid: int
    course: Course
    tool: Tool
    title: str
    description: str
    custom: str
    target_link_uri: str
    column_id: int | None = None
    #: As the tool sent it: from when on, and at which address, a learner's work is reviewed.
    submission_review: dict[str, Any] | None = None
    #: Canvas takes no grades for an assignment that is not.
    published: bool = True


@dataclass(frozen=True)
class Selection:
    """A teacher asks a tool which links to add to a course: a launch that comes from no link.

    Attributes:
        placement: where in the LMS that was asked, in Canvas.
        activity: the one to change, or None for new ones.
        title: what is typed into the LMS's own form so far.
    """

    course: Course
    tool: Tool
    placement: str = ""
    activity: Activity | None = None
    title: str = ""
    id: int = 0
    cmid: int = 0

    @property
    def target_link_uri(self) -> str:
        return self.tool.picker_url or self.tool.target_link_uri


@dataclass
class Review(Activity):
    """A link that is opened from the gradebook, to see the work of one person or of all."""

    about: Person | None = None


def review_of(
    activity: Activity, about: Person | None, target_link_uri: str | None = None
) -> Review:
    """An activity as it is launched from the gradebook, at another address if one is given."""
    values = {field.name: getattr(activity, field.name) for field in fields(Activity)}
    values["target_link_uri"] = target_link_uri or activity.target_link_uri
    return Review(**values, about=about)


#: What a tool can be launched from.
Source = Activity | Selection


def custom_pairs(text: str) -> dict[str, str]:
    """Read name=value lines; a name that is not plain arrives twice, as written and plain."""
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if not separator:
            continue
        name = name.strip()
        plain = re.sub(r"[^a-z0-9]", "_", name.lower())
        pairs[plain] = value.strip()
        pairs[name] = value.strip()
    return pairs
