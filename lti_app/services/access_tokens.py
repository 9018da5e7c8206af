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


@dataclass(frozen=True)
class Grant:
    """A token, and what it is good for: of what was wanted, at least what is needed."""

    token: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class _Wish:
    """What a token is wanted for.

    Attributes:
        scopes: which are asked for; tokens are kept under them.
        needed: which of them must be granted.
        refresh_of: a token that is no good any more.
    """

    registration_id: UUID
    scopes: frozenset[str]
    needed: frozenset[str]
    refresh_of: str | None

    @property
    def scope(self) -> str:
        """Return the scopes as they are sent and kept."""
        return " ".join(sorted(self.scopes))


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
    """Return a token that is good for all of the scopes; see `get_grant`."""
    return get_grant(database, client, cipher, registration_id, scopes, refresh_of=refresh_of).token


def get_grant(
    database: Database,
    client: HttpClient,
    cipher: Cipher,
    registration_id: UUID,
    scopes: Collection[str],
    *,
    needed: Collection[str] | None = None,
    refresh_of: str | None = None,
) -> Grant:
    """Return a token that is good for what is needed, from the cache or from the LMS.

    An LMS that does not grant all that is wanted is asked for what is needed alone, and what it
    granted holds until the token is over (lti-rules.md R-4.2).

    To be called outside transactions: it opens short ones of its own, and none while it waits.

    Args:
        database: keeps the tokens.
        client: asks the LMS.
        cipher: keeps the tokens unreadable at rest.
        registration_id: of the LMS.
        scopes: what the token is wanted for.
        needed: those of them that the LMS must grant; all, unless they are given.
        refresh_of: a token that the LMS has just rejected: if it is the cached one, it is dropped.

    Raises:
        TokenRefused: there is none, and why.
    """
    wanted = frozenset(scopes)
    wish = _Wish(
        registration_id, wanted, wanted if needed is None else frozenset(needed), refresh_of
    )
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if grant := _cached(database, cipher, wish):
            return grant
        if leased := _lease(database, cipher, wish):
            return _fetch(database, client, cipher, leased, wish)
        if time.monotonic() >= give_up_at:
            # Whoever has the lease may have died with it: that says nothing about the LMS.
            raise TokenRefused(Outcome.NOT_ASKED, "token_busy")
        time.sleep(_POLL_SECONDS)


def _cached(database: Database, cipher: Cipher, wish: _Wish) -> Grant | None:
    with transaction(database, read_only=True):
        row = find_access_token(wish.registration_id, wish.scope)
        return None if row is None else _usable(row, cipher, wish, real_now())


def _lease(database: Database, cipher: Cipher, wish: _Wish) -> _Request | None:
    """Take the right to fetch; None while another has it, or a token has come in the meantime."""
    now, lease = real_now(), uuid4()
    with transaction(database):
        row = lease_access_token(wish.registration_id, wish.scope, lease, now, now + _LEASE)
        if row is None:
            return None
        if _usable(row, cipher, wish, now):
            row.lease = row.leased_until = None
            return None
        registration = db().get_one(Registration, wish.registration_id)
        deployments = list_deployments(wish.registration_id)
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
    database: Database, client: HttpClient, cipher: Cipher, leased: _Request, wish: _Wish
) -> Grant:
    issued: IssuedToken | None = None
    try:
        issued = _ask(client, leased, wish)
    finally:
        _end_lease(database, cipher, leased, issued)
    return Grant(issued.token, issued.granted_scopes)


def _ask(client: HttpClient, leased: _Request, wish: _Wish) -> IssuedToken:
    """Ask for all that is wanted; if that is refused, for what is needed alone."""
    give_up_at = time.monotonic() + _FETCH_SECONDS

    def ask(scopes: frozenset[str]) -> IssuedToken:
        return request_token(
            client,
            token_url=leased.token_url,
            audience=leased.audience,
            client_id=leased.client_id,
            deployment_id=leased.deployment_id,
            scopes=scopes,
            needed=wish.needed,
            key=load_key(leased.key.private_jwk),
            kid=leased.key.kid,
            now=real_now(),
            deadline=give_up_at - time.monotonic(),
        )

    try:
        return ask(wish.scopes)
    except TokenRefused as refused:
        if refused.reason != "scope_missing" or wish.needed == wish.scopes:
            raise
    return ask(wish.needed)


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
            row.granted_scope = " ".join(sorted(issued.granted_scopes))
            row.expires_at = real_now() + issued.expires_in


def _usable(row: AccessToken, cipher: Cipher, wish: _Wish, now: datetime) -> Grant | None:
    if row.token is None or row.expires_at is None or now >= row.expires_at - _EARLY:
        return None
    granted = wish.scopes & {*(row.granted_scope or "").split()}
    if not wish.needed <= granted:
        return None
    try:
        token = cipher.decrypt(row.token)
    except UnreadableSecret:
        return None
    return None if token == wish.refresh_of else Grant(token, granted)
