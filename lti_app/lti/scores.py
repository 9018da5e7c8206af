"""Grades: one score sent to a gradebook cell, and what is in the cell read back (AGS 2.0)."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from pylti1p3.grade import Grade

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.lti.addresses import add_to_path, add_to_query, same_origin
from lti_app.lti.http import FailureKind, HttpClient, HttpFailure, Response
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.throttling import is_throttled, lms_time, rest, retry_after

SCOPE_SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SCOPE_RESULT: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
LONGEST_COMMENT: Final = 140
_SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
_PLACES = 4
_LARGEST = Decimal(10) ** 9
#: What is nearer to zero is zero in every gradebook.
_SMALLEST = Decimal(10) ** -9
#: How far a result may be from what was sent and still be it: gradebooks round what they rescale.
_ROUNDING = Decimal("0.0001")

#: What it means that no answer came. After all but the first two the LMS may have taken the score.
_FAILURES: Final[dict[FailureKind, tuple[Outcome, str]]] = {
    "refused": (Outcome.CONFIGURATION, "address_refused"),
    "connection": (Outcome.TRANSIENT, "not_reached"),
    "timeout": (Outcome.UNKNOWN, "no_answer_in_time"),
    "after_send": (Outcome.UNKNOWN, "connection_lost"),
    "too_large": (Outcome.UNKNOWN, "answer_too_large"),
}

#: What a status means, where nothing in the answer says otherwise.
_STATUSES: Final[dict[int, tuple[Outcome, str]]] = {
    # The caller drops the token and tries once more with a new one.
    401: (Outcome.CONFIGURATION, "token_rejected"),
    403: (Outcome.NOT_GRADABLE, "forbidden"),
    404: (Outcome.GONE, "column_gone"),
    409: (Outcome.STALE, "stale"),
    410: (Outcome.GONE, "column_gone"),
    422: (Outcome.NOT_GRADABLE, "not_gradable"),
}


@dataclass(frozen=True)
class Platform:
    """What has to be known of an LMS to call it.

    Attributes:
        family: decides its quirks.
        endpoints: the registered addresses; a token goes to nobody else.
    """

    family: Family
    endpoints: Collection[str]


@dataclass(frozen=True)
class Score:
    """One final grade: nothing else is ever sent, since it could erase what is in the cell.

    Attributes:
        user_id: the person's `sub`.
        given: of `maximum`; not negative, at most four places.
        maximum: more than 0.
        timestamp: later than the last one by a second, and not in the future.
        comment: plain, fixed phrase; leaving it out clears the feedback in Moodle.
        is_new_submission: count it as something that the learner handed in (Canvas).
        yields: leave a grade that is there already (Canvas).
        review_url: opens the work from the gradebook where that takes an address (Canvas); goes
            with a new submission only.
    """

    user_id: str
    given: Decimal
    maximum: Decimal
    timestamp: datetime
    comment: str | None = None
    is_new_submission: bool = False
    yields: bool = False
    review_url: str | None = None

    def __post_init__(self) -> None:
        """Refuse what must never be sent.

        Raises:
            ValueError: the score is not a number that a gradebook can hold.
        """
        if not (self.given.is_finite() and self.maximum.is_finite()):
            raise ValueError("a score is a finite number")
        if not (0 <= self.given <= _LARGEST and 0 < self.maximum <= _LARGEST):
            raise ValueError("a score is not negative, and its maximum is more than 0")
        if any(number != round(number, _PLACES) for number in (self.given, self.maximum)):
            raise ValueError("a score has at most four places")
        if self.timestamp.tzinfo is None:
            raise ValueError("a score's time needs a zone")
        if self.comment is not None and len(self.comment) > LONGEST_COMMENT:
            raise ValueError("a score's comment is at most 140 characters long")

    def payload(self, family: Family = Family.OTHER) -> bytes:
        """Return the JSON to post; the time with milliseconds, as the specification wants."""
        quirks = QUIRKS[family]
        scale = Decimal(quirks.posted_maximum) / 100
        moment = self.timestamp.astimezone(UTC).replace(tzinfo=None)
        grade = Grade()
        grade.set_user_id(self.user_id)
        grade.set_score_given(_json_number(self.given * scale))
        grade.set_score_maximum(_json_number(self.maximum * scale))
        grade.set_activity_progress("Completed")
        grade.set_grading_progress("FullyGraded")
        grade.set_timestamp(moment.isoformat(timespec="milliseconds") + "Z")
        if self.comment:
            grade.set_comment(self.comment)
        if quirks.submission_extension:
            extension: dict[str, object] = {
                "new_submission": self.is_new_submission,
                "prioritize_non_tool_grade": self.yields,
            }
            if self.is_new_submission and self.review_url:
                extension |= {
                    "submission_type": "basic_lti_launch",
                    "submission_data": self.review_url,
                }
            grade.set_extra_claims({quirks.submission_extension: extension})
        return grade.get_value().encode()


@dataclass(frozen=True)
class ResultRead:
    """What a gradebook cell holds.

    Attributes:
        answer: `ACCEPTED` if the cell could be read, and only then do the others mean anything.
        score: the result, or None where there is none.
        maximum: of the column.
        comment: feedback in the cell.
        may_be_zero: there is no result, or a zero that looks the same.
        is_emptied: somebody wrote into the cell, and what they wrote is zero or nothing.
        lms_time: what the LMS said of its time when it answered, in whole seconds, or None.
    """

    answer: PostAnswer
    score: Decimal | None = None
    maximum: Decimal | None = None
    comment: str | None = None
    may_be_zero: bool = False
    is_emptied: bool = False
    lms_time: datetime | None = None

    def shows(self, given: Decimal, maximum: Decimal) -> bool:
        """Tell whether the cell holds a score that was sent, rescaled to the column's maximum."""
        if self.score is None:
            return given == 0 and self.may_be_zero
        scale = self.maximum or maximum
        return abs(self.score - given * scale / maximum) <= _ROUNDING


