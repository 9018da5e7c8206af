"""Who may call an LMS now: statements that exactly one of several processes wins.

What is fetched is kept in the tables of `registrations`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from lti_app.store.registrations import AccessToken, KeySet
from lti_app.store.session import count_changed, db, find_or_add


def claim_key_fetch(
    registration_id: UUID, seen_fetched_at: datetime | None, now: datetime, pause: timedelta
) -> bool:
    """Take the right to fetch an LMS's keys; nobody else gets it while `pause` lasts.

    Args:
        registration_id: of the LMS.
        seen_fetched_at: when what the caller has seen was fetched; if another fetch has ended since
            then, its outcome is to be looked at first.
        now: the moment of the claim.
        pause: how long a claim lasts, unless the fetch is worth it.
    """
    find_or_add(
        lambda: db().get(KeySet, registration_id),
        lambda: KeySet(registration_id=registration_id),
    )
    claim = update(KeySet).where(
        KeySet.registration_id == registration_id,
        KeySet.fetched_at.is_not_distinct_from(seen_fetched_at),
        or_(KeySet.attempted_at.is_(None), KeySet.attempted_at <= now - pause),
    )
    return count_changed(claim.values(attempted_at=now)) == 1


def find_access_token(registration_id: UUID, scope: str) -> AccessToken | None:
    """Return what is cached for a scope, or None."""
    return db().scalar(
        select(AccessToken).where(
            AccessToken.registration_id == registration_id, AccessToken.scope == scope
        )
    )


def lease_access_token(
    registration_id: UUID, scope: str, lease: UUID, now: datetime, until: datetime
) -> AccessToken | None:
    """Take the right to fetch a token until then; None while somebody else has it."""
    row, _ = find_or_add(
        lambda: find_access_token(registration_id, scope),
        lambda: AccessToken(registration_id=registration_id, scope=scope),
    )
    is_free = or_(AccessToken.leased_until.is_(None), AccessToken.leased_until <= now)
    take = update(AccessToken).where(AccessToken.id == row.id, is_free)
    if count_changed(take.values(lease=lease, leased_until=until)) != 1:
        return None
    # Another may have kept a token between our look and our lease.
    db().refresh(row)
    return row


def find_leased_access_token(row_id: UUID, lease: UUID) -> AccessToken | None:
    """Return the row of a lease for its holder to end it, or None if the lease was lost."""
    return db().scalar(
        select(AccessToken)
        .where(AccessToken.id == row_id, AccessToken.lease == lease)
        .with_for_update(key_share=True)
    )
