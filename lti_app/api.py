"""The public API, version 0: all that a plugin may import. Re-exports only.

`plugins/README.md` explains each name; a test keeps the two lists equal.
"""

from lti_app.activity import (
    API_VERSION,
    Activity,
    AnswersLinks,
    CountsWork,
    ErasesPeople,
    FollowsPairs,
    HasDueWork,
    HasPairRoom,
    HasProfiles,
    HasReviewPage,
    InvalidOptions,
    Notifying,
    TellsFacts,
)
from lti_app.clock import now
from lti_app.domain.availability import Availability
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.errors import AppError as ActivityError
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.facts import Fact
from lti_app.domain.figures import Figure
from lti_app.domain.goals import (
    EvidenceKind,
    Gate,
    Goal,
    GoalCounts,
    GoalDraft,
    GoalFinding,
    GoalMeasure,
    GoalState,
    check_goal,
    passes,
    read_due,
)
from lti_app.domain.links import LinkItem, LinkQuestion
from lti_app.domain.notices import Holds, NoticeKind, Told, Urgency, Words
from lti_app.domain.pairing import (
    Answer,
    Channel,
    LanguageLevel,
    MatchingProfile,
    OfferedSkill,
    Style,
    Submission,
    WantedSkill,
)
from lti_app.domain.pairs import EndKind, PairState
from lti_app.domain.participants import ParticipantState, Participation
from lti_app.domain.permissions import Action, Hat, Kind, Reach, Thing, readers_of
from lti_app.domain.programmes import Programme, ProgrammeRules, PurposeType, RelationshipKind, Side
from lti_app.domain.progress import Completion, State
from lti_app.domain.rooms import CardLink, NextStep, OwnPair, PairAtWork, PairCard
from lti_app.domain.taxonomy import TermKind
from lti_app.domain.visit import Options, Person, Placement, Visit
from lti_app.services.facts import facts, publish_fact, withdraw_fact
from lti_app.services.goals import agree_goals, count_goals, goals_of
from lti_app.services.links import make_answer_link
from lti_app.services.notices import notify
from lti_app.services.notices import withdraw as withdraw_notice
from lti_app.services.pair_lists import PairingFact, pairing_facts
from lti_app.services.participants import (
    confirm_consent,
    counting_activities,
    find_participation,
    pause_participation,
    resume_participation,
    submit_participation,
    withdraw_participation,
)
from lti_app.services.people import (
    RosterEntry,
    RosterPage,
    count_roster,
    find_learner,
    find_people,
    roster,
    roster_page,
    set_person,
)
from lti_app.services.profiles import meant_only, recognise
from lti_app.services.programme_courses import options_in_programme
from lti_app.services.programmes import find_programme
from lti_app.services.progress import (
    find_delivery_state,
    find_delivery_states,
    find_placement_of,
    find_progress,
    refresh_people,
    refresh_progress,
    regrade,
)
from lti_app.services.rooms import lock_pair, pairs_of, refresh_pair_progress
from lti_app.store.base import ActivityRecord, Base, Id, PairRecord
from lti_app.store.people import is_of_somebody
from lti_app.store.session import db, find_or_add
from lti_app.web.fields import (
    AtMost,
    ChecklistField,
    NotLonger,
    RowsField,
    Ticked,
    Written,
    is_time_zone,
    languages,
    one_line,
    tidy,
    time_zones,
)
from lti_app.web.forms import ActivityForm
from lti_app.web.goal_forms import GoalFields, advice_of, goal_lines, goal_templates
from lti_app.web.guards import requires
from lti_app.web.pair_visits import current_pair, own_pairs
from lti_app.web.programmes import choices_of, current_programme, words_of
from lti_app.web.runtime import public_address
from lti_app.web.translation import (
    format_day,
    format_instant,
    gettext,
    lazy_gettext,
    ngettext,
    shown_name,
)
from lti_app.web.visits import current_placement, current_visit

__all__ = [
    "API_VERSION",
    "Action",
    "Activity",
    "ActivityError",
    "ActivityForm",
    "ActivityRecord",
    "Answer",
    "AnswersLinks",
    "AtMost",
    "Availability",
    "Base",
    "CardLink",
    "Channel",
    "ChecklistField",
    "Completion",
    "Conflict",
    "CountsWork",
    "DeliveryState",
    "EndKind",
    "ErasesPeople",
    "EvidenceKind",
    "Fact",
    "Figure",
    "FollowsPairs",
    "Gate",
    "Goal",
    "GoalCounts",
    "GoalDraft",
    "GoalFields",
    "GoalFinding",
    "GoalMeasure",
    "GoalState",
    "HasDueWork",
    "HasPairRoom",
    "HasProfiles",
    "HasReviewPage",
    "Hat",
    "Holds",
    "Id",
    "InvalidOptions",
    "Kind",
    "LanguageLevel",
    "LinkItem",
    "LinkQuestion",
    "MatchingProfile",
    "NextStep",
    "NotFound",
    "NotLonger",
    "NoticeKind",
    "Notifying",
    "OfferedSkill",
    "Options",
    "OwnPair",
    "PairAtWork",
    "PairCard",
    "PairRecord",
    "PairState",
    "PairingFact",
    "ParticipantState",
    "Participation",
    "Person",
    "Placement",
    "Programme",
    "ProgrammeRules",
    "PurposeType",
    "Reach",
    "RelationshipKind",
    "RosterEntry",
    "RosterPage",
    "RowsField",
    "Side",
    "State",
    "Style",
    "Submission",
    "TellsFacts",
    "TermKind",
    "Thing",
    "Ticked",
    "Told",
    "Urgency",
    "Visit",
    "WantedSkill",
    "Words",
    "Written",
    "advice_of",
    "agree_goals",
    "check_goal",
    "choices_of",
    "confirm_consent",
    "count_goals",
    "count_roster",
    "counting_activities",
    "current_pair",
    "current_placement",
    "current_programme",
    "current_visit",
    "db",
    "facts",
    "find_delivery_state",
    "find_delivery_states",
    "find_learner",
    "find_or_add",
    "find_participation",
    "find_people",
    "find_placement_of",
    "find_programme",
    "find_progress",
    "format_day",
    "format_instant",
    "gettext",
    "goal_lines",
    "goal_templates",
    "goals_of",
    "is_of_somebody",
    "is_time_zone",
    "languages",
    "lazy_gettext",
    "lock_pair",
    "make_answer_link",
    "meant_only",
    "ngettext",
    "notify",
    "now",
    "one_line",
    "options_in_programme",
    "own_pairs",
    "pairing_facts",
    "pairs_of",
    "passes",
    "pause_participation",
    "public_address",
    "publish_fact",
    "read_due",
    "readers_of",
    "recognise",
    "refresh_pair_progress",
    "refresh_people",
    "refresh_progress",
    "regrade",
    "requires",
    "resume_participation",
    "roster",
    "roster_page",
    "set_person",
    "shown_name",
    "submit_participation",
    "tidy",
    "time_zones",
    "withdraw_fact",
    "withdraw_notice",
    "withdraw_participation",
    "words_of",
]
