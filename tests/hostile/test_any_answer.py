"""Whatever a service of an LMS answers, it is classed: no answer of any kind is a fault of ours."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.domain.delivery import PostAnswer
from lti_app.domain.launch import Family
from lti_app.lti import (
    dynamic_registration,
    key_sets,
    line_items,
    platform_configuration,
    probes,
    results,
    rosters,
    scores,
    tokens,
)
from lti_app.lti.http import HttpClient, Response
from lti_app.lti.keys import load_key
from tests.hostile.oddities import encoded, odd_values, spoiled, written
from tests.unit.lti_app.lti.test_platform_configuration import document as configuration

LMS: Final = "https://lms.example"
COLUMN: Final = f"{LMS}/3/lineitems/7?type_id=1"
NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLES: Final = 200 if os.environ.get("HOSTILE") else 10
#: What a server may say beside its answer, and what it may mean by it.
_HEADERS: Final = {
    "Retry-After": ["-1", "1e9", "9" * 30, "²", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"],
    "Date": ["yesterday", "Mon, 01 Jan 2024 00:00:00 +99999999999999", "0", "\xff"],
    "Link": [
        f'<{LMS}/next?page=2>; rel="next"',
        '<https://evil.example/>; rel="next"',
        '<http://[>; rel="next"',
        "<" * 5000,
        "<x>;" + "; rel=" * 5000,
        "<x>; rel=" + " " * 60_000 + ";",
        '<\xff\x01>; rel="next"',
        '<>; rel="next"',
        '<../../..>; rel="next"',
    ],
    "X-Rate-Limit-Remaining": ["nan", "-inf", "1e999", "x", "٣"],
    "Cache-Control": ["max-age=" + "9" * 400, "max-age=-1", "no-store" * 5000, "max-age=\u0663"],
    "Content-Type": ["text/html", "application/json; charset=utf-7", "x" * 9000],
    "Age": ["-1", "²", "9" * 30],
}
_STATUSES: Final = (200, 200, 200, 201, 202, 204, 206, 299, 301, 400, 401, 403, 404, 409, 412)
_MORE_STATUSES: Final = (422, 429, 500, 503, 599, 600, 999)


class Lms:
    """Gives every call the same answer."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer

    def get(self, *_: object, **__: object) -> Response:
        """Answer a read."""
        return self.answer

    post = get


def answers(document: Any) -> st.SearchStrategy[Response]:
    """Return answers with something like a document, in any writing, under any status."""
    bodies = st.one_of(
        spoiled(document).flatmap(lambda found: encoded(written(found))),
        odd_values().flatmap(lambda found: encoded(written(found))),
        st.binary(max_size=40),
        st.sampled_from(
            [b"", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"<!doctype html>", b"\x1f\x8b\x08"]
        ),
    )
    headers = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) for name, values in _HEADERS.items()}
    )
    status = st.sampled_from(_STATUSES + _MORE_STATUSES)
    return st.builds(Response, status, headers, bodies)


_RESULT = {
    "id": f"{COLUMN}/results/1",
    "userId": "4711",
    "resultScore": 80,
    "resultMaximum": 100,
    "comment": "Good",
}
_ITEM = {
    "id": COLUMN,
    "label": "Sign-up",
    "scoreMaximum": 100,
    "resourceId": "activity",
    "resourceLinkId": "link",
    "tag": "mentoring",
}
_MEMBER = {
    "status": "Active",
    "user_id": "4711",
    "name": "Alice Adams",
    "given_name": "Alice",
    "email": "alice@example.org",
    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
    "message": [{"locale": "de"}],
}
_TOKEN = {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600, "scope": "a b"}
_REGISTERED = {
    "client_id": "x",
    "scope": "a b",
    "https://purl.imsglobal.org/spec/lti-tool-configuration": {"deployment_id": "1"},
}
_KEY = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": "x" * 342, "e": "AQAB"}
_CURVE = {"kty": "EC", "kid": "2", "crv": "P-256", "x": "x" * 43, "y": "y" * 43}
_SCORE = scores.Score("4711", Decimal(80), Decimal(100), NOW)


def _platform(family: Family) -> scores.Platform:
    return scores.Platform(family, [f"{LMS}/token"])


def _read_result(client: HttpClient, family: Family) -> PostAnswer:
    found = scores.read_result(client, "token", COLUMN, "4711", _platform(family))
    # What is read is compared with what was sent: that is arithmetic with an LMS's numbers.
    found.shows(Decimal(80), Decimal(100))
    return found.answer


