"""What happens to a session: begun, saved, handed over, answered, released, given up.

Each act locks the row that it changes, asks the rules whether it can happen, and refreshes the
progress of those whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from lti_app.api import (
    ActivityError,
    Person,
    Placement,
    db,
    find_or_add,
    find_people,
    notify,
    now,
    refresh_people,
    refresh_progress,
    withdraw_notice,
)
from plugins.coaching import models, rules
from plugins.coaching.facts import tell_done, tell_session
from plugins.coaching.groups import coachee_of
from plugins.coaching.log import Log, Missing, Reflection, from_json, missing, to_json
from plugins.coaching.models import PracticeAnswer, PracticeRelease, PracticeSession
from plugins.coaching.options import Terms
from plugins.coaching.release import freeze
from plugins.coaching.rules import DRAFTS, Event, SessionState, after


class SavedElsewhere(Exception):
    """A session was saved from another window since this page was opened.

    Attributes:
        revision: of what is stored now.
    """

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__()


@dataclass(frozen=True)
class Draft:
    """What a page sends of a session.

    Attributes:
        form: `full` or `short`.
        revision: of what the page was made from.
        writer: names the page, so that it never collides with itself.
    """

    held_on: date | None
    minutes: int | None
    form: str
    log: Log
    revision: int
    writer: str


@dataclass(frozen=True)
class PartnersPart:
    """What the partner says of a session."""

    verdicts: Sequence[str]
    corrections: Sequence[str]
    talk_share: str
    own_step: str


def begin(placement: Placement, person: Person, form: str) -> PracticeSession:
    """Return the session of somebody's next round, or the one that they are still writing.

    Raises:
        ActivityError: all are done, nobody is there to practise with, or the time is over.
    """
    terms = Terms.of(placement.options)
    check_open(placement)
    models.lock_groups(placement.activity_id)
    led = models.list_sessions(placement.activity_id, [person.id])
    if begun := next((one for one in led if one.state in DRAFTS), None):
        return begun
    round_ = next_round(led, terms)
    if round_ is None:
        raise ActivityError("session_moved", "no round left", status=409)
    group = models.find_group(placement.activity_id, person.id, round_) if terms.is_peer else None
    coachee = coachee_of(group.people, person.id) if group else None
    if terms.is_peer and coachee is None and not person.is_preview:
        raise ActivityError("practice_alone", "no partner", status=409)
    models.add_member(placement, person)
    session, _ = find_or_add(
        lambda: models.find_of_round(placement.activity_id, person.id, round_),
        lambda: PracticeSession(
            activity_id=placement.activity_id,
            person_id=person.id,
            group_id=group.id if group else None,
            coachee_id=coachee,
            round=round_,
            state=SessionState.PLANNED.value,
            form=form if terms.short_form else "full",
            log={},
            revision=0,
            writer="",
        ),
    )
    refresh_progress(placement, [person])
    return session


def next_round(led: Sequence[PracticeSession], terms: Terms) -> int | None:
    """Return the first round in which somebody has not begun; None after the last one."""
    taken = {one.round for one in led if one.state != SessionState.CANCELLED}
    free = (number for number in range(1, terms.sessions + 1) if number not in taken)
    return next(free, None)


def find_own(placement: Placement, person: Person, session_id: UUID) -> PracticeSession:
    """Return a session that somebody leads.

    Raises:
        ActivityError: there is none, or it is somebody else's; nobody learns which.
    """
    return _own(models.find_session(placement.activity_id, session_id), person)


def find_shared(placement: Placement, person: Person, session_id: UUID) -> PracticeSession:
    """Return a session that was handed to somebody as the partner.

    Raises:
        ActivityError: there is none, it is not theirs, or not handed over.
    """
    return _shared(models.find_session(placement.activity_id, session_id), person)


def save(placement: Placement, person: Person, session_id: UUID, draft: Draft) -> PracticeSession:
    """Keep what somebody wrote; nobody else sees it.

    Raises:
        SavedElsewhere: another page saved since; nothing was changed.
        ActivityError: it is not theirs, or handed over already.
    """
    session = _own(models.lock_session(placement.activity_id, session_id), person)
    following = after(SessionState(session.state), Event.SAVE)
    if draft.revision != session.revision and draft.writer != session.writer:
        raise SavedElsewhere(session.revision)
    terms = Terms.of(placement.options)
    session.state = following.value
    session.held_on, session.minutes = draft.held_on, draft.minutes
    session.form = draft.form if terms.short_form else "full"
    session.log = to_json(draft.log)
    session.revision += 1
    session.writer, session.saved_at = draft.writer, now()
    return session


def still_missing(session: PracticeSession) -> tuple[Missing, ...]:
    """Return what a session needs before it can be handed over."""
    when = (Missing.HELD_ON,) if session.held_on is None else ()
    length = (Missing.MINUTES,) if session.minutes is None else ()
    return when + length + missing(session.written, session.form)


def hand_over(placement: Placement, person: Person, session_id: UUID) -> tuple[Missing, ...]:
    """Give a session to the partner to confirm; returns what is missing, if that is anything.

    A team member has no account here: the coach has a link to send instead, and making it counts.
    What was handed over is not handed over again: a second click changes nothing.

    Raises:
        ActivityError: it is not theirs, withdrawn, or the time is over.
    """
    check_open(placement)
    session = _own(models.lock_session(placement.activity_id, session_id), person)
    if session.handed_at is not None and session.state != SessionState.CANCELLED.value:
        return ()
    following = after(SessionState(session.state), Event.HAND_OVER)
    if lacking := still_missing(session):
        return lacking
    session.state, session.handed_at = following.value, now()
    if not Terms.of(placement.options).is_peer:
        session.state = after(following, Event.LAPSE).value
    if session.coachee_id is not None:
        notify(
            session.coachee_id,
            "practice.handed",
            about=session.id,
            activity_id=placement.activity_id,
            until=session.handed_at + timedelta(days=rules.DAYS_TO_CONFIRM),
        )
    _follow(placement, session, [person.id])
    return ()


def reflect(
    placement: Placement, person: Person, session_id: UUID, reflection: Reflection
) -> PracticeSession:
    """Keep what the coach thinks afterwards; possible until the session is released.

    Raises:
        ActivityError: it is not theirs, not handed over yet, or released, or the time is over.
    """
    check_open(placement)
    session = _own(models.lock_session(placement.activity_id, session_id), person)
    if session.state in DRAFTS or not rules.can_happen(SessionState(session.state), Event.CANCEL):
        raise ActivityError("session_moved", "reflection", status=409)
    written = to_json(from_json(session.log))
    session.log = written | {"reflection": vars(reflection)}
    session.revision += 1
    session.saved_at = now()
    _follow(placement, session, [person.id])
    return session


def answer(
    placement: Placement, person: Person, session_id: UUID, part: PartnersPart
) -> PracticeSession:
    """Take the partner's answer, once.

    Raises:
        ActivityError: it is not theirs to answer, was answered before, or the time is over.
    """
    check_open(placement)
    session = _shared(models.lock_session(placement.activity_id, session_id), person)
    if session.answered_at is not None:
        raise ActivityError("session_moved", "answered before", status=409)
    session.state = after(SessionState(session.state), Event.ANSWER).value
    session.answered_at = now()
    db().add(
        PracticeAnswer(
            activity_id=placement.activity_id,
            person_id=person.id,
            session_id=session.id,
            verdicts=list(part.verdicts),
            corrections=list(part.corrections),
            talk_share=part.talk_share,
            own_step=part.own_step,
        )
    )
    notify(
        session.person_id,
        "practice.answered",
        about=session.id,
        activity_id=placement.activity_id,
    )
    _follow(placement, session, [person.id, session.person_id])
    return session


def release(placement: Placement, person: Person, session_id: UUID) -> None:
    """Give the instructor a copy of a session as it is now, without the partner's name.

    What was released is not released again: a second click changes nothing.

    Raises:
        ActivityError: it is not theirs, or not handed over, or the time is over.
    """
    check_open(placement)
    session = _own(models.lock_session(placement.activity_id, session_id), person)
    if session.state == SessionState.RELEASED.value:
        return
    session.state = after(SessionState(session.state), Event.RELEASE).value
    session.released_at = now()
    db().add(
        PracticeRelease(
            session_id=session.id,
            copy=copy_of(session),
            released_at=session.released_at,
        )
    )
    _follow(placement, session, [person.id])


def copy_of(session: PracticeSession) -> dict[str, Any]:
    """Return a session as the instructor would read it, were it released now."""
    group = _people_of(session)
    # Whoever was erased is called by words of the tool, and nobody's name is in the log any more.
    others = find_people(group).values()
    names = [one.name for one in others if one.name and not one.is_erased]
    return freeze(
        session.written,
        models.find_answer(session.id),
        held_on=session.held_on,
        minutes=session.minutes,
        form=session.form,
        round_=session.round,
        names=names,
    )


def give_up(placement: Placement, person: Person, session_id: UUID) -> None:
    """Withdraw a session that was not released: its words are deleted, and it counts no more.

    Raises:
        ActivityError: it is not theirs, or released already.
    """
    session = _own(models.lock_session(placement.activity_id, session_id), person)
    session.state = after(SessionState(session.state), Event.CANCEL).value
    session.cancelled_at, session.log = now(), {}
    session.revision += 1
    if session.coachee_id is not None:
        withdraw_notice(session.coachee_id, "practice.handed", about=session.id)
    _follow(placement, session, [person.id])


def check_open(placement: Placement) -> None:
    """Refuse what would not count.

    Raises:
        ActivityError: the activity has not begun, or is closed.
    """
    if not rules.is_open(Terms.of(placement.options), placement.closes_at, now()):
        raise ActivityError("practice_closed", "not open", status=409)


def _follow(placement: Placement, session: PracticeSession, people: Sequence[UUID]) -> None:
    """Refresh the progress of people after something happened to a session, and tell the facts."""
    db().flush()
    refresh_people(placement.activity_id, people)
    tell_session(session)
    tell_done(placement.activity_id, people)


def _people_of(session: PracticeSession) -> list[UUID]:
    """Return everybody of a session's group but its coach, those who have left included."""
    seated = models.who_sat(session.group_id) if session.group_id else []
    known = {*seated, session.coachee_id} - {session.person_id, None}
    return [one for one in known if one is not None]


def _own(session: PracticeSession | None, person: Person) -> PracticeSession:
    if session is None or session.person_id != person.id:
        raise ActivityError("not_found", "session of somebody else", status=404)
    return session


def _shared(session: PracticeSession | None, person: Person) -> PracticeSession:
    is_theirs = session is not None and session.coachee_id == person.id
    if session is None or not is_theirs or session.handed_at is None:
        raise ActivityError("not_found", "session of somebody else", status=404)
    if session.state == SessionState.CANCELLED:
        raise ActivityError("not_found", "session given up", status=404)
    return session
