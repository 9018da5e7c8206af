"""The way of one score: begin, post, record, and no transaction open while the LMS is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import structlog

from lti_app.clock import real_now
from lti_app.domain.delivery import Mandate, Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.domain.progress import SCORE_MAXIMUM
from lti_app.lti.addresses import review_address
from lti_app.lti.quirks import QUIRKS, Quirks
from lti_app.lti.results import ResultsPage, first_page, read_page
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
from lti_app.services import columns
from lti_app.services.access_tokens import Grant
from lti_app.services.runtime import Runtime
from lti_app.services.sending import Attempt, LeasedDelivery, Seen
from lti_app.services.verdicts import leaves_room
from lti_app.worker.dispatcher import PARALLEL, Dispatcher
from lti_app.worker.ledger import Ledger
from lti_app.worker.looks import Looks
from lti_app.worker.tokens import Tokens

BATCH = 20
_UNAUTHORISED = 401
_log = structlog.get_logger()
_Answer = TypeVar("_Answer", PostAnswer, ResultRead, ResultsPage)

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
    looks = Looks()

    def carry(leased: LeasedDelivery, ledger: Ledger, tokens: Tokens) -> PostAnswer | None:
        journey = _Journey(runtime, leased, ledger, tokens, looks)
        journey.go()
        return journey.heard

    return Dispatcher(runtime, carry, partial(_hurry, looks), parallel)


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
    looks: Looks
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
            self._take_turn()
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

    def _take_turn(self) -> None:
        read = None
        if _must_read(self.leased):
            may_go_on, read = self._look()
            if not may_go_on:
                return
        # The token comes first: it can take long, and the timestamp should be that of the post.
        self._token()
        attempt = self.ledger.begin(self.leased, read)
        if read is not None:
            _log.info("cell_read", delivery=self.leased.id, may_post=attempt is not None)
        if attempt is not None:
            self._post(attempt)

    def _post(self, attempt: Attempt) -> None:
        try:
            answer = self._authorised(lambda token: self._send(token, attempt))
        except TokenRefused as refused:
            answer = self._hear(_answer_of(refused))
        self.ledger.record(attempt, answer)
        _log.info(
            "score_posted",
            delivery=self.leased.id,
            attempt=attempt.id,
            outcome=answer.outcome,
            status=answer.status,
            reason=answer.reason,
        )
        if answer.outcome is Outcome.ACCEPTED and attempt.is_first:
            self._look_again(attempt)
        self._look_for_column(answer)

    def _look_for_column(self, answer: PostAnswer) -> None:
        """Look once where a column that is gone went; if it is found, its cells are due again."""
        if answer.outcome is Outcome.GONE:
            # Were it written after the column was found, the cell would be gone again.
            self.ledger.settle()
            columns.resolve(self.runtime, self.leased.placement_id)

    def _look_again(self, attempt: Attempt) -> None:
        """Look whether the cell holds what the LMS took, where it may have kept another grade."""
        try:
            if not self._quirks.first_post_yields or not self._may_read():
                return
            read = self._authorised(self._read)
        except TokenRefused:
            return
        # If it cannot be read now, it will be before the next post.
        if read.answer.outcome is Outcome.ACCEPTED:
            self.ledger.look_again(attempt, read)

    def _look(self) -> tuple[bool, ResultRead | None]:
        """Look into the cell; returns whether to go on, and what it holds if that is known."""
        if not self._may_read():
            return self._go_on_blind(), None
        look = self.looks.take(self.leased, lambda: self._authorised(self._read_column))
        if look is not None:
            self.leased = replace(self.leased, seen=look.seen)
            return True, look.of(self.leased)
        read_at = real_now()
        read = self._authorised(self._read)
        self.leased = replace(self.leased, seen=Seen.at(read_at, real_now(), read.lms_time))
        outcome = read.answer.outcome
        if outcome is Outcome.ACCEPTED:
            return True, read
        if outcome is Outcome.HELD:
            # A lock keeps nobody from reading: this is an error that only looks like one.
            self._postpone(PostAnswer(Outcome.TRANSIENT, read.answer.status, "lms_error"))
            return False, None
        if outcome in _LOOK_AGAIN:
            self._postpone(read.answer)
            self._look_for_column(read.answer)
            return False, None
        return self._go_on_refused(read.answer), None

    def _go_on_refused(self, answer: PostAnswer) -> bool:
        """Decide where the LMS granted looking into cells, and now refuses it.

        That passes, so the post can wait. Sent blindly it could replace what a person typed in a
        cell that the LMS told us is newer than our last post.
        """
        if self.leased.mandate is not None or not self._quirks.posts_blind:
            return self._go_on_blind()
        self._postpone(PostAnswer(Outcome.TRANSIENT, answer.status, "cannot_read_back"))
        return False

    def _go_on_blind(self) -> bool:
        """Decide for an LMS that lets nobody look into a cell.

        Sending is right but in Canvas, where it would overwrite what a person typed. What goes to
        an empty cell only is never sent blindly, and what an instructor wants there always is.
        """
        self.leased = replace(self.leased, seen=None)
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
            review_url=review_address(self.runtime.settings.public_url, attempt.delivery_id),
        )
        return post_score(self.runtime.client, token, self._column, score, self._platform)

    def _read(self, token: str) -> ResultRead:
        return read_result(self.runtime.client, token, self._column, self._subject, self._platform)

    def _read_column(self, token: str) -> ResultsPage:
        page = read_page(self.runtime.client, token, first_page(self._column), self._platform)
        _log.info(
            "column_read",
            placement=self.leased.placement_id,
            outcome=page.answer.outcome,
            cells=len(page.cells),
        )
        return page

    def _postpone(self, answer: PostAnswer) -> None:
        self.ledger.postpone(self.leased, answer)
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


def _hurry(looks: Looks, leased: LeasedDelivery) -> LeasedDelivery | None:
    """Return a cell that can be posted to without another look at anything, or None."""
    if _obstacle(leased) is not None:
        return None
    if not _must_read(leased):
        return leased
    look = looks.find(leased)
    if look is None or not leaves_room(look.of(leased), leased.acknowledged_score):
        return None
    return replace(leased, seen=look.seen)


def _must_read(leased: LeasedDelivery) -> bool:
    """Tell whether the cell is looked into first.

    Only what was just seen, and a first post that leaves alone what it finds, do without.
    """
    if leased.seen is not None:
        return False
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


def _answer_in(answer: PostAnswer | ResultRead | ResultsPage) -> PostAnswer:
    return answer if isinstance(answer, PostAnswer) else answer.answer
