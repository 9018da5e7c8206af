"""From an activity's rule to the outbox: who is how far, and which grade is due where."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from lti_app.activity import catalogue
from lti_app.clock import now
from lti_app.domain import progress as rules
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.progress import Completion, State
from lti_app.domain.rulings import still_counts
from lti_app.domain.visit import Person, Placement
from lti_app.services import deliveries, rulings
from lti_app.services.visits import find_placement, to_person
from lti_app.store import audit, courses
from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.people import Person as PersonRow
from lti_app.store.people import list_people
from lti_app.store.progress import (
    Progress,
    find_delivery,
    list_delivery_states,
    list_people_at,
    lock_progress,
)
from lti_app.store.progress import find_progress as find_stored
from lti_app.store.session import db


def refresh_progress(
    placement: Placement, people: Sequence[Person], *, as_of: datetime | None = None
) -> None:
    """Ask the activity how far people are, and queue what has to reach a gradebook.

    Part of the transaction that stores the work itself: completion, progress and delivery are
    there together or not at all. After the activity has closed for a person nothing new counts;
    what was handed in before can still be marked. The activity is asked with the progress locked:
    of two partners who do each the other's last step at once, the second sees both.

    Args:
        placement: where.
        people: whose work changed.
        as_of: the moment that counts for the close; now, unless work of before is repaired.
    """
    activity = catalogue()[placement.kind]
    closes = rulings.closes_for(placement.activity_id, [person.id for person in people])
    at = as_of or now()
    stored = lock_progress(
        placement.activity_id,
        closes.keys(),
        add=[id_ for id_, close in closes.items() if close is None or at < close],
    )
    completions = activity.completions(placement, people)
    links = courses.list_placements(placement.activity_id)
    for person in people:
        completion = completions.get(person.id, Completion())
        row = stored.get(person.id)
        if row is None or not still_counts(State(row.state), closes[person.id], at):
            _note_late(placement.activity_id, person.id, row, completion)
            continue
        _store(row, completion)
        if activity.is_graded and not person.is_preview:
            for link in links:
                _queue(link.id, person.id, completion)


def regrade(placement: Placement, people: Sequence[Person], *, by: UUID) -> None:
    """Take over what a person decided about people's work: a mark, or another one.

    Part of the transaction that stores the decision. Unlike what a rule finds, it may lower a grade
    that was sent, and it counts after the close as well. What is lowered is kept with who did it.

    Args:
        placement: where.
        people: whose work was marked; for a grade that falls, after a preview that says so.
        by: who decided.
    """
    activity = catalogue()[placement.kind]
    ids = [person.id for person in people]
    stored = lock_progress(placement.activity_id, ids, add=ids)
    completions = activity.completions(placement, people)
    links = courses.list_placements(placement.activity_id)
    for person in people:
        before = stored[person.id].score
        completion = completions.get(person.id, Completion())
        _store(stored[person.id], completion)
        if before is not None and completion.score is not None and completion.score < before:
            audit.note("grade.lower", placement.activity_id, by=by, person_id=person.id)
        if activity.is_graded and not person.is_preview:
            for link in links:
                _queue(link.id, person.id, completion, may_fall=True)


def refresh_people(
    activity_id: UUID, people: Collection[UUID], *, as_of: datetime | None = None
) -> None:
    """Do the same for people of whom no more than the id is known, at an activity without a visit.

    An activity that no link leads to any more has no progress to refresh.

    Args:
        activity_id: where.
        people: whose work changed.
        as_of: when they did what was theirs to do, where it is somebody else's silence that makes
            it count now: a close in between takes nothing from them.
    """
    placement = find_placement_of(activity_id)
    if placement is not None:
        known = [to_person(row) for row in list_people(people)]
        refresh_progress(placement, known, as_of=as_of)


def find_placement_of(activity_id: UUID) -> Placement | None:
    """Return a link to an activity, for work that is done outside of visits; None if none is left.

    The work belongs to the activity, so that it does not matter which link it is (R-3.9).
    """
    placements = courses.list_placements(activity_id)
    return find_placement(placements[0].id) if placements else None


def queue_missing_delivery(placement_id: UUID, person_id: UUID) -> None:
    """Queue the grade of finished work whose cell has none yet.

    That is so when the work was done through another link to the same activity (R-3.9).
    """
    placement = db().get_one(courses.Placement, placement_id)
    activity = db().get_one(ActivityRow, placement.activity_id)
    person = db().get_one(PersonRow, person_id)
    kind = catalogue().get(activity.kind)
    if kind is not None and kind.is_graded and not person.is_preview:
        _queue(placement_id, person_id, find_progress(placement.activity_id, person_id))


def find_progress(activity_id: UUID, person_id: UUID) -> Completion:
    """Return how far somebody is, as last stored."""
    return said_by(find_stored(activity_id, person_id))


def said_by(stored: Progress | None) -> Completion:
    """Return a stored row as the answer of the rule that it was; of none, that nothing is done."""
    if stored is None:
        return Completion()
    return Completion(State(stored.state), stored.score, stored.is_excused, stored.needs_marking)


def find_delivery_state(placement: Placement, person: Person) -> DeliveryState | None:
    """Return where a person's grade is on its way to the gradebook; None without a grade."""
    stored = find_delivery(placement.id, person.id)
    return DeliveryState(stored.state) if stored else None


def find_delivery_states(
    placement: Placement, people: Collection[UUID]
) -> dict[UUID, DeliveryState]:
    """Return where the grades of some people are; nobody without a grade is in it."""
    stored = list_delivery_states(placement.id, people)
    return {person_id: DeliveryState(state) for person_id, state in stored.items()}


def _store(row: Progress, completion: Completion) -> None:
    row.state = completion.state.value
    row.score = completion.score
    row.is_excused = completion.excused
    row.needs_marking = completion.needs_marking
    row.updated_at = now()
    if completion.state is State.COMPLETED and row.completed_at is None:
        row.completed_at = now()


def _note_late(
    activity_id: UUID, person_id: UUID, row: Progress | None, completion: Completion
) -> None:
    """Remember that something was done after the close, so that no repair takes it for earlier."""
    if completion != said_by(row):
        row = row or lock_progress(activity_id, [person_id], add=[person_id])[person_id]
        row.late_at = now()


def fill_anew(placement_id: UUID) -> None:
    """Close the cells of the activity that a link led to before, and fill them from that of now.

    To be called when the link has been pointed at another activity (R-3.9).
    """
    deliveries.point_elsewhere(placement_id)
    placement = db().get_one(courses.Placement, placement_id)
    for person in list_people_at(placement.activity_id):
        queue_missing_delivery(placement_id, person.id)


def _queue(
    placement_id: UUID, person_id: UUID, completion: Completion, *, may_fall: bool = False
) -> None:
    cell = find_delivery(placement_id, person_id)
    activity_id = db().get_one(courses.Placement, placement_id).activity_id
    is_ours = cell is not None and not deliveries.is_former(cell, activity_id)
    queued = cell.score if cell and is_ours else None
    score = rules.publishable_score(completion, queued, may_fall=may_fall)
    if score is not None:
        deliveries.queue(placement_id, person_id, score, may_fall=may_fall)