def check_service_url(url: str, endpoints: Iterable[str]) -> bool:
    """Tell whether an address that an LMS gave may be called with its token (lti-rules.md R-4.4).

    It has to share scheme, host and port with one of the addresses that the platform was
    registered with, so a token never leaves the platform, and never goes over plain http where
    the platform itself is https.

    Args:
        url: address of a line item, or of anything else that a message of the LMS names.
        endpoints: the registered addresses.
    """
    return any(same_origin(url, endpoint) for endpoint in endpoints)


def post_score(
    client: HttpClient, token: str, line_item_url: str, score: Score, platform: Platform
) -> PostAnswer:
    """Send a score, once.

    Args:
        client: makes the call.
        token: granted for `SCOPE_SCORE`.
        line_item_url: the column, as the LMS last named it.
        score: what to send.
        platform: the LMS.
    """
    if not check_service_url(line_item_url, platform.endpoints):
        return PostAnswer(Outcome.CONFIGURATION, reason="foreign_address")
    try:
        answer = client.post(
            add_to_path(line_item_url, "scores"),
            score.payload(platform.family),
            {**_authorization(token), "Content-Type": _SCORE_TYPE, "Accept": "*/*"},
        )
    except HttpFailure as failure:
        return class_failure(failure)
    return class_answer(answer, platform.family)


