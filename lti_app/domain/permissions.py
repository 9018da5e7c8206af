"""Who may do what: one table, read by the guards, the screens, the exports and the tests.

A visit acts under one hat at a time, and a right is that hat's, never the union of what the person
may do elsewhere: somebody who teaches one course and learns in another sees each as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
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
    #: Runs programmes by a grant of the tool; no role of an LMS gives it.
    LEARNING_AND_DEVELOPMENT = "l_and_d"


class Action(StrEnum):
    """What is done with an object."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"


class Kind(StrEnum):
    """What there is to see or change; one row of the table each."""

    #: One's stay itself: its first page, changing the hat, ending it.
    VISIT = "visit"
    ACTIVITY = "activity"
    #: Which activities a course has, how they are set, and which links lead to them.
    COURSE_ACTIVITY = "course_activity"
    SIGN_UP = "sign_up"
    SIGN_UP_FACT = "sign_up_fact"
    GRADE_CELL = "grade_cell"
    #: Who is in the course, as the LMS lists it.
    ROSTER = "roster"
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
    #: Purpose, dates, rules, courses and codes of a programme.
    PROGRAMME = "programme"
    #: That somebody takes part in a programme, on which side, and how far they are.
    PARTICIPANT = "participant"
    #: What somebody answered when they signed up to a programme.
    PROFILE = "profile"
    #: With whom somebody does not want to be paired; the desk sees no more than "blocked".
    EXCLUSION = "exclusion"
    #: To which groups somebody counts themselves; others see sums of ten people or more.
    SELF_DESCRIPTION = "self_description"
    #: Who is paired with whom, since when, and how it goes; instructors only where the programme
    #: lets them.
    PAIR_FACT = "pair_fact"
    OFFER = "offer"
    #: The room of a pair: what it works at, and what is next.
    PAIR_ROOM = "pair_room"
    #: What a pair agrees on: what each of the two answers, and what both sign.
    CHARTER = "charter"
    #: How far a charter is, and when it was signed; nothing of what it says.
    CHARTER_FACT = "charter_fact"
    #: What a pair wants to reach, and what it writes about the way there.
    GOAL = "goal"
    #: How many goals a pair has, and how many it has met.
    GOAL_FACT = "goal_fact"
    TAXONOMY = "taxonomy"
    REPORTING_LINE = "reporting_line"
    STAFF_GRANT = "staff_grant"
    #: Who did what in a programme.
    PROGRAMME_AUDIT = "programme_audit"
    #: What a coach logs of a conversation; the partner reads what is handed over, and answers it.
    PRACTICE_SESSION = "practice_session"
    #: How far somebody is with their practice, and for whom they wait.
    PRACTICE_FACT = "practice_fact"
    #: Who practises with whom.
    PRACTICE_GROUP = "practice_group"
    #: A session as it was when its coach gave it to the instructor.
    PRACTICE_RELEASE = "practice_release"
    #: How a released session is marked; learners read it once it is published.
    PRACTICE_MARK = "practice_mark"
    #: How many people of an activity are how far, and how much they did; nobody's name.
    COMPLETION_COUNT = "completion_count"


class Reach(StrEnum):
    """Whose objects of a kind a hat reaches."""

    NONE = "none"
    #: About the person, in the activity that they came to.
    OWN = "own"
    #: About the person, wherever in the organisation it comes from.
    SELF = "self"
    #: Everybody's, in the activity that they came to.
    ACTIVITY = "activity"
    #: Everything in the course that they came from, whichever activity of it.
    COURSE = "course"
    #: Everybody's, in the programmes that the person may run.
    PROGRAMME = "programme"
    #: Everything in the organisation, for those who may run all of its programmes.
    ORGANISATION = "organisation"
    TOOL = "tool"

    def covers(self, other: "Reach") -> bool:
        """Return whether who reaches this far reaches `other` as well.

        A programme lies across activities, and neither holds the other.
        """
        return self is Reach.TOOL or other in {self, Reach.NONE, *_NARROWER.get(self, ())}


_NARROWER: Mapping[Reach, tuple[Reach, ...]] = {
    Reach.SELF: (Reach.OWN,),
    Reach.ACTIVITY: (Reach.OWN, Reach.SELF),
    Reach.COURSE: (Reach.OWN, Reach.SELF, Reach.ACTIVITY),
    Reach.ORGANISATION: (Reach.PROGRAMME,),
}


@dataclass(frozen=True)
class Viewer:
    """Who asks: a person under one hat, at the activity that they were launched into, if any.

    Attributes:
        course_id: the course that they came from, or None.
        programme_ids: the programmes that they may run.
        runs_all_programmes: they may run all programmes of the organisation, and make new ones.
    """

    person_id: UUID
    hat: Hat
    organisation_id: UUID
    activity_id: UUID | None
    programme_ids: frozenset[UUID] = frozenset()
    runs_all_programmes: bool = False
    course_id: UUID | None = None


