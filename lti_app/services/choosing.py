"""What an author chooses in a visit: links for an LMS that asks for them, or where one link leads.

A question is put by a launch and answered once: a second click gives the same answer, a second
window none (R-3.6). What was made and not sent is deleted after a week.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from lti_app.activity import Activity as Kind
from lti_app.activity import catalogue
from lti_app.clock import now, real_now
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.launch import DeepLinkSettings, GradeService, ResourceLink
from lti_app.domain.linking import Asked, CourseActivity, Question, UnsetLink
from lti_app.domain.permissions import Action, Thing, can
from lti_app.domain.permissions import Kind as KindOfThing
from lti_app.domain.visit import Options, Visit
from lti_app.lti.deep_linking import LinkToSend, Sender, answer_expires_at, sign_answer
from lti_app.lti.keys import load_key
from lti_app.services import linking, signing_keys
from lti_app.services.launches import note_grade_service
from lti_app.services.linking import Arrival
from lti_app.store import courses
from lti_app.store import linking as store
from lti_app.store.courses import Activity, Course
from lti_app.store.encryption import Cipher
from lti_app.store.link_choices import LinkChoice, find_choice, lock_choice
from lti_app.store.people import Person
from lti_app.store.programmes import find_programme_of_course
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db
from lti_app.store.visits import Visit as VisitRow


@dataclass(frozen=True)
class ActivitySettings:
    """What an author says of an activity.

    Attributes:
        options: as the activity's kind read them.
        points: what its gradebook column is out of.
    """

    title: str
    options: Options
    points: int


def ask(visit_id: UUID, asked: Asked) -> None:
    """Put a question to a visit that was just opened."""
    db().add(
        LinkChoice(
            visit_id=visit_id,
            settings=asdict(asked.settings) if asked.settings else None,
            link=_kept(asked.link) if asked.link else None,
            offered_id=asked.offered_id,
            chosen=[],
        )
    )


def find_question(visit_id: UUID) -> Question | None:
    """Return what a visit is there to choose, or None if it has nothing to choose."""
    row = find_choice(visit_id)
    return _to_question(row) if row else None


def activities_of(course_id: UUID | None) -> list[CourseActivity]:
    """Return what an author can link again, the newest first (R-3.14)."""
    return [to_value(*row) for row in store.list_activities(course_id)] if course_id else []


def find_activity(visit: Visit, activity_id: UUID) -> CourseActivity:
    """Return an activity that an author may link or change: the course's, or made in this visit.

    Raises:
        NotFound: it is another course's, or there is none; nobody learns which.
    """
    found = store.read_activities([activity_id]).get(activity_id)
    row = find_choice(visit.id)
    is_made_here = row is not None and str(activity_id) in row.chosen
    if found is None or not (is_made_here or _may_write(visit, found[0])):
        raise NotFound(detail="activity of another course")
    return to_value(*found)


def make_activity(visit: Visit, kind: Kind, settings: ActivitySettings) -> UUID:
    """Make an activity for the course that the visit comes from, and choose it.

    Raises:
        NotFound: the visit has nothing to choose.
        Conflict: the question is answered.
    """
    row = _open_choice(visit.id)
    course_id = visit.course_id
    activity = Activity(
        organisation_id=visit.organisation_id,
        course_id=course_id,
        programme_id=find_programme_of_course(course_id) if course_id else None,
        kind=kind.key,
        title=settings.title,
        options=dict(settings.options),
        points=settings.points,
        created_at=now(),
    )
    db().add(activity)
    db().flush()
    _choose(row, activity.id)
    return activity.id


def change_activity(visit: Visit, activity_id: UUID, settings: ActivitySettings) -> None:
    """Change an activity for everybody, those who have begun it included.

    Raises:
        NotFound: see `find_activity`.
    """
    find_activity(visit, activity_id)
    activity = db().get_one(Activity, activity_id)
    activity.title = settings.title
    activity.options = dict(settings.options)
    activity.points = settings.points


def choose(visit: Visit, activity_id: UUID) -> None:
    """Add an activity to what is chosen; in place of the former one where only one is wanted.

    Raises:
        NotFound: see `find_activity`.
        Conflict: the question is answered.
    """
    find_activity(visit, activity_id)
    _choose(_open_choice(visit.id), activity_id)


def _choose(row: LinkChoice, activity_id: UUID) -> None:
    kept = row.chosen if _to_question(row).takes_several else []
    row.chosen = [*(one for one in kept if one != str(activity_id)), str(activity_id)]


def drop(visit_id: UUID, activity_id: UUID) -> None:
    """Take an activity out of what is chosen.

    Raises:
        Conflict: the question is answered.
    """
    row = _open_choice(visit_id)
    row.chosen = [one for one in row.chosen if one != str(activity_id)]


def answer(
    visit: Visit,
    cipher: Cipher,
    launch_url: str,
    *,
    nothing: bool = False,
    fault: str | None = None,
) -> None:
    """Sign the answer to an LMS that asked for links; once signed it stays as it is.

    Args:
        visit: whose question it is.
        cipher: opens the tool's signing key.
        launch_url: what links point at.
        nothing: leave what is chosen out.
        fault: what the LMS is to tell the author, or None.

    Raises:
        NotFound: the visit has no such question.
    """
    row = lock_choice(visit.id)
    question = _to_question(row) if row else None
    if row is None or question is None or question.settings is None:
        raise NotFound(detail="no request for links")
    if row.answered_at is not None:
        return
    if nothing:
        row.chosen = []
    chosen = () if nothing else question.chosen
    signing = signing_keys.current(cipher)
    row.answer = sign_answer(
        question.settings,
        [_to_link(one) for one in chosen],
        _sender(visit.id, launch_url),
        key=load_key(signing.private_jwk),
        kid=signing.kid,
        now=real_now(),
        fault=fault,
    )
    row.answered_at = real_now()
    for one in chosen:
        db().get_one(Activity, one.id).sent_at = now()


def is_answer_fresh(question: Question) -> bool:
    """Tell whether an LMS would still take the answer."""
    given = question.answered_at
    return given is not None and real_now() < answer_expires_at(given)


def use_for_link(visit: Visit, activity_id: UUID) -> None:
    """Let the link that the visit came from lead to an activity, and go on there (R-3.15).

    Raises:
        NotFound: see `find_activity`; or the visit did not come from such a link.
        Conflict: somebody has chosen meanwhile.
    """
    find_activity(visit, activity_id)
    row = _open_choice(visit.id)
    link = _to_question(row).link
    if link is None:
        raise NotFound(detail="no link to choose for")
    stored = db().get_one(VisitRow, visit.id)
    arrival = _arrival(stored)
    if courses.find_placement(arrival.deployment.id, link.id) is not None:
        raise Conflict(detail="the link leads somewhere by now")
    activity = db().get_one(Activity, activity_id)
    placement = linking.lead_to(arrival, ResourceLink(link.id, link.title), link.name, activity)
    note_grade_service(placement, arrival.registration, link.grade_service)
    stored.placement_id = placement.id
    row.answered_at = real_now()


def copy_offered(visit: Visit) -> UUID:
    """Copy the settings of the activity that a copied link still names; returns the copy's id.

    Raises:
        NotFound: there is none, or none any more.
        Conflict: the question is answered.
    """
    row = _open_choice(visit.id)
    link = _to_question(row).link
    original = db().get(Activity, row.offered_id) if row.offered_id else None
    if link is None or link.name is None or original is None:
        raise NotFound(detail="nothing is offered")
    return linking.copy_activity(original, link.name, visit.organisation_id, visit.course_id).id


def to_value(activity: Activity, links: int, people: int) -> CourseActivity:
    """Return a stored activity as a value."""
    return CourseActivity(
        id=activity.id,
        kind=activity.kind,
        title=activity.title,
        options=activity.options,
        points=activity.points,
        created_at=activity.created_at,
        closes_at=activity.closes_at,
        sent_at=activity.sent_at,
        links=links,
        people=people,
    )


def _may_write(visit: Visit, activity: Activity) -> bool:
    thing = Thing(
        KindOfThing.COURSE_ACTIVITY, activity.organisation_id, course_id=activity.course_id
    )
    return can(visit.viewer, Action.WRITE, thing)


def _open_choice(visit_id: UUID) -> LinkChoice:
    row = lock_choice(visit_id)
    if row is None:
        raise NotFound(detail="nothing to choose")
    if row.answered_at is not None:
        raise Conflict("answered", "a second answer")
    return row


def _kept(link: UnsetLink) -> dict[str, object]:
    return {
        "id": link.id,
        "title": link.title,
        "name": str(link.name) if link.name else None,
        "grade_service": asdict(link.grade_service) if link.grade_service else None,
    }


def _to_question(row: LinkChoice) -> Question:
    ids = [UUID(one) for one in row.chosen]
    found = store.read_activities([*ids, *([row.offered_id] if row.offered_id else [])])
    values = {one: to_value(*counted) for one, counted in found.items()}
    return Question(
        # Stored as JSON from the same class (`asdict`), whose fields mypy cannot see in a dict.
        settings=DeepLinkSettings(**row.settings) if row.settings else None,  # type: ignore[arg-type]
        link=_to_link_without(row.link) if row.link else None,
        offered=values.get(row.offered_id) if row.offered_id else None,
        chosen=tuple(values[one] for one in ids if one in values),
        answered_at=row.answered_at,
        answer=row.answer,
    )


def _to_link_without(kept: dict[str, object]) -> UnsetLink:
    service = kept["grade_service"]
    return UnsetLink(
        id=str(kept["id"]),
        title=str(kept["title"]) if kept["title"] else None,
        name=UUID(str(kept["name"])) if kept["name"] else None,
        grade_service=_to_service(service) if isinstance(service, dict) else None,
    )


def _to_service(kept: dict[str, str | Sequence[str] | None]) -> GradeService:
    url, container = kept["line_item_url"], kept["line_items_url"]
    return GradeService(
        scopes=tuple(kept["scopes"] or ()),
        line_items_url=str(container) if container else None,
        line_item_url=str(url) if url else None,
    )


def _to_link(chosen: CourseActivity) -> LinkToSend:
    kind = catalogue().get(chosen.kind)
    is_graded = kind is not None and kind.is_graded
    return LinkToSend(
        activity_id=chosen.id,
        kind=chosen.kind,
        title=chosen.title,
        points=chosen.points if is_graded else None,
        closes_at=chosen.closes_at,
    )


def _sender(visit_id: UUID, launch_url: str) -> Sender:
    arrival = _arrival(db().get_one(VisitRow, visit_id))
    return Sender(
        client_id=arrival.registration.client_id,
        issuer=arrival.registration.issuer,
        deployment_id=arrival.deployment.deployment_id,
        launch_url=launch_url,
    )


def _arrival(visit: VisitRow) -> Arrival:
    return Arrival(
        registration=db().get_one(Registration, visit.registration_id),
        deployment=db().get_one(Deployment, visit.deployment_id),
        person=db().get_one(Person, visit.person_id),
        course=db().get(Course, visit.course_id) if visit.course_id else None,
    )
