"""People's places in a programme: signing up, being approved or sent back, pausing, leaving."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lti_app.clock import now
from lti_app.domain import participants as rules
from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.domain.notices import NoticeKind
from lti_app.domain.pairing import Submission
from lti_app.domain.participants import (
    LONGEST_NOTE,
    MOST_SEATS,
    ParticipantState,
    ParticipantStep,
    Participation,
)
from lti_app.domain.programmes import Programme, ProgrammeState, Side
from lti_app.domain.visit import Person, Placement
from lti_app.services.consents import ask_for_consent, has_agreed
from lti_app.services.notice_kinds import APPROVED, RETURNED
from lti_app.services.notices import notify
from lti_app.services.programmes import find_programme
from lti_app.store import audit
from lti_app.store import participants as store
from lti_app.store.participants import Participant
from lti_app.store.session import db, find_or_add


def find_participation(programme_id: UUID, person_id: UUID) -> Participation | None:
    """Return somebody's place in a programme, or None."""
    row = store.find_participant(programme_id, person_id)
    return store.to_participation(row) if row else None


def counting_activities(programme_id: UUID, people: Collection[UUID]) -> dict[UUID, UUID]:
    """Return at which activity somebody's sign-up counts in a programme, by person id.

    People who do not take part are left out.
    """
    return store.list_counting_activities(programme_id, people)


def submit_participation(
    placement: Placement,
    person: Person,
    side: Side,
    *,
    seats: int = 0,
    consent_version: int | None = None,
) -> Participation | None:
    """Take somebody's submitted sign-up, new or changed, into the programme of its activity.

    The first sign-up that a person submits in a programme counts; one from another course of the
    programme changes nothing but their consent.

    Args:
        placement: where they signed up.
        person: who; a preview takes part in nothing.
        side: which part they take.
        seats: how many mentees a mentor takes at a time, 0–5; 0 is none for now.
        consent_version: of the programme's text that they agreed to.

    Returns:
        Their place, or None where the activity belongs to no programme.

    Raises:
        Conflict: `sign_up_closed`: the programme takes no sign-ups now; `sign_up_settled`: they
            have been offered or matched, so that the answers stay as they are.
        MalformedRequest: a number of seats that does not fit the side.
    """
    if placement.programme_id is None or person.is_preview:
        return None
    if seats not in (range(MOST_SEATS + 1) if side is Side.MENTOR else {0}):
        raise MalformedRequest(detail=f"{seats} seats of a {side}")
    programme = find_programme(placement.programme_id)
    if not programme.takes_sign_ups:
        raise Conflict("sign_up_closed", f"programme is {programme.state}")
    row, is_new = _lock_or_add(programme, placement.activity_id, person, side)
    if consent_version is not None:
        row.consent_version = consent_version
        has_agreed(row)
    if is_new or _is_the_one_that_counts(row, placement.activity_id):
        _take(row, programme, side, seats, is_new=is_new)
        row.activity_id = placement.activity_id
    db().flush()
    return store.to_participation(row)


def take_over(programme: Programme, submissions: Sequence[Submission]) -> None:
    """Let those who signed up before their course joined a programme take part in it.

    Who takes part already keeps their place; of several sign-ups of one person the first counts.
    Nobody has agreed to the programme's text yet: they are asked before they are paired.

    Args:
        programme: what their course has joined.
        submissions: the earliest first.
    """
    for submission in submissions:
        _take_over(programme, submission)
    if programme.state is not ProgrammeState.DRAFT:
        people = [submission.person_id for submission in submissions]
        ask_for_consent(programme.id, programme.consent_version, people)


def confirm_consent(programme_id: UUID, person_id: UUID, consent_version: int) -> None:
    """Note that somebody agreed to a programme's text.

    Raises:
        Conflict: the text has changed since they read it.
        NotFound: they do not take part.
    """
    if find_programme(programme_id).consent_version != consent_version:
        raise Conflict(detail="another consent text by now")
    row = _lock(programme_id, person_id)
    row.consent_version = consent_version
    has_agreed(row)
    _note(row, "consent", person_id, {"version": consent_version})


def pause_participation(programme_id: UUID, person_id: UUID, *, by: UUID) -> None:
    """Let somebody rest: nobody is offered to them until they go on.

    Raises:
        Conflict: they are offered, matched, or cannot be paired anyway.
        NotFound: they do not take part.
    """
    _move(programme_id, person_id, ParticipantStep.PAUSE, by)


def resume_participation(programme_id: UUID, person_id: UUID, *, by: UUID) -> None:
    """End somebody's pause; they are where they were before it.

    Raises:
        Conflict: they do not pause.
        NotFound: they do not take part.
    """
    row = _move(programme_id, person_id, ParticipantStep.RESUME, by)
    row.state = rules.after_resuming(row.waited_rounds).value


def withdraw_participation(programme_id: UUID, person_id: UUID, *, by: UUID) -> None:
    """Take somebody out; what they wrote stays theirs, and they may sign up again.

    Raises:
        Conflict: they are offered or matched; that has an end of its own.
        NotFound: they do not take part.
    """
    row = _move(programme_id, person_id, ParticipantStep.WITHDRAW, by)
    row.returned_note = ""
    row.waited_rounds = 0


