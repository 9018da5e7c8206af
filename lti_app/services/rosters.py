"""Reading a course's roster from its LMS, one page at a time, and keeping what it says.

A launch names the list and may ask for it to be read; the worker reads. Between two pages the
roster is free: another process may go on, grades go first, and a crash costs one page. What a page
says counts at once, but somebody is only gone when the whole list was read without them (R-5.2).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

import structlog

from lti_app import clock
from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer, next_attempt_at
from lti_app.domain.errors import NotFound
from lti_app.domain.launch import Family
from lti_app.domain.lms_health import Heard
from lti_app.domain.roster import (
    LONGEST_READING,
    PAUSE_BETWEEN_REQUESTS,
    STALE_AFTER,
    is_stale,
)
from lti_app.lti.rosters import (
    SCOPE_ROSTER,
    Member,
    RosterPage,
    first_page,
    most_pages,
    read_page,
)
from lti_app.lti.scores import Platform, check_service_url
from lti_app.lti.tokens import TokenRefused
from lti_app.services import deliveries, lms_health, members
from lti_app.services.access_tokens import get_token
from lti_app.services.runtime import Runtime
from lti_app.store import rosters as store
from lti_app.store.registrations import Registration
from lti_app.store.rosters import Roster
from lti_app.store.session import db, find_or_add, transaction

#: Outlasts a token, a page, and one batch of it.
_LEASE = timedelta(minutes=5)
_BATCH = 200
_UNAUTHORISED = 401
_TRIED_AGAIN = frozenset({Outcome.TRANSIENT, Outcome.UNKNOWN})
#: Courses that nobody has opened for so long are over, and not read every night.
_IN_USE = timedelta(days=180)
#: That a course is in use is noted this often, so that its launches hardly ever write here.
_NOTED_EVERY = timedelta(days=1)
_HASH_LENGTH = 16
_POLL_SECONDS = 0.2
_random = Random()  # noqa: S311 (spreads attempts in time; nothing secret about it)
_log = structlog.get_logger()


class _LeaseLost(Exception):
    """Somebody else reads by now, or a launch has named another list."""


@dataclass(frozen=True)
class _Turn:
    """A roster that is ours for one page."""

    reading: members.Reading
    lease: UUID
    registration: Registration
    platform: Platform
    page_url: str
    is_probe: bool


@dataclass(frozen=True)
class RosterState:
    """How it stands with a course's roster.

    Attributes:
        is_due: it is being read, or will be as soon as somebody gets to it.
        next_try_at: when reading goes on that failed, or None.
        read_at: when the last complete reading began, or None.
        people: how many active people that one found.
        reason: why the last reading is not complete, a short code; None if it is.
        can_ask: a person may have it read now.
    """

    course_id: UUID
    is_due: bool
    next_try_at: datetime | None
    read_at: datetime | None
    people: int
    reason: str | None
    can_ask: bool


def note_service(registration: Registration, course_id: UUID, url: str | None) -> None:
    """Keep where a launch says that the people of its course are listed (R-4.4).

    An address on another host than the registration's is not kept: our token would be sent there.
    """
    if url is not None and not check_service_url(url, _endpoints(registration)):
        _log.warning("roster_address_refused", registration=registration.id)
        url = None
    if url is None and store.find_roster(course_id) is None:
        return
    now = clock.now()
    row, _ = find_or_add(
        lambda: store.find_roster(course_id),
        lambda: Roster(course_id=course_id, url=url, seen_at=now),
    )
    if row.url != url:
        row.url, row.attempted_at = url, None
        row.due_at = row.due_at if url else None
        _forget_reading(row)
    if now - row.seen_at >= _NOTED_EVERY:
        row.seen_at = now


def ask_if_stale(course_id: UUID) -> bool:
    """Have a roster read that was not read for hours; returns whether it will be."""
    row = store.find_roster(course_id)
    if row is None or row.url is None or row.due_at is not None:
        return False
    if not is_stale(row.attempted_at, clock.now()):
        return False
    _ask(row)
    return True


def ask_now(course_id: UUID) -> bool:
    """Have a roster read because somebody wants it now; returns whether it will be, or is being.

    At most once a minute, so that nobody keeps an LMS busy with a button.
    """
    row = store.find_roster(course_id)
    if row is None or row.url is None:
        return False
    now = real_now()
    if row.asked_at is not None and now - row.asked_at < PAUSE_BETWEEN_REQUESTS:
        return row.due_at is not None
    row.asked_at = now
    if row.due_at is None or row.due_at > now:
        _ask(row)
    return True


def ask_for_stale() -> int:
    """Have all rosters read that were not for hours, of courses in use; returns how many."""
    now = clock.now()
    return store.ask_for_all(
        real_now(), attempted_before=now - STALE_AFTER, seen_since=now - _IN_USE
    )


def read_due(runtime: Runtime, course_id: UUID | None = None) -> int:
    """Read one page of the roster that has waited longest; returns how many pages: 1 or 0.

    To be called outside transactions.

    Args:
        runtime: what the process holds.
        course_id: only of this course, if given.
    """
    with transaction(runtime.database):
        turn = _take(course_id)
    if turn is None:
        return 0
    try:
        page = _read(runtime, turn)
        _keep(runtime, turn, page)
    except _LeaseLost:
        _log.warning("roster_lost", course=turn.reading.course_id)
        with transaction(runtime.database):
            _release(turn)
    except Exception:
        # Noted, so that it is not tried again and again at once.
        with transaction(runtime.database):
            _end_turn(turn, PostAnswer(Outcome.TRANSIENT, reason="fault"))
        raise
    return 1


def read_now(runtime: Runtime, course_id: UUID) -> RosterState:
    """Read a course's roster to its end in this process, together with any that is at it already.

    To be called outside transactions.

    Raises:
        NotFound: the LMS offers none for such a course.
    """
    with transaction(runtime.database):
        row = store.find_roster(course_id)
        if row is None or row.url is None:
            raise NotFound(detail="no roster of such a course")
        if row.due_at is None or row.due_at > real_now():
            _ask(row)
    while True:
        if read_due(runtime, course_id):
            continue
        with transaction(runtime.database, read_only=True):
            row = db().get_one(Roster, course_id)
            if row.leased_until is None or row.leased_until < real_now():
                return _state(row)
        time.sleep(_POLL_SECONDS)


def find_state(course_id: UUID) -> RosterState | None:
    """Return how it stands with a course's roster, or None if the LMS offers none."""
    row = store.find_roster(course_id)
    return None if row is None or row.url is None else _state(row)


