"""What a practice tells other activities and the desk: states and numbers, never a word."""

from collections.abc import Iterable
from uuid import UUID

from lti_app.api import State, find_placement_of, find_progress, publish_fact
from plugins.coaching.models import PracticeSession

#: How far one conversation is; its code is the state.
SESSION = "practice.session"
#: Somebody has done everything; its number is the score.
DONE = "practice.done"


def tell_session(session: PracticeSession) -> None:
    """Say how far a conversation is."""
    placement = find_placement_of(session.activity_id)
    publish_fact(
        SESSION,
        programme_id=placement.programme_id if placement else None,
        person_id=session.person_id,
        about=session.id,
        code=session.state,
    )


def tell_done(activity_id: UUID, people: Iterable[UUID]) -> None:
    """Say of those who have done everything that they have; to be called after a refresh."""
    placement = find_placement_of(activity_id)
    for person_id in people:
        progress = find_progress(activity_id, person_id)
        if progress.state is State.COMPLETED:
            publish_fact(
                DONE,
                programme_id=placement.programme_id if placement else None,
                person_id=person_id,
                about=activity_id,
                number=progress.score,
            )
