"""Grades: what is sent, what is read back, and what every answer means."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.lti.http import FailureKind, HttpClient, HttpFailure, Response
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.scores import (
    Platform,
    ResultRead,
    Score,
    check_service_url,
    class_answer,
    post_score,
    read_result,
)
from tests.proofs import rule

ITEM = "https://lms.example/services.php/3/lineitems/7/lineitem?type_id=1"
MOODLE = Platform(Family.MOODLE, ("https://lms.example/token.php",))
WHEN = datetime(2026, 11, 23, 12, 0, 1, 250_999, tzinfo=UTC)
SCORE = Score("4711", Decimal(80), Decimal(100), WHEN)


class Lms:
    """A client that remembers calls and answers with what it was given."""

    def __init__(self, answer: Response | HttpFailure) -> None:
        self.answer = answer
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def client(self) -> HttpClient:
        """Return this, as what the code under test wants."""
        return cast("HttpClient", self)

    def get(self, url: str, headers: dict[str, str], deadline: float) -> Response:
        """Answer a read."""
        return self._answer("GET", url, headers, b"")

    def post(self, url: str, data: bytes, headers: dict[str, str]) -> Response:
        """Answer a post."""
        return self._answer("POST", url, headers, data)

    def _answer(self, method: str, url: str, headers: dict[str, str], data: bytes) -> Response:
        self.calls.append((method, url, headers, data))
        if isinstance(self.answer, HttpFailure):
            raise self.answer
        return self.answer


def answered(status: int, body: bytes = b"", **headers: str) -> Response:
    """Return an answer of an LMS."""
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


@rule("R-4.10")
def test_a_score_is_posted_as_moodle_wants_it() -> None:
    lms = Lms(answered(200))
    assert post_score(lms.client, "token", ITEM, SCORE, MOODLE) == PostAnswer(Outcome.ACCEPTED, 200)
    ((method, url, headers, body),) = lms.calls
    assert method == "POST"
    assert url == "https://lms.example/services.php/3/lineitems/7/lineitem/scores?type_id=1"
    assert headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert headers["Authorization"] == "Bearer token"
    assert json.loads(body) == {
        "userId": "4711",
        "scoreGiven": 80,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T12:00:01.250Z",
    }


def test_a_comment_goes_along() -> None:
    score = Score("1", Decimal(1), Decimal(1), WHEN, "Signed up – välkommen")
    assert json.loads(score.payload())["comment"] == "Signed up – välkommen"
    assert "comment" not in json.loads(Score("1", Decimal(1), Decimal(1), WHEN, "").payload())


@rule("R-4.12")
def test_the_time_of_a_score_is_told_in_utc() -> None:
    elsewhere = WHEN.astimezone(timezone(timedelta(hours=5, minutes=30)))
    payload = json.loads(Score("1", Decimal(1), Decimal(1), elsewhere).payload())
    assert payload["timestamp"] == "2026-11-23T12:00:01.250Z"


@rule("R-4.13")
@given(st.decimals(0, 100, places=4))
def test_a_score_is_written_as_the_decimal_that_it_is(given_score: Decimal) -> None:
    body = Score("1", given_score, Decimal(100), WHEN).payload()
    written = json.loads(body, parse_float=Decimal, parse_int=Decimal)["scoreGiven"]
    assert written == given_score
    assert len(str(written)) <= len("100.0000")


IMPOSSIBLE = {
    "not a number": (Decimal("NaN"), Decimal(100)),
    "endless": (Decimal("Infinity"), Decimal(100)),
    "maximum endless": (Decimal(1), Decimal("Infinity")),
    "negative": (Decimal("-0.01"), Decimal(100)),
    "maximum zero": (Decimal(0), Decimal(0)),
    "maximum negative": (Decimal(0), Decimal(-1)),
    "five places": (Decimal("0.00001"), Decimal(100)),
    "out of all proportion": (Decimal("1e30"), Decimal(100)),
}


@rule("R-4.13")
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_score_that_no_gradebook_holds_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="score"):
        Score("1", *IMPOSSIBLE[name], WHEN)


def test_a_score_needs_a_zone_and_a_short_comment() -> None:
    with pytest.raises(ValueError, match="zone"):
        Score("1", Decimal(1), Decimal(1), WHEN.replace(tzinfo=None))
    with pytest.raises(ValueError, match="140"):
        Score("1", Decimal(1), Decimal(1), WHEN, "x" * 141)


def test_more_than_the_maximum_may_be_given() -> None:
    assert json.loads(Score("1", Decimal(110), Decimal(100), WHEN).payload())["scoreGiven"] == 110


STALE_CANVAS = (
    b'{"errors":{"type":"bad_request","message":"Provided timestamp of 2026-11-23T12:00:01Z '
    b'before last updated timestamp of 2026-11-23T12:00:02Z"}}'
)
NOT_GRADED = b"[]"
ANSWERS: dict[str, tuple[Family, Response, Outcome, str]] = {
    "accepted": (Family.MOODLE, answered(200), Outcome.ACCEPTED, ""),
    "a page instead of an answer": (
        Family.MOODLE,
        answered(200, b"\n<!doctype html>Back soon"),
        Outcome.UNKNOWN,
        "unexpected_answer",
    ),
    "a firewall's page": (
        Family.MOODLE,
        answered(403, b"<html>Forbidden"),
        Outcome.TRANSIENT,
        "unexpected_answer",
    ),
    "accepted, no content": (Family.OTHER, answered(204), Outcome.ACCEPTED, ""),
    "locked": (Family.MOODLE, answered(500, b"[]"), Outcome.HELD, "locked"),
    "locked, with a line break": (Family.MOODLE, answered(500, b"[]\n"), Outcome.HELD, "locked"),
    "error": (Family.MOODLE, answered(500, b"<html>"), Outcome.TRANSIENT, "lms_error"),
    "empty error": (Family.MOODLE, answered(500), Outcome.TRANSIENT, "lms_error"),
    "error of another": (Family.OTHER, answered(500, b"[]"), Outcome.TRANSIENT, "lms_error"),
    "away": (Family.MOODLE, answered(503), Outcome.TRANSIENT, "lms_error"),
    "not graded": (
        Family.MOODLE,
        answered(400, NOT_GRADED),
        Outcome.NOT_GRADABLE,
        "not_gradable",
    ),
    "no handler": (
        Family.MOODLE,
        answered(400, b"No handler found"),
        Outcome.TRANSIENT,
        "unexpected_answer",
    ),
    "same words of another": (
        Family.OTHER,
        answered(400, NOT_GRADED),
        Outcome.TRANSIENT,
        "unexpected_answer",
    ),
    "bytes": (Family.MOODLE, answered(400, b"\xff"), Outcome.TRANSIENT, "unexpected_answer"),
    "not a student": (Family.CANVAS, answered(422), Outcome.NOT_GRADABLE, "not_gradable"),
    "forbidden": (Family.OTHER, answered(403, b"no"), Outcome.NOT_GRADABLE, "forbidden"),
    "throttled the old way": (
        Family.CANVAS,
        answered(403, b"403 Forbidden (Rate Limit Exceeded)"),
        Outcome.TRANSIENT,
        "throttled",
    ),
    "throttled": (Family.OTHER, answered(429), Outcome.TRANSIENT, "throttled"),
    "token": (Family.MOODLE, answered(401), Outcome.CONFIGURATION, "token_rejected"),
    "gone": (Family.MOODLE, answered(404), Outcome.GONE, "column_gone"),
    "gone for good": (Family.OTHER, answered(410), Outcome.GONE, "column_gone"),
    "stale": (Family.MOODLE, answered(409), Outcome.STALE, "stale"),
    "stale in Canvas": (Family.CANVAS, answered(400, STALE_CANVAS), Outcome.STALE, "stale"),
    "bad in Canvas": (
        Family.CANVAS,
        answered(400, b"{}"),
        Outcome.TRANSIENT,
        "unexpected_answer",
    ),
    "moved": (Family.MOODLE, answered(302), Outcome.TRANSIENT, "unexpected_answer"),
    "teapot": (Family.MOODLE, answered(418), Outcome.TRANSIENT, "unexpected_answer"),
}


@rule("R-4.14")
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_its_class(name: str) -> None:
    family, answer, outcome, reason = ANSWERS[name]
    assert class_answer(answer, family) == PostAnswer(outcome, answer.status, reason)


def test_an_lms_that_asks_to_wait_is_waited_for() -> None:
    for status in (429, 503):
        classed = class_answer(answered(status, Retry_After="120"), Family.OTHER)
        assert classed.retry_after == timedelta(minutes=2)
    assert class_answer(answered(404, Retry_After="120"), Family.OTHER).retry_after is None


FAILURES: dict[FailureKind, tuple[Outcome, str]] = {
    "refused": (Outcome.CONFIGURATION, "address_refused"),
    "connection": (Outcome.TRANSIENT, "not_reached"),
    "timeout": (Outcome.UNKNOWN, "no_answer_in_time"),
    "after_send": (Outcome.UNKNOWN, "connection_lost"),
    "too_large": (Outcome.UNKNOWN, "answer_too_large"),
}


@rule("R-4.14")
@pytest.mark.parametrize("kind", FAILURES)
def test_a_call_without_an_answer_has_its_class(kind: FailureKind) -> None:
    outcome, reason = FAILURES[kind]
    lms = Lms(HttpFailure(kind, "detail"))
    expected = PostAnswer(outcome, None, reason)
    assert post_score(lms.client, "token", ITEM, SCORE, MOODLE) == expected
    assert read_result(lms.client, "token", ITEM, "4711", MOODLE) == ResultRead(expected)


FOREIGN = [
    "https://evil.example/lineitem",
    "https://evil.lms.example/lineitem",
    "https://lms.example:8443/lineitem",
    "http://lms.example/lineitem",
    "https://lms.example@evil.example/",
    "",
]


@rule("R-4.4")
@pytest.mark.parametrize("url", FOREIGN)
def test_a_token_is_never_sent_to_a_foreign_address(url: str) -> None:
    lms = Lms(answered(200))
    expected = PostAnswer(Outcome.CONFIGURATION, None, "foreign_address")
    assert not check_service_url(url, MOODLE.endpoints)
    assert post_score(lms.client, "token", url, SCORE, MOODLE) == expected
    assert read_result(lms.client, "token", url, "4711", MOODLE) == ResultRead(expected)
    assert lms.calls == []


def test_an_address_of_any_registered_endpoint_is_the_platforms_own() -> None:
    endpoints = ("https://sso.example/auth", "https://school.example/token")
    assert check_service_url("https://school.example/api/items/1", endpoints)
    assert not check_service_url("https://other.example/api/items/1", endpoints)
    assert not check_service_url("https://school.example/", ())


def read(body: object, family: Family = Family.MOODLE, **headers: str) -> ResultRead:
    """Return what is read from an answer of results."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    lms = Lms(answered(200, text, **headers))
    return read_result(lms.client, "t", ITEM, "4711", Platform(family, MOODLE.endpoints))


