"""One round of deliveries: lease, post, record, and no transaction open while the LMS is called."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import structlog

from lti_app.clock import real_now
from lti_app.domain.delivery import Mandate, Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.lti.scores import (
    SCOPE_RESULT,
    SCOPE_SCORE,
    Platform,
    ResultRead,
    Score,
    post_score,
    read_result,
)
from lti_app.lti.tokens import TokenRefused
from lti_app.services import deliveries
from lti_app.services.access_tokens import get_token
from lti_app.services.deliveries import Attempt, LeasedDelivery
from lti_app.services.runtime import Runtime
from lti_app.store.session import transaction

BATCH = 20
_UNAUTHORISED = 401
_random = Random()  # noqa: S311 (spreads attempts in time; nothing secret about it)
_log = structlog.get_logger()
_Answer = TypeVar("_Answer", PostAnswer, ResultRead)

#: After these answers to looking into a cell it is looked into again some time. The others mean
#: that this LMS lets nobody look.
_LOOK_AGAIN = frozenset(
    {Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.STALE, Outcome.GONE, Outcome.CONFIGURATION}
)


def deliver_due(runtime: Runtime, limit: int = BATCH) -> int:
    """Send what is due, up to `limit` cells; returns how many were taken up.

    To be called outside transactions.
    """
    with transaction(runtime.database):
        leased = deliveries.lease_due(real_now(), limit)
    for one in leased:
        try:
            _Journey(runtime, one).go()
        except Exception:  # noqa: BLE001 (logged; the next cell is not to blame)
            # A fault of ours at one cell must not stop the others. The lease runs out, and if a
            # post was under way, the cell is looked into before the next one.
            _log.exception("delivery_failed", delivery=one.id)
    return len(leased)


@dataclass
class _Journey:
    """What happens to one cell while it is leased."""

    runtime: Runtime
    leased: LeasedDelivery

    def go(self) -> None:
        """Take the cell as far as it gets."""
        refusal = _obstacle(self.leased)
        if refusal is not None:
            self._postpone(refusal)
            return
        try:
            if self.leased.is_in_doubt and not self._settle():
                return
            self._post()
        except TokenRefused as refused:
            self._postpone(_answer_of(refused))

    def _post(self) -> None:
        # The token comes first: it can take long, and the timestamp should be that of the post.
        self._token()
        with transaction(self.runtime.database):
            attempt = deliveries.begin_attempt(self.leased, real_now())
        if attempt is None:
            return
        try:
            answer = self._authorised(lambda token: self._send(token, attempt))
        except TokenRefused as refused:
            answer = _answer_of(refused)
        with transaction(self.runtime.database):
            deliveries.record(attempt, answer, real_now(), _random)
        _log.info(
            "score_posted",
            delivery=self.leased.id,
            attempt=attempt.id,
            outcome=answer.outcome,
            status=answer.status,
            reason=answer.reason,
        )

    def _settle(self) -> bool:
        """Look into the cell; returns whether to post."""
        if SCOPE_RESULT not in self.leased.scopes:
            return self._go_on_blind()
        cell = self._authorised(self._read)
        outcome = cell.answer.outcome
        if outcome is Outcome.ACCEPTED:
            with transaction(self.runtime.database):
                may_post = deliveries.settle(self.leased, cell, real_now())
            _log.info("cell_read", delivery=self.leased.id, may_post=may_post)
            return may_post
        if outcome is Outcome.HELD:
            # A lock keeps nobody from reading: this is an error that only looks like one.
            self._postpone(PostAnswer(Outcome.TRANSIENT, cell.answer.status, "lms_error"))
            return False
        if outcome in _LOOK_AGAIN:
            self._postpone(cell.answer)
            return False
        return self._go_on_blind()

    def _go_on_blind(self) -> bool:
        """Decide for an LMS that lets nobody look into a cell.

        Sending again is right but in Canvas, where it makes another attempt of the learner's and
        may overwrite what a person typed. What goes to an empty cell only is never sent blindly,
        and what an instructor wants there in any case always is.
        """
        mandate = self.leased.mandate
        is_careful = mandate is Mandate.IF_EMPTY or self.leased.family is Family.CANVAS
        if mandate is Mandate.REPLACE or not is_careful:
            return True
        self._postpone(PostAnswer(Outcome.HELD, reason="cannot_read_back"))
        return False

    def _authorised(self, call: Callable[[str], _Answer]) -> _Answer:
        """Make a call with the token, and once more with a new one if the LMS rejects it."""
        token = self._token()
        answer = call(token)
        if _status(answer) == _UNAUTHORISED:
            answer = call(self._token(refresh_of=token))
        return answer

    def _token(self, refresh_of: str | None = None) -> str:
        scopes = {SCOPE_SCORE, SCOPE_RESULT} & {*self.leased.scopes}
        return get_token(
            self.runtime.database,
            self.runtime.client,
            self.runtime.cipher,
            self.leased.registration_id,
            scopes,
            refresh_of=refresh_of,
        )

    def _send(self, token: str, attempt: Attempt) -> PostAnswer:
        score = Score(self._subject, attempt.score, SCORE_MAXIMUM, attempt.timestamp)
        return post_score(self.runtime.client, token, self._column, score, self._platform)

    def _read(self, token: str) -> ResultRead:
        return read_result(self.runtime.client, token, self._column, self._subject, self._platform)

    def _postpone(self, answer: PostAnswer) -> None:
        with transaction(self.runtime.database):
            deliveries.postpone(self.leased, answer, real_now(), _random)
        _log.info(
            "delivery_postponed",
            delivery=self.leased.id,
            outcome=answer.outcome,
            status=answer.status,
            reason=answer.reason,
        )

    @property
    def _platform(self) -> Platform:
        return Platform(self.leased.family, self.leased.endpoints)

    @property
    def _column(self) -> str:
        return self.leased.line_item_url or ""

    @property
    def _subject(self) -> str:
        return self.leased.subject or ""


def _obstacle(leased: LeasedDelivery) -> PostAnswer | None:
    """Return what makes a post pointless before any call."""
    if leased.line_item_url is None:
        return PostAnswer(Outcome.CONFIGURATION, reason="no_column")
    if SCOPE_SCORE not in leased.scopes:
        return PostAnswer(Outcome.CONFIGURATION, reason="scope_missing")
    if leased.subject is None:
        return PostAnswer(Outcome.NOT_GRADABLE, reason="no_account")
    return None


def _answer_of(refused: TokenRefused) -> PostAnswer:
    return PostAnswer(refused.outcome, refused.status, refused.reason, refused.retry_after)


def _status(answer: PostAnswer | ResultRead) -> int | None:
    return answer.status if isinstance(answer, PostAnswer) else answer.answer.status
