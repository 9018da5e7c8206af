"""The tool's signing keys: one signs, those before it stay published while tokens may use them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.errors import Conflict
from lti_app.lti.keys import new_signing_key
from lti_app.store.audit import record_audit
from lti_app.store.encryption import Cipher, UnreadableSecret
from lti_app.store.registrations import SigningKey as SigningKeyRow
from lti_app.store.registrations import list_signing_keys
from lti_app.store.session import db

#: An LMS may have cached the key set; what was signed last must be verifiable until it asks again.
PUBLISHED_AFTER_ROTATION = timedelta(days=7)


@dataclass(frozen=True)
class SigningKey:
    """The key that signs: its id, and the private JWK as text for `lti.keys.load_key`."""

    kid: str
    private_jwk: str


@dataclass(frozen=True)
class KeyFact:
    """What administration shows of a key; never a private half.

    Attributes:
        published_until: None while it signs.
        is_usable: its private half can be read with the present secrets.
    """

    kid: str
    is_signing: bool
    created_at: datetime
    published_until: datetime | None
    is_usable: bool


def rotate(cipher: Cipher, *, by: UUID | None = None, seen: str | None = None) -> str:
    """Make a new key and let it sign from now on; returns its id.

    The former one stays published for a week; those that were replaced before that are deleted.

    Args:
        cipher: encrypts the private half.
        by: who does it; None for the command line.
        seen: id of the key that was to be replaced, if somebody looked before.

    Raises:
        Conflict: another one signs by now than was seen.
    """
    now = real_now()
    if seen is not None and seen not in {row.kid for row in _signing()}:
        raise Conflict(detail="the key was replaced in the meantime")
    for row in list_signing_keys():
        if row.is_signing:
            row.is_signing = False
            row.replaced_at = now
        elif not _is_published(row, now):
            db().delete(row)
    kid = _add(cipher, now)
    record_audit(None, "rotate", "signing_key", kid, actor_id=by, detail={"kid": kid})
    return kid


def facts(cipher: Cipher) -> list[KeyFact]:
    """Return what there is to know of the tool's keys, newest first."""
    return [
        KeyFact(
            kid=row.kid,
            is_signing=row.is_signing,
            created_at=row.created_at,
            published_until=row.replaced_at and row.replaced_at + PUBLISHED_AFTER_ROTATION,
            is_usable=_is_usable(row, cipher),
        )
        for row in list_signing_keys()
    ]


def ensure(cipher: Cipher) -> None:
    """Make the first key, unless there is one.

    Two processes that start at the same moment may make one each: both are published, and the next
    rotation replaces both.
    """
    if not _signing():
        _add(cipher, real_now())


def current(cipher: Cipher) -> SigningKey:
    """Return the key that signs.

    Raises:
        UnreadableSecret: it was encrypted under a secret that is gone; `keys rotate` helps.
        LookupError: there is none; call `ensure` first.
    """
    rows = _signing()
    if not rows:
        raise LookupError("the tool has no signing key")
    return SigningKey(rows[0].kid, cipher.decrypt(rows[0].private_key))


def published() -> list[dict[str, str]]:
    """Return the public keys that LMSs may need, the signing one first."""
    now = real_now()
    rows = [row for row in list_signing_keys() if _is_published(row, now)]
    return [row.public_key for row in sorted(rows, key=lambda row: not row.is_signing)]


def _signing() -> list[SigningKeyRow]:
    return [row for row in list_signing_keys() if row.is_signing]


def _is_usable(row: SigningKeyRow, cipher: Cipher) -> bool:
    try:
        cipher.decrypt(row.private_key)
    except UnreadableSecret:
        return False
    return True


def _is_published(row: SigningKeyRow, now: datetime) -> bool:
    return row.is_signing or (
        row.replaced_at is not None and row.replaced_at > now - PUBLISHED_AFTER_ROTATION
    )


def _add(cipher: Cipher, now: datetime) -> str:
    kid, private_jwk, public_jwk = new_signing_key()
    db().add(
        SigningKeyRow(
            kid=kid,
            private_key=cipher.encrypt(private_jwk),
            public_key=public_jwk,
            is_signing=True,
            created_at=now,
        )
    )
    db().flush()
    return kid
