"""What happens in a practice when its time has come, while nobody is here to do it."""

from datetime import datetime, timedelta

from lti_app.api import Placement, find_placement_of, notify, refresh_people
from plugins.coaching import models, rules, standing
from plugins.coaching.facts import tell_session
from plugins.coaching.grouping import follow_roster
from plugins.coaching.groups import coach_of
from plugins.coaching.models import PracticeMember
from plugins.coaching.options import Terms
from plugins.coaching.rules import Event, Facts, SessionState, after


def do_due_work(at: datetime, limit: int) -> int:
    """Remind partners, count what nobody answered, and let nobody wait for ever.

    Returns:
        How much was done; less than `limit` when nothing is left.
    """
    done = _remind(at, limit)
    done += _lapse(at, limit - done)
    return done + _end_waiting(at, limit - done)


def _remind(at: datetime, limit: int) -> int:
    """Give partners their second notice."""
    found = models.list_to_remind(at - timedelta(days=rules.DAYS_TO_REMINDER), limit)
    for session in found:
        session.reminded_at = at
        if session.coachee_id is not None and session.handed_at is not None:
            notify(
                session.coachee_id,
                "practice.reminder",
                about=session.id,
                activity_id=session.activity_id,
                until=session.handed_at + timedelta(days=rules.DAYS_TO_CONFIRM),
            )
    return len(found)


def _lapse(at: datetime, limit: int) -> int:
    """Count sessions for their coaches whose partners had two notices and did not answer."""
    found = models.list_to_lapse(at - timedelta(days=rules.DAYS_TO_CONFIRM), limit)
    for session in found:
        session.state = after(SessionState(session.state), Event.LAPSE).value
        session.lapsed_at = at
        notify(
            session.person_id,
            "practice.lapsed",
            about=session.id,
            activity_id=session.activity_id,
        )
        tell_session(session)
    # In one order, so that nobody who answers at this moment waits for this in a ring.
    for session in sorted(found, key=lambda one: (one.activity_id, one.person_id)):
        # It was handed over in time, or could not have been.
        refresh_people(session.activity_id, [session.person_id], as_of=session.handed_at)
    return len(found)


def _end_waiting(at: datetime, limit: int) -> int:
    """Follow those who have done all that they can, and wait for a partner's session."""
    done = 0
    for activity_id in models.list_activities_with_members():
        placement = find_placement_of(activity_id)
        if placement is None or not Terms.of(placement.options).is_peer:
            continue
        if rules.is_open(Terms.of(placement.options), placement.closes_at, at):
            done += follow_roster(placement)
        elif not rules.has_closed_lately(placement.closes_at, at):
            continue
        done += _end_waiting_at(placement, at, limit - done)
        if done >= limit:
            break
    return done


def _end_waiting_at(placement: Placement, at: datetime, limit: int) -> int:
    terms = Terms.of(placement.options)
    joined = models.list_joined(placement.activity_id)
    members = sorted(joined, key=lambda one: one.person_id)
    facts = standing.facts_of(placement.activity_id, [one.person_id for one in members])
    unanswered = models.who_has_to_answer(placement.activity_id)
    done = 0
    for member in members:
        if done >= limit:
            break
        waits = _waits(terms, facts.get(member.person_id, Facts())) and (
            member.person_id not in unanswered
        )
        done += _follow(placement, member, at, waits=waits)
    return done


def _waits(terms: Terms, facts: Facts) -> bool:
    return facts.coached >= terms.sessions > facts.answered + facts.granted


def _follow(placement: Placement, member: PracticeMember, at: datetime, *, waits: bool) -> int:
    """Note since when somebody waits, tell whom they wait for twice, and grant the rest at last.

    Returns:
        1 if anything was done.
    """
    if waits and rules.has_closed_lately(placement.closes_at, at):
        # Nobody hands them a conversation any more.
        _grant(placement, member)
        return 1
    if not waits:
        was_waiting = member.waits_since is not None
        member.waits_since = None
        return int(was_waiting)
    if member.waits_since is None:
        member.waits_since = at
        return _tell_coaches(placement, member, 1)
    waited = at - member.waits_since
    # Whoever is waited for has two notices before anything is granted, however late this runs.
    is_half_over = waited >= timedelta(days=rules.DAYS_TO_OWN_PART // 2)
    if is_half_over and _tell_coaches(placement, member, 2):
        return 1
    if waited < timedelta(days=rules.DAYS_TO_OWN_PART):
        return 0
    _grant(placement, member)
    return 1


def _tell_coaches(placement: Placement, member: PracticeMember, number: int) -> int:
    """Tell those whose sessions somebody waits for; returns 1 if that is the first time."""
    handed = models.who_coached(placement.activity_id, member.person_id)
    told = False
    for group in models.list_groups(placement.activity_id):
        coach = coach_of(group.people, member.person_id)
        if coach is not None and (coach, group.round) not in handed:
            told |= notify(
                coach,
                "practice.waited_for",
                about=(member.id, number),
                activity_id=placement.activity_id,
            )
    return int(told or number == 1)


def _grant(placement: Placement, member: PracticeMember) -> None:
    """Count as done for somebody what nobody else will let them do."""
    terms = Terms.of(placement.options)
    facts = standing.facts_of(placement.activity_id, [member.person_id])[member.person_id]
    member.granted += terms.sessions - facts.answered - facts.granted
    member.waits_since = None
    notify(member.person_id, "practice.granted", about=member.id, activity_id=placement.activity_id)
    before_close = placement.closes_at - timedelta.resolution if placement.closes_at else None
    refresh_people(placement.activity_id, [member.person_id], as_of=before_close)
