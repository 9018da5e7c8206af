"""How long the history of grades is kept, and its deletion afterwards."""

from datetime import datetime, timedelta

from lti_app.store import retention as store

#: Longer than any appeal against a mark.
ATTEMPTS_KEPT = timedelta(days=400)
RECONCILIATIONS_KEPT = timedelta(days=90)


def purge_attempts(now: datetime) -> int:
    """Delete attempts of long ago, but for those that a later look into the cell still needs."""
    return store.delete_attempts(now - ATTEMPTS_KEPT)


def purge_reconciliations(now: datetime) -> int:
    """Delete finished readings of columns of long ago, with what they found."""
    return store.delete_reconciliations(now - RECONCILIATIONS_KEPT)
