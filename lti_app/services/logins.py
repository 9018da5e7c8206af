"""Login transactions: from the LMS's first request to the one use of its answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.errors import LaunchRefused, MalformedRequest
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
#: A process looks how many there are at every so manyth login.
LOOKS_EVERY = 64
_begun = count(1)


@dataclass(frozen=True)
class BegunLogin:
    """A login that has just begun; `cookie` is the secret that only this browser gets."""

    transaction: LoginTransaction
    registration: Registration
    cookie: str


@dataclass(frozen=True)
class FoundLogin:
    """A login and whose it is; the state cookie is named after its id."""

    id: UUID
    registration_id: UUID


@dataclass(frozen=True)
class ClaimedLogin:
    """A login whose one use has been taken up; what its token has to agree with."""

    registration_id: UUID
    nonce: str
    deployment_id: str | None
    browser_hash: str
    target_link_uri: str


def begin_login(request: LoginRequest, browser: str, *, in_window: bool) -> BegunLogin:
    """Open a transaction for a login.

    Args:
        request: what the LMS sent.
        browser: the value of the browser's marker cookie.
        in_window: the login runs in a window that the tool opened.

    Raises:
        MalformedRequest: no single active registration fits issuer and client id (R-1.3).
    """
    registration = _registration_of(request)
    cookie = new_secret()
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
        in_window=in_window,
        created_at=now,
        expires_at=now + _LIFETIME,
    )
    db().add(transaction)
    db().flush()
    if next(_begun) % LOOKS_EVERY == 0:
        store.trim_logins(registration.id, KEPT_OF_EACH)
    return BegunLogin(transaction, registration, cookie)


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
    return FoundLogin(found.id, found.registration_id) if found else None


def claim_login(state: str, cookie: str | None) -> ClaimedLogin:
    """Take up a login's one use (V2, and the atomic half of V10).

    This commits before the token is looked at: what is refused afterwards cannot be tried again.
    Without the browser's cookie nothing is used up, so that nobody else can end a login.

    Raises:
        LaunchRefused: `state_invalid` (unknown, expired, used, or another browser's), or `replay`
            when an equal answer won the race.
    """
    transaction = store.find_login(state)
    if transaction is None:
        raise LaunchRefused("state_invalid", "unknown state")
    if not _is_open(transaction):
        raise LaunchRefused("state_invalid", "used" if transaction.used_at else "expired")
    if not matches(cookie, transaction.cookie_hash):
        raise LaunchRefused("state_invalid", "another browser" if cookie else "no state cookie")
    if not store.use_up_login(transaction.id, real_now()):
        raise LaunchRefused("replay", "lost the race")
    return ClaimedLogin(
        registration_id=transaction.registration_id,
        nonce=transaction.nonce,
        deployment_id=transaction.deployment_id,
        browser_hash=transaction.browser_hash,
        target_link_uri=transaction.target_link_uri,
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


def _is_open(transaction: LoginTransaction) -> bool:
    return transaction.used_at is None and real_now() < transaction.expires_at
