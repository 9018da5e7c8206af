"""Pairs: proposed and offered by the programme team, made and ended by the two.

Every act locks the places of the two in the programme first, in the order of their ids, and then
the pair: so a mentor's seats and a mentee's pairs are counted by one act at a time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.clock import now
from lti_app.domain import pairs as rules
from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.domain.notices import Given, NoticeKind
from lti_app.domain.pairing_rules import (
    LONGEST_OVERRIDE_NOTE,
    Obstacle,
    Override,
    OverrideCode,
    Reason,
)
from lti_app.domain.pairs import (
    PAUSE_WEEKS,
    TAKING,
    WORKING,
    Answer,
    EndReason,
    PairState,
    PairStep,
    PartingReason,
)
from lti_app.domain.participants import MOST_SEATS, ParticipantState
from lti_app.domain.programmes import Programme, Side
from lti_app.services import pair_notices as notices
from lti_app.services.notices import notify, withdraw
from lti_app.services.pairing import compare
from lti_app.services.participants import set_state
from lti_app.services.programmes import find_programme
from lti_app.services.rooms import has_begun, tell_of_end, tell_of_resumption
from lti_app.store import audit
from lti_app.store import pairs as store
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.participants import Participant, lock_participant, lock_participants
from lti_app.store.session import db


class KeptApart(Conflict):
    """A rule keeps two people apart, and nobody has overridden it.

    Attributes:
        reasons: which rules; the desk puts them into words.
    """

    default_code = "kept_apart"

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(detail=", ".join(reason.obstacle for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Held:
    """A pair that is being changed, and the places of its two people; all of them locked."""

    pair: Pair
    places: Mapping[UUID, Participant]

    @property
    def people(self) -> tuple[UUID, UUID]:
        """Return who the two are."""
        return self.pair.mentor_id, self.pair.mentee_id

    def other_than(self, person_id: UUID) -> UUID:
        """Return the other one of the two."""
        mentor_id, mentee_id = self.people
        return mentee_id if person_id == mentor_id else mentor_id


def propose(
    programme_id: UUID,
    mentee_id: UUID,
    mentor_id: UUID,
    *,
    by: UUID,
    override: Override | None = None,
    offers_now: bool = True,
) -> UUID:
    """Pair two people by hand, and offer the pair to both.

    Args:
        programme_id: where both take part.
        mentee_id, mentor_id: whom.
        by: who decided.
        override: why, where a rule keeps them apart.
        offers_now: False: it is only noted, and offered later.

    Returns:
        The pair's id.

    Raises:
        Conflict: `pairing_closed`: the programme pairs nobody now.
        KeptApart: a rule keeps them apart that cannot be overridden, or was not.
        MalformedRequest: an override without the note that it needs.
        NotFound: they do not take part on these sides.
    """
    programme = _open_programme(programme_id)
    _check_override(override)
    places = _lock_places(programme_id, (mentor_id, mentee_id))
    _refuse_apart(programme_id, mentee_id, mentor_id, override)
    pair = Pair(
        programme_id=programme_id,
        mentor_id=mentor_id,
        mentee_id=mentee_id,
        state=PairState.PROPOSED.value,
        override_code=override.code.value if override else None,
        override_note=override.note if override else "",
        proposed_by=by,
        created_at=now(),
    )
    db().add(pair)
    db().flush()
    details = {"override": override.code.value} if override else {}
    _note(pair, "propose", by, details)
    if offers_now:
        _offer(Held(pair, places), programme, by)
    return pair.id


def offer(programme_id: UUID, pair_id: UUID, *, by: UUID) -> None:
    """Offer a pair that was proposed to both.

    Raises:
        Conflict: it is not proposed any more, or the programme pairs nobody now.
        KeptApart: a rule keeps them apart by now.
        NotFound: there is no such pair in the programme.
    """
    programme = _open_programme(programme_id)
    held = _hold(pair_id, programme_id)
    _target(held, PairStep.OFFER)
    pair = held.pair
    override = (
        Override(OverrideCode(pair.override_code), pair.override_note)
        if pair.override_code
        else None
    )
    _refuse_turned(held)
    _refuse_apart(programme_id, pair.mentee_id, pair.mentor_id, override, is_proposed=True)
    _offer(held, programme, by)


def answer(
    pair_id: UUID, person_id: UUID, given: Answer, reason: PartingReason | None = None
) -> None:
    """Take what one of the two says to an offer; when both have accepted, they are a pair.

    Args:
        pair_id: of which offer.
        person_id: who answers.
        given: accepted, declined, or to meet first.
        reason: of who declines, if they want to give one; the other one never learns it.

    Raises:
        Conflict: `offer_over`: it is not open any more; `pairing_closed`: the programme pairs
            nobody any more; or the answer was given before.
        NotFound: there is no such offer to them.
    """
    held = _hold_of(pair_id, person_id)
    pair = held.pair
    if PairState(pair.state) is not PairState.OFFERED or _is_over(pair):
        raise Conflict("offer_over", f"pair is {pair.state}")
    offers = store.list_offers(pair_id)
    mine = offers[person_id]
    if not rules.can_answer(Answer(mine.answer), given):
        raise Conflict(detail=f"{given} after {mine.answer}")
    if given is not Answer.DECLINED:
        _open_programme(pair.programme_id)
    mine.answer, mine.answered_at = given.value, now()
    _note(pair, f"answer_{given}", person_id)
    _ANSWERED[given](held, person_id, offers, reason)


def pause(pair_id: UUID, person_id: UUID, weeks: int) -> None:
    """Let a pair rest for some weeks, at most eight.

    Raises:
        Conflict: it is not at work.
        MalformedRequest: another number of weeks than can be chosen.
        NotFound: it is none of theirs.
    """
    if weeks not in PAUSE_WEEKS:
        raise MalformedRequest(detail=f"a pause of {weeks} weeks")
    held = _hold_of(pair_id, person_id)
    _move(held, PairStep.PAUSE, person_id)
    until = now() + timedelta(weeks=weeks)
    held.pair.paused_until = until
    _tell(held, notices.PAUSED, [held.other_than(person_id)], again=True, until=until)


def resume(pair_id: UUID, person_id: UUID) -> None:
    """End a pause before its time.

    Raises:
        Conflict: it does not pause.
        NotFound: it is none of theirs.
    """
    held = _hold_of(pair_id, person_id)
    _move(held, PairStep.RESUME, person_id)
    held.pair.paused_until = None
    _tell(held, notices.RESUMED, [held.other_than(person_id)], again=True)


def leave(pair_id: UUID, person_id: UUID, reason: PartingReason | None = None) -> None:
    """End a pair, as one of the two: without fault, and without having to say why.

    Raises:
        Conflict: it is over already, or has not begun.
        NotFound: it is none of theirs.
    """
    held = _hold_of(pair_id, person_id)
    held.pair.end_reason = reason.value if reason else None
    _move(held, PairStep.EXIT, person_id)
    _tell(held, notices.ENDED, [held.other_than(person_id)])


def end(programme_id: UUID, pair_id: UUID, reason: EndReason, *, by: UUID) -> None:
    """End a pair as the programme team, or take an offer or a proposal back.

    Raises:
        Conflict: it is over already.
        NotFound: there is no such pair in the programme.
    """
    held = _hold(pair_id, programme_id)
    was = PairState(held.pair.state)
    step = PairStep.END if was in WORKING else PairStep.DROP
    held.pair.end_reason = reason.value
    _move(held, step, by)
    if was is PairState.OFFERED:
        _close_offer(held)
        _tell(held, notices.TAKEN_BACK, held.people)
    elif was in WORKING:
        _tell(held, notices.ENDED_BY_PROGRAMME, held.people)


def take_out(pair_id: UUID, person_id: UUID) -> bool:
    """End whatever a pair is by now, without fault, for somebody who is erased.

    Returns:
        Whether it was not over yet.
    """
    held = _hold_or_none(pair_id)
    if held is None or PairState(held.pair.state) not in _TAKEN_OUT:
        return False
    other = [held.other_than(person_id)]
    step, kind = _TAKEN_OUT[PairState(held.pair.state)]
    _move(held, step, None)
    _close_offer(held)
    if kind is not None:
        _tell(held, kind, other)
    return True


#: State → by which step an erased person leaves it, and what the other one is told.
_TAKEN_OUT: Mapping[PairState, tuple[PairStep, NoticeKind | None]] = {
    PairState.PROPOSED: (PairStep.DROP, None),
    PairState.OFFERED: (PairStep.DECLINE, notices.NOT_MADE),
    PairState.ACTIVE: (PairStep.EXIT, notices.ENDED),
    PairState.PAUSED: (PairStep.EXIT, notices.ENDED),
}


def set_seats(programme_id: UUID, person_id: UUID, seats: int, *, by: UUID) -> None:
    """Change how many mentees a mentor takes at a time; 0: no further one.

    Raises:
        Conflict: `seats_taken`: so many are paired or offered already that it would be too few.
        MalformedRequest: another number than 0 to 5.
        NotFound: they are no mentor of the programme.
    """
    if seats not in range(MOST_SEATS + 1):
        raise MalformedRequest(detail=f"{seats} seats")
    row = lock_participant(programme_id, person_id)
    if row is None or row.side != Side.MENTOR.value:
        raise NotFound(detail="not a mentor of the programme")
    taken = store.count_by_person(programme_id, [person_id], TAKING).get(person_id, 0)
    if seats < taken:
        raise Conflict("seats_taken", f"{taken} of {seats} seats are taken")
    row.seats = seats
    audit.note_in_programme(
        "participant.seats", programme_id, by=by, person_id=person_id, details={"seats": seats}
    )


def expire(pair_id: UUID) -> bool:
    """End an offer whose time is over; returns whether it was."""
    held = _hold_or_none(pair_id)
    if held is None or held.pair.state != PairState.OFFERED.value or not _is_over(held.pair):
        return False
    answered = {
        person_id
        for person_id, row in store.list_offers(pair_id).items()
        if row.answer != Answer.NONE.value
    }
    _move(held, PairStep.EXPIRE, None, rounds_for=answered)
    _close_offer(held)
    _tell(held, notices.EXPIRED, held.people)
    return True


def go_on(pair_id: UUID) -> bool:
    """End a pause whose time is over; returns whether it was."""
    held = _hold_or_none(pair_id)
    if held is None or held.pair.state != PairState.PAUSED.value:
        return False
    if held.pair.paused_until is None or held.pair.paused_until > now():
        return False
    _move(held, PairStep.RESUME, None)
    held.pair.paused_until = None
    _tell(held, notices.RESUMED, held.people, again=True)
    return True


def complete(pair_id: UUID) -> bool:
    """Bring a pair to its planned end, once the programme's last day is over."""
    held = _hold_or_none(pair_id)
    if held is None or PairState(held.pair.state) not in WORKING:
        return False
    _move(held, PairStep.COMPLETE, None)
    _tell(held, notices.COMPLETED, held.people)
    return True