def list_courses() -> list[UUID]:
    """Return the courses whose rosters can be read, the oldest course first."""
    return store.list_courses()


def _state(row: Roster) -> RosterState:
    now = real_now()
    return RosterState(
        course_id=row.course_id,
        is_due=row.due_at is not None and row.due_at <= now,
        next_try_at=row.due_at if row.due_at is not None and row.due_at > now else None,
        read_at=row.read_at,
        people=row.people,
        reason=row.reason,
        can_ask=row.asked_at is None or now - row.asked_at >= PAUSE_BETWEEN_REQUESTS,
    )


def _ask(row: Roster) -> None:
    row.due_at = real_now()
    row.failures = 0
    _forget_reading(row)


def _forget_reading(row: Roster) -> None:
    row.begun_at = row.next_url = None
    row.seen_pages, row.unreadable = [], 0


def _endpoints(registration: Registration) -> tuple[str, str]:
    return registration.token_url, registration.auth_url


def _take(course_id: UUID | None) -> _Turn | None:
    """Lease a roster that is due, of an LMS that is not left alone now."""
    now = real_now()
    found = store.find_next(now, course_id)
    if found is None:
        return None
    due_course, registration_id, is_recovering = found
    if is_recovering and not lms_health.claim_probe(registration_id, now):
        return None
    lease = store.lease(due_course, now, now + _LEASE)
    row = store.find_leased(due_course, lease) if lease else None
    if lease is None or row is None or row.url is None:
        if is_recovering:
            lms_health.give_up_probe(registration_id, now)
        return None
    registration = db().get_one(Registration, registration_id)
    family = Family(registration.family)
    begun_at = _begin(row)
    return _Turn(
        members.Reading(due_course, begun_at),
        lease,
        registration,
        Platform(family, _endpoints(registration)),
        row.next_url or first_page(row.url, family),
        is_recovering,
    )


def _begin(row: Roster) -> datetime:
    """Go on with the reading under way, unless it has taken too long, or begin one."""
    now = clock.now()
    if row.begun_at is None or now - row.begun_at > LONGEST_READING:
        _forget_reading(row)
        row.begun_at = now
    return row.begun_at