def result(**members: object) -> dict[str, object]:
    """Return a result of the person."""
    return {"id": "https://lms.example/r", "userId": "4711", "resultMaximum": 100, **members}


@rule("R-4.10")
def test_results_are_asked_for_one_person_and_without_a_limit() -> None:
    lms = Lms(answered(200, b"[]"))
    read_result(lms.client, "token", ITEM, "a b&c", MOODLE)
    ((method, url, headers, _),) = lms.calls
    assert method == "GET"
    assert urlsplit(url).path.endswith("/lineitem/results")
    assert parse_qs(urlsplit(url).query) == {"type_id": ["1"], "user_id": ["a b&c"]}
    assert headers["Accept"] == "application/vnd.ims.lis.v2.resultcontainer+json"
    assert headers["Authorization"] == "Bearer token"


def test_a_result_is_read_with_its_maximum_and_feedback() -> None:
    found = read([result(resultScore=8.25, resultMaximum=10, comment="Well done")])
    assert found.answer.outcome is Outcome.ACCEPTED
    assert (found.score, found.maximum, found.comment) == (
        Decimal("8.25"),
        Decimal(10),
        "Well done",
    )
    assert not found.may_be_zero


@pytest.mark.parametrize("body", [[], None, b"", b"  "], ids=str)
def test_an_answer_without_results_is_an_empty_cell(body: object) -> None:
    found = read(body)
    assert found.answer.outcome is Outcome.ACCEPTED
    assert (found.score, found.maximum, found.comment) == (None, None, None)