def read_result(
    client: HttpClient, token: str, line_item_url: str, user_id: str, platform: Platform
) -> ResultRead:
    """Read one person's cell.

    Args:
        client: makes the call.
        token: granted for `SCOPE_RESULT`.
        line_item_url: the column.
        user_id: the person's `sub`.
        platform: the LMS.
    """
    if not check_service_url(line_item_url, platform.endpoints):
        return ResultRead(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    # Never with a `limit`: Moodle fails on it.
    url = add_to_query(add_to_path(line_item_url, "results"), {"user_id": user_id})
    try:
        answer = client.get(url, {**_authorization(token), "Accept": RESULTS_TYPE}, deadline=60.0)
    except HttpFailure as failure:
        return ResultRead(class_failure(failure))
    classed = class_answer(answer, platform.family)
    if classed.outcome is Outcome.UNKNOWN:
        return ResultRead(PostAnswer(Outcome.TRANSIENT, answer.status, "result_unreadable"))
    if classed.outcome is not Outcome.ACCEPTED:
        return ResultRead(classed)
    return _read_cell(answer, classed, user_id, platform.family)


def class_answer(answer: Response, family: Family) -> PostAnswer:
    """Say what an answer of a grade service means (lti-rules.md R-4.14)."""
    status = answer.status
    if 200 <= status < 300:
        return _success(answer)
    wait = retry_after(answer, real_now())
    if is_throttled(answer):
        return PostAnswer(Outcome.TRANSIENT, status, "throttled", wait)
    outcome, reason = (
        _by_text(answer, family)
        or _STATUSES.get(status)
        or (Outcome.TRANSIENT, "lms_error" if status >= 500 else "unexpected_answer")
    )
    if outcome is not Outcome.TRANSIENT:
        wait = None
    return PostAnswer(outcome, status, reason, wait, rest(answer))


def _success(answer: Response) -> PostAnswer:
    """Believe a success that a grade service can have said; a page is somebody else's answer.

    A sign-in page, a "back soon" of a proxy: whether the score arrived is seen in the cell.
    """
    if answer.body.lstrip().startswith(b"<"):
        return PostAnswer(Outcome.UNKNOWN, answer.status, "unexpected_answer")
    return PostAnswer(Outcome.ACCEPTED, answer.status, rest=rest(answer))


def _by_text(answer: Response, family: Family) -> tuple[Outcome, str] | None:
    """Class what only the text of an answer tells, product by product."""
    quirks = QUIRKS[family]
    if answer.status == 500 and answer.body.strip() == quirks.locked_answer:
        return Outcome.HELD, "locked"
    if answer.status == 403 and answer.body.lstrip().startswith(b"<"):
        # A firewall's page, not the word of a grade service: it passes.
        return Outcome.TRANSIENT, "unexpected_answer"
    if answer.status != 400:
        return None
    if answer.body.strip() == quirks.not_gradable_answer:
        return Outcome.NOT_GRADABLE, "not_gradable"
    if quirks.stale_text and quirks.stale_text in answer.body.decode(errors="replace"):
        return Outcome.STALE, "stale"
    return None


def class_failure(failure: HttpFailure) -> PostAnswer:
    """Say what it means that no usable answer came."""
    outcome, reason = _FAILURES[failure.kind]
    return PostAnswer(outcome, reason=reason)


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _json_number(number: Decimal) -> int | float:
    """Return the number as JSON writes it; of at most four places, a float loses nothing."""
    return int(number) if number == int(number) else float(number)


def _read_cell(answer: Response, classed: PostAnswer, user_id: str, family: Family) -> ResultRead:
    try:
        results = _json_results(answer.body)
        # Not every LMS heeds the filter.
        mine = next((result for result in results if str(result.get("userId")) == user_id), {})
        score, maximum = _number(mine.get("resultScore")), _number(mine.get("resultMaximum"))
    except (ValueError, RecursionError):
        return ResultRead(PostAnswer(Outcome.TRANSIENT, answer.status, "result_unreadable"))
    if not mine and "next" in answer.headers.get("Link", ""):
        return ResultRead(PostAnswer(Outcome.TRANSIENT, answer.status, "result_on_later_page"))
    comment = mine.get("comment")
    return ResultRead(
        classed,
        score=score,
        maximum=maximum,
        comment=comment if isinstance(comment, str) and comment else None,
        may_be_zero=score is None and QUIRKS[family].zero_looks_empty,
        is_emptied=score is None and bool(mine) and QUIRKS[family].lists_written_only,
        lms_time=lms_time(answer),
    )


def read_results(answer: Response, classed: PostAnswer, family: Family) -> dict[str, ResultRead]:
    """Return the cells of an answer by the LMS's id of the person.

    Raises:
        ValueError: there is no list of results, or one of them is no number.
    """
    cells = {}
    for result in _json_results(answer.body):
        score, comment = _number(result.get("resultScore")), result.get("comment")
        cells[str(result.get("userId"))] = ResultRead(
            classed,
            score=score,
            maximum=_number(result.get("resultMaximum")),
            comment=comment if isinstance(comment, str) and comment else None,
            is_emptied=score is None and QUIRKS[family].lists_written_only,
            may_be_zero=score is None and QUIRKS[family].zero_looks_empty,
        )
    return cells


def _json_results(body: bytes) -> list[dict[str, object]]:
    """Return the results; an empty answer, or null, is an empty list.

    Raises:
        ValueError: there is no list.
    """
    document = json.loads(body, parse_float=_decimal, parse_int=_decimal) if body.strip() else []
    if document is None:
        return []
    if not isinstance(document, list) or not all(isinstance(entry, dict) for entry in document):
        raise ValueError("not a list of results")
    return document


def _number(value: object) -> Decimal | None:
    """Return a number of a result.

    Raises:
        ValueError: it is none, or out of all proportion.
    """
    if value is None:
        return None
    # Comparing is exact; any arithmetic with an exponent of eight digits overflows.
    if not isinstance(value, Decimal) or not -_LARGEST <= value <= _LARGEST:
        raise ValueError("not a number that a gradebook holds")
    return Decimal(0) if -_SMALLEST < value < _SMALLEST else value


def _decimal(text: str) -> Decimal:
    """Return a number of a document.

    Raises:
        ValueError: its exponent has more digits than any number has.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number that can be held") from None
