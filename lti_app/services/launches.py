"""What a verified launch leaves behind: person, course, placement, column, and a visit's substance.

Everything here is found again at the next launch; two first launches at the same moment make one
row of each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from lti_app.activity import Activity, catalogue
from lti_app.clock import now
from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import Family, GradeService, Launch, MessageType, ResourceLink
from lti_app.domain.roles import Roles
from lti_app.domain.roster import is_staff
from lti_app.lti.scores import check_service_url
from lti_app.services import deliveries, people, progress, rosters
from lti_app.store import courses
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.courses import Course, Enrolment, LineItem, Placement
from lti_app.store.people import Person
from lti_app.store.programmes import find_programme_of_course
from lti_app.store.registrations import (
    Deployment,
    Registration,
    find_deployment,
    list_deployments,
    lock_registration,
)
from lti_app.store.session import db, find_or_add

_TITLE_LENGTH = 255


@dataclass(frozen=True)
class RecordedLaunch:
    """Who launched what.

    Attributes:
        is_pending: the deployment awaits approval; nothing about the person was stored.
        person_id: None while pending.
        placement_id: None where the link names no activity (or while pending).
    """

    is_pending: bool = False
    person_id: UUID | None = None
    placement_id: UUID | None = None


@dataclass(frozen=True)
class Arrival:
    """Who came from where: what every message tells.

    Attributes:
        course: None for a launch from outside of courses.
    """

    registration: Registration
    deployment: Deployment
    person: Person
    course: Course | None


def record_launch(registration_id: UUID, launch: Launch) -> RecordedLaunch:
    """Store what a launch tells.

    Raises:
        LaunchRefused: `deployment_blocked`, or `message_type` for one that nothing is done with.
        InvalidOptions: the link's custom parameters make no sense to the kind they name.
    """
    registration = db().get_one(Registration, registration_id)
    deployment = _find_or_add_deployment(registration, launch.deployment_id)
    if deployment.status == "blocked":
        raise LaunchRefused("deployment_blocked", status=403)
    if deployment.status == "pending":
        return RecordedLaunch(is_pending=True)
    if registration.family == Family.OTHER and launch.family is not Family.OTHER:
        # Typed in by hand without its family, it would miss the rules of its gradebook.
        registration.family = launch.family.value
    record = _RECORDERS.get(launch.message_type)
    if record is None:
        raise LaunchRefused("message_type")
    person = _find_or_add_person(registration, launch)
    course = _find_or_add_course(deployment, launch)
    if course:
        _enrol(course, person, launch.roles)
    return record(Arrival(registration, deployment, person, course), launch)


def _record_link(arrival: Arrival, launch: Launch) -> RecordedLaunch:
    """Store what the launch of a link tells of the link, and of its course."""
    if arrival.course:
        rosters.note_service(arrival.registration, arrival.course.id, launch.roster_url)
        if is_staff(launch.roles):
            rosters.ask_if_stale(arrival.course.id)
    link = launch.resource_link
    placement = _find_or_add_placement(arrival, launch, link) if link else None
    if placement is None:
        return RecordedLaunch(person_id=arrival.person.id)
    if launch.grade_service:
        _note_line_item(arrival.registration, placement, launch.grade_service)
    deliveries.wake_person(placement.id, arrival.person.id)
    progress.queue_missing_delivery(placement.id, arrival.person.id)
    return RecordedLaunch(person_id=arrival.person.id, placement_id=placement.id)


#: Message → what is stored of it.
_RECORDERS: Mapping[MessageType, Callable[[Arrival, Launch], RecordedLaunch]] = {
    MessageType.RESOURCE_LINK: _record_link,
}


def _find_or_add_deployment(registration: Registration, deployment_id: str) -> Deployment:
    def make() -> Deployment:
        status = "active" if _needs_no_approval(registration) else "pending"
        return Deployment(
            registration_id=registration.id, deployment_id=deployment_id, status=status
        )

    deployment, _ = find_or_add(lambda: find_deployment(registration.id, deployment_id), make)
    return deployment


def _needs_no_approval(registration: Registration) -> bool:
    """Tell whether a deployment that just became known is approved already (R-1.21, R-7.1).

    An LMS that registered by an invite was approved with it; where it could not name its
    deployment then, the first one that launches is meant.
    """
    if registration.auto_approve:
        return True
    if registration.registered_at is None:
        return False
    # Of two first launches at the same moment only one comes first.
    lock_registration(registration.id)
    return not list_deployments(registration.id)


def _find_or_add_person(registration: Registration, launch: Launch) -> Person:
    person = people.find_or_add_person(registration, launch.subject)
    # An LMS that stops sending a name has not made the person nameless.
    person.name = launch.profile.full_name or person.name
    person.email = launch.profile.email or person.email
    person.locale = launch.profile.locale or person.locale
    person.is_preview = launch.roles.is_preview
    return person


def _find_or_add_course(deployment: Deployment, launch: Launch) -> Course | None:
    context = launch.context
    if context is None:
        return None
    course, _ = find_or_add(
        lambda: courses.find_course(deployment.id, context.id),
        lambda: Course(deployment_id=deployment.id, context_id=context.id),
    )
    course.title = context.title or course.title
    course.label = context.label or course.label
    return course


def _enrol(course: Course, person: Person, roles: Roles) -> None:
    enrolment, _ = find_or_add(
        lambda: courses.find_enrolment(course.id, person.id, lock=True),
        lambda: Enrolment(course_id=course.id, person_id=person.id),
    )
    enrolment.role_names = roles.names()
    enrolment.is_active = True
    enrolment.launched_at = now()


def _find_or_add_placement(
    arrival: Arrival, launch: Launch, link: ResourceLink
) -> Placement | None:
    kind = catalogue().get(launch.custom.get("kind", "").strip().lower())
    deployment, course = arrival.deployment, arrival.course

    def find() -> Placement | None:
        return courses.find_placement(deployment.id, link.id)

    if kind is None:
        return find()

    def make() -> Placement:
        activity = _new_activity(kind, arrival, launch, link)
        db().add(activity)
        db().flush()
        return Placement(
            deployment_id=deployment.id,
            course_id=course.id if course else None,
            activity_id=activity.id,
            resource_link_id=link.id,
        )

    placement, _ = find_or_add(find, make)
    placement.title = link.title or placement.title
    if placement.course_id is None and course is not None:
        placement.course_id = course.id
    return placement


def _new_activity(
    kind: Activity, arrival: Arrival, launch: Launch, link: ResourceLink
) -> ActivityRow:
    """Make the activity of a link that names a kind and no activity: default options."""
    title = link.title or str(kind.title)
    return ActivityRow(
        organisation_id=arrival.registration.organisation_id,
        course_id=arrival.course.id if arrival.course else None,
        programme_id=find_programme_of_course(arrival.course.id) if arrival.course else None,
        kind=kind.key,
        title=title[:_TITLE_LENGTH],
        options=dict(kind.read_options(launch.custom)),
    )


def _note_line_item(
    registration: Registration, placement: Placement, service: GradeService
) -> None:
    """Keep the column's address for the worker; the LMS may change it at any launch (4.1).

    An address on another host than the registration's endpoints is not kept: our token would be
    sent there (R-4.4).
    """
    ours = [
        url
        if url and check_service_url(url, (registration.token_url, registration.auth_url))
        else None
        for url in (service.line_item_url, service.line_items_url)
    ]
    item, _ = find_or_add(
        lambda: db().get(LineItem, placement.id),
        lambda: LineItem(placement_id=placement.id, seen_at=now()),
    )
    if item.url and ours[0] and item.url != ours[0]:
        # Another column, or the same one under another address: what it holds has to be seen.
        deliveries.look_again(placement.id)
    item.url = ours[0] or item.url
    item.container_url = ours[1] or item.container_url
    item.scopes = list(service.scopes)
    item.seen_at = now()
    if item.search_lease is None:
        item.search_until = None
    deliveries.wake(placement.id)
