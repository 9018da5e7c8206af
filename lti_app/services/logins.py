"""Login transactions: from the LMS's first request to the one use of its answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.errors import LaunchRefused, MalformedRequest
from lti_app.domain.proof import PlatformStorage
from lti_app.domain.secrets import hash_secret, matches, new_secret
from lti_app.lti.login import LoginRequest
from lti_app.store import visits as store
from lti_app.store.registrations import Registration, find_registrations
from lti_app.store.session import db
from lti_app.store.visits import LoginTransaction

_LIFETIME = timedelta(minutes=10)
#: Logins that are kept of one registration. Anybody can begin one, so a flood of them drops the
#: oldest: whoever really launches needs theirs for the seconds that their LMS takes to answer.
KEPT_OF_EACH = 10_000
#: A process looks how many there are at every so manyth login of a registration: counted together
#: with those of others, whoever takes turns between two could let one of them grow.
LOOKS_EVERY = 64
_begun: dict[UUID, Iterator[int]] = {}


@dataclass(frozen=True)
class BegunLogin:
    """A login that has just begun.

    Attributes:
        cookie: the secret that only this browser gets.
        storage: where the LMS keeps another one for it, if it does.
        stored: that one; whoever is not handed it cannot use it.
    """

    transaction: LoginTransaction
    registration: Registration
    cookie: str
    storage: PlatformStorage | None
    stored: str


@dataclass(frozen=True)
class FoundLogin:
    """A login and whose it is; the state cookie is named after its id.

    Attributes:
        storage: where the LMS keeps its proof, if the login is open and the LMS does.
    """

    id: UUID
    registration_id: UUID
    storage: PlatformStorage | None


@dataclass(frozen=True)
class ClaimedLogin:
    """A login whose one use has been taken up; what its token has to agree with.

    Attributes:
        storage_target: the frame of the LMS's storage, if that proved the login and no cookie did.
    """

    registration_id: UUID
    nonce: str
    deployment_id: str | None
    browser_hash: str
    target_link_uri: str
    storage_target: str | None


def begin_login(request: LoginRequest, browser: str, *, in_window: bool) -> BegunLogin:
    """Open a transaction for a login.

    Args:
        request: what the LMS sent.
        browser: the value of the browser's marker cookie.
        in_window: the login runs in a window that the tool opened; no frame of the LMS is near.

    Raises:
        MalformedRequest: no single active registration fits issuer and client id (R-1.3).
    """
    registration = _registration_of(request)
    cookie, stored = new_secret(), new_secret()
    target = None if in_window else request.storage_target
    now = real_now()
    transaction = LoginTransaction(
        registration_id=registration.id,
        state=new_secret(),
        nonce=new_secret(),
        cookie_hash=hash_secret(cookie),
        browser_hash=hash_secret(browser),
        login_hint=request.login_hint,
        message_hint=request.message_hint,
        target_link_uri=request.target_link_uri,
        deployment_id=request.deployment_id,
        storage_target=target,
        storage_hash=hash_secret(stored) if target else None,
        in_window=in_window,
        created_at=now,
        expires_at=now + _LIFETIME,
    )
    db().add(transaction)
    db().flush()
    if next(_begun.setdefault(registration.id, count(1))) % LOOKS_EVERY == 0:
        store.trim_logins(registration.id, KEPT_OF_EACH)
    return BegunLogin(transaction, registration, cookie, _storage_of(transaction), stored)


def find_open_login(login_id: UUID) -> tuple[LoginTransaction, Registration]:
    """Return a login that can still go on to the LMS.

    Raises:
        LaunchRefused: there is none, or it is used or expired.
    """
    transaction = db().get(LoginTransaction, login_id)
    if transaction is None or not _is_open(transaction):
        raise LaunchRefused("state_invalid", "no open login", status=400)
    registration = db().get_one(Registration, transaction.registration_id)
    return transaction, registration


def find_login_by_state(state: str) -> FoundLogin | None:
    """Return the login that a state belongs to, used or not; it proves nothing."""
    found = store.find_login(state)
    if found is None:
        return None
    storage = _storage_of(found) if _is_open(found) else None
    return FoundLogin(found.id, found.registration_id, storage)


def claim_login(state: str, cookie: str | None, stored: str | None = None) -> ClaimedLogin:
    """Take up a login's one use (V2, and the atomic half of V10).

    This commits before the token is looked at: what is refused afterwards cannot be tried again.
    Without the browser's proof nothing is used up, so that nobody else can end a login.

    Args:
        state: names the login.
        cookie: the login's own of this browser.
        stored: what the LMS's storage answered, where no cookie came.

    Raises:
        LaunchRefused: `state_invalid` (unknown, expired, used, or another browser's), or `replay`
            when an equal answer won the race.
    """
    transaction = store.find_login(state)
    if transaction is None:
        raise LaunchRefused("state_invalid", "unknown state")
    if not _is_open(transaction):
        raise LaunchRefused("state_invalid", "used" if transaction.used_at else "expired")
    is_stored = cookie is None and _is_stored(transaction, stored)
    if not is_stored and not matches(cookie, transaction.cookie_hash):
        raise LaunchRefused("state_invalid", "another browser" if cookie else "no state cookie")
    if not store.use_up_login(transaction.id, real_now()):
        raise LaunchRefused("replay", "lost the race")
    return ClaimedLogin(
        registration_id=transaction.registration_id,
        nonce=transaction.nonce,
        deployment_id=transaction.deployment_id,
        browser_hash=transaction.browser_hash,
        target_link_uri=transaction.target_link_uri,
        storage_target=transaction.storage_target if is_stored else None,
    )


def close_login(login_id: UUID, cookie: str | None) -> None:
    """End a login that the LMS answered with an error; only the browser that began it can."""
    transaction = db().get_one(LoginTransaction, login_id)
    if transaction.used_at is None and matches(cookie, transaction.cookie_hash):
        transaction.used_at = real_now()


def purge_logins(now: datetime) -> int:
    """Delete logins that nobody can use any more; returns how many."""
    return store.delete_logins(now - _LIFETIME)


def _registration_of(request: LoginRequest) -> Registration:
    found = find_registrations(request.issuer, request.client_id)
    if len(found) != 1:
        raise MalformedRequest("unknown_platform", f"{len(found)} registrations fit")
    return found[0]


def _is_stored(transaction: LoginTransaction, stored: str | None) -> bool:
    return transaction.storage_hash is not None and matches(stored, transaction.storage_hash)


def _storage_of(transaction: LoginTransaction) -> PlatformStorage | None:
    if transaction.storage_target is None:
        return None
    registration = db().get_one(Registration, transaction.registration_id)
    key = f"throughline_login_{transaction.id.hex}"
    return PlatformStorage(transaction.storage_target, registration.auth_url, key)


def _is_open(transaction: LoginTransaction) -> bool:
    return transaction.used_at is None and real_now() < transaction.expires_at