@dataclass(frozen=True)
class Thing:
    """What is asked for, and where it lies.

    Attributes:
        organisation_id: None for what belongs to the tool as a whole.
        activity_id: None for what lies in no activity.
        owner_id: the person it is about, if it is about one.
        programme_id: the programme that it belongs to, if it belongs to one.
        course_id: the course that it lies in, for what is reached from all over a course.
    """

    kind: Kind
    organisation_id: UUID | None
    activity_id: UUID | None = None
    owner_id: UUID | None = None
    programme_id: UUID | None = None
    course_id: UUID | None = None


_STAFF = (Hat.AUTHOR, Hat.REVIEWER)
_PARTICIPANTS = (Hat.LEARNER, Hat.PREVIEW)
_LAUNCHED = (*_STAFF, *_PARTICIPANTS, Hat.GUEST)
#: Who is paired may be anything in the course that they come from, but an LMS's preview.
_PAIRED = (*_STAFF, Hat.LEARNER, Hat.GUEST)
_OPERATORS = (Hat.ADMINISTRATOR,)
_DESK = (Hat.LEARNING_AND_DEVELOPMENT,)


def _for(*grants: tuple[tuple[Hat, ...], Reach]) -> Mapping[Hat, Reach]:
    return {hat: reach for hats, reach in grants for hat in hats}


