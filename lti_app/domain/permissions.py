"""Who may do what: one table, read by the guards, the screens, the exports and the tests.

A visit acts under one hat at a time, and a right is that hat's, never the union of what the person
may do elsewhere: somebody who teaches one course and learns in another sees each as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from lti_app.domain.roles import Roles


class Hat(StrEnum):
    """In which capacity a person makes a request."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    LEARNER = "learner"
    PREVIEW = "preview"
    GUEST = "guest"
    #: Runs the tool for all organisations, and sees nothing of what people do in it.
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What is done with an object."""

    READ = "read"
    WRITE = "write"


class Kind(StrEnum):
    """What there is to see or change; one row of the table each."""

    #: One's stay itself: its first page, changing the hat, ending it.
    VISIT = "visit"
    ACTIVITY = "activity"
    SIGN_UP = "sign_up"
    SIGN_UP_FACT = "sign_up_fact"
    GRADE_CELL = "grade_cell"
    RULING = "ruling"
    #: What the tool tells somebody.
    NOTICE = "notice"
    ORGANISATION = "organisation"
    #: LMSs: registrations, their deployments, invites to register.
    PLATFORM = "platform"
    SIGNING_KEY = "signing_key"
    #: How the tool is doing: counts, codes and times of launches, grades and jobs; nobody's name.
    OPERATION = "operation"
    AUDIT = "audit"


class Reach(StrEnum):
    """Whose objects of a kind a hat reaches, from narrow to wide."""

    NONE = "none"
    #: About the person, in the activity that they came to.
    OWN = "own"
    #: About the person, wherever in the organisation it comes from.
    SELF = "self"
    #: Everybody's, in the activity that they came to.
    ACTIVITY = "activity"
    TOOL = "tool"

    def covers(self, other: "Reach") -> bool:
        """Return whether who reaches this far reaches `other` as well."""
        widths = list(Reach)
        return widths.index(self) >= widths.index(other)


@dataclass(frozen=True)
class Viewer:
    """Who asks: a person under one hat, at the activity that they were launched into, if any."""

    person_id: UUID
    hat: Hat
    organisation_id: UUID
    activity_id: UUID | None


@dataclass(frozen=True)
class Thing:
    """What is asked for, and where it lies.

    Attributes:
        organisation_id: None for what belongs to the tool as a whole.
        activity_id: None for what lies in no activity.
        owner_id: the person it is about, if it is about one.
    """

    kind: Kind
    organisation_id: UUID | None
    activity_id: UUID | None = None
    owner_id: UUID | None = None


_STAFF = (Hat.AUTHOR, Hat.REVIEWER)
_PARTICIPANTS = (Hat.LEARNER, Hat.PREVIEW)
_LAUNCHED = (*_STAFF, *_PARTICIPANTS, Hat.GUEST)
_OPERATORS = (Hat.ADMINISTRATOR,)


def _for(*grants: tuple[tuple[Hat, ...], Reach]) -> Mapping[Hat, Reach]:
    return {hat: reach for hats, reach in grants for hat in hats}


#: Kind and action → hat → reach; a hat that is not named reaches nothing.
TABLE: Mapping[tuple[Kind, Action], Mapping[Hat, Reach]] = {
    (Kind.VISIT, Action.READ): _for((tuple(Hat), Reach.OWN)),
    (Kind.VISIT, Action.WRITE): _for((tuple(Hat), Reach.OWN)),
    (Kind.ACTIVITY, Action.READ): _for((_LAUNCHED, Reach.ACTIVITY)),
    (Kind.ACTIVITY, Action.WRITE): _for(((Hat.AUTHOR,), Reach.ACTIVITY)),
    (Kind.SIGN_UP, Action.READ): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.SIGN_UP, Action.WRITE): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.SIGN_UP_FACT, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.GRADE_CELL, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.GRADE_CELL, Action.WRITE): _for((_STAFF, Reach.ACTIVITY)),
    (Kind.RULING, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.RULING, Action.WRITE): _for((_STAFF, Reach.ACTIVITY)),
    (Kind.NOTICE, Action.READ): _for((tuple(Hat), Reach.SELF)),
    (Kind.NOTICE, Action.WRITE): _for((tuple(Hat), Reach.SELF)),
    (Kind.ORGANISATION, Action.READ): _for((_OPERATORS, Reach.TOOL)),
    (Kind.ORGANISATION, Action.WRITE): _for((_OPERATORS, Reach.TOOL)),
    (Kind.PLATFORM, Action.READ): _for((_OPERATORS, Reach.TOOL)),
    (Kind.PLATFORM, Action.WRITE): _for((_OPERATORS, Reach.TOOL)),
    (Kind.SIGNING_KEY, Action.READ): _for((_OPERATORS, Reach.TOOL)),
    (Kind.SIGNING_KEY, Action.WRITE): _for((_OPERATORS, Reach.TOOL)),
    (Kind.OPERATION, Action.READ): _for((_OPERATORS, Reach.TOOL)),
    (Kind.AUDIT, Action.READ): _for((_OPERATORS, Reach.TOOL)),
}


def hats_of(roles: Roles) -> tuple[Hat, ...]:
    """Return the hats that LMS roles give in a course, the one to open first (R-1.28, R-1.29)."""
    hats = []
    if roles.can_author:
        hats.append(Hat.AUTHOR)
    elif roles.can_review:
        hats.append(Hat.REVIEWER)
    if roles.is_preview:
        hats.append(Hat.PREVIEW)
    elif roles.is_learner:
        hats.append(Hat.LEARNER)
    return tuple(hats) or (Hat.GUEST,)


def reach_of(hat: Hat, action: Action, kind: Kind) -> Reach:
    """Return whose objects of `kind` a hat reaches with `action`."""
    return TABLE.get((kind, action), {}).get(hat, Reach.NONE)


def can(viewer: Viewer, action: Action, thing: Thing) -> bool:
    """Decide one question of access.

    Args:
        viewer: who asks, under which hat.
        action: what they want to do.
        thing: with what. But for who reaches the whole tool, another organisation's is always
            refused. So is another activity's, and an activity's to a viewer who is at none, but
            for what is about the person wherever it comes from.
    """
    reach = reach_of(viewer.hat, action, thing.kind)
    if reach is Reach.TOOL:
        return True
    if viewer.organisation_id != thing.organisation_id:
        return False
    if reach is Reach.SELF:
        return thing.owner_id == viewer.person_id
    if viewer.activity_id != thing.activity_id:
        return False
    if reach is Reach.OWN:
        return thing.owner_id == viewer.person_id
    return reach is Reach.ACTIVITY and thing.activity_id is not None


def readers_of(kind: Kind) -> tuple[tuple[Hat, Reach], ...]:
    """Return which hats may read objects of a kind, and whose: what "who can see this?" shows."""
    reaches = ((hat, reach_of(hat, Action.READ, kind)) for hat in Hat)
    return tuple((hat, reach) for hat, reach in reaches if reach is not Reach.NONE)
