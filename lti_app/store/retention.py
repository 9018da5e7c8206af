"""Deleting history that has had its time."""

from datetime import datetime

from sqlalchemy import delete, exists
from sqlalchemy.orm import aliased

from lti_app.domain.delivery import Outcome
from lti_app.store.progress import DeliveryAttempt
from lti_app.store.reconciliations import Reconciliation
from lti_app.store.session import count_changed


def delete_attempts(before: datetime) -> int:
    """Delete attempts of before a moment that a later accepted one has made history."""
    later = aliased(DeliveryAttempt)
    is_history = exists().where(
        later.delivery_id == DeliveryAttempt.delivery_id,
        later.outcome == Outcome.ACCEPTED.value,
        later.started_at > DeliveryAttempt.started_at,
    )
    old = delete(DeliveryAttempt).where(DeliveryAttempt.started_at < before, is_history)
    return count_changed(old)


def delete_reconciliations(before: datetime) -> int:
    """Delete readings that were finished before a moment."""
    return count_changed(delete(Reconciliation).where(Reconciliation.finished_at < before))
