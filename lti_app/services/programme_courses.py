"""Courses in programmes: linked by L&D, or brought in by an instructor with a code.

A course is in one programme at most. When it joins, its activities belong to the programme, and
whoever signed up in it before takes part; they are asked for the programme's consent before they
are paired. When it leaves, the people who take part stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from lti_app.activity import HasProfiles, catalogue
from lti_app.clock import now, real_now
from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.domain.join_codes import label_of, new_code, read_code
from lti_app.domain.paging import Pages, pages_of
from lti_app.domain.pairing import Submission
from lti_app.domain.programmes import EDITABLE, Programme, ProgrammeState
from lti_app.domain.secrets import hash_secret
from lti_app.domain.visit import Options
from lti_app.services.participants import take_over
from lti_app.services.programmes import find_programme
from lti_app.store import audit
from lti_app.store import programme_courses as store
from lti_app.store.courses import list_options
from lti_app.store.organisations import lock_organisation
from lti_app.store.people import list_previews
from lti_app.store.programmes import JoinCode, JoinRequest, ProgrammeCourse
from lti_app.store.session import db, find_or_add

PAGE_SIZE = 25
LONGEST_NOTE = 400
#: For how many days a code can be good.
CODE_DAYS = (7, 30, 90)


@dataclass(frozen=True)
class CourseFact:
    """A course, as the desk shows it.

    Attributes:
        lms: host of its LMS.
        joined_at, signed_up: of a course in the programme: since when, and how many of its people.
    """

    id: UUID
    title: str
    lms: str
    joined_at: datetime | None = None
    signed_up: int = 0


@dataclass(frozen=True)
class CodeFact:
    """A code, as its makers see it once it was shown."""

    id: UUID
    label: str
    expires_at: datetime
    uses: int
    is_revoked: bool
    is_good: bool


@dataclass(frozen=True)
class RequestFact:
    """What an instructor asks for; `name` is None where nobody gave one."""

    id: UUID
    course: CourseFact
    name: str | None
    note: str
    asked_at: datetime


@dataclass(frozen=True)
class CoursePlace:
    """Where a course stands, as its instructors see it.

    Attributes:
        programme: that it belongs to, or None.
        asked_at: of the last request; `answer` is `accepted`, `refused` or None.
    """

    programme: Programme | None
    asked_at: datetime | None = None
    answer: str | None = None


def list_linked(programme_id: UUID) -> list[CourseFact]:
    """Return the courses of a programme, by name."""
    return [
        CourseFact(course.id, course.name, _host(issuer), link.joined_at, signed_up)
        for course, issuer, link, signed_up in store.list_linked(programme_id)
    ]


def list_linkable(
    organisation_id: UUID, search: str, page: int
) -> tuple[Sequence[CourseFact], Pages]:
    """Return one page of an organisation's courses that are in no programme, by name."""
    pages = pages_of(store.count_unlinked(organisation_id, search), page, PAGE_SIZE)
    rows = store.list_unlinked(organisation_id, search, limit=PAGE_SIZE, offset=pages.offset)
    return [CourseFact(course.id, course.name, _host(issuer)) for course, issuer in rows], pages


def options_in_programme(kind: str, programme_id: UUID) -> Sequence[Options]:
    """Return how the activities of a kind in a programme are set, one each, the oldest first.

    What a pair works at belongs to the pair, whose two people may come from different courses.
    """
    return list_options(kind, programme_id)


def link_course(programme_id: UUID, course_id: UUID, *, by: UUID) -> None:
    """Bring a course into a programme.

    Raises:
        NotFound: it is no course of the programme's organisation.
        Conflict: it is in another programme, or the programme is over.
    """
    programme = find_programme(programme_id)
    if programme.state not in EDITABLE or programme.state is ProgrammeState.CLOSING:
        raise Conflict(detail=f"programme is {programme.state}")
    if store.find_course_of(course_id, programme.organisation_id) is None:
        raise NotFound(detail="no course of this organisation")
    link, is_new = find_or_add(
        lambda: store.find_link(course_id),
        lambda: ProgrammeCourse(
            course_id=course_id, programme_id=programme_id, joined_at=now(), joined_by=by
        ),
    )
    if link.programme_id != programme_id:
        raise Conflict("course_taken", "the course is in another programme")
    if is_new:
        _attach(programme, course_id)
        store.answer_open_requests(course_id, "accepted", by, now())
        _note("course.link", programme_id, by, course=str(course_id))


def unlink_course(programme_id: UUID, course_id: UUID, *, by: UUID) -> None:
    """Take a course out of a programme; the people who take part stay.

    Raises:
        NotFound: the course is not in this programme.
    """
    link = store.find_link(course_id)
    if link is None or link.programme_id != programme_id:
        raise NotFound(detail="not a course of this programme")
    db().delete(link)
    store.set_programme(course_id, None)
    _note("course.unlink", programme_id, by, course=str(course_id))


def make_code(programme_id: UUID, days: int, *, by: UUID) -> str:
    """Make a code that lets instructors bring their course in.

    Returns:
        The code, which is nowhere else in plain text.

    Raises:
        MalformedRequest: not one of `CODE_DAYS`.
    """
    if days not in CODE_DAYS:
        raise MalformedRequest(detail="days")
    code = new_code()
    row = JoinCode(
        programme_id=programme_id,
        code_hash=_hash(code) or "",
        label=label_of(code),
        expires_at=real_now() + timedelta(days=days),
        created_by=by,
        created_at=real_now(),
    )
    db().add(row)
    db().flush()
    _note("code.make", programme_id, by, code=str(row.id), days=days)
    return code