def remind(pair_id: UUID, person_id: UUID) -> bool:
    """Tell somebody once that an open offer still waits for them; returns whether it is new."""
    pair = store.find_pair(pair_id)
    if pair is None or pair.expires_at is None or pair.state != PairState.OFFERED.value:
        return False
    key = notices.ANSWER_AWAITED.key
    return notify(person_id, key, about=pair_id, until=pair.expires_at)


def _accepted(
    held: Held, person_id: UUID, offers: Mapping[UUID, PairOffer], _: PartingReason | None
) -> None:
    if all(row.answer == Answer.ACCEPTED.value for row in offers.values()):
        _move(held, PairStep.START, person_id)
        _close_offer(held)
        _tell(held, notices.STARTED, held.people)


def _wants_to_meet(
    held: Held, person_id: UUID, _: Mapping[UUID, PairOffer], __: PartingReason | None
) -> None:
    programme = find_programme(held.pair.programme_id)
    held.pair.meets_first = True
    # Meeting takes its time; asking once more for it does not.
    until = now() + timedelta(days=programme.rules.offer_days)
    held.pair.expires_at = max(until, held.pair.expires_at or until)
    other = held.other_than(person_id)
    _tell(held, notices.MEET_FIRST, [other], until=held.pair.expires_at)


def _declined(
    held: Held, person_id: UUID, _: Mapping[UUID, PairOffer], reason: PartingReason | None
) -> None:
    held.pair.end_reason = reason.value if reason else None
    _move(held, PairStep.DECLINE, person_id)
    _close_offer(held)
    _tell(held, notices.NOT_MADE, [held.other_than(person_id)])


