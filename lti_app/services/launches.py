"""What a verified launch leaves behind: person, course, placement, column, and a visit's substance.

Everything here is found again at the next launch; two first launches at the same moment make one
row of each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import Family, GradeService, Launch, MessageType, ResourceLink
from lti_app.domain.linking import Asked, UnsetLink
from lti_app.domain.roles import Roles
from lti_app.domain.roster import is_staff
from lti_app.lti.deep_linking import named_activities
from lti_app.lti.scores import check_service_url
from lti_app.services import deliveries, linking, people, progress, reviews, rosters
from lti_app.services.linking import Arrival
from lti_app.services.reviews import Asked as AskedReview
from lti_app.services.reviews import Asker, Place
from lti_app.services.rooms import refresh_at_launch
from lti_app.store import courses
from lti_app.store.courses import Course, Enrolment, LineItem, Placement
from lti_app.store.people import Person
from lti_app.store.registrations import (
    Deployment,
    Registration,
    find_deployment,
    list_deployments,
    lock_registration,
)
from lti_app.store.session import db, find_or_add


@dataclass(frozen=True)
class RecordedLaunch:
    """Who launched what.

    Attributes:
        is_pending: the deployment awaits approval; nothing about the person was stored.
        person_id: None while pending.
        deployment_id, course_id: where the launch came from; None while pending, or no course.
        placement_id: None where the launch is at no activity.
        asked: what the person is to choose; None where there is nothing to choose, or not for them.
        review: whose work the LMS asks to be shown, or None.
    """

    is_pending: bool = False
    person_id: UUID | None = None
    deployment_id: UUID | None = None
    course_id: UUID | None = None
    placement_id: UUID | None = None
    asked: Asked | None = None
    review: AskedReview | None = None


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
    _note_roster(arrival, launch)
    if launch.for_cell is not None:
        return _record_cell(arrival, launch, launch.for_cell)
    return _at_link(arrival, launch)


def _at_link(arrival: Arrival, launch: Launch) -> RecordedLaunch:
    link = launch.resource_link
    recorded = _recorded(arrival)
    if link is None:
        return recorded
    placement = linking.place_link(arrival, launch, link)
    if placement is None:
        return replace(recorded, asked=_asked_of_author(arrival, launch, link))
    note_grade_service(placement, arrival.registration, launch.grade_service)
    deliveries.wake_person(placement.id, arrival.person.id)
    progress.queue_missing_delivery(placement.id, arrival.person.id)
    if launch.roles.is_learner:
        refresh_at_launch(placement.id, arrival.person)
    return replace(recorded, placement_id=placement.id)


def _record_request(arrival: Arrival, launch: Launch) -> RecordedLaunch:
    """Store nothing of the request: it goes into the visit, whoever asks (R-3.2)."""
    _note_roster(arrival, launch)
    return replace(_recorded(arrival), asked=Asked(settings=launch.deep_linking))


def _note_roster(arrival: Arrival, launch: Launch) -> None:
    if arrival.course:
        rosters.note_service(arrival.registration, arrival.course.id, launch.roster_url)
        if is_staff(launch.roles):
            rosters.ask_if_stale(arrival.course.id)


def _recorded(arrival: Arrival) -> RecordedLaunch:
    return RecordedLaunch(
        person_id=arrival.person.id,
        deployment_id=arrival.deployment.id,
        course_id=arrival.course_id,
    )


def _asked_of_author(arrival: Arrival, launch: Launch, link: ResourceLink) -> Asked | None:
    """Return the question that a link without an activity puts to an author (R-3.15, R-6.5)."""
    if not launch.roles.can_author:
        return None
    names = named_activities(launch)
    offered = linking.find_offered(arrival, launch)
    return Asked(
        link=UnsetLink(link.id, link.title, names[0] if names else None, launch.grade_service),
        offered_id=offered.id if offered else None,
    )


def _record_cell(arrival: Arrival, launch: Launch, cell_id: UUID) -> RecordedLaunch:
    """Find the cell that the launched address names, wherever that was launched from (R-9.2)."""
    asker = Asker(arrival.person.id, launch.roles)
    place = Place(arrival.deployment.id, arrival.course_id)
    placement_id, asked = reviews.by_cell(asker, place, cell_id)
    if placement_id is None:
        return replace(_at_link(arrival, launch), review=asked)
    return replace(_recorded(arrival), placement_id=placement_id, review=asked)


def _record_review(arrival: Arrival, launch: Launch) -> RecordedLaunch:
    """Find whose work at a link the LMS asks to be shown; nobody's: the link opens (R-9.1)."""
    if launch.for_user is None:
        return _record_link(arrival, launch)
    recorded = _at_link(arrival, launch)
    if recorded.placement_id is None:
        return recorded
    asker = Asker(arrival.person.id, launch.roles)
    asked = reviews.by_subject(asker, arrival.registration, recorded.placement_id, launch.for_user)
    return replace(recorded, review=asked)


#: Message → what is stored of it.
_RECORDERS: Mapping[MessageType, Callable[[Arrival, Launch], RecordedLaunch]] = {
    MessageType.RESOURCE_LINK: _record_link,
    MessageType.DEEP_LINKING: _record_request,
    MessageType.SUBMISSION_REVIEW: _record_review,
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


def note_grade_service(
    placement: Placement, registration: Registration, service: GradeService | None
) -> None:
    """Keep the column's address for the worker; the LMS may change it at any launch (4.1).

    An address on another host than the registration's endpoints is not kept: our token would be
    sent there (R-4.4).

    Args:
        placement: whose column it is.
        registration: its LMS.
        service: as a launch described it; None where the LMS takes no grades.
    """
    if service is None:
        return
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