def test_a_result_without_a_score_is_none_or_zero_in_moodle_and_none_in_canvas() -> None:
    assert read([result()]).may_be_zero
    assert read([], Family.OTHER).may_be_zero
    assert not read([result()], Family.CANVAS).may_be_zero


def test_results_of_others_are_passed_over() -> None:
    others = [result(userId="1", resultScore=1), result(userId="2", resultScore=2)]
    assert read([*others, result(resultScore=3)]).score == 3
    assert read(others).score is None


def test_a_numeric_user_id_is_understood() -> None:
    assert read([result(userId=4711, resultScore=3)]).score == 3


def test_a_person_who_may_be_on_a_later_page_is_not_taken_for_an_empty_cell() -> None:
    link = "<https://lms.example/results?page=2>; rel=next"
    assert read([result(userId="1")], Link=link).answer == PostAnswer(
        Outcome.TRANSIENT, 200, "result_on_later_page"
    )
    assert read([result(resultScore=3)], Link=link).score == 3


UNREADABLE = [
    b"<html>",
    b"\xff",
    b"[" * 100_000,
    b"7",
    b'{"userId": "4711"}',
    b"[7]",
    b'[{"userId": "4711", "resultScore": "8"}]',
    b'[{"userId": "4711", "resultScore": true}]',
    b'[{"userId": "4711", "resultScore": NaN}]',
    b'[{"userId": "4711", "resultScore": 1e999999}]',
    b'[{"userId": "4711", "resultScore": 1e99999999}]',
    b'[{"userId": "4711", "resultScore": 1e99999999999999999999}]',
    b'[{"userId": "4711", "resultScore": 1, "resultMaximum": -1e99999999}]',
    b'[{"userId": "4711", "resultScore": 1, "resultMaximum": []}]',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: body[:40].decode("latin-1"))
