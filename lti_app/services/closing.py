"""Closing an activity by hand, with or without zeros for those who have no grade (domain rule).

A zero is sent to no cell but one that the worker, just before, has seen to be empty.
"""

from uuid import UUID

from lti_app.clock import now
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE
from lti_app.services import deliveries
from lti_app.store import audit, closing
from lti_app.store.courses import Activity, LineItem, Placement
from lti_app.store.session import db


def can_send_zeros(placement_id: UUID) -> bool:
    """Return whether the link has a column that the tool may write to and look into."""
    item = db().get(LineItem, placement_id)
    return (
        item is not None and item.url is not None and {SCOPE_SCORE, SCOPE_RESULT} <= {*item.scopes}
    )


def count_zeros(placement_id: UUID) -> int:
    """Return how many cells would get their final grade now if zeros were sent."""
    return closing.count_unfinished(db().get_one(Placement, placement_id), now())


def close(placement_id: UUID, *, by: UUID, send_zeros: bool = False) -> None:
    """Close an activity now, unless it is closed already, and queue the zeros if they are wanted.

    Args:
        placement_id: the link whose column gets the zeros.
        by: who decided.
        send_zeros: whether learners without a grade get what they reached, which may be 0.
    """
    placement = db().get_one(Placement, placement_id)
    activity = db().get_one(Activity, placement.activity_id)
    at = now()
    if activity.closes_at is None or activity.closes_at > at:
        activity.closes_at = at
        audit.note("activity.close", activity.id, by=by)
    if send_zeros and can_send_zeros(placement_id):
        scores = closing.unfinished(placement, at)
        deliveries.queue_final(placement_id, scores)
        audit.note("activity.zeros", activity.id, by=by, count=len(scores))


def reopen(activity_id: UUID, *, by: UUID) -> None:
    """Let an activity stay open; zeros that were sent rise as soon as something is earned."""
    activity = db().get_one(Activity, activity_id)
    if activity.closes_at is not None:
        activity.closes_at = None
        audit.note("activity.reopen", activity.id, by=by)
