"""A request for links and its answer: what they must hold, may leave out, and where they may go."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import DeepLinkSettings, MessageType
from lti_app.lti.deep_linking import (
    LinkToSend,
    Sender,
    answer_expires_at,
    course_history,
    named_activities,
    sign_answer,
)
from tests.proofs import rule
from tests.unit.lti_app.lti.lms import (
    CLAIM,
    EXPECTED,
    NOW,
    RSA,
    Claims,
    edited,
    full_claims,
    having,
    launch,
)
from tests.unit.lti_app.lti.test_claims import JSON

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
RETURN = "https://lms.example/mod/lti/contentitem_return.php?course=3&sesskey=abc"
REQUIRED: dict[str, Any] = {
    "deep_link_return_url": RETURN,
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
}


def request(**wanted: object) -> Claims:
    """Return the claims of a request; a setting that is Ellipsis is left out."""

    def edit(claims: Claims) -> None:
        del claims[CLAIM + "resource_link"]
        claims[CLAIM + "message_type"] = "LtiDeepLinkingRequest"
        given = REQUIRED | wanted
        claims[SETTINGS] = {name: value for name, value in given.items() if value is not ...}

    return edited(edit)


def settings_of(claims: Claims, *, allows_http: bool = False) -> DeepLinkSettings:
    """Return what is read of a request."""
    read = launch(claims, expected=replace(EXPECTED, allows_http=allows_http))
    assert read.deep_linking is not None
    return read.deep_linking


def test_a_request_is_about_no_link_and_says_what_the_answer_may_hold() -> None:
    read = launch(
        request(
            accept_multiple=True,
            accept_lineitem=True,
            auto_create=True,
            title="Draft",
            text="Words",
            data="a b&c=\u00e9",
        )
    )
    assert read.message_type is MessageType.DEEP_LINKING
    assert read.resource_link is None
    assert read.deep_linking == DeepLinkSettings(
        return_url=RETURN,
        accepts_links=True,
        accepts_multiple=True,
        accepts_line_items=True,
        title="Draft",
        data="a b&c=\u00e9",
    )


@rule("R-3.3")
def test_what_is_left_out_has_the_value_of_the_specification_but_for_columns() -> None:
    read = settings_of(request())
    assert read.accepts_multiple is False
    assert read.accepts_line_items is None
    assert (read.title, read.data) == (None, None)


@rule("R-3.4")
def test_a_request_that_takes_no_links_is_read_all_the_same() -> None:
    assert settings_of(request(accept_types=["html", "file"])).accepts_links is False


MALFORMED: dict[str, Claims] = {
    "no settings": {**request(), SETTINGS: None},
    "settings a list": {**request(), SETTINGS: []},
    "settings a text": {**request(), SETTINGS: "https://lms.example/"},
    "no return address": request(deep_link_return_url=...),
    "return address empty": request(deep_link_return_url=""),
    "return address a number": request(deep_link_return_url=7),
    "return address a list": request(deep_link_return_url=[RETURN]),
    "no types": request(accept_types=...),
    "types a text": request(accept_types="ltiResourceLink"),
    "types of numbers": request(accept_types=["ltiResourceLink", 7]),
    "no targets": request(accept_presentation_document_targets=...),
    "targets a text": request(accept_presentation_document_targets="iframe"),
    "data a number": request(data=7),
    "data an object": request(data={"a": 1}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_request_that_cannot_be_answered_is_refused(name: str) -> None:
    assert refusal(MALFORMED[name]) == "deep_linking"


FOREIGN = [
    "http://lms.example/return",
    "javascript:alert(1)",
    "data:text/html,x",
    "//lms.example/return",
    "/return",
    "https:///return",
    "https://user:secret@lms.example/return",
    "https://lms.example\\@evil.example/",
    "https://lms.example/re turn",
    "https://lms.example/\nreturn",
    "https://lms.example/" + "x" * 2000,
    "https://lms.example:port/",
]


@rule("R-3.5")
@pytest.mark.parametrize("address", FOREIGN, ids=ascii)
def test_nothing_is_answered_to_an_address_that_is_not_https_or_not_plain(address: str) -> None:
    assert refusal(request(deep_link_return_url=address)) == "deep_linking"


def test_plain_http_is_for_an_lms_on_a_private_network() -> None:
    claims = request(deep_link_return_url="http://localhost:8080/return")
    assert refusal(claims) == "deep_linking"
    read = settings_of(claims, allows_http=True)
    assert read.return_url == "http://localhost:8080/return"


@pytest.mark.parametrize("value", ["true", 1, [], {}])
def test_an_optional_setting_of_the_wrong_type_is_dropped_and_named(value: object) -> None:
    read = launch(request(accept_multiple=value, title=7))
    assert read.deep_linking is not None
    assert read.deep_linking.accepts_multiple is False
    assert read.dropped_claims == (f"{SETTINGS}.accept_multiple", f"{SETTINGS}.title")


def test_the_settings_count_in_their_own_message_only() -> None:
    assert launch({**full_claims(), SETTINGS: 7}).deep_linking is None


@given(
    changes=st.dictionaries(
        st.sampled_from([*REQUIRED, "accept_multiple", "accept_lineitem", "title", "data"]),
        JSON,
        min_size=1,
    )
)
def test_any_json_in_the_settings_is_a_request_or_a_refusal(changes: dict[str, object]) -> None:
    try:
        read = settings_of(request(**changes))
    except LaunchRefused:
        return
    assert read.return_url.startswith("https://")


def refusal(claims: Claims) -> str:
    """Return the code that a request is refused with, which is always 401."""
    with pytest.raises(LaunchRefused) as refused:
        launch(claims)
    assert refused.value.status == 401
    return refused.value.code


ANSWERED = "https://purl.imsglobal.org/spec/lti-dl/claim/"
FIRST, SECOND = UUID(int=1), UUID(int=2)
SENDER = Sender("client", "https://lms.example", "1", "https://tool.example/lti/launch")
LINK = LinkToSend(FIRST, "mentoring", "Find a mentor", points=20)


def answer(*links: LinkToSend, fault: str | None = None, **wanted: Any) -> dict[str, Any]:
    """Return the claims of an answer, and check its signature on the way."""
    asked = DeepLinkSettings(RETURN, accepts_links=True, **wanted)
    token = sign_answer(asked, links, SENDER, key=RSA, kid="ours", now=NOW, fault=fault)
    public = RSAKey.import_key(RSA.as_dict(private=False))
    read = jwt.decode(token, public, algorithms=["RS256"])
    assert read.header["kid"] == "ours"
    return dict(read.claims)


@rule("R-3.8")
def test_an_answer_is_from_us_to_the_lms_for_five_minutes_and_dated_back_a_little() -> None:
    claims = answer(LINK)
    assert (claims["iss"], claims["aud"]) == ("client", "https://lms.example")
    # Moodle refuses what is a second ahead of its clock.
    assert claims["iat"] == int((NOW - timedelta(seconds=60)).timestamp())
    assert claims["exp"] - claims["iat"] == 300
    assert answer_expires_at(NOW) == NOW + timedelta(minutes=4)
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{CLAIM}version"] == "1.3.0"
    assert claims[f"{CLAIM}deployment_id"] == "1"
    assert claims["nonce"] != answer(LINK)["nonce"]


@rule("R-3.9", "R-3.10", "R-6.4", "R-9.3")
def test_a_link_names_its_activity_in_three_places() -> None:
    (item,) = answer(LINK)[f"{ANSWERED}content_items"]
    assert item == {
        "type": "ltiResourceLink",
        "title": "Find a mentor",
        "url": f"https://tool.example/lti/launch?activity={FIRST}",
        "custom": {
            "activity": str(FIRST),
            "v": "1",
            "kind": "mentoring",
            "ctx_history": "$Context.id.history",
        },
        "lineItem": {
            "label": "Find a mentor",
            "scoreMaximum": 20,
            "resourceId": str(FIRST),
            "tag": "mentoring",
            "submissionReview": {
                "reviewableStatus": ["Started", "InProgress", "Submitted", "Completed"]
            },
        },
    }


@rule("R-3.8", "R-3.10")
def test_nothing_in_an_answer_is_null_or_empty_or_longer_than_an_lms_keeps() -> None:
    link = LinkToSend(FIRST, "mentoring", "t" * 300, points=20, closes_at=NOW)
    claims = answer(link)
    text = json.dumps(claims)
    assert "null" not in text
    assert '""' not in text
    strings = [one for one in _strings(claims[f"{ANSWERED}content_items"]) if one[:1] != "$"]
    assert max(map(len, strings)) == 255


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


def test_several_links_stay_in_their_order() -> None:
    items = answer(LINK, replace(LINK, activity_id=SECOND))[f"{ANSWERED}content_items"]
    assert [item["custom"]["activity"] for item in items] == [str(FIRST), str(SECOND)]


@rule("R-3.11")
@pytest.mark.parametrize(
    ("points", "accepts", "has_column"),
    [(20, None, True), (20, True, True), (20, False, False), (None, True, False)],
)
def test_a_column_is_asked_for_unless_the_lms_says_no_or_nothing_is_graded(
    points: int | None, accepts: bool | None, has_column: bool
) -> None:
    (item,) = answer(replace(LINK, points=points), accepts_line_items=accepts)[
        f"{ANSWERED}content_items"
    ]
    assert ("lineItem" in item) is has_column


@rule("R-3.12")
def test_the_close_is_told_with_its_zone() -> None:
    closes_at = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
    (item,) = answer(replace(LINK, closes_at=closes_at))[f"{ANSWERED}content_items"]
    assert item["submission"] == {"endDateTime": "2026-12-01T17:30:00+00:00"}


@rule("R-3.5")
@pytest.mark.parametrize("data", ["", "a b&c=", "\u00e9\ud800\0", "x" * 30_000])
def test_data_come_back_unchanged(data: str) -> None:
    assert answer(data=data)[f"{ANSWERED}data"] == data


def test_what_did_not_come_is_not_sent_back() -> None:
    claims = answer()
    assert f"{ANSWERED}data" not in claims
    assert f"{ANSWERED}errormsg" not in claims
    assert claims[f"{ANSWERED}content_items"] == []


def test_a_reason_is_told_in_a_sentence_of_bearable_length() -> None:
    assert answer(fault="No" * 200)[f"{ANSWERED}errormsg"] == "No" * 100


def named(custom: dict[str, str], query: str = "") -> tuple[UUID, ...]:
    """Return what a link names by its custom parameters and the query of its address."""

    def edit(claims: Claims) -> None:
        having("custom", custom)(claims)
        claims[CLAIM + "target_link_uri"] = f"https://tool.example/lti/launch{query}"

    return named_activities(launch(edited(edit)))


@rule("R-3.9")
@pytest.mark.parametrize(
    ("custom", "query", "expected"),
    [
        ({}, "", ()),
        ({"activity": str(FIRST)}, "", (FIRST,)),
        ({}, f"?activity={FIRST}", (FIRST,)),
        ({"activity": str(FIRST)}, f"?activity={SECOND}", (FIRST, SECOND)),
        ({"activity": str(FIRST)}, f"?activity={FIRST}", (FIRST,)),
        ({"activity": "1"}, f"?activity={SECOND}", (SECOND,)),
        ({"activity": "$activity"}, "?activity=", ()),
        ({"activity": "x" * 5000}, f"?a=1&activity={FIRST}&activity={SECOND}", (FIRST,)),
    ],
)
def test_a_link_is_named_by_what_is_signed_and_then_by_its_address(
    custom: dict[str, str], query: str, expected: tuple[UUID, ...]
) -> None:
    assert named(custom, query) == expected


@rule("R-6.4")
@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("", ()),
        ("3", ("3",)),
        ("4,3", ("4", "3")),
        (" 4 , 3,,4 ", ("4", "3")),
        ("4,truncated", ("4",)),
        ("timed out", ()),
        (",".join(map(str, range(2000))), tuple(map(str, range(1000)))),
    ],
)
def test_the_history_of_a_course_is_what_the_lms_could_tell(
    history: str, expected: tuple[str, ...]
) -> None:
    assert course_history({"ctx_history": history}) == expected


def test_without_the_parameter_a_course_has_no_history() -> None:
    assert course_history({}) == ()