def test_results_that_cannot_be_read_are_not_taken_for_an_empty_cell(body: bytes) -> None:
    assert read(body).answer == PostAnswer(Outcome.TRANSIENT, 200, "result_unreadable")


def test_a_result_of_next_to_nothing_is_zero() -> None:
    body = b'[{"userId": "4711", "resultScore": 1e-99999999, "resultMaximum": 1e-999999999}]'
    found = read(body)
    assert (found.score, found.maximum) == (Decimal(0), Decimal(0))
    assert not found.shows(Decimal(80), Decimal(100))


def test_an_error_of_a_read_is_classed_like_one_of_a_post() -> None:
    lms = Lms(answered(404))
    assert read_result(lms.client, "t", ITEM, "4711", MOODLE).answer.outcome is Outcome.GONE


SHOWN = [
    ("80", "100", result(resultScore=80), True),
    ("80", "100", result(resultScore=8, resultMaximum=10), True),
    ("80", "100", result(resultScore=81), False),
    ("33.3333", "100", result(resultScore=3.33333, resultMaximum=10), True),
    ("66.6667", "100", result(resultScore=1.99999, resultMaximum=3), True),
    ("66.6667", "100", result(resultScore=1.999, resultMaximum=3), False),
    ("80", "100", result(resultScore=80, resultMaximum=0), True),
    ("80", "100", {"userId": "4711", "resultScore": 80}, True),
    ("0", "100", result(), True),
    ("0", "100", result(resultScore=0), True),
    ("80", "100", result(), False),
]


