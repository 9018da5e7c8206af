"""How long history and what people were told is kept, and its deletion afterwards."""

from datetime import datetime, timedelta

from lti_app.store import audit, notices
from lti_app.store import retention as store

#: Longer than any appeal against a mark.
ATTEMPTS_KEPT = timedelta(days=400)
RECONCILIATIONS_KEPT = timedelta(days=90)
READ_NOTICES_KEPT = timedelta(days=90)
#: Who has not looked for so long will not look for this.
UNREAD_NOTICES_KEPT = timedelta(days=400)
AUDIT_KEPT = timedelta(days=730)


def purge_attempts(now: datetime) -> int:
    """Delete attempts of long ago, but for those that a later look into the cell still needs."""
    return store.delete_attempts(now - ATTEMPTS_KEPT)


def purge_reconciliations(now: datetime) -> int:
    """Delete finished readings of columns of long ago, with what they found."""
    return store.delete_reconciliations(now - RECONCILIATIONS_KEPT)


def purge_notices(now: datetime) -> int:
    """Delete notices that were read, or told and never read, long ago."""
    return notices.delete_old(now - READ_NOTICES_KEPT, now - UNREAD_NOTICES_KEPT)


def purge_audit(now: datetime) -> int:
    """Delete what is known of acts of two years ago and more."""
    return audit.delete_entries(now - AUDIT_KEPT)
