"""Telling people something once, and their inbox.

`notify` is part of the transaction of what it tells of: both are there, or neither is.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.errors import NotFound
from lti_app.domain.notices import (
    SETTLES,
    About,
    Given,
    Holds,
    Told,
    Words,
    object_key,
    pair_of,
    to_stored,
)
from lti_app.language import format_instant, gettext
from lti_app.services.notice_kinds import notice_kinds
from lti_app.store import notices as store
from lti_app.store.courses import Activity, Course
from lti_app.store.notices import Notice, NoticeRow
from lti_app.store.session import find_or_add

PAGE_SIZE = 30


@dataclass(frozen=True)
class InboxNotice:
    """A notice as its reader sees it.

    Attributes:
        leads_to: endpoint of the page where something can be done about it, or None.
        activity_id: the activity that the page belongs to, or None.
        pair_id: the pair that the page belongs to, or None.
    """

    id: UUID
    words: Words
    told_at: datetime
    is_read: bool
    leads_to: str | None
    activity_id: UUID | None
    pair_id: UUID | None


@dataclass(frozen=True)
class InboxPage:
    """One page of an inbox; `number` counts from 1, `unread` is of all pages."""

    notices: tuple[InboxNotice, ...]
    number: int
    count: int
    unread: int


def notify(
    person_id: UUID, key: str, *, about: About, activity_id: UUID | None = None, **given: Given
) -> bool:
    """Tell somebody something, unless they were told it about that very object before.

    Part of the transaction of what it tells of. The notice is in the person's inbox at once; the
    worker mails it, where the tool sends mail and the person wants it.

    Args:
        person_id: whom.
        key: of a kind that the tool or an activity has announced.
        about: the object; with a day, it may be told again on another one.
        activity_id: whose title the sentence uses.
        given: exactly the parameters of the kind: numbers and aware instants.

    Returns:
        Whether it is new.

    Raises:
        ValueError: there is no such kind, it has other parameters, or it is one of a pair and the
            object does not begin with the pair.
    """
    kind = notice_kinds().get(key)
    if kind is None:
        raise ValueError(f"no notice is announced as {key!r}")
    kind.check(given)
    if kind.is_of_activity != (activity_id is not None):
        raise ValueError(f"{key} wants {'an' if kind.is_of_activity else 'no'} activity")
    name = object_key(about)
    pair_of(kind, name)
    _, is_new = find_or_add(
        lambda: store.find_notice(person_id, key, name),
        lambda: Notice(
            person_id=person_id,
            key=key,
            about=name,
            urgency=kind.urgency.value,
            activity_id=activity_id,
            parameters=to_stored(given),
            created_at=now(),
            due_at=now() + SETTLES[kind.urgency],
        ),
    )
    return is_new


def withdraw(person_id: UUID, key: str, *, about: About) -> bool:
    """Take back what has been neither read nor mailed yet.

    Returns:
        Whether that came too late, so that they have to be told what is true now.
    """
    name = object_key(about)
    store.delete_unread(person_id, key, name)
    return store.find_notice(person_id, key, name) is not None


def inbox(person_id: UUID, page: int, time_zone: str | None) -> InboxPage:
    """Return one page of somebody's inbox, the newest first; a page beyond the last is the last.

    Args:
        person_id: whose.
        page: counts from 1.
        time_zone: of the reader.
    """
    keys = notice_kinds().keys()
    count = max(1, -(-store.count_notices(person_id, keys) // PAGE_SIZE))
    number = min(max(page, 1), count)
    rows = store.list_notices(person_id, keys, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return InboxPage(
        notices=tuple(_shown(row, time_zone) for row in rows),
        number=number,
        count=count,
        unread=count_unread(person_id),
    )


def count_unread(person_id: UUID) -> int:
    """Return how many notices wait for somebody."""
    return store.count_unread(person_id, notice_kinds().keys())


def read(person_id: UUID, notice_id: UUID) -> Notice:
    """Mark a notice as read, and return it; it stays at the first time.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    notice = store.find_of_person(notice_id, person_id)
    if notice is None or notice.key not in notice_kinds():
        raise NotFound(detail="notice")
    notice.read_at = notice.read_at or now()
    return notice


def read_all(person_id: UUID, newest_id: UUID) -> None:
    """Mark as read what somebody was shown; what came after that page stays unread.

    Args:
        person_id: whose inbox.
        newest_id: the newest notice of the page that they saw.

    Raises:
        NotFound: it is none of theirs.
    """
    newest = read(person_id, newest_id)
    store.mark_read(person_id, newest.created_at, now())


def words_of(row: NoticeRow, time_zone: str | None) -> Words:
    """Put a stored notice of a known kind into words, in the language that is spoken now."""
    notice, activity, course = row
    kind = notice_kinds()[notice.key]
    instants = {
        name: format_instant(datetime.fromisoformat(str(notice.parameters[name])), time_zone)
        for name, holds in kind.parameters.items()
        if holds is Holds.INSTANT
    }
    numbers = {name: value for name, value in notice.parameters.items() if isinstance(value, int)}
    return kind.say(
        Told(
            activity=activity.title if activity else "",
            place=_place(activity, course),
            numbers=numbers,
            instants=instants,
        )
    )


def _shown(row: NoticeRow, time_zone: str | None) -> InboxNotice:
    notice = row[0]
    kind = notice_kinds()[notice.key]
    return InboxNotice(
        id=notice.id,
        words=words_of(row, time_zone),
        told_at=notice.created_at,
        is_read=notice.read_at is not None,
        leads_to=kind.leads_to,
        activity_id=notice.activity_id,
        pair_id=pair_of(kind, notice.about),
    )


def _place(activity: Activity | None, course: Course | None) -> str:
    if activity is None:
        return ""
    if course is None or course.title is None:
        return gettext("“%(activity)s”", activity=activity.title)
    return gettext("“%(activity)s” in “%(course)s”", activity=activity.title, course=course.title)
