"""The way of one score: begin, post, record, and no transaction open while the LMS is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

import structlog

from lti_app.clock import real_now
from lti_app.domain.delivery import Mandate, Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.lti.quirks import QUIRKS, Quirks
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
from lti_app.services import columns, deliveries
from lti_app.services.access_tokens import Grant
from lti_app.services.deliveries import Attempt, LeasedDelivery
from lti_app.services.runtime import Runtime
from lti_app.store.session import transaction
from lti_app.worker.dispatcher import PARALLEL, Dispatcher
from lti_app.worker.ledger import Ledger
from lti_app.worker.tokens import Tokens

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


def deliver_due(
    runtime: Runtime, limit: int = BATCH, parallel: Mapping[Family, int] = PARALLEL
) -> int:
    """Send what is due, up to `limit` cells; returns how many were taken up.

    To be called outside transactions.
    """
    taken = 0
    with open_dispatcher(runtime, parallel) as dispatcher:
        while True:
            more = dispatcher.turn(limit - taken)
            taken += more
            if not more and not dispatcher.is_busy:
                return taken


def open_dispatcher(runtime: Runtime, parallel: Mapping[Family, int] = PARALLEL) -> Dispatcher:
    """Return what sends grades, turn by turn.

    Args:
        runtime: what the process holds.
        parallel: how many cells of one LMS are sent at a time.
    """

    def carry(leased: LeasedDelivery, ledger: Ledger, tokens: Tokens) -> PostAnswer | None:
        journey = _Journey(runtime, leased, ledger, tokens)
        journey.go()
        return journey.heard

    return Dispatcher(runtime, carry, _may_hurry, parallel)


@dataclass
class _Journey:
    """What happens to one cell while it is leased.

    Attributes:
        heard: the last answer of the LMS, whatever it was asked.
    """

    runtime: Runtime
    leased: LeasedDelivery
    ledger: Ledger
    tokens: Tokens
    heard: PostAnswer | None = None

    def go(self) -> None:
        """Take the cell as far as it gets."""
        if self.leased.line_item_url is None and not self._find_column():
            return
        refusal = _obstacle(self.leased)
        if refusal is not None:
            self._postpone(refusal)
            return
        try:
            if not _must_read(self.leased) or self._settle():
                self._post()
        except TokenRefused as refused:
            self._postpone(self._hear(_answer_of(refused)))

    def _find_column(self) -> bool:
        """Find the column that no launch named; returns whether to go on."""
        found = columns.resolve(self.runtime, self.leased.placement_id)
        if found.answer.outcome in columns.PASSING:
            self._postpone(found.answer)
            return False
        self.leased = replace(self.leased, line_item_url=found.url)
        return True

    def _post(self) -> None:
        # The token comes first: it can take long, and the timestamp should be that of the post.
        self._token()
        attempt = self.ledger.begin(self.leased)
        if attempt is None:
            return
        try:
            answer = self._authorised(lambda token: self._send(token, attempt))
        except TokenRefused as refused:
            answer = self._hear(_answer_of(refused))
        self._record(attempt, answer)
        _log.info(
            "score_posted",
            delivery=self.leased.id,
            attempt=attempt.id,
            outcome=answer.outcome,
            status=answer.status,
            reason=answer.reason,
        )
        if answer.outcome is Outcome.ACCEPTED and attempt.is_first:
            self._confirm(attempt)
        self._look_for_column(answer)

    def _record(self, attempt: Attempt, answer: PostAnswer) -> None:
        """Have the answer written down; at once where the cell is looked into right after."""
        if not (attempt.is_first and self._quirks.first_post_yields):
            self.ledger.record(attempt, answer)
            return
        with transaction(self.runtime.database):
            deliveries.record(attempt, answer, real_now(), _random)

    def _look_for_column(self, answer: PostAnswer) -> None:
        """Look once where a column that is gone went; if it is found, its cells are due again."""
        if answer.outcome is Outcome.GONE:
            columns.resolve(self.runtime, self.leased.placement_id)

    def _confirm(self, attempt: Attempt) -> None:
        """Look whether the cell holds what the LMS took, where it may have kept another grade."""
        try:
            if not self._quirks.first_post_yields or not self._may_read():
                return
            cell = self._authorised(self._read)
        except TokenRefused:
            return
        # If it cannot be read now, it will be before the next post.
        if cell.answer.outcome is Outcome.ACCEPTED:
            with transaction(self.runtime.database):
                is_ours = deliveries.confirm(attempt, cell, real_now())
            _log.info("cell_read", delivery=self.leased.id, is_ours=is_ours)

    def _settle(self) -> bool:
        """Look into the cell; returns whether to post."""
        if not self._may_read():
            return self._go_on_blind()
        self.leased = replace(self.leased, read_at=real_now())
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
            self._look_for_column(cell.answer)
            return False
        return self._go_on_blind()

    def _go_on_blind(self) -> bool:
        """Decide for an LMS that lets nobody look into a cell.

        Sending is right but in Canvas, where it would overwrite what a person typed. What goes to
        an empty cell only is never sent blindly, and what an instructor wants there always is.
        """
        self.leased = replace(self.leased, read_at=None)
        mandate = self.leased.mandate
        is_careful = mandate is Mandate.IF_EMPTY or not self._quirks.posts_blind
        if mandate is Mandate.REPLACE or not is_careful:
            return True
        self._postpone(PostAnswer(Outcome.HELD, reason="cannot_read_back"))
        return False

    def _authorised(self, call: Callable[[str], _Answer]) -> _Answer:
        """Make a call with the token, and once more with a new one if the LMS rejects it."""
        token = self._token()
        answer = call(token)
        if _answer_in(answer).status == _UNAUTHORISED:
            answer = call(self._token(refresh_of=token))
        self._hear(_answer_in(answer))
        return answer

    def _hear(self, answer: PostAnswer) -> PostAnswer:
        if answer.outcome is Outcome.NOT_ASKED:
            return answer
        asked_before = self.heard.rest if self.heard else None
        # What the LMS once said of its budget holds for the journey, whatever it is asked next.
        self.heard = replace(answer, rest=answer.rest or asked_before)
        return answer

    def _may_read(self) -> bool:
        """Tell whether the LMS lets us look into cells; some grant less than their links name."""
        return SCOPE_RESULT in self._grant().scopes

    def _token(self, refresh_of: str | None = None) -> str:
        return self._grant(refresh_of).token

    def _grant(self, refresh_of: str | None = None) -> Grant:
        scopes = {SCOPE_SCORE, SCOPE_RESULT} & {*self.leased.scopes}
        return self.tokens.get(self.leased.registration_id, scopes, {SCOPE_SCORE}, refresh_of)

    def _send(self, token: str, attempt: Attempt) -> PostAnswer:
        score = Score(
            self._subject,
            attempt.score,
            SCORE_MAXIMUM,
            attempt.timestamp,
            is_new_submission=attempt.is_new_submission,
            yields=attempt.is_first,
        )
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
    def _quirks(self) -> Quirks:
        return QUIRKS[self.leased.family]

    @property
    def _platform(self) -> Platform:
        return Platform(self.leased.family, self.leased.endpoints)

    @property
    def _column(self) -> str:
        return self.leased.line_item_url or ""

    @property
    def _subject(self) -> str:
        return self.leased.subject or ""


def _may_hurry(leased: LeasedDelivery) -> bool:
    return not _must_read(leased) and _obstacle(leased) is None


def _must_read(leased: LeasedDelivery) -> bool:
    """Tell whether the cell is looked into first.

    Only a first post that leaves alone what it finds does without.
    """
    return leased.is_in_doubt or not (leased.is_first and QUIRKS[leased.family].first_post_yields)


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


def _answer_in(answer: PostAnswer | ResultRead) -> PostAnswer:
    return answer if isinstance(answer, PostAnswer) else answer.answer