@pytest.mark.parametrize(("given_score", "maximum", "cell", "is_shown"), SHOWN)
def test_a_cell_shows_what_was_sent_rescaled_to_its_column(
    given_score: str, maximum: str, cell: dict[str, object], is_shown: bool
) -> None:
    assert read([cell]).shows(Decimal(given_score), Decimal(maximum)) is is_shown


def test_an_empty_cell_of_canvas_does_not_show_a_zero() -> None:
    assert not read([result()], Family.CANVAS).shows(Decimal(0), Decimal(100))


# Canvas

CANVAS = Platform(Family.CANVAS, ("https://lms.example/token.php",))
EXTENSION = QUIRKS[Family.CANVAS].submission_extension or ""


@rule("R-4.17")
@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("yields", [True, False])
def test_canvas_is_always_told_what_becomes_of_the_hand_in(is_new: bool, yields: bool) -> None:
    score = replace(SCORE, is_new_submission=is_new, yields=yields)
    lms = Lms(answered(200))
    post_score(lms.client, "token", ITEM, score, CANVAS)
    posted = json.loads(lms.calls[0][3])
    assert posted[EXTENSION] == {"new_submission": is_new, "prioritize_non_tool_grade": yields}
    assert posted["gradingProgress"] == "FullyGraded"


@rule("R-9.2")
def test_canvas_is_told_once_where_the_work_is_to_be_seen() -> None:
    score = replace(
        SCORE, is_new_submission=True, review_url="https://tool.example/lti/launch?for=1"
    )
    posted = json.loads(score.payload(Family.CANVAS))[EXTENSION]
    assert posted["submission_type"] == "basic_lti_launch"
    assert posted["submission_data"] == "https://tool.example/lti/launch?for=1"
    later = replace(score, is_new_submission=False)
    assert set(json.loads(later.payload(Family.CANVAS))[EXTENSION]) == {
        "new_submission",
        "prioritize_non_tool_grade",
    }
    assert b"for=1" not in score.payload(Family.MOODLE)


@given(st.decimals(0, 100, places=4))
def test_the_scale_that_canvas_is_posted_in_costs_no_digit(given_score: Decimal) -> None:
    score = replace(SCORE, given=given_score)
    posted = json.loads(score.payload(Family.CANVAS))
    assert posted["scoreGiven"] * (100 / posted["scoreMaximum"]) == float(given_score)


@pytest.mark.parametrize(
    ("shown", "maximum", "is_ours"),
    [(10240, 12800, True), (7040, 12800, False), (1310720, 12800, False), (0, 12800, False)],
)
def test_what_canvas_shows_of_a_cell_tells_whose_it_is(
    shown: int, maximum: int, is_ours: bool
) -> None:
    result = {"userId": "4711", "resultScore": shown, "resultMaximum": maximum}
    lms = Lms(answered(200, json.dumps([result]).encode()))
    cell = read_result(lms.client, "token", ITEM, "4711", CANVAS)
    assert cell.shows(Decimal(80), Decimal(100)) is is_ours
    assert not cell.is_emptied


@pytest.mark.parametrize(
    ("results", "family", "is_emptied"),
    [
        ([], Family.MOODLE, False),
        ([{"userId": "4711"}], Family.MOODLE, True),
        ([{"userId": "4711"}], Family.OTHER, False),
        ([{"userId": "another"}], Family.MOODLE, False),
    ],
)
def test_an_entry_without_a_score_is_somebodys_zero_in_moodle(
    results: object, family: Family, is_emptied: bool
) -> None:
    lms = Lms(answered(200, json.dumps(results).encode()))
    cell = read_result(lms.client, "token", ITEM, "4711", Platform(family, MOODLE.endpoints))
    assert cell.is_emptied is is_emptied
