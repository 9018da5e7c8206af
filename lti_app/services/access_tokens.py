"""Tokens for an LMS's services: cached encrypted, and fetched by one process at a time.

The row of a token is also the lock: who writes a lease into it fetches, the others look again every
now and then. A process that dies while it fetches loses its lease after half a minute.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome
from lti_app.lti.http import HttpClient
from lti_app.lti.keys import load_key
from lti_app.lti.tokens import IssuedToken, TokenRefused, request_token
from lti_app.services import signing_keys
from lti_app.store.encryption import Cipher, UnreadableSecret
from lti_app.store.leases import (
    find_access_token,
    find_leased_access_token,
    lease_access_token,
)
from lti_app.store.registrations import AccessToken, Registration, list_deployments
from lti_app.store.session import Database, db, transaction

_LEASE = timedelta(seconds=30)
#: Has to end before the lease does.
_FETCH_SECONDS = 25.0
_EARLY = timedelta(seconds=60)
_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.1
_LONGEST_SCOPE = 1000


@dataclass(frozen=True)
class _Request:
    """What to ask an LMS, read in the transaction that took the lease."""

    lease: UUID
    row_id: UUID
    token_url: str
    audience: str | None
    client_id: str
    deployment_id: str | None
    key: signing_keys.SigningKey


def get_token(
    database: Database,
    client: HttpClient,
    cipher: Cipher,
    registration_id: UUID,
    scopes: Collection[str],
    *,
    refresh_of: str | None = None,
) -> str:
    """Return a token that is good for the scopes, from the cache or from the LMS.

    To be called outside transactions: it opens short ones of its own, and none while it waits.

    Args:
        database: keeps the tokens.
        client: asks the LMS.
        cipher: keeps the tokens unreadable at rest.
        registration_id: of the LMS.
        scopes: what the token is needed for, all of which the LMS must grant.
        refresh_of: a token that the LMS has just rejected: if it is the cached one, it is dropped.

    Raises:
        TokenRefused: there is none, and why.
    """
    scope = " ".join(sorted(scopes))
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if token := _cached(database, cipher, registration_id, scope, refresh_of):
            return token
        if leased := _lease(database, cipher, registration_id, scope, refresh_of):
            return _fetch(database, client, cipher, leased, scopes)
        if time.monotonic() >= give_up_at:
            # Whoever has the lease may have died with it: that says nothing about the LMS.
            raise TokenRefused(Outcome.NOT_ASKED, "token_busy")
        time.sleep(_POLL_SECONDS)


def _cached(
    database: Database, cipher: Cipher, registration_id: UUID, scope: str, refresh_of: str | None
) -> str | None:
    with transaction(database, read_only=True):
        row = find_access_token(registration_id, scope)
        return None if row is None else _usable_token(row, cipher, refresh_of, real_now())


def _lease(
    database: Database, cipher: Cipher, registration_id: UUID, scope: str, refresh_of: str | None
) -> _Request | None:
    """Take the right to fetch; None while another has it, or a token has come in the meantime."""
    now, lease = real_now(), uuid4()
    with transaction(database):
        row = lease_access_token(registration_id, scope, lease, now, now + _LEASE)
        if row is None:
            return None
        if _usable_token(row, cipher, refresh_of, now):
            row.lease = row.leased_until = None
            return None
        registration = db().get_one(Registration, registration_id)
        deployments = list_deployments(registration_id)
        return _Request(
            lease=lease,
            row_id=row.id,
            token_url=registration.token_url,
            audience=registration.token_audience,
            client_id=registration.client_id,
            deployment_id=deployments[0].deployment_id if len(deployments) == 1 else None,
            key=_signing_key(cipher),
        )


def _signing_key(cipher: Cipher) -> signing_keys.SigningKey:
    try:
        return signing_keys.current(cipher)
    except (LookupError, UnreadableSecret) as error:
        raise TokenRefused(Outcome.CONFIGURATION, "no_signing_key") from error


def _fetch(
    database: Database,
    client: HttpClient,
    cipher: Cipher,
    leased: _Request,
    scopes: Collection[str],
) -> str:
    issued: IssuedToken | None = None
    try:
        issued = request_token(
            client,
            token_url=leased.token_url,
            audience=leased.audience,
            client_id=leased.client_id,
            deployment_id=leased.deployment_id,
            scopes=scopes,
            key=load_key(leased.key.private_jwk),
            kid=leased.key.kid,
            now=real_now(),
            deadline=_FETCH_SECONDS,
        )
    finally:
        _end_lease(database, cipher, leased, issued)
    return issued.token


def _end_lease(
    database: Database, cipher: Cipher, leased: _Request, issued: IssuedToken | None
) -> None:
    """Keep the new token, or drop the old one, and let others in; unless the lease was lost."""
    with transaction(database):
        row = find_leased_access_token(leased.row_id, leased.lease)
        if row is None:
            return
        row.lease = row.leased_until = row.token = None
        if issued is not None:
            row.token = cipher.encrypt(issued.token)
            row.granted_scope = " ".join(issued.granted_scopes)[:_LONGEST_SCOPE]
            row.expires_at = real_now() + issued.expires_in


def _usable_token(
    row: AccessToken, cipher: Cipher, refresh_of: str | None, now: datetime
) -> str | None:
    if row.token is None or row.expires_at is None or now >= row.expires_at - _EARLY:
        return None
    try:
        token = cipher.decrypt(row.token)
    except UnreadableSecret:
        return None
    return None if token == refresh_of else token