#: Kind and action → hat → reach; a hat that is not named reaches nothing.
TABLE: Mapping[tuple[Kind, Action], Mapping[Hat, Reach]] = {
    (Kind.VISIT, Action.READ): _for((tuple(Hat), Reach.OWN)),
    (Kind.VISIT, Action.WRITE): _for((tuple(Hat), Reach.OWN)),
    (Kind.ACTIVITY, Action.READ): _for((_LAUNCHED, Reach.ACTIVITY)),
    (Kind.ACTIVITY, Action.WRITE): _for(((Hat.AUTHOR,), Reach.ACTIVITY)),
    (Kind.COURSE_ACTIVITY, Action.READ): _for(((Hat.AUTHOR,), Reach.COURSE)),
    (Kind.COURSE_ACTIVITY, Action.WRITE): _for(((Hat.AUTHOR,), Reach.COURSE)),
    (Kind.SIGN_UP, Action.READ): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.SIGN_UP, Action.WRITE): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.SIGN_UP_FACT, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.GRADE_CELL, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.GRADE_CELL, Action.WRITE): _for((_STAFF, Reach.ACTIVITY)),
    (Kind.ROSTER, Action.READ): _for((_STAFF, Reach.ACTIVITY)),
    (Kind.ROSTER, Action.WRITE): _for((_STAFF, Reach.ACTIVITY)),
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
    (Kind.PROGRAMME, Action.READ): _for((_LAUNCHED, Reach.ACTIVITY), (_DESK, Reach.PROGRAMME)),
    (Kind.PROGRAMME, Action.WRITE): _for((_DESK, Reach.PROGRAMME)),
    (Kind.PROGRAMME, Action.CREATE): _for((_DESK, Reach.ORGANISATION)),
    (Kind.PARTICIPANT, Action.READ): _for((_LAUNCHED, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.PARTICIPANT, Action.WRITE): _for((_LAUNCHED, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.PROFILE, Action.READ): _for((_PARTICIPANTS, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.PROFILE, Action.WRITE): _for((_PARTICIPANTS, Reach.SELF)),
    (Kind.EXCLUSION, Action.READ): _for((_PARTICIPANTS, Reach.SELF)),
    (Kind.EXCLUSION, Action.WRITE): _for((_PARTICIPANTS, Reach.SELF)),
    (Kind.SELF_DESCRIPTION, Action.READ): _for((_PARTICIPANTS, Reach.SELF)),
    (Kind.SELF_DESCRIPTION, Action.WRITE): _for((_PARTICIPANTS, Reach.SELF)),
    (Kind.PAIR_FACT, Action.READ): _for(
        (_STAFF, Reach.ACTIVITY),
        ((Hat.LEARNER, Hat.GUEST), Reach.SELF),
        (_DESK, Reach.PROGRAMME),
    ),
    (Kind.PAIR_FACT, Action.WRITE): _for((_PAIRED, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.OFFER, Action.READ): _for((_PAIRED, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.OFFER, Action.WRITE): _for((_PAIRED, Reach.SELF), (_DESK, Reach.PROGRAMME)),
    (Kind.PAIR_ROOM, Action.READ): _for((_PAIRED, Reach.SELF)),
    (Kind.CHARTER, Action.READ): _for((_PAIRED, Reach.SELF)),
    (Kind.CHARTER, Action.WRITE): _for((_PAIRED, Reach.SELF)),
    (Kind.CHARTER_FACT, Action.READ): _for(
        (_STAFF, Reach.ACTIVITY),
        ((*_PARTICIPANTS, Hat.GUEST), Reach.SELF),
        (_DESK, Reach.PROGRAMME),
    ),
    (Kind.GOAL, Action.READ): _for((_PAIRED, Reach.SELF)),
    (Kind.GOAL, Action.WRITE): _for((_PAIRED, Reach.SELF)),
    (Kind.GOAL_FACT, Action.READ): _for((_STAFF, Reach.ACTIVITY), (_DESK, Reach.PROGRAMME)),
    (Kind.TAXONOMY, Action.READ): _for((_DESK, Reach.ORGANISATION)),
    (Kind.TAXONOMY, Action.WRITE): _for((_DESK, Reach.ORGANISATION)),
    (Kind.REPORTING_LINE, Action.READ): _for((_DESK, Reach.ORGANISATION)),
    (Kind.REPORTING_LINE, Action.WRITE): _for((_DESK, Reach.ORGANISATION)),
    (Kind.STAFF_GRANT, Action.READ): _for((_DESK, Reach.PROGRAMME)),
    (Kind.PROGRAMME_AUDIT, Action.READ): _for((_DESK, Reach.PROGRAMME)),
    (Kind.PRACTICE_SESSION, Action.READ): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.PRACTICE_SESSION, Action.WRITE): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.PRACTICE_FACT, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.PRACTICE_GROUP, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.PRACTICE_GROUP, Action.WRITE): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.PRACTICE_RELEASE, Action.READ): _for(
        (_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)
    ),
    (Kind.PRACTICE_RELEASE, Action.WRITE): _for((_PARTICIPANTS, Reach.OWN)),
    (Kind.PRACTICE_MARK, Action.READ): _for((_PARTICIPANTS, Reach.OWN), (_STAFF, Reach.ACTIVITY)),
    (Kind.PRACTICE_MARK, Action.WRITE): _for((_STAFF, Reach.ACTIVITY)),
    (Kind.COMPLETION_COUNT, Action.READ): _for((_DESK, Reach.PROGRAMME)),
}


#: What learners do and see by themselves, and what belongs to their stay. Only this is shown where
#: no cookie but the address proves who they are (docs/visits.md): it lists what is shown and not
#: what is withheld, so that a new kind is withheld until somebody has thought about it.
#: Withheld for what they would give away are the words and names of a pair (rooms, charters, goals,
#: offers), notices, which come from everywhere in the organisation, whom somebody does not want to
#: be paired with, and to which groups they count themselves.
OWN_WORK: Final = frozenset(
    {
        Kind.VISIT,
        Kind.ACTIVITY,
        Kind.SIGN_UP,
        Kind.SIGN_UP_FACT,
        Kind.GRADE_CELL,
        Kind.RULING,
        Kind.PROFILE,
        Kind.PARTICIPANT,
        Kind.PRACTICE_SESSION,
        Kind.PRACTICE_FACT,
        Kind.PRACTICE_GROUP,
        Kind.PRACTICE_RELEASE,
        Kind.PRACTICE_MARK,
    }
)


def hats_of(roles: Roles, *, runs_programmes: bool = False) -> tuple[Hat, ...]:
    """Return the hats that somebody has in a course, the one to open first (R-1.28, R-1.29).

    Args:
        roles: in the LMS.
        runs_programmes: the tool granted them that; a preview user has nothing but the preview.
    """
    hats = []
    if roles.can_author:
        hats.append(Hat.AUTHOR)
    elif roles.can_review:
        hats.append(Hat.REVIEWER)
    if roles.is_preview:
        hats.append(Hat.PREVIEW)
    elif roles.is_learner:
        hats.append(Hat.LEARNER)
    if runs_programmes and not roles.is_preview:
        hats.append(Hat.LEARNING_AND_DEVELOPMENT)
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
            for what is about the person wherever it comes from, and for programmes that the
            person may run.
    """
    reach = reach_of(viewer.hat, action, thing.kind)
    if reach is Reach.TOOL:
        return True
    if viewer.organisation_id != thing.organisation_id:
        return False
    is_own = thing.owner_id == viewer.person_id
    is_here = viewer.activity_id == thing.activity_id
    runs_it = viewer.runs_all_programmes or thing.programme_id in viewer.programme_ids
    reached: Mapping[Reach, bool] = {
        Reach.NONE: False,
        Reach.OWN: is_own and is_here,
        Reach.SELF: is_own,
        Reach.ACTIVITY: is_here and thing.activity_id is not None,
        Reach.COURSE: viewer.course_id == thing.course_id and thing.course_id is not None,
        Reach.PROGRAMME: runs_it and thing.programme_id is not None,
        Reach.ORGANISATION: viewer.runs_all_programmes,
    }
    return reached[reach]


def readers_of(kind: Kind) -> tuple[tuple[Hat, Reach], ...]:
    """Return which hats may read objects of a kind, and whose: what "who can see this?" shows."""
    reaches = ((hat, reach_of(hat, Action.READ, kind)) for hat in Hat)
    return tuple((hat, reach) for hat, reach in reaches if reach is not Reach.NONE)