def _find_column(client: HttpClient, family: Family) -> PostAnswer:
    wanted = line_items.Column("link", "activity", "Sign-up", "mentoring")
    return line_items.find_column(client, "token", COLUMN, wanted, _platform(family)).answer


def _create_column(client: HttpClient, family: Family) -> PostAnswer:
    wanted = line_items.Column("link", "activity", "Sign-up", "mentoring")
    return line_items.create_column(client, "token", COLUMN, wanted, _platform(family)).answer


def _ask_for_token(client: HttpClient, key: tuple[str, str, dict[str, str]]) -> None:
    tokens.request_token(
        client,
        token_url=f"{LMS}/token",
        audience=None,
        client_id="x",
        deployment_id=None,
        scopes=["a", "b"],
        key=load_key(key[1]),
        kid=key[0],
        now=NOW,
    )


def _register(client: HttpClient) -> None:
    dynamic_registration.register(client, f"{LMS}/register", None, {}, deadline=1)


#: Service → what a good answer looks like, and what is made of any answer.
CLASSED: Final[Mapping[str, tuple[Any, Callable[[HttpClient, Family], PostAnswer]]]] = {
    "result": ([_RESULT, dict(_RESULT, userId=7)], _read_result),
    "results": (
        [_RESULT],
        lambda client, family: results.read_page(client, "t", COLUMN, _platform(family)).answer,
    ),
    "roster": (
        {"id": COLUMN, "context": {"id": "3"}, "members": [_MEMBER]},
        lambda client, family: rosters.read_page(client, "t", COLUMN, _platform(family)).answer,
    ),
    "score": (
        {"resultUrl": f"{COLUMN}/results/1"},
        lambda client, family: scores.post_score(
            client, "token", COLUMN, _SCORE, _platform(family)
        ),
    ),
    "columns": ([_ITEM], _find_column),
    "new column": (_ITEM, _create_column),
}
#: The same for what is refused by raising.
READ: Final[Mapping[str, tuple[Any, Callable[[HttpClient], object], type[Exception]]]] = {
    "registration": (_REGISTERED, _register, dynamic_registration.RegistrationFailed),
    "registered before": (
        _REGISTERED,
        lambda client: dynamic_registration.find_registered(client, LMS, "token", deadline=1),
        dynamic_registration.RegistrationFailed,
    ),
    "keys": (
        {"keys": [_KEY, _CURVE]},
        lambda client: key_sets.fetch_key_set(client, f"{LMS}/keys"),
        key_sets.KeySetUnusable,
    ),
    "keys, looked at": (
        {"keys": [_KEY, _CURVE]},
        lambda client: probes.look_at_keys(client, f"{LMS}/keys", NOW, deadline=1),
        key_sets.KeySetUnusable,
    ),
    "configuration": (
        configuration(version="1", messages_supported=[{"type": "a", "placements": ["b"]}])
        | {"scopes_supported": ["a"]},
        lambda client: platform_configuration.fetch_configuration(
            client, f"{LMS}/configuration", None, deadline=1
        ),
        platform_configuration.ConfigurationUnusable,
    ),
}


@pytest.mark.parametrize("service", CLASSED)
@settings(max_examples=EXAMPLES)
@given(family=st.sampled_from(Family), data=st.data())
def test_any_answer_of_a_service_is_classed(
    service: str, family: Family, data: st.DataObject
) -> None:
    document, ask = CLASSED[service]
    client = cast("HttpClient", Lms(data.draw(answers(document))))
    assert isinstance(ask(client, family), PostAnswer)


@pytest.mark.parametrize("document", READ)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_any_answer_is_read_or_refused(document: str, data: st.DataObject) -> None:
    good, ask, refusal = READ[document]
    client = cast("HttpClient", Lms(data.draw(answers(good))))
    with suppress(refusal, platform_configuration.ConfigurationUntrusted):
        ask(client)


@settings(max_examples=EXAMPLES)
@given(answer=answers(_TOKEN))
def test_any_answer_to_a_request_for_a_token_is_a_token_or_a_refusal(
    tool_key: tuple[str, str, dict[str, str]], answer: Response
) -> None:
    with suppress(tokens.TokenRefused):
        _ask_for_token(cast("HttpClient", Lms(answer)), tool_key)