_ANSWERED = {
    Answer.ACCEPTED: _accepted,
    Answer.MEET_FIRST: _wants_to_meet,
    Answer.DECLINED: _declined,
}


def _offer(held: Held, programme: Programme, by: UUID) -> None:
    pair = held.pair
    _move(held, PairStep.OFFER, by)
    until = (pair.offered_at or now()) + timedelta(days=programme.rules.offer_days)
    pair.expires_at = until
    db().add_all([PairOffer(pair_id=pair.id, person_id=one) for one in held.people])
    _tell(held, notices.OFFERED, held.people, until=until)


def _move(
    held: Held, step: PairStep, by: UUID | None, rounds_for: Collection[UUID] | None = None
) -> None:
    """Make a step of a pair, and let the places of its two follow.

    Args:
        held: which.
        step: that its state allows, or it is refused.
        by: who; None: time itself.
        rounds_for: who waits with a round more, where it is not both.
    """
    pair, transition = held.pair, _target(held, step)
    at = now()
    pair.state = transition.target.value
    pair.end_kind = transition.end_kind.value if transition.end_kind else None
    _STAMPS.get(step, _end)(pair, at)
    if transition.parts:
        pair.excluded_until = rules.parted_until(at)
    if transition.counts_round:
        for person_id in held.people if rounds_for is None else rounds_for:
            held.places[person_id].waited_rounds += 1
    _settle(held, has_completed=step is PairStep.COMPLETE)
    _note(pair, step.value, by)
    if has_begun(pair) and transition.target is PairState.ENDED:
        tell_of_end(pair.id)
    if step is PairStep.RESUME:
        tell_of_resumption(pair.id)


