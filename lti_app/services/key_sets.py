"""An LMS's public keys, cached: found at once, fetched seldom, and never by two at the same time.

Whoever wants to fetch first claims the attempt in the database; nobody else fetches from that LMS
until it has brought the key, or for a minute. The others take what is cached, however stale. Where
the key is not cached they wait for an attempt in its first two seconds, and then refuse the launch:
so a key server that hangs holds one request of one process, and a spray of made-up key ids costs
one fetch a minute.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import structlog

from lti_app.clock import real_now
from lti_app.domain.errors import LaunchRefused
from lti_app.lti.http import HttpClient, HttpFailure
from lti_app.lti.key_sets import KeySetUnusable, PublicKey, fetch_key_set, parse_key_set
from lti_app.store.leases import claim_key_fetch
from lti_app.store.registrations import KeySet, Registration
from lti_app.store.session import Database, db, transaction

_BETWEEN_ATTEMPTS = timedelta(minutes=1)
_STALE = timedelta(days=1)
_PATIENCE = timedelta(seconds=2)
_POLL_SECONDS = 0.1

log = structlog.get_logger()


@dataclass(frozen=True)
class _Cached:
    """What the database knows of an LMS's keys at one moment."""

    document: dict[str, object] | None = None
    fetched_at: datetime | None = None
    fresh_until: datetime | None = None
    attempted_at: datetime | None = None

    def fresh_key(self, kid: str, now: datetime) -> PublicKey | None:
        return self._key(kid, now, timedelta())

    def stale_key(self, kid: str, now: datetime) -> PublicKey | None:
        return self._key(kid, now, _STALE)

    def is_answered(self) -> bool:
        """Tell whether the last attempt brought a key set; else it failed, or still runs."""
        if self.fetched_at is None:
            return False
        return self.attempted_at is None or self.attempted_at <= self.fetched_at

    def _key(self, kid: str, now: datetime, grace: timedelta) -> PublicKey | None:
        if self.document is None or self.fresh_until is None or now >= self.fresh_until + grace:
            return None
        return _parse(json.dumps(self.document, sort_keys=True)).get(kid)


def find_key(
    database: Database, client: HttpClient, registration_id: UUID, kid: str
) -> PublicKey | None:
    """Return an LMS's key, or None if the LMS has no such key.

    To be called outside transactions: it opens short ones of its own, and none while it waits.

    Raises:
        LaunchRefused: `key_server`, status 503: the key cannot be had now.
    """
    cached = _look(database, registration_id)
    if key := cached.fresh_key(kid, real_now()):
        return key
    if _claim_attempt(database, registration_id, cached):
        _fetch(database, client, registration_id, kid)
        cached = _look(database, registration_id)
    else:
        cached = _wait(database, registration_id, kid)
    if key := cached.stale_key(kid, real_now()):
        return key
    if cached.is_answered():
        return None
    raise LaunchRefused("key_server", "the LMS's keys cannot be fetched", status=503)


def _look(database: Database, registration_id: UUID) -> _Cached:
    with transaction(database, read_only=True):
        row = db().get(KeySet, registration_id)
        if row is None:
            return _Cached()
        return _Cached(row.document, row.fetched_at, row.fresh_until, row.attempted_at)


def _claim_attempt(database: Database, registration_id: UUID, seen: _Cached) -> bool:
    """Take the right to fetch; one caller a minute gets it."""
    with transaction(database):
        return claim_key_fetch(registration_id, seen.fetched_at, real_now(), _BETWEEN_ATTEMPTS)


def _fetch(database: Database, client: HttpClient, registration_id: UUID, kid: str) -> None:
    """Fetch the key set and keep it; if that fails, leave things as they are."""
    with transaction(database, read_only=True):
        url = db().get_one(Registration, registration_id).jwks_url
    try:
        fetched = fetch_key_set(client, url)
    except (HttpFailure, KeySetUnusable) as failure:
        log.warning(
            "key_fetch_failed",
            registration=registration_id,
            reason=failure.kind if isinstance(failure, HttpFailure) else "unusable",
            detail=str(failure),
        )
        return
    with transaction(database):
        row = db().get(KeySet, registration_id)
        if row is None:
            return
        row.document = fetched.document
        row.fetched_at = real_now()
        row.fresh_until = row.fetched_at + fetched.max_age
        if kid in parse_key_set(fetched.document):
            # The attempt was worth it: the next new key, however soon, is fetched at once.
            row.attempted_at = None


def _wait(database: Database, registration_id: UUID, kid: str) -> _Cached:
    """Return what is cached, once it helps or the running attempt takes too long."""
    while True:
        cached, now = _look(database, registration_id), real_now()
        is_running = (
            not cached.is_answered()
            and cached.attempted_at is not None
            and now < cached.attempted_at + _PATIENCE
        )
        if not is_running or cached.stale_key(kid, now):
            return cached
        time.sleep(_POLL_SECONDS)


@lru_cache(maxsize=64)
def _parse(document: str) -> dict[str, PublicKey]:
    """Return the keys of a document; parsing them each time would cost more than verifying."""
    return parse_key_set(json.loads(document))
