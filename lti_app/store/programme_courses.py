"""Questions about courses and programmes: which belong together, which could, who asked."""

from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, update

from lti_app.domain.progress import State
from lti_app.store.courses import Activity, Course
from lti_app.store.participants import Participant
from lti_app.store.people import Person, is_of_somebody
from lti_app.store.programmes import JoinCode, JoinRequest, ProgrammeCourse
from lti_app.store.progress import Progress
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import count_changed, db

Columns = TypeVarTuple("Columns")
_NAME = func.lower(func.coalesce(Course.title, Course.label, Course.context_id))


def find_course_of(course_id: UUID, organisation_id: UUID) -> Course | None:
    """Return a course, if it is one of an organisation."""
    return db().scalar(_courses(select(Course), organisation_id).where(Course.id == course_id))


def find_link(course_id: UUID) -> ProgrammeCourse | None:
    """Return how a course belongs to a programme, or None."""
    return db().get(ProgrammeCourse, course_id)


LinkedRow = Row[Course, str, ProgrammeCourse, int]


def list_linked(programme_id: UUID) -> list[LinkedRow]:
    """Return the courses of a programme by name: course, issuer, link, people who signed up."""
    signed_up = (
        select(func.count())
        .select_from(Participant)
        .join(Activity, Activity.id == Participant.activity_id)
        .where(Participant.programme_id == programme_id, Activity.course_id == Course.id)
        .scalar_subquery()
    )
    query = (
        select(Course, Registration.issuer, ProgrammeCourse, signed_up)
        .join(ProgrammeCourse, ProgrammeCourse.course_id == Course.id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(ProgrammeCourse.programme_id == programme_id)
        .order_by(_NAME, Course.id)
    )
    return list(db().execute(query).all())


def count_unlinked(organisation_id: UUID, search: str) -> int:
    """Return how many courses of an organisation are in no programme."""
    query = _unlinked(select(func.count()).select_from(Course), organisation_id, search)
    return db().scalar(query) or 0


def list_unlinked(
    organisation_id: UUID, search: str, *, limit: int, offset: int
) -> list[Row[Course, str]]:
    """Return courses of an organisation that are in no programme, by name, with their issuer."""
    query = _unlinked(select(Course, Registration.issuer), organisation_id, search)
    ordered = query.order_by(_NAME, Course.id).limit(limit).offset(offset)
    return list(db().execute(ordered).all())


def set_programme(course_id: UUID, programme_id: UUID | None) -> int:
    """Let all activities of a course belong to a programme, or to none; returns how many."""
    moved = update(Activity).where(Activity.course_id == course_id)
    return count_changed(moved.values(programme_id=programme_id))


def list_activities(course_id: UUID) -> list[Activity]:
    """Return the activities of a course, the oldest first."""
    query = select(Activity).where(Activity.course_id == course_id)
    return list(db().scalars(query.order_by(Activity.created_at, Activity.id)))


CountedRow = Row[Activity, Course, int, int]


def count_progress(programme_id: UUID) -> list[CountedRow]:
    """Return the activities of a programme by course: activity, course, begun by, completed by."""
    of_somebody = and_(Progress.activity_id == Activity.id, is_of_somebody(Progress.person_id))
    query = (
        select(
            Activity,
            Course,
            func.count(Progress.id).filter(Progress.state != State.NOT_STARTED.value),
            func.count(Progress.id).filter(Progress.state == State.COMPLETED.value),
        )
        .join(Course, Course.id == Activity.course_id)
        .outerjoin(Progress, of_somebody)
        .where(Activity.programme_id == programme_id)
        .group_by(Activity.id, Course.id)
        .order_by(_NAME, Course.id, Activity.title, Activity.id)
    )
    return list(db().execute(query).all())


def list_codes(programme_id: UUID) -> list[JoinCode]:
    """Return the codes of a programme, the newest first."""
    query = select(JoinCode).where(JoinCode.programme_id == programme_id)
    return list(db().scalars(query.order_by(JoinCode.created_at.desc(), JoinCode.id)))


def lock_code(code_hash: str) -> JoinCode | None:
    """Return the code of a hash for using it, or None."""
    return db().scalar(
        select(JoinCode).where(JoinCode.code_hash == code_hash).with_for_update(key_share=True)
    )


def lock_code_of(programme_id: UUID, code_id: UUID) -> JoinCode | None:
    """Return one code of a programme for changing it, or None."""
    query = select(JoinCode).where(JoinCode.id == code_id, JoinCode.programme_id == programme_id)
    return db().scalar(query.with_for_update(key_share=True))


def list_requests(organisation_id: UUID) -> list[Row[JoinRequest, Course, str, Person | None]]:
    """Return what instructors of an organisation ask for, the oldest first: who, which course."""
    query = (
        select(JoinRequest, Course, Registration.issuer, Person)
        .join(Course, Course.id == JoinRequest.course_id)
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .outerjoin(Person, Person.id == JoinRequest.asked_by)
        .where(JoinRequest.organisation_id == organisation_id, JoinRequest.answer.is_(None))
        .order_by(JoinRequest.created_at, JoinRequest.id)
    )
    return list(db().execute(query).all())


def count_requests(organisation_id: UUID) -> int:
    """Return how many requests of an organisation wait for an answer."""
    query = select(func.count()).select_from(JoinRequest)
    waiting = query.where(
        JoinRequest.organisation_id == organisation_id, JoinRequest.answer.is_(None)
    )
    return db().scalar(waiting) or 0


def lock_request(request_id: UUID) -> JoinRequest | None:
    """Return a request for answering it, or None."""
    return db().scalar(
        select(JoinRequest).where(JoinRequest.id == request_id).with_for_update(key_share=True)
    )


def find_last_request(course_id: UUID) -> JoinRequest | None:
    """Return what was last asked for a course, answered or not."""
    query = select(JoinRequest).where(JoinRequest.course_id == course_id)
    return db().scalar(query.order_by(JoinRequest.created_at.desc()).limit(1))


def answer_open_requests(course_id: UUID, answer: str, by: UUID, at: datetime) -> int:
    """Close what is still asked for a course; returns how many requests that were."""
    waiting = update(JoinRequest).where(
        JoinRequest.course_id == course_id, JoinRequest.answer.is_(None)
    )
    return count_changed(waiting.values(answer=answer, answered_by=by, answered_at=at))


def _courses(query: Select[*Columns], organisation_id: UUID) -> Select[*Columns]:
    """Narrow a query about courses to those of an organisation, with deployment and LMS."""
    return (
        query.join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(Registration.organisation_id == organisation_id)
    )


def _unlinked(query: Select[*Columns], organisation_id: UUID, search: str) -> Select[*Columns]:
    linked = select(ProgrammeCourse.course_id)
    query = _courses(query, organisation_id).where(Course.id.not_in(linked))
    if not search:
        return query
    wanted = search.lower()
    return query.where(
        or_(
            func.lower(Course.title).contains(wanted, autoescape=True),
            func.lower(Course.label).contains(wanted, autoescape=True),
        )
    )