def _offered_now(pair: Pair, at: datetime) -> None:
    pair.offered_at = at


def _started_now(pair: Pair, at: datetime) -> None:
    pair.started_at, pair.expires_at = at, None


def _end(pair: Pair, at: datetime) -> None:
    pair.ended_at = at
    pair.expires_at = pair.paused_until = None


def _leave_as_is(_: Pair, __: datetime) -> None:
    """Note no time: the pause itself says until when."""


_STAMPS = {
    PairStep.OFFER: _offered_now,
    PairStep.START: _started_now,
    PairStep.PAUSE: _leave_as_is,
    PairStep.RESUME: _leave_as_is,
}


def _settle(held: Held, *, has_completed: bool) -> None:
    """Let the places of the two be as far as their pairs and offers are now."""
    db().flush()
    programme_id, people = held.pair.programme_id, held.people
    working = store.count_by_person(programme_id, people, WORKING)
    offered = store.count_by_person(programme_id, people, (PairState.OFFERED,))
    for person_id, place in held.places.items():
        after = rules.place_after(
            ParticipantState(place.state),
            working=working.get(person_id, 0),
            offered=offered.get(person_id, 0),
            has_completed=has_completed,
        )
        if after.value != place.state:
            set_state(place, after)


def _target(held: Held, step: PairStep) -> rules.PairTransition:
    transition = rules.transition_of(PairState(held.pair.state), step)
    if transition is None:
        raise Conflict(detail=f"{step} from {held.pair.state}")
    return transition