def revoke_code(programme_id: UUID, code_id: UUID, *, by: UUID) -> None:
    """Make a code useless; the courses that it let in stay.

    Raises:
        NotFound: the programme has no such code.
    """
    row = store.lock_code_of(programme_id, code_id)
    if row is None:
        raise NotFound(detail="no such code")
    if row.revoked_at is None:
        row.revoked_at = real_now()
        _note("code.revoke", programme_id, by, code=str(row.id))


def list_codes(programme_id: UUID) -> list[CodeFact]:
    """Return the codes of a programme, the newest first."""
    return [
        CodeFact(
            id=row.id,
            label=row.label,
            expires_at=row.expires_at,
            uses=row.uses,
            is_revoked=row.revoked_at is not None,
            is_good=_is_good(row),
        )
        for row in store.list_codes(programme_id)
    ]


def join_by_code(course_id: UUID, organisation_id: UUID, typed: str, *, by: UUID) -> None:
    """Bring a course into the programme of a code.

    Raises:
        NotFound: code `join_code`: unknown, expired, revoked or another organisation's, all the
            same.
        Conflict: the course is in another programme, or the programme is over.
    """
    hashed = _hash(typed)
    row = store.lock_code(hashed) if hashed else None
    if row is None or not _is_good(row):
        raise NotFound("join_code", "unknown, expired or revoked")
    programme = find_programme(row.programme_id)
    if programme.organisation_id != organisation_id:
        raise NotFound("join_code", "another organisation's")
    is_new = store.find_link(course_id) is None
    link_course(programme.id, course_id, by=by)
    row.uses += is_new


def ask_to_join(course_id: UUID, organisation_id: UUID, note: str, *, by: UUID) -> None:
    """Ask the programme teams of the organisation to let a course join a programme.

    Raises:
        MalformedRequest: no note, or one of more than 400 characters.
        Conflict: the course is in a programme, or was asked for already.
    """
    if not 0 < len(note) <= LONGEST_NOTE:
        raise MalformedRequest(detail=f"a note has 1 to {LONGEST_NOTE} characters")
    # Two instructors of one course who ask at the same moment come here one after the other.
    lock_organisation(organisation_id)
    last = store.find_last_request(course_id)
    if store.find_link(course_id) is not None or (last is not None and last.answer is None):
        raise Conflict(detail="asked already, or no need to")
    request = JoinRequest(
        organisation_id=organisation_id,
        course_id=course_id,
        asked_by=by,
        note=note,
        created_at=now(),
    )
    db().add(request)
    db().flush()
    audit.record_audit(
        organisation_id,
        "ask",
        "join_request",
        request.id,
        actor_id=by,
        detail={"course": str(course_id)},
    )


def list_requests(organisation_id: UUID) -> list[RequestFact]:
    """Return what the instructors of an organisation ask for, the oldest first."""
    return [
        RequestFact(
            id=request.id,
            course=CourseFact(course.id, course.name, _host(issuer)),
            name=(person.name or person.own_name) if person else None,
            note=request.note,
            asked_at=request.created_at,
        )
        for request, course, issuer, person in store.list_requests(organisation_id)
    ]


def accept_request(programme_id: UUID, request_id: UUID, *, by: UUID) -> None:
    """Let the course of a request join a programme.

    Raises:
        NotFound: there is no such request in the programme's organisation.
        Conflict: it was answered, the course is in a programme, or the programme is over.
    """
    request = _lock_request(programme_id, request_id)
    link_course(programme_id, request.course_id, by=by)


def refuse_request(programme_id: UUID, request_id: UUID, *, by: UUID) -> None:
    """Tell an instructor no.

    Raises:
        NotFound: there is no such request in the programme's organisation.
        Conflict: it was answered before.
    """
    request = _lock_request(programme_id, request_id)
    request.answer, request.answered_by, request.answered_at = "refused", by, now()
    _note("join_request.refuse", programme_id, by, course=str(request.course_id))


def place_of(course_id: UUID) -> CoursePlace:
    """Return where a course stands."""
    link = store.find_link(course_id)
    programme = find_programme(link.programme_id) if link else None
    last = store.find_last_request(course_id)
    return CoursePlace(
        programme=programme,
        asked_at=last.created_at if last else None,
        answer=last.answer if last else None,
    )


def _attach(programme: Programme, course_id: UUID) -> None:
    """Let a course's activities belong to a programme, and who signed up there take part."""
    store.set_programme(course_id, programme.id)
    submissions: list[Submission] = []
    for activity in store.list_activities(course_id):
        kind = catalogue().get(activity.kind)
        if isinstance(kind, HasProfiles):
            submissions += kind.submissions(activity.id)
    previews = list_previews([one.person_id for one in submissions])
    of_people = [one for one in submissions if one.person_id not in previews]
    take_over(programme, sorted(of_people, key=lambda one: one.submitted_at))


def _lock_request(programme_id: UUID, request_id: UUID) -> JoinRequest:
    request = store.lock_request(request_id)
    organisation_id = find_programme(programme_id).organisation_id
    if request is None or request.organisation_id != organisation_id:
        raise NotFound(detail="no such request")
    if request.answer is not None:
        raise Conflict(detail=f"request was {request.answer}")
    return request


def _hash(typed: str) -> str | None:
    code = read_code(typed)
    return hash_secret(code) if code else None


def _is_good(row: JoinCode) -> bool:
    return row.revoked_at is None and real_now() < row.expires_at


def _host(issuer: str) -> str:
    return urlsplit(issuer).netloc or issuer


def _note(action: str, programme_id: UUID, by: UUID, **details: str | int) -> None:
    audit.note_in_programme(action, programme_id, by=by, details=details)