def _read(runtime: Runtime, turn: _Turn) -> RosterPage:
    try:
        token = _token(runtime, turn)
        page = read_page(runtime.client, token, turn.page_url, turn.platform)
        if page.answer.status == _UNAUTHORISED:
            token = _token(runtime, turn, refresh_of=token)
            page = read_page(runtime.client, token, turn.page_url, turn.platform)
    except TokenRefused as refused:
        answer = PostAnswer(refused.outcome, refused.status, refused.reason, refused.retry_after)
        return RosterPage(answer)
    return page


def _token(runtime: Runtime, turn: _Turn, refresh_of: str | None = None) -> str:
    return get_token(
        runtime.database,
        runtime.client,
        runtime.cipher,
        turn.registration.id,
        {SCOPE_ROSTER},
        refresh_of=refresh_of,
    )


def _keep(runtime: Runtime, turn: _Turn, page: RosterPage) -> None:
    """Keep what a page says, in short transactions, and go on to the next one.

    The roster's own row comes last in each of them, as in a launch, which also writes there: two
    that lock rows in one order never wait for each other in a ring.
    """
    for batch in _batches(page.members):
        with transaction(runtime.database):
            returned = members.keep(turn.registration, turn.reading, batch)
            _lock(turn).leased_until = real_now() + _LEASE
            deliveries.wake_people(turn.reading.course_id, returned)
    with transaction(runtime.database):
        if page.answer.outcome is Outcome.ACCEPTED:
            _turn_page(turn, page)
        _end_turn(turn, page.answer)


def _batches(listed: Sequence[Member]) -> Iterator[Sequence[Member]]:
    return (listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH))


def _lock(turn: _Turn) -> Roster:
    row = store.find_leased(turn.reading.course_id, turn.lease)
    if row is None or row.begun_at != turn.reading.begun_at:
        raise _LeaseLost
    return row


def _turn_page(turn: _Turn, page: RosterPage) -> None:
    """Go on to the next page, or end the reading after the last one."""
    following = page.next_url
    if following is None:
        _finish(turn, page)
        return
    row = _lock(turn)
    row.seen_pages = [*row.seen_pages, _hash(turn.page_url)]
    row.unreadable += page.unreadable
    is_endless = _hash(following) in row.seen_pages or (
        len(row.seen_pages) >= most_pages(turn.platform.family)
    )
    if not check_service_url(following, turn.platform.endpoints):
        _end_reading(row, "foreign_address")
    elif is_endless:
        _end_reading(row, "endless_pages")
    else:
        row.next_url, row.due_at = following, real_now()


def _finish(turn: _Turn, last: RosterPage) -> None:
    """End a reading that came to the last page; only now somebody can be gone."""
    course_id, begun_at = turn.reading.course_id, turn.reading.begun_at
    found = store.count_listed(course_id, begun_at)
    before = db().get_one(Roster, course_id).unreadable
    reason = None
    if not found:
        # A course has somebody in it, or no launch would have come from there.
        reason = "roster_empty"
    elif before + last.unreadable:
        reason = "entries_unreadable"
    gone = 0 if reason else store.end_missing(course_id, begun_at)
    row = _lock(turn)
    if reason is None:
        row.read_at, row.people = begun_at, found
    _end_reading(row, reason)
    _log.info("roster_read", course=course_id, people=found, gone=gone, reason=reason)


def _end_reading(row: Roster, reason: str | None) -> None:
    row.due_at = None
    row.attempted_at, row.reason = clock.now(), reason
    _forget_reading(row)


def _end_turn(turn: _Turn, answer: PostAnswer) -> None:
    """Give the roster back, and draw the conclusions from the LMS's answer."""
    now = real_now()
    row = _release(turn)
    lms_health.hear([(turn.registration.id, Heard(answer, turn.is_probe))], now, _random)
    if row is None or answer.outcome is Outcome.ACCEPTED:
        return
    _log.info("roster_not_read", course=row.course_id, reason=answer.reason, status=answer.status)
    if answer.outcome not in _TRIED_AGAIN:
        # Only a person changes anything about this; the next night looks again.
        _end_reading(row, answer.reason)
        return
    row.failures += 1
    row.attempted_at, row.reason = clock.now(), answer.reason
    row.due_at = next_attempt_at(row.failures, answer, now, _random)


def _release(turn: _Turn) -> Roster | None:
    row = store.find_leased(turn.reading.course_id, turn.lease)
    if row is not None:
        row.lease = row.leased_until = None
    return row


def _hash(url: str) -> str:
    return sha256(url.encode()).hexdigest()[:_HASH_LENGTH]