def _refuse_apart(
    programme_id: UUID,
    mentee_id: UUID,
    mentor_id: UUID,
    override: Override | None,
    *,
    is_proposed: bool = False,
) -> None:
    """Refuse what the rules refuse (I3).

    Args:
        programme_id: where.
        mentee_id, mentor_id: whom.
        override: why all the same.
        is_proposed: that the two are on their way to each other is this very pair.
    """
    broken = tuple(
        reason
        for reason in compare(programme_id, mentee_id, mentor_id).verdict.broken
        if not (is_proposed and reason.obstacle is Obstacle.TOGETHER)
    )
    can_be_overridden = all(reason.can_be_overridden for reason in broken)
    if broken and not (override and can_be_overridden):
        raise KeptApart(broken)


def _refuse_turned(held: Held) -> None:
    """Refuse a pair of whom somebody has signed up for the other side since it was proposed."""
    sides = {Side.MENTEE: held.pair.mentee_id, Side.MENTOR: held.pair.mentor_id}
    turned = tuple(
        side for side, person_id in sides.items() if held.places[person_id].side != side.value
    )
    if turned:
        raise KeptApart((Reason(Obstacle.NOT_APPROVED, turned),))


def _check_override(override: Override | None) -> None:
    if override is None:
        return
    needs_note = override.code is OverrideCode.OTHER
    if len(override.note) > LONGEST_OVERRIDE_NOTE or (needs_note and not override.note):
        raise MalformedRequest(detail="note of an override")


def _open_programme(programme_id: UUID) -> Programme:
    programme = find_programme(programme_id)
    if not programme.pairs_people:
        raise Conflict("pairing_closed", f"programme is {programme.state}")
    return programme


def _hold(pair_id: UUID, programme_id: UUID) -> Held:
    held = _hold_or_none(pair_id, programme_id)
    if held is None:
        raise NotFound(detail="no such pair in the programme")
    return held


def _hold_of(pair_id: UUID, person_id: UUID) -> Held:
    """Hold a pair as one of the two; a proposal is nothing that they know of."""
    held = _hold_or_none(pair_id)
    if held is None or person_id not in held.people or held.pair.offered_at is None:
        raise NotFound(detail="no such pair of theirs")
    return held


def _hold_or_none(pair_id: UUID, programme_id: UUID | None = None) -> Held | None:
    pair = store.find_pair(pair_id)
    if pair is None or programme_id not in {None, pair.programme_id}:
        return None
    places = _lock_places(pair.programme_id, (pair.mentor_id, pair.mentee_id))
    locked = store.lock_pair(pair_id)
    return Held(locked, places) if locked else None


def _lock_places(programme_id: UUID, people: Collection[UUID]) -> dict[UUID, Participant]:
    places = {row.person_id: row for row in lock_participants(programme_id, people)}
    if len(places) < len(people):
        raise NotFound(detail="not participants")
    return places


def _is_over(pair: Pair) -> bool:
    return pair.expires_at is not None and pair.expires_at <= now()


def _close_offer(held: Held) -> None:
    """Take back what nobody has to answer any more, as far as it is neither read nor mailed."""
    for person_id in held.people:
        for kind in notices.OF_AN_OPEN_OFFER:
            withdraw(person_id, kind.key, about=held.pair.id)


def _tell(
    held: Held,
    kind: NoticeKind,
    people: Collection[UUID],
    *,
    again: bool = False,
    **given: Given,
) -> None:
    """Tell people of a pair something; with `again` each time anew."""
    about = (held.pair.id, int(now().timestamp())) if again else held.pair.id
    for person_id in people:
        notify(person_id, kind.key, about=about, activity_id=None, **given)


def _note(
    pair: Pair, what: str, by: UUID | None, details: Mapping[str, str | int | None] | None = None
) -> None:
    audit.note_in_programme(
        f"pair.{what}",
        pair.programme_id,
        by=by,
        person_id=pair.mentee_id,
        details={"pair": str(pair.id), "mentor": str(pair.mentor_id), **(details or {})},
    )