def approve_participation(programme_id: UUID, person_id: UUID, *, by: UUID) -> None:
    """Let somebody be paired.

    Raises:
        Conflict: there is nothing of theirs to approve.
        NotFound: they do not take part.
    """
    _approve(_lock(programme_id, person_id), by)


def approve_those_who_wait(programme_id: UUID, people: Collection[UUID], *, by: UUID) -> int:
    """Let all of these be paired who still wait for approval; others stay as they are.

    Args:
        people: whom the programme team has seen waiting; some may have been decided meanwhile.

    Returns:
        How many were approved.

    Raises:
        NotFound: one of them does not take part.
    """
    rows = store.lock_participants(programme_id, people)
    if len(rows) < len(set(people)):
        raise NotFound(detail="not a participant")
    waiting = [row for row in rows if row.state == ParticipantState.SUBMITTED]
    for row in waiting:
        _approve(row, by)
    return len(waiting)


def return_participation(programme_id: UUID, person_id: UUID, note: str, *, by: UUID) -> None:
    """Send a sign-up back to its person, who can change it and submit it again.

    Args:
        note: 1 to 400 characters: what is to be changed.

    Raises:
        MalformedRequest: no note, or one that is too long.
        Conflict: they are offered, matched or have left.
        NotFound: they do not take part.
    """
    if not 0 < len(note) <= LONGEST_NOTE:
        raise MalformedRequest(detail=f"a note has 1 to {LONGEST_NOTE} characters")
    row = _move(programme_id, person_id, ParticipantStep.RETURN, by)
    row.returned_note = note
    row.approved_at = None
    _tell(row, RETURNED)


def set_state(row: Participant, state: ParticipantState, at: datetime | None = None) -> None:
    """Note how far somebody is, and since when."""
    row.state = state.value
    row.state_since = at or now()


def _take_over(programme: Programme, given: Submission) -> None:
    row, is_new = find_or_add(
        lambda: store.find_participant(programme.id, given.person_id),
        lambda: _new(programme, given.activity_id, given.person_id, given.side),
    )
    if is_new:
        _take(row, programme, given.side, given.seats, is_new=True)
        row.submitted_at = given.submitted_at


def _lock_or_add(
    programme: Programme, activity_id: UUID, person: Person, side: Side
) -> tuple[Participant, bool]:
    return find_or_add(
        lambda: store.lock_participant(programme.id, person.id),
        lambda: _new(programme, activity_id, person.id, side),
    )


def _new(programme: Programme, activity_id: UUID, person_id: UUID, side: Side) -> Participant:
    return Participant(
        programme_id=programme.id,
        person_id=person_id,
        activity_id=activity_id,
        side=side.value,
        state=ParticipantState.SUBMITTED.value,
        state_since=now(),
    )


def _is_the_one_that_counts(row: Participant, activity_id: UUID) -> bool:
    begins_anew = {ParticipantState.DRAFT, ParticipantState.WITHDRAWN, ParticipantState.DONE}
    return row.activity_id in {None, activity_id} or ParticipantState(row.state) in begins_anew


def _take(row: Participant, programme: Programme, side: Side, seats: int, *, is_new: bool) -> None:
    state = rules.after_submitting(
        None if is_new else ParticipantState(row.state),
        changes_side=row.side != side.value,
        is_approved_at_once=side is Side.MENTEE and programme.rules.auto_approve_mentees,
    )
    if state is None:
        raise Conflict("sign_up_settled", f"participant is {row.state}")
    if is_new or row.state != state.value:
        set_state(row, state)
        row.approved_at = now() if state is ParticipantState.APPROVED else None
    row.side, row.seats = side.value, seats
    row.submitted_at = row.submitted_at or now()
    row.returned_note = ""
    _note(row, "submit", row.person_id)


def _lock(programme_id: UUID, person_id: UUID) -> Participant:
    row = store.lock_participant(programme_id, person_id)
    if row is None:
        raise NotFound(detail="not a participant")
    return row


def _approve(row: Participant, by: UUID) -> None:
    _take_step(row, ParticipantStep.APPROVE, by)
    row.approved_at = now()
    _tell(row, APPROVED)


def _move(programme_id: UUID, person_id: UUID, step: ParticipantStep, by: UUID) -> Participant:
    row = _lock(programme_id, person_id)
    _take_step(row, step, by)
    return row


def _take_step(row: Participant, step: ParticipantStep, by: UUID) -> None:
    target = rules.target_of(ParticipantState(row.state), step)
    if target is None:
        raise Conflict(detail=f"{step} from {row.state}")
    set_state(row, target)
    _note(row, step.value, by)


def _tell(row: Participant, kind: NoticeKind) -> None:
    """Tell somebody what was decided about their sign-up; each time anew."""
    if row.activity_id is not None:
        at = int(row.state_since.timestamp())
        notify(row.person_id, kind.key, about=(row.id, at), activity_id=row.activity_id)


def _note(
    row: Participant, what: str, by: UUID, details: Mapping[str, str | int | None] | None = None
) -> None:
    audit.note_in_programme(
        f"participant.{what}",
        row.programme_id,
        by=by,
        person_id=row.person_id,
        details=details,
    )
