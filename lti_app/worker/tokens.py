"""The tokens of one process's senders: asked for once, and at hand without asking the database."""

import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from lti_app.lti.tokens import TokenRefused
from lti_app.services.access_tokens import Grant, get_grant
from lti_app.services.runtime import Runtime

#: Shorter than what every token from the database is still good for.
_KEPT_SECONDS = 30.0
_Key = tuple[UUID, frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class _Kept:
    grant: Grant
    until: float


@dataclass(frozen=True)
class _Refused:
    refusal: TokenRefused
    at: float


class Tokens:
    """Hands out tokens to the senders of a process; between processes the database sees to it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kept: dict[_Key, _Kept] = {}
        self._refused: dict[_Key, _Refused] = {}
        self._locks: dict[_Key, threading.Lock] = defaultdict(threading.Lock)

    def get(
        self,
        registration_id: UUID,
        scopes: Collection[str],
        needed: Collection[str],
        refresh_of: str | None = None,
    ) -> Grant:
        """Return a token that is good for what is needed; see `services.access_tokens.get_grant`.

        Raises:
            TokenRefused: there is none, and why.
        """
        key = registration_id, frozenset(scopes), frozenset(needed)
        if grant := self._at_hand(key, refresh_of):
            return grant
        began = monotonic()
        with self._locks[key]:
            if grant := self._at_hand(key, refresh_of):
                return grant
            self._share_refusal(key, began)
            return self._fetch(key, refresh_of)

    def _at_hand(self, key: _Key, refresh_of: str | None) -> Grant | None:
        kept = self._kept.get(key)
        if kept is None or kept.grant.token == refresh_of or monotonic() >= kept.until:
            return None
        return kept.grant

    def _share_refusal(self, key: _Key, began: float) -> None:
        """Spare those who waited for an answer the same wait again."""
        last = self._refused.get(key)
        if last is not None and last.at >= began:
            same = last.refusal
            raise TokenRefused(same.outcome, same.reason, same.status, same.retry_after)

    def _fetch(self, key: _Key, refresh_of: str | None) -> Grant:
        registration_id, scopes, needed = key
        own = self._runtime
        try:
            grant = get_grant(
                own.database,
                own.client,
                own.cipher,
                registration_id,
                scopes,
                needed=needed,
                refresh_of=refresh_of,
            )
        except TokenRefused as refusal:
            self._refused[key] = _Refused(refusal, monotonic())
            raise
        self._kept[key] = _Kept(grant, monotonic() + _KEPT_SECONDS)
        return grant
