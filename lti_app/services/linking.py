"""Which activity a link leads to, and what follows when a course was copied or a link picked anew.

A link names its activity in its signed parameters. In a copied course it still names the one of the
original: then the settings are copied, once for each course, and never anything of a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.activity import Activity as Kind
from lti_app.activity import catalogue
from lti_app.clock import now
from lti_app.domain.launch import Launch, ResourceLink
from lti_app.lti.deep_linking import course_history, named_activities
from lti_app.services import progress
from lti_app.store import courses
from lti_app.store import linking as store
from lti_app.store.courses import Activity, Course, Placement
from lti_app.store.people import Person
from lti_app.store.programmes import find_programme_of_course
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db, find_or_add

_TITLE_LENGTH = 255
#: Made by an author who then left without sending it.
UNSENT_KEPT = timedelta(days=7)
#: Sent to an LMS, and its link never opened: a course may be prepared a year ahead.
UNOPENED_KEPT = timedelta(days=400)


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

    @property
    def course_id(self) -> UUID | None:
        """Return the course, or None."""
        return self.course.id if self.course else None


def place_link(arrival: Arrival, launch: Launch, link: ResourceLink) -> Placement | None:
    """Return where a link leads, decided anew if its parameters have changed (R-3.9, R-6.5).

    What counts is, in this order: the activity that the signed parameters name, the one in the
    signed address, the one that was decided on before. A link that names none, but a kind, gets one
    with the options that it says.

    Returns:
        None for a link that leads nowhere: an author has to choose.

    Raises:
        InvalidOptions: the options of a kind make no sense.
    """
    stored = courses.find_placement(arrival.deployment.id, link.id)
    names = named_activities(launch)
    if stored is None or (names and stored.named_id != names[0]):
        activity = _first_meant(arrival, launch, names)
        name = names[0] if names else None
        if activity is not None:
            stored = lead_to(arrival, link, name, activity)
        elif stored is None and not names:
            stored = _place_kind(arrival, launch, link)
    if stored is not None:
        stored.title = link.title or stored.title
        stored.course_id = stored.course_id or arrival.course_id
    return stored


def lead_to(
    arrival: Arrival, link: ResourceLink, name: UUID | None, activity: Activity
) -> Placement:
    """Let a link lead to an activity, from now on or from its first launch on.

    Args:
        arrival: where the link is.
        link: as the launch names it.
        name: the activity that its parameters name, or None.
        activity: of the same course.
    """
    placement, is_new = _find_or_add_placement(arrival, link, name, lambda: activity)
    if not is_new:
        _point_elsewhere(placement.id, activity.id, name)
    return placement


def find_offered(arrival: Arrival, launch: Launch) -> Activity | None:
    """Return an activity of elsewhere in the organisation that a link names, to be copied or not.

    Other organisations' do not exist here, as far as anybody can tell.
    """
    for name in named_activities(launch):
        activity = _find_in_organisation(arrival, name)
        if activity is not None:
            return activity
    return None


def copy_activity(
    activity: Activity, name: UUID, organisation_id: UUID, course_id: UUID | None
) -> Activity:
    """Return a course's copy of an activity's settings, made now or before (R-6.5, R-6.6).

    Its close is not copied: the new course has dates of its own.

    Args:
        activity: of another course.
        name: what the copied links call it.
        organisation_id: of both.
        course_id: of the copy.
    """

    def make() -> Activity:
        return Activity(
            organisation_id=organisation_id,
            course_id=course_id,
            programme_id=find_programme_of_course(course_id) if course_id else None,
            kind=activity.kind,
            title=activity.title,
            options=dict(activity.options),
            points=activity.points,
            copied_from=activity.id,
            origin_id=name,
        )

    # Outside of courses there is nothing that several links would share.
    find = (lambda: store.find_named(course_id, name)) if course_id else (lambda: None)
    copied, _ = find_or_add(find, make)
    return copied


def purge_unlinked(moment: datetime) -> int:
    """Delete activities that no link leads to and nobody has begun; returns how many."""
    return store.delete_unlinked(moment - UNSENT_KEPT, moment - UNOPENED_KEPT)


def _first_meant(arrival: Arrival, launch: Launch, names: tuple[UUID, ...]) -> Activity | None:
    """Return what the first name means that means anything here."""
    meant = (_meant(arrival, launch, name) for name in names)
    return next((activity for activity in meant if activity is not None), None)


def _meant(arrival: Arrival, launch: Launch, name: UUID) -> Activity | None:
    """Return the activity of this course that a name means, copied if need be."""
    here = store.find_named(arrival.course_id, name)
    if here is not None and _is_reachable(arrival, here):
        return here
    original = store.find_in_history(
        arrival.registration.id, course_history(launch.custom), name
    ) or _same_authors(arrival, launch, name)
    if original is None or original.organisation_id != arrival.registration.organisation_id:
        return None
    return copy_activity(original, name, original.organisation_id, arrival.course_id)


def _is_reachable(arrival: Arrival, activity: Activity) -> bool:
    """Tell whether an activity lies where a launch came from; without a course, in that LMS."""
    if activity.organisation_id != arrival.registration.organisation_id:
        return False
    return arrival.course is not None or store.is_of_deployment(activity, arrival.deployment.id)


def _same_authors(arrival: Arrival, launch: Launch, name: UUID) -> Activity | None:
    """Return an activity of the same installation, if an author brought a link to it here."""
    if not launch.roles.can_author:
        return None
    activity = _find_in_organisation(arrival, name)
    if activity is None or not store.is_of_deployment(activity, arrival.deployment.id):
        return None
    return activity


def _find_in_organisation(arrival: Arrival, name: UUID) -> Activity | None:
    activity = db().get(Activity, name)
    if activity is None or activity.organisation_id != arrival.registration.organisation_id:
        return None
    return activity


def _point_elsewhere(placement_id: UUID, activity_id: UUID, name: UUID | None) -> None:
    """Let a link that leads somewhere lead to another activity, and its column with it."""
    placement = store.lock_placement(placement_id)
    placement.named_id = name
    if placement.activity_id != activity_id:
        placement.activity_id = activity_id
        placement.repointed_at = now()
        progress.fill_anew(placement_id)


def _place_kind(arrival: Arrival, launch: Launch, link: ResourceLink) -> Placement | None:
    """Return the link's place where its parameters name a kind and no activity."""
    kind = catalogue().get(launch.custom.get("kind", "").strip().lower())
    if kind is None:
        return None
    placement, _ = _find_or_add_placement(
        arrival, link, None, lambda: _new_activity(kind, arrival, launch, link)
    )
    return placement


def _find_or_add_placement(
    arrival: Arrival, link: ResourceLink, name: UUID | None, make: Callable[[], Activity]
) -> tuple[Placement, bool]:
    return find_or_add(
        lambda: courses.find_placement(arrival.deployment.id, link.id),
        lambda: Placement(
            deployment_id=arrival.deployment.id,
            course_id=arrival.course_id,
            activity_id=make().id,
            resource_link_id=link.id,
            named_id=name,
            title=link.title,
        ),
    )


def _new_activity(kind: Kind, arrival: Arrival, launch: Launch, link: ResourceLink) -> Activity:
    activity = Activity(
        organisation_id=arrival.registration.organisation_id,
        course_id=arrival.course_id,
        programme_id=find_programme_of_course(arrival.course_id) if arrival.course_id else None,
        kind=kind.key,
        title=(link.title or str(kind.title))[:_TITLE_LENGTH],
        options=dict(kind.read_options(launch.custom)),
        points=kind.points,
    )
    db().add(activity)
    db().flush()
    return activity
