"""Words of the desk: for states, purposes, steps, and for what a programme lacks."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString

from lti_app.domain.participants import ParticipantState, ParticipantStep
from lti_app.domain.programmes import (
    LONGEST_PURPOSE,
    SHORTEST_PURPOSE,
    MustMatch,
    ProgrammeState,
    PurposeType,
    RelationshipKind,
    Shortcoming,
    Side,
    Step,
)
from lti_app.web.translation import lazy_gettext

STATES: Final[Mapping[ProgrammeState, LazyString]] = {
    ProgrammeState.DRAFT: lazy_gettext("Draft"),
    ProgrammeState.OPEN: lazy_gettext("Open for sign-up"),
    ProgrammeState.MATCHING: lazy_gettext("Matching"),
    ProgrammeState.RUNNING: lazy_gettext("Running"),
    ProgrammeState.CLOSING: lazy_gettext("Closing"),
    ProgrammeState.ARCHIVED: lazy_gettext("Archived"),
}

PURPOSES: Final[Mapping[PurposeType, LazyString]] = {
    PurposeType.RETAIN: lazy_gettext("Keep people with high potential"),
    PurposeType.ONBOARD: lazy_gettext("Help new managers into their role"),
    PurposeType.INCLUSIVE: lazy_gettext("Build an inclusive culture"),
    PurposeType.OTHER: lazy_gettext("Something else"),
}

RELATIONSHIPS: Final[Mapping[RelationshipKind, LazyString]] = {
    RelationshipKind.MENTORING: lazy_gettext(
        "Mentoring: for months, with somebody more experienced"
    ),
    RelationshipKind.COACHING: lazy_gettext("Coaching: some sessions on one goal"),
}

MUST_MATCH: Final[Mapping[MustMatch, LazyString]] = {
    MustMatch.JOB_FAMILY: lazy_gettext("Job family"),
    MustMatch.GOAL_AREA: lazy_gettext("A goal area"),
    MustMatch.CHANNEL: lazy_gettext("A way to meet"),
    MustMatch.LANGUAGE: lazy_gettext("A language"),
}

SIDES: Final[Mapping[Side, LazyString]] = {
    Side.MENTEE: lazy_gettext("Mentee"),
    Side.MENTOR: lazy_gettext("Mentor"),
}

#: How far somebody is → what the desk calls it.
PARTICIPANT_STATES: Final[Mapping[ParticipantState, LazyString]] = {
    ParticipantState.DRAFT: lazy_gettext("Sent back"),
    ParticipantState.SUBMITTED: lazy_gettext("Waits for approval"),
    ParticipantState.APPROVED: lazy_gettext("Approved"),
    ParticipantState.OFFERED: lazy_gettext("Offered"),
    ParticipantState.MATCHED: lazy_gettext("Paired"),
    ParticipantState.WAITING: lazy_gettext("On the waiting list"),
    ParticipantState.PAUSED: lazy_gettext("Pauses"),
    ParticipantState.WITHDRAWN: lazy_gettext("Left"),
    ParticipantState.DONE: lazy_gettext("Done"),
}

#: What can be decided about somebody → what its button says.
STEPS_OF_PEOPLE: Final[Mapping[ParticipantStep, LazyString]] = {
    ParticipantStep.APPROVE: lazy_gettext("Approve"),
    ParticipantStep.RETURN: lazy_gettext("Send back"),
    ParticipantStep.PAUSE: lazy_gettext("Let pause"),
    ParticipantStep.RESUME: lazy_gettext("End the pause"),
    ParticipantStep.WITHDRAW: lazy_gettext("Take out"),
}

#: What the audit notes → how the page says it.
ACTS: Final[Mapping[str, LazyString]] = {
    "code.make": lazy_gettext("made a code for instructors"),
    "code.revoke": lazy_gettext("revoked a code for instructors"),
    "course.link": lazy_gettext("brought a course in"),
    "course.unlink": lazy_gettext("took a course out"),
    "join_request.refuse": lazy_gettext("refused a course that asked to join"),
    "pair.answer_accepted": lazy_gettext("accepted an offer"),
    "pair.answer_declined": lazy_gettext("declined an offer"),
    "pair.answer_meet_first": lazy_gettext("asked to meet before deciding"),
    "pair.complete": lazy_gettext("a pair came to its planned end"),
    "pair.decline": lazy_gettext("an offer came to nothing"),
    "pair.drop": lazy_gettext("took a proposal or an offer back"),
    "pair.end": lazy_gettext("ended a pair"),
    "pair.exit": lazy_gettext("left a pair, without fault"),
    "pair.expire": lazy_gettext("the time for an offer was over"),
    "pair.offer": lazy_gettext("offered a pair to both"),
    "pair.pause": lazy_gettext("let a pair pause"),
    "pair.propose": lazy_gettext("proposed a pair"),
    "pair.resume": lazy_gettext("ended the pause of a pair"),
    "pair.start": lazy_gettext("a pair began"),
    "participant.approve": lazy_gettext("approved a sign-up"),
    "participant.consent": lazy_gettext("agreed to the programme's text"),
    "participant.pause": lazy_gettext("began a pause"),
    "participant.resume": lazy_gettext("ended a pause"),
    "participant.return": lazy_gettext("sent a sign-up back"),
    "participant.seats": lazy_gettext("changed how many mentees a mentor takes"),
    "participant.submit": lazy_gettext("submitted a sign-up"),
    "participant.withdraw": lazy_gettext("took somebody out, or left"),
    "programme.archive": lazy_gettext("put the programme into the archive"),
    "programme.begin_matching": lazy_gettext("began matching"),
    "programme.begin_running": lazy_gettext("let the programme run"),
    "programme.close": lazy_gettext("began to close the programme"),
    "programme.create": lazy_gettext("made the programme"),
    "programme.edit": lazy_gettext("changed purpose or rules"),
    "programme.open": lazy_gettext("opened the programme for sign-up"),
    "staff.grant": lazy_gettext("let somebody run the programme"),
    "staff.revoke": lazy_gettext("took back that somebody runs the programme"),
}

#: Step → what its button says.
STEPS: Final[Mapping[Step, LazyString]] = {
    Step.OPEN: lazy_gettext("Open for sign-up"),
    Step.BEGIN_MATCHING: lazy_gettext("Begin matching"),
    Step.BEGIN_RUNNING: lazy_gettext("Let it run"),
    Step.CLOSE: lazy_gettext("Begin to close"),
    Step.ARCHIVE: lazy_gettext("Put into the archive"),
}

#: Step → what it does, beside its button.
EFFECTS: Final[Mapping[Step, LazyString]] = {
    Step.OPEN: lazy_gettext("From then on people of its courses can sign up."),
    Step.BEGIN_MATCHING: lazy_gettext("Tells that you are pairing people. Sign-up stays open."),
    Step.BEGIN_RUNNING: lazy_gettext("Tells that pairs are at work. Sign-up and pairing go on."),
    Step.CLOSE: lazy_gettext("Nobody signs up or is paired any more; pairs finish their work."),
    Step.ARCHIVE: lazy_gettext("Everything can still be read, and nothing changed any more."),
}

SHORTCOMINGS: Final[Mapping[Shortcoming, LazyString]] = {
    Shortcoming.NO_PURPOSE_TYPE: lazy_gettext("Choose what the programme is for."),
    Shortcoming.NO_PURPOSE: lazy_gettext(
        "Write its purpose, in %(shortest)d to %(longest)d characters.",
        shortest=SHORTEST_PURPOSE,
        longest=LONGEST_PURPOSE,
    ),
    Shortcoming.NO_MEASURE: lazy_gettext(
        "Name one to three measures of success, each with a target and a date."
    ),
    Shortcoming.NO_DATES: lazy_gettext("Say when it starts and when it ends."),
    Shortcoming.ENDS_BEFORE_START: lazy_gettext("It has to end after it starts."),
    Shortcoming.ALREADY_OVER: lazy_gettext("Its last day is over: choose a later one."),
    Shortcoming.NO_CONSENT_TEXT: lazy_gettext("Write what people agree to when they sign up."),
    Shortcoming.NO_MENTEES: lazy_gettext("No mentee is approved yet."),
    Shortcoming.NO_MENTORS: lazy_gettext("No mentor is approved yet."),
    Shortcoming.NO_ACTIVE_PAIR: lazy_gettext("No pair is at work yet."),
    Shortcoming.OPEN_PAIRS: lazy_gettext("Some pairs or offers are still open: end them first."),
}
